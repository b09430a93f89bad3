//! What `app`, `env` and `job ls` print, the records in the store and what is read from templates, against the old tool's.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use copilot::ops::app::pipeline::{Pipeline, Stage};
use copilot::ops::app::{list::Applications, show as app};
use copilot::ops::env::{list::Environments, recorded, show as env};
use copilot::ops::job::list::Jobs;
use copilot::ops::reading::Resource;
use copilot::stack::port::Stack;
use copilot::store::{Application, Environment, Workload};
use copilot::template::version;
use copilot::ui::listing;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::cases::{CONFORMANCE_DIR, read};
use super::normal_form::normal_form;

fn folder(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(CONFORMANCE_DIR);
    if folder.is_none() {
        println!("conformance was NOT checked: set {CONFORMANCE_DIR} to the folder with the cases");
    }
    Some(PathBuf::from(folder?).join(name))
}

#[test]
fn outputs_and_records_of_all_cases() {
    let Some(folder) = folder("json") else { return };
    let mut failures = Vec::new();
    let mut checked = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let case = entry.unwrap().path();
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        if !["app-", "env-", "job-ls", "ssm-"].iter().any(|group| name.starts_with(group)) {
            continue;
        }
        checked += 1;
        let (expected, actual) = (read(&case.join("output.txt")), output(&case));
        // A manifest made of a record is YAML in a layout of our own.
        let same = match name.starts_with("env-show-manifest-from-record") {
            true => tree(&expected) == tree(&actual),
            false => expected == actual,
        };
        if !same {
            failures.push(format!("{name}:\n--- expected\n{expected}--- got\n{actual}"));
        }
    }
    assert!(checked >= 30, "{checked}");
    assert!(failures.is_empty(), "{} of {checked} fail\n{}", failures.len(), failures.join("\n"));
}

fn tree(yaml: &str) -> Value {
    normal_form(&copilot::yaml::load(yaml).unwrap().unwrap())
}

fn field<T: DeserializeOwned + Default>(given: &Value, key: &str) -> T {
    match &given[key] {
        Value::Null => T::default(),
        value => serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("{key}: {e}")),
    }
}

/// What the case's command prints.
fn output(case: &Path) -> String {
    let given: Value = serde_json::from_str(&read(&case.join("inputs.json"))).unwrap();
    let line = |json: String| format!("{json}\n");
    match given["command"].as_str().unwrap() {
        "app ls" => {
            let names: Vec<Application> = field(&given, "applications");
            let applications = Applications { names: names.into_iter().map(|app| app.name).collect() };
            listing::names(applications.names.iter().map(String::as_str))
        }
        "app show" => listing::application(&application(&given), false),
        "app show --json" => line(application(&given).json()),
        "env ls" => {
            let environments: Vec<Environment> = field(&given, "environments");
            listing::names(environments.iter().map(|env| env.name.as_str()))
        }
        "env ls --json" => line(Environments { environments: field(&given, "environments") }.json()),
        "env show" => listing::environment(&environment(&given, false), false),
        "env show --resources" => listing::environment(&environment(&given, true), false),
        "env show --json" => line(environment(&given, false).json()),
        "env show --json --resources" => line(environment(&given, true).json()),
        "env show --manifest" => {
            let metadata = given["environment_stack"]["metadata"].as_str().unwrap();
            let synthesised = || recorded::manifest(&record(&given));
            env::deployed_manifest(metadata).unwrap().unwrap_or_else(synthesised)
        }
        "job ls" => listing::jobs(&Jobs::new(field(&given, "workloads"), None)),
        "job ls --json" => line(Jobs::new(field(&given, "workloads"), None).json()),
        "job ls --json --local" => {
            let local: Vec<String> = field(&given, "local_jobs");
            line(Jobs::new(field(&given, "workloads"), Some(&local)).json())
        }
        command @ ("ssm record" | "ssm record --update") => {
            written(case, &given, command.ends_with("--update"))
        }
        other => panic!("{other}"),
    }
}

/// The record of the environment that the case is about.
fn record(given: &Value) -> Environment {
    let environments: Vec<Environment> = field(given, "environments");
    environments.into_iter().find(|env| given["environment"] == env.name.as_str()).unwrap()
}

