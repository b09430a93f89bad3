//! Whole templates: snapshots of typical jobs, references that must resolve, parameters.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::asl_tests::mistakes_of_template;
use super::inputs::{ImageRef, Inputs};
use super::reference_tests::{keys, unresolved};
use super::testing::{image, inputs, keep_rendered, location, map, minimal_job, sidecar, texts, volume};
use super::*;
use crate::manifest::job::*;
use crate::template::cfn::template::descriptions;
use crate::yaml::{self, Kind, Scalar, Style};

fn rendered(job: &Job, inputs: &Inputs) -> String {
    let text = render(job, inputs).unwrap().to_yaml();
    keep_rendered(&job.name, &text);
    text
}

fn minimal() -> (Job, Inputs) {
    let job = Job { retries: 3, timeout_seconds: Some(3600), ..minimal_job("report-gen") };
    (job, inputs("report-gen"))
}

pub(in crate::template) fn everyday() -> (Job, Inputs) {
    let mut job = minimal_job("nightly");
    job.image = Image {
        credentials: Some("arn:aws:secretsmanager:us-west-2:123456789012:secret:registry".to_owned()),
        labels: texts([("com.example.team", "data"), ("tier", "1")]),
        healthcheck: Some(HealthCheck {
            command: vec!["CMD-SHELL".to_owned(), "test -f /ready".to_owned()],
            interval: 10,
            retries: 2,
            start_period: 0,
            timeout: 5,
        }),
        ..image(location("registry.example.com/nightly:3"))
    };
    job.entrypoint = vec!["/bin/sh".to_owned(), "-c".to_owned()];
    job.command = vec!["echo \"a: b\"".to_owned(), "12".to_owned(), "true".to_owned()];
    job.variables = map([
        ("EMPTY", Variable::Plain(String::new())),
        ("LEVEL", Variable::Plain("012".to_owned())),
        ("TABLE", Variable::FromCfn("shop-test-Table".to_owned())),
    ]);
    job.secrets = map([
        ("A_PARAMETER", Secret::Plain("/shop/test/key".to_owned())),
        ("B_EXPORT", Secret::FromCfn("shop-test-Secret".to_owned())),
        ("C_SECRET", Secret::SecretsManager("shop/db:password::".to_owned())),
    ]);
    job.network.placement = Placement::Private;
    job.network.security_groups =
        vec![Imported::Plain("sg-1".to_owned()), Imported::FromCfn("shop-Group".to_owned())];
    let mut inputs = inputs("nightly");
    inputs.permissions_boundary = Some("Boundary".to_owned());
    inputs.env_file_arns = texts([("nightly", "arn:aws:s3:::artifacts/manual/env-files/n.env/00.env")]);
    inputs.addons_template_url =
        "https://artifacts.s3.us-west-2.amazonaws.com/manual/addons/a.yml".to_owned();
    (job, inputs)
}

pub(in crate::template) fn containers() -> (Job, Inputs) {
    let mut job = minimal_job("containers");
    job.image.depends_on = texts([("envoy-proxy", "START"), ("init", "SUCCESS")]);
    job.logging = Logging {
        retention: 7,
        router: Some(LogRouter {
            destination: texts([("Name", "cloudwatch"), ("region", "us-west-2")]),
            enable_metadata: Some(false),
            secret_options: map([("apiKey", Secret::SecretsManager("shop/log".to_owned()))]),
            config_file_path: Some("/extra.conf".to_owned()),
            variables: map([("LEVEL", Variable::Plain("info".to_owned()))]),
            secrets: map([("TOKEN", Secret::Plain("/shop/token".to_owned()))]),
            ..LogRouter::default()
        }),
    };
    job.storage.volumes = map([("scratch", volume("/scratch", VolumeKind::Scratch))]);
    let proxy = Sidecar {
        essential: Some(false),
        port: Some((8080, "udp".to_owned())),
        variables: map([("MODE", Variable::Plain("fast".to_owned()))]),
        mount_points: vec![MountPoint {
            source_volume: "scratch".to_owned(),
            path: "/data".to_owned(),
            read_only: false,
        }],
        ..sidecar(ImageSource::Build(Build::default()))
    };
    let init = Sidecar { command: vec!["true".to_owned()], ..sidecar(location("example.com/init:1")) };
    job.sidecars = map([("envoy-proxy", proxy), ("init", init)]);
    let mut inputs = inputs("containers");
    let proxy_image = ImageRef { tag: Some("1f2e3d4".to_owned()), digest: None };
    inputs.images.insert("envoy-proxy".to_owned(), proxy_image);
    (job, inputs)
}

