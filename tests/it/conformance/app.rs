//! Every case of an application's roles stack and stack set.

use std::collections::BTreeMap;
use std::path::Path;

use copilot::template::app::stack_set::{self, Change, Config, Workload};
use copilot::template::app::{names, roles, tags};
use copilot::template::cfn::template::Template;
use serde_json::Value;

use super::cases::{compare, each, keep_rendered, normal_form_of, read, read_json};

#[test]
fn roles_stacks() {
    each("app-roles", |case, name| {
        let given = read_json(&case.join("inputs.json"));
        let inputs = roles_inputs(&given);
        let template = roles::render(&inputs);
        keep_rendered(&format!("app-roles-{name}"), &template);
        let mut found = Vec::new();
        compare("", &read_json(&case.join("template.json")), &normal_form_of(&template), &mut found);
        let sent: BTreeMap<String, String> = roles::parameters(&inputs).into_iter().collect();
        let tags = tags(&inputs.app, &texts(&given["tags"]));
        let params = serde_json::json!({ "Parameters": sent, "Tags": tags });
        compare("params", &read_json(&case.join("params.json")), &params, &mut found);
        let stack = Value::from(names::roles_stack(&inputs.app));
        compare("stack_name", &given["stack_name"], &stack, &mut found);
        found
    });
}

fn roles_inputs(given: &Value) -> roles::Inputs {
    let text = |key: &str| given[key].as_str().unwrap().to_owned();
    let accounts = given["dns_delegated_accounts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let known = |key: &str| Some(text(key)).filter(|text| !text.is_empty());
    roles::Inputs {
        app: text("app"),
        account_id: text("app_account"),
        delegated_accounts: accounts.iter().map(|account| account.as_str().unwrap().to_owned()).collect(),
        domain: known("domain")
            .map(|name| roles::Domain { name, hosted_zone_id: text("domain_hosted_zone_id") }),
        permissions_boundary: known("permissions_boundary"),
        template_version: text("template_version"),
    }
}

#[test]
fn stack_sets() {
    each("app-stackset", |case, name| {
        let given = read_json(&case.join("inputs.json"));
        let mut found = Vec::new();
        let rendered = rendered(case, &given, &mut found);
        let expected = case.join("template.json");
        match (rendered, expected.exists()) {
            (Some(template), true) => {
                keep_rendered(&format!("app-stackset-{name}"), &template);
                let mut expected = read_json(&expected);
                if name == "remove-job" {
                    stamp_our_version(&mut expected, &given);
                }
                compare("", &expected, &normal_form_of(&template), &mut found);
            }
            (None, false) => {
                assert_eq!(read_json(&case.join("calls.json")), serde_json::json!([]), "{name}");
            }
            (rendered, _) => {
                let what =
                    if rendered.is_some() { "a template, not nothing" } else { "nothing, not a template" };
                found.push(format!("the change gives {what}"));
            }
        }
        found
    });
}

/// The template after the case's change; `None` when there is nothing to do.
fn rendered(case: &Path, given: &Value, found: &mut Vec<String>) -> Option<Template> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let change = &given["change"];
    let config = match change["op"].as_str() {
        None => configured(&given["config"]),
        Some("create") => Config::default(),
        Some(op) => {
            let deployed = stack_set::read(&read(&case.join("deployed.yml"))).unwrap();
            compare("read", &read_json(&case.join("read.json")), &as_read(&deployed), found);
            let change = match op {
                "add-job" => Change::AddJob(text(&change["arg"])),
                "remove-job" => Change::RemoveWorkload(text(&change["arg"])),
                "add-env" => Change::AddEnvironment { account: text(&change["arg"]) },
                "upgrade" => Change::Upgrade,
                other => panic!("unknown change {other}"),
            };
            deployed.apply(&change)?
        }
    };
    Some(stack_set::render(&text(&given["app"]), &config, &text(&given["template_version"])))
}

fn configured(given: &Value) -> Config {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let workload =
        |given: &Value| Workload::new(given["name"].as_str().unwrap(), given["with_ecr"].as_bool().unwrap());
    let mut config = Config::default();
    config.version = given["version"].as_u64().unwrap();
    config.workloads = given["workloads"].as_array().unwrap().iter().map(workload).collect();
    config.accounts = given["accounts"].as_array().unwrap().iter().map(text).collect();
    config
}

/// What was read, in the form of the cases.
fn as_read(config: &Config) -> Value {
    let workload = |workload: &Workload| serde_json::json!({ "name": workload.name, "with_ecr": workload.with_ecr.to_string() });
    serde_json::json!({
        "accounts": config.accounts,
        "version": config.version.to_string(),
        "workloads": config.workloads.iter().map(workload).collect::<Vec<_>>(),
    })
}

/// The old tool stamped the schema version of a record here, a defect that this program does not have.
fn stamp_our_version(expected: &mut Value, given: &Value) {
    for place in ["/Metadata/TemplateVersion", "/Outputs/TemplateVersion/Value"] {
        let stamp = expected.pointer_mut(place).unwrap();
        assert_eq!(*stamp, "1.0");
        *stamp = given["template_version"].clone();
    }
}

pub(super) fn texts(given: &Value) -> BTreeMap<String, String> {
    let entries = given.as_object().unwrap().iter();
    entries.map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect()
}
