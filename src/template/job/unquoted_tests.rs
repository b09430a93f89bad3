//! Each field of a manifest whose text the old tool wrote without quotes, with a second pair of quotes, a function, and
//! texts that stay texts.

use super::render;
use super::testing::inputs;
use crate::manifest::tests::job;
use crate::yaml::{Kind, Node, emit};

const CONTAINERS: &str = "TaskDefinition/Properties/ContainerDefinitions";
const SUBSTITUTIONS: &str = "StateMachine/Properties/DefinitionSubstitutions";

/// Field, manifest with `VALUE` in its place, and where the template has it.
const FIELDS: [(&str, &str, &str); 23] = [
    ("secrets", "secrets: {S: VALUE}", "CONTAINERS/0/Secrets/0/ValueFrom"),
    (
        "image.credentials",
        "image: {location: i, credentials: VALUE}",
        "CONTAINERS/0/RepositoryCredentials/CredentialsParameter",
    ),
    (
        "image.depends_on",
        "image: {location: i, depends_on: {VALUE: start}}\nsidecars: {VALUE: {image: i}}",
        "CONTAINERS/0/DependsOn/0/ContainerName",
    ),
    ("entrypoint", "entrypoint: [VALUE]", "CONTAINERS/0/EntryPoint/0"),
    ("command", "command: [run, VALUE]", "CONTAINERS/0/Command/1"),
    ("logging.image", "logging: {image: VALUE}", "CONTAINERS/1/Image"),
    (
        "logging.configFilePath",
        "logging: {configFilePath: VALUE}",
        "CONTAINERS/1/FirelensConfiguration/Options/config-file-value",
    ),
    ("logging.secrets", "logging: {secrets: {S: VALUE}}", "CONTAINERS/1/Secrets/0/ValueFrom"),
    (
        "logging.secretOptions",
        "logging: {secretOptions: {S: VALUE}}",
        "CONTAINERS/0/LogConfiguration/SecretOptions/0/ValueFrom",
    ),
    ("sidecars", "sidecars: {VALUE: {image: i}}", "CONTAINERS/1/Name"),
    ("sidecars.image", "sidecars: {s: {image: VALUE}}", "CONTAINERS/1/Image"),
    ("sidecars.image.location", "sidecars: {s: {image: {location: VALUE}}}", "CONTAINERS/1/Image"),
    (
        "sidecars.credentialsParameter",
        "sidecars: {s: {image: i, credentialsParameter: VALUE}}",
        "CONTAINERS/1/RepositoryCredentials/CredentialsParameter",
    ),
    (
        "sidecars.secrets",
        "sidecars: {s: {image: i, secrets: {S: VALUE}}}",
        "CONTAINERS/1/Secrets/0/ValueFrom",
    ),
    ("sidecars.command", "sidecars: {s: {image: i, command: [VALUE]}}", "CONTAINERS/1/Command/0"),
    ("sidecars.entrypoint", "sidecars: {s: {image: i, entrypoint: [VALUE]}}", "CONTAINERS/1/EntryPoint/0"),
    (
        "sidecars.mount_points",
        "storage: {volumes: {VALUE: {path: /v}}}\nsidecars: {s: {image: i, mount_points: [{source_volume: VALUE, path: /v}]}}",
        "CONTAINERS/1/MountPoints/0/SourceVolume",
    ),
    (
        "storage.volumes",
        "storage: {volumes: {VALUE: {path: /v}}}",
        "TaskDefinition/Properties/Volumes/0/Name",
    ),
    (
        "storage.volumes.efs.id",
        "storage: {volumes: {v: {path: /v, efs: {id: VALUE}}}}",
        "TaskDefinition/Properties/Volumes/0/EFSVolumeConfiguration/FilesystemId",
    ),
    (
        "storage.volumes.efs.auth.access_point_id",
        "storage: {volumes: {v: {path: /v, efs: {id: f, auth: {iam: true, access_point_id: VALUE}}}}}",
        "TaskDefinition/Properties/Volumes/0/EFSVolumeConfiguration/AuthorizationConfig/AccessPointId",
    ),
    (
        "network.vpc.placement.subnets",
        "network: {vpc: {placement: {subnets: [VALUE]}}}",
        "SUBSTITUTIONS/Subnets/1/0",
    ),
    (
        "network.vpc.security_groups",
        "network: {vpc: {security_groups: [VALUE]}}",
        "SUBSTITUTIONS/SecurityGroups/1/1",
    ),
    (
        "network.vpc.security_groups.from_cfn",
        "network: {vpc: {security_groups: [{from_cfn: VALUE}]}}",
        "SUBSTITUTIONS/SecurityGroups/1/1",
    ),
];