pub(in crate::template) fn file_systems() -> (Job, Inputs) {
    let mut job = minimal_job("files");
    let efs = |id, iam, access_point_id: Option<&str>| VolumeKind::Efs {
        id,
        root_dir: None,
        iam,
        access_point_id: access_point_id.map(str::to_owned),
    };
    let imported = Volume {
        read_only: Some(false),
        ..volume("/in", efs(Imported::FromCfn("shop-Files".to_owned()), Some(true), Some("fsap-1")))
    };
    job.storage = Storage {
        ephemeral: Some(40),
        readonly_fs: Some(true),
        volumes: map([
            ("archive", volume("/archive", efs(Imported::Plain("fs-1".to_owned()), None, None))),
            ("imported", imported),
            ("own", volume("/own", VolumeKind::ManagedEfs { owner: None })),
        ]),
    };
    (job, inputs("files"))
}

pub(in crate::template) fn topics_in_china() -> (Job, Inputs) {
    let mut job = minimal_job("publisher");
    let topic = |name: &str, fifo| Topic { name: name.to_owned(), fifo };
    job.topics = vec![
        topic("orders", None),
        topic("events", Some(Fifo { content_based_deduplication: None })),
        topic("dedup", Some(Fifo { content_based_deduplication: Some(true) })),
    ];
    job.schedule = Schedule::Disabled;
    let mut inputs = inputs("publisher");
    inputs.region = "cn-north-1".to_owned();
    (job, inputs)
}

fn windows() -> (Job, Inputs) {
    let mut job = minimal_job("windows");
    job.platform = Some(Platform { os: Os::Windows2022Core, arch: Arch::X86_64 });
    job.network.placement = Placement::SubnetsFromTags(map([("tier", vec!["private".to_owned()])]));
    let mut inputs = inputs("windows");
    inputs.subnets_from_tags = vec!["subnet-1".to_owned(), "subnet-2".to_owned()];
    inputs.manifest_text = String::new();
    inputs.images.clear();
    (job, inputs)
}

#[test]
fn templates_of_typical_jobs() {
    for (job, inputs) in [minimal(), everyday(), containers(), file_systems(), topics_in_china(), windows()] {
        insta::assert_snapshot!(job.name.clone(), rendered(&job, &inputs));
    }
}

#[test]
fn text_is_read_back_as_the_same_template() {
    for (job, inputs) in [minimal(), everyday(), containers(), file_systems(), topics_in_china(), windows()] {
        let rendered = render(&job, &inputs).unwrap();
        let read = crate::yaml::load(&rendered.to_yaml()).unwrap().unwrap();
        assert_eq!(unresolved(&read), Vec::<String>::new(), "{}", job.name);
        assert_eq!(mistakes_of_template(&read), Vec::<String>::new(), "{}", job.name);
        assert_eq!(yaml::emit(&read), yaml::emit(&without_needless_quotes(rendered.body)));
    }
}

/// Comparisons with a deployed template compare texts, and these are the ones that the old tool wrote where a value is no
/// string: `True` for one boolean, `true` for all others.
#[test]
fn numbers_and_booleans_are_written_as_the_old_tool_wrote_them() {
    let mut written = BTreeSet::new();
    for (job, inputs) in [minimal(), everyday(), containers(), file_systems(), topics_in_china(), windows()] {
        not_strings("", &render(&job, &inputs).unwrap().body, &mut written);
    }
    insta::assert_snapshot!(written.into_iter().collect::<Vec<_>>().join("\n"));
}

