//! Table W: what becomes of manifests in the template (storage is in `rendered_storage`). AA4, a job whose
//! subnets need not be looked up, is here and in W38: no ids are known, and the template can be rendered.

use super::facts::flow;
use super::row::row;
use crate::manifest::job::{Job, Placement};
use crate::manifest::tests::job;
use crate::template::job::inputs::{ImageRef, Inputs};
use crate::template::job::testing::inputs;
use crate::template::job::{parameters, render};
use crate::yaml::{Kind, Node, load};

/// A value below the resources of the template, from its text: `Name=x` picks the item of that name out of a
/// list, `first` the first one.
pub(super) fn value(job: &Job, inputs: &Inputs, path: &str) -> Option<String> {
    let body = load(&render(job, inputs).unwrap().to_yaml()).unwrap().unwrap();
    let found = path.split('.').try_fold(body.get("Resources")?, |node, step| match &node.kind {
        Kind::Sequence(items) if step == "first" => items.first(),
        Kind::Sequence(items) if step == "last" => items.last(),
        Kind::Sequence(items) => {
            let (key, text) = step.split_once('=')?;
            items.iter().find(|item| item.get(key).and_then(Node::as_text) == Some(text))
        }
        _ => node.get(step),
    });
    found.map(flow)
}

/// A value below the resources of a fragment's template.
pub(super) fn rendered(fragment: &str, path: &str) -> Option<String> {
    value(&job(fragment), &inputs("report"), path)
}

