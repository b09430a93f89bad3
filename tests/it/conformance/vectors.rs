//! Hashes of what the old tool renders for three jobs: resources and sections in
//! normal form, SHA-256, first 16 digits. They need no data beside this file.

use std::collections::BTreeMap;

use copilot::manifest::job::*;
use copilot::template::cfn::artifacts::S3Object;
use copilot::template::job::inputs::{AddonOutput, AddonOutputKind, AddonsInputs, Inputs};
use copilot::template::job::render;
use copilot::yaml::{Kind, Node, Scalar, Style};
use sha2::{Digest, Sha256};

use super::normal_form::normal_form;

fn map<V, const N: usize>(entries: [(&str, V); N]) -> BTreeMap<String, V> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn texts<const N: usize>(entries: [(&str, &str); N]) -> BTreeMap<String, String> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}

fn plain(text: &str) -> Variable {
    Variable::Plain(text.to_owned())
}

fn parameter(name: &str) -> Secret {
    Secret::Plain(name.to_owned())
}

fn inputs(permissions_boundary: Option<&str>) -> Inputs {
    Inputs {
        app: "my-app".to_owned(),
        env: "test".to_owned(),
        region: "us-west-2".to_owned(),
        account_id: "123456789123".to_owned(),
        permissions_boundary: permissions_boundary.map(str::to_owned),
        env_version: "v1.42.0".to_owned(),
        service_discovery_endpoint: "test.my-app.local".to_owned(),
        template_version: "v1.34.0".to_owned(),
        manifest_text: String::new(),
        repository_url: None,
        images: BTreeMap::new(),
        env_controller_code: S3Object { bucket: "BUCKET".to_owned(), key: "KEY".to_owned() },
        artifact_key_arn: String::new(),
        env_file_arns: BTreeMap::new(),
        paused: false,
        subnets_from_tags: Vec::new(),
        addons_template_url: String::new(),
        addons: AddonsInputs::default(),
    }
}

fn image(source: ImageSource) -> Image {
    Image {
        source,
        credentials: None,
        labels: BTreeMap::new(),
        depends_on: BTreeMap::new(),
        healthcheck: None,
    }
}

fn located(reference: &str) -> Image {
    image(ImageSource::Location(reference.to_owned()))
}

fn health_check<const N: usize>(command: [&str; N]) -> HealthCheck {
    HealthCheck { command: words(command), interval: 10, retries: 2, start_period: 0, timeout: 5 }
}

fn small_job() -> Job {
    Job {
        name: "my-job".to_owned(),
        image: image(ImageSource::Build(Build {
            dockerfile: Some("./Dockerfile".to_owned()),
            ..Build::default()
        })),
        entrypoint: Vec::new(),
        command: Vec::new(),
        cpu: 256,
        memory: 512,
        count: 1,
        platform: None,
        variables: BTreeMap::new(),
        secrets: BTreeMap::new(),
        env_file: None,
        storage: Storage::default(),
        logging: Logging { retention: 30, router: None },
        sidecars: BTreeMap::new(),
        network: Network { placement: Placement::Public, security_groups: Vec::new() },
        topics: Vec::new(),
        schedule: Schedule::Expression("cron(0 0 * * ? *)".to_owned()),
        retries: 0,
        timeout_seconds: None,
        taskdef_overrides: Vec::new(),
        functions: Vec::new(),
    }
}

fn large_job() -> Job {
    Job {
        image: Image {
            credentials: Some("arn:aws:secretsmanager:us-west-2:123456789123:secret:creds".to_owned()),
            labels: texts([("b.label", "two"), ("a.label", "one")]),
            depends_on: texts([("nginx", "START"), ("a-side", "HEALTHY")]),
            healthcheck: Some(HealthCheck {
                interval: 20,
                ..health_check(["CMD-SHELL", "echo \"hi\" || exit 1"])
            }),
            ..located("example.test/repo:1")
        },
        entrypoint: words(["/bin/sh", "-c", "run it"]),
        command: words(["go", "a b", "c"]),
        cpu: 1024,
        memory: 2048,
        count: 3,
        platform: Some(Platform { os: Os::Linux, arch: Arch::Arm64 }),
        schedule: Schedule::Disabled,
        retries: 3,
        timeout_seconds: Some(5400),
        variables: map([
            ("ZED", plain("hello $X")),
            ("ALPHA", plain("12")),
            ("EMPTY", plain("")),
            ("IMP", Variable::FromCfn("stack-Out".to_owned())),
        ]),
        secrets: map([
            ("S1", parameter("/copilot/x/y")),
            ("S2", Secret::FromCfn("some-export".to_owned())),
            ("S3", Secret::SecretsManager("demo/test".to_owned())),
        ]),
        storage: Storage { ephemeral: Some(30), readonly_fs: Some(true), volumes: volumes() },
        network: Network {
            placement: Placement::Private,
            security_groups: vec![Imported::Plain("sg-1".to_owned()), Imported::FromCfn("SGX".to_owned())],
        },
        logging: Logging {
            retention: 7,
            router: Some(LogRouter {
                destination: texts([("Name", "cloudwatch"), ("region", "us-west-2")]),
                secret_options: map([("SO1", parameter("p1"))]),
                config_file_path: Some("/x.conf".to_owned()),
                variables: map([("LV", plain("v"))]),
                secrets: map([("LS", parameter("p"))]),
                enable_metadata: Some(false),
                ..LogRouter::default()
            }),
        },
        sidecars: sidecars(),
        topics: vec![
            Topic { name: "my-topic".to_owned(), fifo: None },
            Topic { name: "fifo-topic".to_owned(), fifo: Some(Fifo { content_based_deduplication: None }) },
            Topic { name: "cbd".to_owned(), fifo: Some(Fifo { content_based_deduplication: Some(true) }) },
        ],
        taskdef_overrides: vec![TaskDefOverride {
            line: 0,
            path: "ContainerDefinitions[0].Ulimits[-].HardLimit".to_owned(),
            value: Node::plain(1024),
        }],
        ..small_job()
    }
}

