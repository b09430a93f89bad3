//! Environment blocks over the base.

use super::{job, mistakes, warnings};
use crate::manifest::job::{Arch, ImageSource, Imported, Os, Placement, Platform, VolumeKind};

/// The job of a base with a block for the target environment.
fn over(base: &str, block: &str) -> crate::manifest::job::Job {
    job(&format!("{base}\nenvironments: {{test: {block}}}"))
}

#[test]
fn scalars_and_lists() {
    assert_eq!(over("retries: 3", "{retries: 0}").retries, 0);
    assert_eq!(
        warnings("retries: 3\nenvironments: {test: {retries: 0}}"),
        "environments.test.retries: switches off the 3 retries of the base"
    );
    assert_eq!(over("count: 3", "{count: }").count, 3);
    assert_eq!(over("count: 3", "{}").count, 3);
    assert_eq!(job("count: 3\nenvironments: {prod: {count: 9}}").count, 3);
    assert_eq!(job("environments:\n  test:\n  prod:\n").count, 1);
    assert_eq!(over("on:", "{on: {schedule: none}}").schedule.parameter(), "none");
    assert_eq!(over("command: a b", "{command: [c d]}").command, ["c d"]);
    assert_eq!(over("command: [a]", "{command: b c}").command, ["b", "c"]);
    assert_eq!(over("command: a b", "{command: []}").command, [""; 0]);
    assert_eq!(
        over("publish: {topics: [{name: a}, {name: b}]}", "{publish: {topics: [{name: c}]}}").topics.len(),
        1
    );
}

#[test]
fn maps() {
    let job = over(
        "variables: {A: a, B: b}\nimage: {location: x, labels: {k: 1, l: 2}}",
        "{variables: {B: {from_cfn: x}, C: c}, image: {labels: {l: 3}}}",
    );
    let shown: Vec<String> = job.variables.iter().map(|(name, value)| format!("{name} {value:?}")).collect();
    assert_eq!(shown, ["A Plain(\"a\")", "B FromCfn(\"x\")", "C Plain(\"c\")"]);
    assert_eq!(job.image.labels.values().collect::<Vec<_>>(), ["1", "3"]);
}

#[test]
fn exclusive_forms() {
    let source = |base: &str, block: &str| match over(base, block).image.source {
        ImageSource::Location(location) => location,
        ImageSource::Build(build) => {
            format!("{:?} {:?} {:?}", build.dockerfile.unwrap_or_default(), build.context, build.args)
        }
    };
    assert_eq!(source("image: {build: D}", "{image: {location: x}}"), "x");
    assert_eq!(source("image: {location: x}", "{image: {build: D}}"), "\"D\" None {}");
    assert_eq!(source("image: {build: D}", "{image: {build: {context: c}}}"), "\"\" Some(\"c\") {}");
    assert_eq!(
        source(
            "image: {build: {context: c, args: {A: a, B: b}}}",
            "{image: {build: {dockerfile: e, args: {B: x}}}}"
        ),
        "\"e\" Some(\"c\") {\"A\": \"a\", \"B\": \"x\"}"
    );
    let arm = Some(Platform { os: Os::Linux, arch: Arch::Arm64 });
    assert_eq!(
        over("platform: {osfamily: linux, architecture: x86_64}", "{platform: {architecture: arm64}}")
            .platform,
        arm
    );
    assert_eq!(
        over("platform: {osfamily: linux, architecture: x86_64}", "{platform: linux/arm64}").platform,
        arm
    );
    let placement = |base: &str, block: &str| {
        over(
            &format!("network: {{vpc: {{placement: {base}}}}}"),
            &format!("{{network: {{vpc: {{placement: {block}}}}}}}"),
        )
        .network
        .placement
    };
    assert_eq!(placement("{subnets: [s]}", "private"), Placement::Private);
    assert_eq!(placement("private", "{subnets: [s]}"), Placement::Subnets(vec!["s".to_owned()]));
    let Placement::SubnetsFromTags(tags) =
        placement("{subnets: {from_tags: {a: b, c: d}}}", "{subnets: {from_tags: {c: [e, f]}}}")
    else {
        panic!("not by tags")
    };
    assert_eq!(format!("{tags:?}"), "{\"a\": [\"b\"], \"c\": [\"e\", \"f\"]}");
    let groups = over(
        "network: {vpc: {security_groups: {groups: [a], deny_default: true}}}",
        "{network: {vpc: {security_groups: [b]}}}",
    );
    assert_eq!(groups.network.security_groups, [Imported::Plain("b".to_owned())]);
}