/// Key and text of each value that is no string.
fn not_strings(key: &str, node: &Node, found: &mut BTreeSet<String>) {
    match &node.kind {
        Kind::Scalar(scalar) if scalar.style == Style::Plain => {
            found.insert(format!("{key}: {}", scalar.text));
        }
        Kind::Scalar(_) => {}
        Kind::Sequence(items) => items.iter().for_each(|item| not_strings(key, item, found)),
        Kind::Mapping(entries) => {
            entries.iter().for_each(|(key, value)| not_strings(key.as_text().unwrap(), value, found));
        }
    }
}

#[test]
fn an_image_that_is_not_built_yet_is_an_empty_text() {
    let (job, mut inputs) = containers();
    inputs.images.clear();
    let body = render(&job, &inputs).unwrap().body;
    let path = ["Resources", "TaskDefinition", "Properties", "ContainerDefinitions"];
    let definitions = path.iter().fold(&body, |node, key| node.get(key).unwrap());
    let Kind::Sequence(definitions) = &definitions.kind else { panic!("{definitions:?}") };
    let proxy =
        definitions.iter().find(|container| container.get("Name").unwrap().as_text() == Some("envoy-proxy"));
    assert_eq!(proxy.unwrap().get("Image"), Some(&Node::string("")));
}

/// Quotes that no reader needs are gone from what was read.
fn without_needless_quotes(node: Node) -> Node {
    let kind = match node.kind {
        Kind::Scalar(Scalar { text, style: Style::AlwaysQuoted }) => {
            Kind::Scalar(Scalar { text, style: Style::DoubleQuoted })
        }
        Kind::Sequence(items) => Kind::Sequence(items.into_iter().map(without_needless_quotes).collect()),
        Kind::Mapping(entries) => Kind::Mapping(
            entries.into_iter().map(|(key, value)| (key, without_needless_quotes(value))).collect(),
        ),
        kind @ Kind::Scalar(_) => kind,
    };
    Node { kind, ..node }
}

#[test]
fn parameters_are_those_of_the_template() {
    for (job, inputs) in [minimal(), everyday(), containers(), windows()] {
        let body = render(&job, &inputs).unwrap().body;
        let declared = keys(body.get("Parameters"));
        let sent: BTreeSet<String> = parameters(&job, &inputs).into_iter().map(|(name, _)| name).collect();
        assert_eq!(declared, sent, "{}", job.name);
    }
}