fn volumes() -> BTreeMap<String, Volume> {
    let own = |id, root_dir: Option<&str>, iam, access_point_id: Option<&str>| VolumeKind::Efs {
        id,
        root_dir: root_dir.map(str::to_owned),
        iam,
        access_point_id: access_point_id.map(str::to_owned),
    };
    let volume = |path: &str, read_only, kind| Volume { path: path.to_owned(), read_only, kind };
    map([
        ("managed", volume("/var/managed", Some(false), VolumeKind::ManagedEfs { owner: None })),
        ("byo", volume("/var/byo", None, own(Imported::Plain("fs-1234".to_owned()), Some("/x"), None, None))),
        (
            "byoimp",
            volume(
                "/var/byoimp",
                Some(false),
                own(Imported::FromCfn("MyFS".to_owned()), None, Some(true), Some("fsap-1")),
            ),
        ),
        ("scratch", volume("/scratch", Some(false), VolumeKind::Scratch)),
    ])
}

fn sidecars() -> BTreeMap<String, Sidecar> {
    let bare = |image| Sidecar {
        image,
        essential: None,
        port: None,
        entrypoint: Vec::new(),
        command: Vec::new(),
        variables: BTreeMap::new(),
        secrets: BTreeMap::new(),
        env_file: None,
        mount_points: Vec::new(),
    };
    let default_check = health_check(["CMD-SHELL", "curl -f http://localhost/ || exit 1"]);
    let nginx = Image {
        credentials: Some("arn:creds".to_owned()),
        labels: texts([("l", "v")]),
        depends_on: texts([("a-side", "START")]),
        healthcheck: Some(HealthCheck { retries: 5, ..default_check }),
        ..located("example.test/nginx")
    };
    let nginx = Sidecar {
        essential: Some(false),
        port: Some((8080, "udp".to_owned())),
        entrypoint: words(["x", "y"]),
        command: words(["a", "b"]),
        variables: map([("NV", plain("1"))]),
        secrets: map([("NS", parameter("p"))]),
        mount_points: vec![MountPoint {
            source_volume: "scratch".to_owned(),
            path: "/s".to_owned(),
            read_only: true,
        }],
        ..bare(nginx)
    };
    let a_side = bare(Image { healthcheck: Some(health_check(["x"])), ..located("example.test/al") });
    map([("nginx", nginx), ("a-side", a_side)])
}

/// The only property of the function that this program renders otherwise than the old tool.
fn with_old_runtime(mut function: Node) -> Node {
    let Kind::Mapping(entries) = &mut function.kind else { panic!("no resource") };
    let properties = entries.iter_mut().find(|(key, _)| key.as_text() == Some("Properties")).unwrap();
    let Kind::Mapping(properties) = &mut properties.1.kind else { panic!("no properties") };
    let runtime = properties.iter_mut().find(|(key, _)| key.as_text() == Some("Runtime")).unwrap();
    assert_eq!(runtime.1.as_text(), Some("nodejs24.x"));
    runtime.1.kind = Kind::Scalar(Scalar { text: "nodejs20.x".to_owned(), style: Style::Plain });
    function
}

fn check(job: &Job, inputs: &Inputs, expected: &[(&str, &str)]) {
    let body = render(job, inputs).unwrap().body;
    let resources = body.get("Resources").unwrap();
    let Kind::Mapping(entries) = &resources.kind else { panic!("no resources") };
    let ids: Vec<&str> = entries.iter().filter_map(|(id, _)| id.as_text()).collect();
    let expected_ids: Vec<&str> = expected.iter().skip(2).map(|(id, _)| *id).collect();
    assert_eq!(ids, expected_ids);
    for (name, hash) in expected {
        let node = body.get(name).or_else(|| resources.get(name)).unwrap().clone();
        let node = if *name == "EnvControllerFunction" { with_old_runtime(node) } else { node };
        let text = normal_form(&node).to_string();
        assert_eq!(format!("{:x}", Sha256::digest(&text))[..16], **hash, "{name}: {text}");
    }
}