#[test]
fn structures() {
    let volume = |base: &str, block: &str| {
        over(
            &format!("storage: {{volumes: {{a: {{path: /a, efs: {base}}}}}}}"),
            &format!("{{storage: {{volumes: {{a: {{efs: {block}}}, b: {{path: /b}}}}}}}}"),
        )
        .storage
        .volumes["a"]
            .kind
            .clone()
    };
    let own = |id: Imported, root_dir: Option<&str>| VolumeKind::Efs {
        id,
        root_dir: root_dir.map(str::to_owned),
        iam: None,
        access_point_id: None,
    };
    assert_eq!(volume("true", "{id: fs-1}"), own(Imported::Plain("fs-1".to_owned()), None));
    assert_eq!(
        volume("{id: {from_cfn: x}, root_dir: /r}", "{id: {from_cfn: y}}"),
        own(Imported::FromCfn("y".to_owned()), Some("/r"))
    );
    assert_eq!(
        volume("{id: fs-1, root_dir: /r}", "{uid: 1, gid: 2}"),
        VolumeKind::ManagedEfs { owner: Some((1, 2)) }
    );
    assert_eq!(volume("{uid: 1, gid: 2}", "{uid: 5}"), VolumeKind::ManagedEfs { owner: Some((5, 2)) });
    assert_eq!(volume("{id: fs-1}", "true"), VolumeKind::ManagedEfs { owner: None });

    let sidecar = |base: &str, block: &str| {
        over(&format!("sidecars: {{a: {base}}}"), &format!("{{sidecars: {{a: {block}}}}}")).sidecars["a"]
            .clone()
    };
    let merged = sidecar(
        "{image: i, port: 80, variables: {A: a}, command: x}",
        "{port: 81/udp, variables: {B: b}, command: [y]}",
    );
    assert_eq!(
        (merged.port, merged.variables.len(), merged.command),
        (Some((81, "udp".to_owned())), 2, vec!["y".to_owned()])
    );
    assert_eq!(
        sidecar("{image: {build: D}}", "{image: {location: i}}").image.source,
        ImageSource::Location("i".to_owned())
    );
    assert_eq!(sidecar("", "{image: i}").image.source, ImageSource::Location("i".to_owned()));
    assert_eq!(sidecar("{image: i}", "").image.source, ImageSource::Location("i".to_owned()));
}

#[test]
fn other_environments() {
    assert_eq!(mistakes("environments: {prod: {storage: {ephemeral: 5}}}"), "none");
    assert_eq!(
        mistakes("environments: {prod: {cpu: abc}}"),
        "environments.prod.cpu: expected a number, found `abc`"
    );
    assert_eq!(mistakes("environments: [test]"), "environments: expected a map, found a list");
    assert_eq!(
        mistakes(
            "sidecars: {a: {image: i, essential: no}, b: {image: i, depends_on: {a: complete}}}\nenvironments: {test: {sidecars: {a: {essential: true}}}}"
        ),
        "sidecars.b.depends_on.a: `a` is essential, so the task stops when it ends and nothing can wait for that"
    );
    assert_eq!(
        warnings("environments: {test: {name: other, environments: {test: {cpu: 9}}}}"),
        "environments.test.name: has no effect inside an environment | environments.test.environments: has no effect inside an environment"
    );
}