#[test]
fn parameter_values_in_request_order() {
    let (job, inputs) = containers();
    let mut lines = Vec::new();
    for (name, value) in parameters(&job, &inputs) {
        lines.push(format!("{name}={value}"));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    AppName=shop
    EnvName=test
    WorkloadName=containers
    ContainerImage=123456789012.dkr.ecr.us-west-2.amazonaws.com/shop/containers:1f2e3d4
    AddonsTemplateURL=
    ArtifactKeyARN=arn:aws:kms:us-west-2:123456789012:key/0000
    EnvFileARN=
    LoggingEnvFileARN=
    EnvFileARNForenvoyproxy=
    EnvFileARNForinit=
    TaskCPU=256
    TaskMemory=512
    TaskCount=1
    LogRetention=7
    Schedule=cron(0 0 * * ? *)
    "#);
}

#[test]
fn images_of_built_containers() {
    let (job, mut inputs) = minimal();
    let repository = inputs.repository_url.clone().unwrap();
    let image_ref = |tag: Option<&str>, digest: Option<&str>| ImageRef {
        tag: tag.map(str::to_owned),
        digest: digest.map(str::to_owned),
    };
    let cases = [
        (image_ref(Some("v1"), Some("sha256:1")), ":v1", ":side-v1"),
        (image_ref(None, Some("sha256:1")), "@sha256:1", "@sha256:1"),
        (image_ref(None, None), ":latest", ":side-latest"),
    ];
    let built = ImageSource::Build(Build::default());
    for (known, main, side) in cases {
        inputs.images = BTreeMap::from([(job.name.clone(), known.clone()), ("side".to_owned(), known)]);
        assert_eq!(image_reference::main_image(&job, &inputs), Some(format!("{repository}{main}")));
        assert_eq!(
            image_reference::sidecar_image("side", &built, &inputs),
            Some(format!("{repository}{side}"))
        );
    }
    inputs.images.clear();
    assert_eq!(image_reference::main_image(&job, &inputs), None);
    assert_eq!(image_reference::sidecar_image("side", &location("a:1"), &inputs), Some("a:1".to_owned()));
}

#[test]
fn names_that_collide_are_refused() {
    let (mut job, inputs) = minimal();
    job.sidecars = map([("a-b", sidecar(location("x"))), ("ab", sidecar(location("y")))]);
    insta::assert_snapshot!(render(&job, &inputs).unwrap_err(), @r#"the names "a-b" and "ab" in "sidecars" of the manifest both become "EnvFileARNForab" in the template"#);
    job.sidecars.clear();
    let fifo = Some(Fifo { content_based_deduplication: None });
    job.topics = vec![Topic { name: "xfifo".to_owned(), fifo: None }, Topic { name: "x".to_owned(), fifo }];
    insta::assert_snapshot!(render(&job, &inputs).unwrap_err(), @r#"the names "xfifo" and "x" in "publish.topics" of the manifest both become "xfifoSNSTopic" in the template"#);
}

#[test]
fn placement_without_subnets_is_refused() {
    let (job, mut inputs) = windows();
    inputs.subnets_from_tags.clear();
    insta::assert_snapshot!(render(&job, &inputs).unwrap_err(), @r#"no subnet to run job "windows" in"#);
}

#[test]
fn descriptions_follow_the_template() {
    let (job, inputs) = file_systems();
    let body = render(&job, &inputs).unwrap().body;
    let lines: Vec<String> =
        descriptions(&body).into_iter().map(|d| format!("{} [{}] {}", d.id, d.kind, d.description)).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

fn any_job() -> impl Strategy<Value = (Job, Inputs)> {
    let name = || "[a-z][a-z0-9-]{0,8}";
    let volumes = proptest::collection::btree_map(name(), 0..3_u8, 0..4);
    let sidecars = proptest::collection::btree_map("[a-z]{1,6}", any::<bool>(), 0..3);
    let topics = proptest::collection::btree_map("[a-z]{1,6}", any::<bool>(), 0..3);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let limits = (0..=10_u64, proptest::option::of(1..=99_999_999_u64));
    let parts = (name(), volumes, sidecars, topics, flags, limits);
    parts.prop_map(|(job_name, volumes, sidecars, topics, flags, (retries, timeout_seconds))| {
        let mut job = Job { retries, timeout_seconds, ..minimal_job(&job_name) };
        let mut managed = false;
        for (name, kind) in volumes {
            let kind = match kind {
                0 if !managed => {
                    managed = true;
                    VolumeKind::ManagedEfs { owner: None }
                }
                1 => VolumeKind::Efs {
                    id: Imported::Plain("fs-1".to_owned()),
                    root_dir: None,
                    iam: None,
                    access_point_id: None,
                },
                _ => VolumeKind::Scratch,
            };
            job.storage.volumes.insert(name, volume("/x", kind));
        }
        for (name, built) in sidecars {
            let source = if built { ImageSource::Build(Build::default()) } else { location("x") };
            job.sidecars.insert(name, sidecar(source));
        }
        for (name, fifo) in topics {
            let fifo = fifo.then_some(Fifo { content_based_deduplication: None });
            job.topics.push(Topic { name, fifo });
        }
        let (router, private, disabled, boundary) = flags;
        job.logging.router = router.then(LogRouter::default);
        if private {
            job.network.placement = Placement::Private;
        }
        if disabled {
            job.schedule = Schedule::Disabled;
        }
        let mut inputs = inputs(&job_name);
        inputs.permissions_boundary = boundary.then(|| "Boundary".to_owned());
        (job, inputs)
    })
}

proptest! {
    #[test]
    fn any_template_is_sound((job, inputs) in any_job()) {
        let body = render(&job, &inputs).unwrap().body;
        prop_assert_eq!(unresolved(&body), Vec::<String>::new());
        prop_assert_eq!(mistakes_of_template(&body), Vec::<String>::new());
        prop_assert_eq!(&render(&job, &inputs).unwrap().body, &body);
    }
}