fn application(given: &Value) -> app::Description {
    let environments: Vec<Environment> = field(given, "environments");
    let found: BTreeMap<String, Vec<String>> = field(given, "deployed");
    let mut deployed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for env in &environments {
        for workload in found.get(&env.name).into_iter().flatten() {
            deployed.entry(workload.clone()).or_default().push(env.name.clone());
        }
    }
    let stamp = |key: &str| version::stamp(given[key].as_str().unwrap_or_default(), "TemplateVersion");
    app::Description::new(
        field(given, "application"),
        version::lower(stamp("roles_stack_metadata"), stamp("stack_set_metadata")),
        &environments,
        field(given, "workloads"),
        given["pipelines"].as_array().into_iter().flatten().map(pipeline).collect(),
        deployed,
    )
}

fn pipeline(given: &Value) -> Pipeline {
    Pipeline {
        name: field(given, "pipelineName"),
        region: field(given, "region"),
        account_id: field(given, "accountId"),
        stages: given["stages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|stage| Stage {
                name: field(stage, "name"),
                category: field(stage, "category"),
                provider: field(stage, "provider"),
                details: field(stage, "details"),
            })
            .collect(),
        created_at: field(given, "createdAt"),
        updated_at: field(given, "updatedAt"),
    }
}

fn environment(given: &Value, with_resources: bool) -> env::Description {
    let stack = &given["environment_stack"];
    let mut resources = Vec::new();
    if with_resources {
        resources.extend(stack["resources"].as_array().unwrap().iter().map(|resource| Resource {
            kind: field(resource, "type"),
            physical_id: field(resource, "physicalID"),
            logical_id: field(resource, "logicalID"),
        }));
    }
    let deployed: BTreeMap<String, Vec<String>> = field(given, "deployed");
    let record = record(given);
    let deployed = deployed.get(&record.name).cloned().unwrap_or_default();
    let stack = Stack { outputs: field(stack, "outputs"), tags: field(stack, "tags"), ..Stack::default() };
    env::Description::new(record, field(given, "workloads"), &deployed, &stack, resources)
}

/// The value of a parameter; the rest of the call that writes it is checked here.
fn written(case: &Path, given: &Value, update: bool) -> String {
    let workloads: Vec<Workload> = field(given, "workloads");
    let parameter = if given["application"].is_object() {
        field::<Application>(given, "application").parameter()
    } else if given["environment"].is_string() {
        record(given).parameter()
    } else {
        workloads.first().unwrap().parameter()
    };
    let tags: Vec<Value> =
        parameter.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    let mut call = json!({ "Description": parameter.description, "Name": parameter.name, "Type": "String" });
    match update {
        true => call["Overwrite"] = true.into(),
        false => call["Tags"] = tags.into(),
    }
    let expected: Value = serde_json::from_str(&read(&case.join("call.json"))).unwrap();
    assert_eq!(expected, call, "{}", case.display());
    parameter.value
}

#[test]
fn metadata_of_all_versions() {
    let Some(folder) = folder("metadata") else { return };
    let forms: Vec<Value> = serde_json::from_str(&read(&folder.join("forms.json"))).unwrap();
    let mut checked = 0;
    for form in forms {
        let component = form["component"].as_str().unwrap();
        let reads_as = &form["reads_as"];
        let key = match component {
            "environment" | "job" => "Version",
            "roles-stack" | "stack-set" => "TemplateVersion",
            "environment-stack" => {
                let (stack, outputs) = (&form["stack"], field(&form["stack"], "outputs"));
                let id = stack["stack_id"].as_str().unwrap();
                let environment = Environment::of_stack("my-app", "test", id, &outputs).unwrap();
                assert_eq!(reads_as["record"], environment.parameter().value.as_str());
                checked += 1;
                continue;
            }
            _ => continue,
        };
        let metadata = form["metadata"].as_str().unwrap();
        let stamp = version::stamp(metadata, key);
        assert_eq!(reads_as["version"], stamp.as_str(), "{form}");
        let order = (version::compare(&stamp, "v1.34.0") as i8).to_string();
        assert_eq!(reads_as["compared_with_v1.34.0"], order.as_str(), "{form}");
        if component == "environment" {
            let environment = Environment { name: "test".to_owned(), ..Environment::default() };
            let synthesised = || recorded::manifest(&environment);
            let manifest = env::deployed_manifest(metadata).unwrap().unwrap_or_else(synthesised);
            assert_eq!(reads_as["manifest"], manifest.trim_end(), "{form}");
        }
        checked += 1;
    }
    assert!(checked >= 25, "{checked}");
}