#[test]
fn small_job_has_the_known_hashes() {
    let expected = [
        ("Parameters", "0fe1f810eb33b000"),
        ("Conditions", "53d562567a0d1c87"),
        ("LogGroup", "df50a6f66b407b18"),
        ("EnvControllerAction", "4e1ed50a2d064b80"),
        ("EnvControllerFunction", "ba85f08f3b4e9333"),
        ("EnvControllerRole", "9cd194a96bff949e"),
        ("TaskDefinition", "a4d503eca2b1932b"),
        ("ExecutionRole", "56edebbc428ee06a"),
        ("TaskRole", "9010ad62cc55b8a3"),
        ("Rule", "927ceaed0bd80e65"),
        ("RuleRole", "290c5b004be42154"),
        ("StateMachine", "36cd875af3f26832"),
        ("StateMachineRole", "7c8ef4d4386aef78"),
        ("AddonsStack", "f2f897ff10669371"),
    ];
    check(&small_job(), &inputs(None), &expected);
}

#[test]
fn large_job_has_the_known_hashes() {
    let expected = [
        ("Parameters", "9bdf33a53b7ae413"),
        ("Conditions", "827924c2b0eaf3f4"),
        ("LogGroup", "df50a6f66b407b18"),
        ("EnvControllerAction", "bf8386bb20502d3e"),
        ("EnvControllerFunction", "ba85f08f3b4e9333"),
        ("EnvControllerRole", "4101c37fdc986f2c"),
        ("TaskDefinition", "f2bb28338142fd3c"),
        ("ExecutionRole", "24310863227688a4"),
        ("TaskRole", "669cab779e9657b5"),
        ("Rule", "f30fc66941996605"),
        ("RuleRole", "bb05fbfdcf24b33f"),
        ("StateMachine", "79109f875e32ffaf"),
        ("StateMachineRole", "8b3b480c27480978"),
        ("AccessPoint", "98eab2765d6553fb"),
        ("AddonsStack", "10793f9b2b467f1c"),
        ("mytopicSNSTopic", "b110804a1ec1b1fe"),
        ("mytopicSNSTopicPolicy", "9a499e62b7676242"),
        ("fifotopicfifoSNSTopic", "1eaa96e8bf03d1f0"),
        ("fifotopicfifoSNSTopicPolicy", "5a8e8bdfa25e93b7"),
        ("cbdfifoSNSTopic", "48f959160f80d411"),
        ("cbdfifoSNSTopicPolicy", "f09de173a4381123"),
    ];
    check(&large_job(), &inputs(Some("MyPB")), &expected);
}

#[test]
fn job_with_addons_has_the_known_hashes() {
    let job = Job {
        cpu: 1024,
        memory: 2048,
        platform: Some(Platform { os: Os::Windows2022Full, arch: Arch::X86_64 }),
        schedule: Schedule::Expression("cron(0 9 ? * 2-6 *)".to_owned()),
        network: Network {
            placement: Placement::Subnets(words(["subnet-1", "subnet-2"])),
            security_groups: vec![Imported::Plain("sg-9".to_owned())],
        },
        secrets: map([("A", parameter("b"))]),
        ..small_job()
    };
    let output = |name: &str, kind| AddonOutput { name: name.to_owned(), kind };
    let addons = AddonsInputs {
        outputs: vec![
            output("myDDBTableName", AddonOutputKind::Variable),
            output("SecretArn", AddonOutputKind::Secret),
            output("PolicyArn", AddonOutputKind::ManagedPolicy),
            output("SGId", AddonOutputKind::SecurityGroup),
        ],
        parameters: vec![("Extra".to_owned(), Node::string("TaskRole.Arn").tagged("!GetAtt"))],
    };
    let expected = [
        ("Parameters", "0fe1f810eb33b000"),
        ("Conditions", "53d562567a0d1c87"),
        ("LogGroup", "df50a6f66b407b18"),
        ("EnvControllerAction", "4e1ed50a2d064b80"),
        ("EnvControllerFunction", "ba85f08f3b4e9333"),
        ("EnvControllerRole", "9cd194a96bff949e"),
        ("TaskDefinition", "98ee2e79c77efccb"),
        ("ExecutionRole", "56edebbc428ee06a"),
        ("TaskRole", "27f0e95fee43bb91"),
        ("Rule", "927ceaed0bd80e65"),
        ("RuleRole", "290c5b004be42154"),
        ("StateMachine", "c5fd80ad36655a06"),
        ("StateMachineRole", "7c8ef4d4386aef78"),
        ("AddonsStack", "cd810c399046dc9a"),
    ];
    check(&job, &Inputs { addons, ..inputs(None) }, &expected);
}