/// A row: number, fragment, property of the task definition (or, with a slash, of another resource), value or
/// nothing when the property must be absent, and why if the old tool rendered something else.
pub(super) type Rendering = (&'static str, &'static str, &'static str, Option<&'static str>, &'static str);

/// The old tool made the template from text in which these values were not quoted.
const UNQUOTED: &str = "not quoted by the old tool, so YAML read something else or failed";

/// Compares rows with what is rendered.
pub(super) fn check_all(rows: &[Rendering]) {
    for (id, fragment, property, want, why) in rows {
        let path = match property.strip_prefix('/') {
            Some(path) => path.to_owned(),
            None => format!("TaskDefinition.Properties.{property}"),
        };
        let path =
            path.replace("MAIN", "ContainerDefinitions.first").replace("SIDE", "ContainerDefinitions.Name=s");
        assert_eq!(rendered(fragment, &path).as_deref(), *want, "{id} {property} {why}\n{fragment}");
    }
}

#[test]
fn containers() {
    check_all(&[
        (
            "W12",
            "sidecars: {s: {image: i, healthcheck: {command: [foo, bar]}}}",
            "SIDE.HealthCheck",
            Some("{Command: [foo, bar], Interval: 10, Retries: 2, StartPeriod: 0, Timeout: 5}"),
            "",
        ),
        (
            "W13",
            "image: {location: x, healthcheck: {interval: 5900ms}}",
            "MAIN.HealthCheck",
            Some(
                "{Command: [CMD-SHELL, curl -f http://localhost/ || exit 1], Interval: 5, Retries: 2, StartPeriod: 0, Timeout: 5}",
            ),
            "",
        ),
        (
            "W14",
            "image: {location: x, depends_on: {web: start}}\nsidecars: {web: {image: i}}",
            "MAIN.DependsOn",
            Some("[{Condition: START, ContainerName: web}]"),
            "",
        ),
        (
            "W15",
            "sidecars: {s: {image: i, port: 2000}}",
            "SIDE.PortMappings",
            Some("[{ContainerPort: 2000, Protocol: tcp}]"),
            "",
        ),
        (
            "W16",
            "sidecars: {s: {image: i, port: 9901/UDP}}",
            "SIDE.PortMappings",
            Some("[{ContainerPort: 9901, Protocol: udp}]"),
            "",
        ),
        ("W17", "sidecars: {s: {image: i}}", "SIDE.Essential", None, ""),
        ("W17", "sidecars: {s: {image: i, essential: false}}", "SIDE.Essential", Some("false"), ""),
        ("W17", "sidecars: {s: {image: i, essential: true}}", "SIDE.Essential", Some("true"), ""),
        ("W26", "secrets: {S: SQL_PASS}", "MAIN.Secrets", Some("[{Name: S, ValueFrom: SQL_PASS}]"), ""),
        (
            "W27",
            "secrets: {S: /copilot/a/b}",
            "MAIN.Secrets",
            Some("[{Name: S, ValueFrom: /copilot/a/b}]"),
            "",
        ),
        (
            "W28",
            "secrets: {S: 'arn:aws:ssm:eu-west-1:1:parameter/x'}",
            "MAIN.Secrets",
            Some("[{Name: S, ValueFrom: arn:aws:ssm:eu-west-1:1:parameter/x}]"),
            "",
        ),
        (
            "W29",
            "secrets: {S: {secretsmanager: demo/test/mysql}}",
            "MAIN.Secrets",
            Some(
                "[{Name: S, ValueFrom: !Sub arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:demo/test/mysql}]",
            ),
            "",
        ),
        (
            "W30",
            "secrets: {S: {from_cfn: stack-X}}",
            "MAIN.Secrets",
            Some("[{Name: S, ValueFrom: !ImportValue stack-X}]"),
            "",
        ),
        (
            "W31",
            "variables: {A: {from_cfn: X}}",
            "MAIN.Environment.last",
            Some("{Name: A, Value: !ImportValue X}"),
            "",
        ),
        ("W32", "variables: {A: }", "MAIN.Environment.last", Some(r#"{Name: A, Value: ""}"#), ""),
    ]);
}

#[test]
fn images_of_built_containers() {
    let job = job("image: {build: Dockerfile}\nsidecars: {foo: {image: {build: foo/Dockerfile}}}");
    let mut inputs = inputs("report");
    let repository = inputs.repository_url.clone().unwrap();
    let known = |tag: Option<&str>, digest: Option<&str>| ImageRef {
        tag: tag.map(str::to_owned),
        digest: digest.map(str::to_owned),
    };
    let side = "TaskDefinition.Properties.ContainerDefinitions.Name=foo.Image";
    inputs.images = [("foo".to_owned(), known(Some("v1.0"), Some("sha256:00")))].into();
    assert_eq!(value(&job, &inputs, side), Some(format!("{repository}:foo-v1.0")), "W18");
    inputs.images = [("foo".to_owned(), known(None, Some("sha256:00")))].into();
    assert_eq!(value(&job, &inputs, side), Some(format!("{repository}@sha256:00")), "W19");
    inputs.images.clear();
    assert_eq!(value(&job, &inputs, side).as_deref(), Some("\"\""), "W20");
    let sent = parameters(&job, &inputs);
    assert!(sent.contains(&("ContainerImage".to_owned(), String::new())), "W21 {sent:?}");
}

#[test]
fn platforms() {
    let core = Some(("WINDOWS_SERVER_2019_CORE", "X86_64"));
    for (id, written, want) in [
        ("W22", "", None),
        ("W22", "linux/amd64", None),
        ("W22", "linux/x86_64", None),
        ("W23", "linux/arm", Some(("LINUX", "ARM64"))),
        ("W23", "linux/arm64", Some(("LINUX", "ARM64"))),
        ("W24", "windows/amd64", core),
        ("W24", "{osfamily: windows_server_2019_core, architecture: x86_64}", core),
        (
            "W25",
            "{osfamily: windows_server_2019_full, architecture: x86_64}",
            Some(("WINDOWS_SERVER_2019_FULL", "X86_64")),
        ),
        (
            "W25",
            "{osfamily: windows_server_2022_core, architecture: x86_64}",
            Some(("WINDOWS_SERVER_2022_CORE", "X86_64")),
        ),
        (
            "W25",
            "{osfamily: windows_server_2022_full, architecture: x86_64}",
            Some(("WINDOWS_SERVER_2022_FULL", "X86_64")),
        ),
    ] {
        let fragment = format!("platform: {written}");
        let want_platform =
            want.map(|(os, cpu)| format!("{{OperatingSystemFamily: {os}, CpuArchitecture: {cpu}}}"));
        let got = rendered(&fragment, "TaskDefinition.Properties.RuntimePlatform");
        assert_eq!(got, want_platform, "{id} {written}");
        let definition = rendered(&fragment, "StateMachine.Properties.DefinitionString").unwrap();
        let version = if want.is_some_and(|(os, _)| os != "LINUX") { "1.0.0" } else { "LATEST" };
        assert!(definition.contains(&format!(r#"\"PlatformVersion\": \"{version}\""#)), "{id} {definition}");
    }
}

#[test]
fn topics_schedule_and_network() {
    check_all(&[
        (
            "AA4",
            "",
            "/StateMachine.Properties.DefinitionSubstitutions.Subnets",
            Some(
                r#"!Join ["\",\"", !Split [",", {Fn::ImportValue: !Sub ${AppName}-${EnvName}-PublicSubnets}]]"#,
            ),
            "",
        ),
        (
            "W33",
            "publish: {topics: [{name: orders}]}",
            "MAIN.Environment.last",
            Some(
                r#"{Name: COPILOT_SNS_TOPIC_ARNS, Value: "{\"orders\":\"arn:aws:sns:us-west-2:123456789012:shop-test-report-orders\"}"}"#,
            ),
            "",
        ),
        (
            "W33",
            "publish: {topics: [{name: orders}]}",
            "/ordersSNSTopic.Properties",
            Some("{TopicName: !Sub ${AWS::StackName}-orders, KmsMasterKeyId: alias/aws/sns}"),
            "",
        ),
        (
            "W34",
            "publish: {topics: [{name: my-topic_1, fifo: true}]}",
            "MAIN.Environment.last",
            Some(
                r#"{Name: COPILOT_SNS_TOPIC_ARNS, Value: "{\"my-topic_1.fifo\":\"arn:aws:sns:us-west-2:123456789012:shop-test-report-my-topic_1.fifo\"}"}"#,
            ),
            "",
        ),
        (
            "W34",
            "publish: {topics: [{name: my-topic_1, fifo: true}]}",
            "/mytopic1fifoSNSTopic.Properties",
            Some(
                "{TopicName: !Sub ${AWS::StackName}-my-topic_1.fifo, FifoTopic: true, KmsMasterKeyId: alias/aws/sns}",
            ),
            "",
        ),
        (
            "W35",
            "publish: {topics: [{name: a, fifo: {content_based_deduplication: false}}]}",
            "/afifoSNSTopic.Properties",
            Some(
                "{TopicName: !Sub ${AWS::StackName}-a.fifo, FifoTopic: true, ContentBasedDeduplication: false, KmsMasterKeyId: alias/aws/sns}",
            ),
            "",
        ),
        ("W36", "on: {schedule: none}", "/Rule.Properties.ScheduleExpression", Some("rate(5 minutes)"), ""),
        ("W36", "on: {schedule: none}", "/Rule.Properties.State", Some("DISABLED"), ""),
        (
            "W37",
            "network: {vpc: {placement: private}}",
            "/StateMachine.Properties.DefinitionSubstitutions.Subnets",
            Some(
                r#"!Join ["\",\"", !Split [",", {Fn::ImportValue: !Sub ${AppName}-${EnvName}-PrivateSubnets}]]"#,
            ),
            "",
        ),
        (
            "W37",
            "network: {vpc: {placement: private}}",
            "/StateMachine.Properties.DefinitionSubstitutions.AssignPublicIp",
            Some("DISABLED"),
            "",
        ),
        (
            "W38",
            "network: {vpc: {placement: {subnets: [a, b]}}}",
            "/StateMachine.Properties.DefinitionSubstitutions.Subnets",
            Some(r#"!Join ["\",\"", [a, b]]"#),
            "",
        ),
        (
            "W38",
            "network: {vpc: {placement: {subnets: [a, b]}}}",
            "/StateMachine.Properties.DefinitionSubstitutions.AssignPublicIp",
            Some("DISABLED"),
            "",
        ),
        (
            "W40",
            "network: {vpc: {security_groups: {deny_default: true, groups: [sg-1]}}}",
            "/StateMachine.Properties.DefinitionSubstitutions.SecurityGroups",
            Some(
                r#"!Join ["\",\"", [{Fn::ImportValue: !Sub ${AppName}-${EnvName}-EnvironmentSecurityGroup}, sg-1]]"#,
            ),
            "",
        ),
    ]);
    assert_eq!(job("on: {schedule: none}").schedule.parameter(), "none", "W36");
}

/// W39: the old tool would import the subnets of an export without a name.
#[test]
fn subnets_that_were_not_looked_up() {
    let job = job("network: {vpc: {placement: {subnets: {from_tags: {tier: inner}}}}}");
    assert!(matches!(job.network.placement, Placement::SubnetsFromTags(_)));
    let error = render(&job, &inputs("report")).unwrap_err();
    assert_eq!(error.to_string(), "no subnet to run job \"report\" in", "W39");
}

#[test]
fn awkward_texts() {
    check_all(&[
        ("W41", "command: ['a: b']", "MAIN.Command", Some(r#"["a: b"]"#), UNQUOTED),
        (
            "W42",
            "command: ['*', '@x', '%s', '[']",
            "MAIN.Command",
            Some(r#"["*", "@x", "%s", "["]"#),
            UNQUOTED,
        ),
        ("W42", "command: a && b", "MAIN.Command", Some(r#"[a, "&&", b]"#), UNQUOTED),
        ("W43", "command: a | b", "MAIN.Command", Some(r#"[a, "|", b]"#), UNQUOTED),
        ("W43", "command: a > b", "MAIN.Command", Some(r#"[a, ">", b]"#), UNQUOTED),
        ("W44", "command: ['x # y']", "MAIN.Command", Some(r#"["x # y"]"#), UNQUOTED),
        ("W45", "command: ['null']", "MAIN.Command", Some(r#"["null"]"#), UNQUOTED),
        (
            "W46",
            "command: ['1', 'true']",
            "MAIN.Command",
            Some(r#"["1", "true"]"#),
            "a number and a boolean there, which CloudFormation turns into these texts",
        ),
        ("W47", "command: ['#x', 'y']", "MAIN.Command", Some(r##"["#x", "y"]"##), UNQUOTED),
        ("W48", "sidecars: {s: {image: 'x: y'}}", "SIDE.Image", Some(r#""x: y""#), UNQUOTED),
        ("W48", "secrets: {S: 'a: b'}", "MAIN.Secrets", Some(r#"[{Name: S, ValueFrom: "a: b"}]"#), UNQUOTED),
        (
            "W48",
            "storage: {volumes: {v: {path: /v, efs: {id: 'fs: 1'}}}}",
            "Volumes",
            Some(
                r#"[{Name: v, EFSVolumeConfiguration: {FilesystemId: "fs: 1", RootDirectory: /, TransitEncryption: ENABLED, AuthorizationConfig: {IAM: DISABLED}}}]"#,
            ),
            UNQUOTED,
        ),
        (
            "W49",
            "x-limit: &limit {Name: nofile}\ntaskdef_overrides: [{path: Foo, value: *limit}]",
            "Foo",
            Some("{Name: nofile}"),
            "the alias itself there, which the template does not define",
        ),
    ]);
}

#[test]
fn colliding_sidecars() {
    let row = row("W50", "sidecars: {a-b: {image: i}, ab: {image: i}}")
        .refused(&[("sidecars.ab", "{image: i}", "`a-b` and `ab` differ only in characters")])
        .differs("accepted there, with a template that has one parameter twice");
    assert_eq!(row.mistake(), None);
}
