//! Environments' manifests of a conformance folder: which are accepted, and what is written for new ones.

use std::fs;
use std::path::{Path, PathBuf};

use copilot::manifest::Source;
use copilot::manifest::env::write::{NewEnvironment, NewNetwork, write};
use copilot::manifest::env::{self, Manifest, Target};
use serde_json::Value;

use super::cases::CONFORMANCE_DIR;
use super::written::{parsed, samples};

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os(CONFORMANCE_DIR).map(PathBuf::from);
    if folder.is_none() {
        println!("conformance was NOT checked: set {CONFORMANCE_DIR} to the folder with the cases");
    }
    folder
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// The folders of a group, in order.
fn cases(group: &Path) -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(group).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(!cases.is_empty(), "{} is empty", group.display());
    cases
}

fn load(text: &str, app: &str, name: &str) -> Result<Manifest, copilot::manifest::Findings> {
    let source = Source { path: "manifest.yml", text };
    env::load(source, Target { app, env: name, lookup: &|_| None })
}

#[test]
fn what_may_be_deployed() {
    let Some(folder) = folder() else { return };
    let checks = json(&folder.join("env-manifest-checks.json"));
    let checks = checks.as_array().unwrap();
    assert!(!checks.is_empty());
    for check in checks {
        let [name, manifest, accepted] =
            ["name", "manifest", "accepted"].map(|key| check[key].as_str().unwrap());
        match load(manifest, "my-app", "test") {
            Ok(_) => assert_eq!(accepted, "true", "{name} is accepted"),
            Err(findings) => {
                assert_eq!(accepted, "false", "{name} is refused:\n{findings}");
                assert!(findings.errors.iter().all(|finding| finding.span.line > 0), "{name}: {findings}");
            }
        }
    }
    println!("{} checks", checks.len());
}

#[test]
fn deployed_manifests_load() {
    let Some(folder) = folder() else { return };
    for case in cases(&folder.join("env")) {
        let inputs = json(&case.join("inputs.json"));
        let text = fs::read_to_string(case.join("manifest.yml")).unwrap();
        let [app, name] = ["app", "env"].map(|key| inputs[key].as_str().unwrap());
        let manifest =
            load(&text, app, name).unwrap_or_else(|findings| panic!("{}: {findings}", case.display()));
        let warnings: Vec<String> = manifest.warnings.iter().map(ToString::to_string).collect();
        assert!(warnings.is_empty(), "{}: {}", case.display(), warnings.join("\n"));
        assert_eq!(manifest.text, text, "{}", case.display());
    }
}

#[test]
fn new_manifests() {
    let Some(folder) = folder() else { return };
    for case in cases(&folder.join("env-manifests")) {
        let name = case.file_name().unwrap().to_str().unwrap();
        let inputs = json(&case.join("inputs.json"));
        let new = arguments(inputs["args"].as_array().unwrap());
        let text = write(&new);
        let written = parsed(&text);
        let mut want = json(&case.join("manifest.json"));
        let mut facts = json(&case.join("facts.json"));
        // What the old tool got wrong in its own files.
        match name {
            "internal-alb-subnets" => {
                want["http"]["private"]["subnets"] = Value::from(vec!["subnet-0b11", "subnet-0b22"]);
                facts["passes_deploy_checks"] = "true".into();
            }
            "internal-alb-allow-vpc-ingress" => {
                want["http"]["private"]["ingress"] = serde_json::json!({ "vpc": "true" });
            }
            _ => {}
        }
        assert_eq!(written, want, "{name}:\n{text}");
        assert_eq!(samples(&text, &written), facts["only_in_comments"], "{name}:\n{text}");
        let loaded = load(&text, inputs["app"].as_str().unwrap(), &new.name);
        assert_eq!(
            loaded.is_ok().to_string(),
            facts["passes_deploy_checks"].as_str().unwrap(),
            "{name}:\n{text}"
        );
    }
}

/// What the arguments of `env init` ask for.
fn arguments(args: &[Value]) -> NewEnvironment {
    let args: Vec<&str> = args.iter().map(|arg| arg.as_str().unwrap()).collect();
    let value = |flag: &str| args.iter().position(|arg| *arg == flag).map(|at| args[at + 1].to_owned());
    let list = |flag: &str| -> Vec<String> {
        value(flag).map(|text| text.split(',').map(str::to_owned).collect()).unwrap_or_default()
    };
    let network = match (value("--import-vpc-id"), value("--override-vpc-cidr")) {
        (Some(id), None) => NewNetwork::Imported {
            id,
            public_subnets: list("--import-public-subnets"),
            private_subnets: list("--import-private-subnets"),
        },
        (None, Some(cidr)) => NewNetwork::Adjusted {
            cidr,
            availability_zones: list("--override-az-names"),
            public_cidrs: list("--override-public-cidrs"),
            private_cidrs: list("--override-private-cidrs"),
        },
        (None, None) => NewNetwork::Default,
        both => panic!("{both:?}"),
    };
    NewEnvironment {
        name: value("--name").unwrap(),
        network,
        certificates: list("--import-cert-arns"),
        internal_alb_subnets: list("--internal-alb-subnets"),
        internal_alb_allow_vpc_ingress: args.contains(&"--internal-alb-allow-vpc-ingress"),
        container_insights: args.contains(&"--container-insights"),
    }
}