/// What a place of the template holds.
fn at<'a>(node: &'a Node, path: &str) -> &'a Node {
    let path = path.replace("CONTAINERS", CONTAINERS).replace("SUBSTITUTIONS", SUBSTITUTIONS);
    path.split('/').fold(node, |node, step| match &node.kind {
        Kind::Sequence(items) => &items[step.parse::<usize>().unwrap()],
        _ => node.get(step).unwrap_or_else(|| panic!("{path}: no {step}")),
    })
}

/// The template's values of a field with this text, in one line.
fn rendered(fragment: &str, path: &str, text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let job = job(&fragment.replace("VALUE", &quoted));
    let body = render(&job, &inputs("report")).unwrap().body;
    emit(at(body.get("Resources").unwrap(), path)).trim_end().replace('\n', " ")
}

#[test]
fn every_field_takes_quotes_and_functions() {
    let mut shown = String::new();
    for (field, fragment, path) in FIELDS {
        let values = ["'x-1'", "\"x-1\"", "!ImportValue x-1", "!Sub '${AWS::Region}-x'"];
        let values = values.map(|text| rendered(fragment, path, text));
        shown.push_str(&format!("{field}: {}\n", values.join(" | ")));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn every_field_keeps_other_texts() {
    for (field, fragment, path) in FIELDS {
        for text in ["yes", "12", "a # b", "*x", "a: b", "{a", "[x", "~", "{a: b}", "[a, b]", "'a' b"] {
            let expected = match field.ends_with("from_cfn") {
                true => Node::string(text).tagged("!ImportValue"),
                false => Node::string(text),
            };
            assert_eq!(rendered(fragment, path, text), emit(&expected).trim_end(), "{field}: {text}");
        }
    }
}

/// Without the template's own quotes these were written into texts, which no stack could be made of.
#[test]
fn ids_of_file_systems_are_functions_in_policies_too() {
    let policies = |id: &str, point: &str| {
        let fragment = format!(
            "storage: {{volumes: {{v: {{path: /v, efs: {{id: {id}, auth: {{iam: true, access_point_id: {point}}}}}}}}}}}"
        );
        let body = render(&job(&fragment), &inputs("report")).unwrap().body;
        emit(at(body.get("Resources").unwrap(), "TaskRole/Properties/Policies/1"))
    };
    insta::assert_snapshot!(policies("\"'fs-1'\"", "\"'fsap-1'\""));
    insta::assert_snapshot!(policies("'!ImportValue files'", "'{Ref: AppName}'"));
    insta::assert_snapshot!(policies("{from_cfn: \"!Sub '${AWS::Region}-files'\"}", "fsap-1"));
}

/// A command line is split first, so that quotes around a word are the shell's.
#[test]
fn words_of_a_command_line() {
    let words = |text: &str| {
        let job = job(&format!("command: {}", serde_json::Value::from(text)));
        let body = render(&job, &inputs("report")).unwrap().body;
        emit(at(body.get("Resources").unwrap(), "CONTAINERS/0/Command"))
    };
    insta::assert_snapshot!(words(r#"run 'a' "'b'" '"c d"' '!Ref EnvName' !Ref "EnvName""#));
}
