//! Every case of an environment's templates: the bootstrap stack and the whole one.

use std::collections::BTreeMap;
use std::path::Path;

use copilot::manifest::Source;
use copilot::manifest::env::{self, Environment, Manifest, Target};
use copilot::template::cfn::artifacts::S3Object;
use copilot::template::cfn::patches::Patches;
use copilot::template::cfn::template::Template;
use copilot::template::env::deployed::Deployed;
use copilot::template::env::inputs::{Addons, Basics, Functions, Inputs};
use copilot::template::env::{bootstrap, parameters, render};
use copilot::template::tags::environment_tags;
use copilot::yaml;
use serde_json::{Value, json};

use super::app::texts;
use super::cases::{compare, each, keep_rendered, normal_form_of, read, read_json};
use super::normal_form::normal_form;

/// The old tool takes `flow_logs: false` for `true`, a defect that this program does not have.
const FLOW_LOGS_FALSE: &str = "flow-logs-false";

/// A case whose manifest has ports where they mean nothing, which a linter must refuse.
const PORTS_OF_ALL_PROTOCOLS: &str = "security-group-rules";

/// Ids of the cases, which are too short or too long for AWS, and such as AWS makes.
const IDS: [(&str, &str); 5] = [
    ("stackset-my-app-infrastruc-pipelinebuiltartifactbuc-1a2b3c4d5e6f", "artifacts"),
    ("subnet-0a11", "subnet-0a000000000000011"),
    ("subnet-0a22", "subnet-0a000000000000022"),
    ("subnet-0b11", "subnet-0b000000000000011"),
    ("subnet-0b22", "subnet-0b000000000000022"),
];

/// What a linter can read.
fn with_real_ids(template: &Template) -> Template {
    let text = IDS.iter().fold(template.to_yaml(), |text, (id, real)| text.replace(id, real));
    Template { body: yaml::load(&text).unwrap().unwrap(), header: template.header }
}

#[test]
fn bootstrap_stacks() {
    each("env-bootstrap", |case, name| {
        let given = read_json(&case.join("inputs.json"));
        let basics = basics(&given);
        let template = bootstrap::render(&basics);
        keep_rendered(&format!("env-bootstrap-{name}"), &with_real_ids(&template));
        let mut found = Vec::new();
        compare("", &read_json(&case.join("template.json")), &normal_form_of(&template), &mut found);
        check_parameters(case, &given, &basics, bootstrap::parameters(&basics), &mut found);
        found
    });
}

#[test]
fn whole_stacks() {
    each("env", |case, name| {
        let given = read_json(&case.join("inputs.json"));
        let text = read(&case.join("manifest.yml"));
        let source = Source { path: "manifest.yml", text: &text };
        let target = Target {
            app: given["app"].as_str().unwrap(),
            env: given["env"].as_str().unwrap(),
            lookup: &|_| None,
        };
        let Manifest { environment: env, text, .. } = match env::load(source, target) {
            Ok(manifest) => manifest,
            Err(findings) => return vec![format!("the manifest is refused: {findings}")],
        };
        let inputs = inputs(&given, case, &env, &text);
        let template = match patched(case, &render(&env, &inputs).unwrap()) {
            Ok(template) => template,
            Err(error) => return vec![format!("the patches fail: {error}")],
        };
        if name != PORTS_OF_ALL_PROTOCOLS {
            keep_rendered(&format!("env-{name}"), &with_real_ids(&template));
        }
        let mut found = Vec::new();
        let expected_case =
            if name == FLOW_LOGS_FALSE { case.with_file_name("default") } else { case.to_owned() };
        let expected = read_json(&expected_case.join("template.json"));
        let actual = without_deliberate_differences(&template, &expected, &text, &mut found);
        compare("", &expected, &actual, &mut found);
        check_parameters(case, &given, &inputs.basics, parameters(&env, &inputs).unwrap(), &mut found);
        found
    });
}

fn patched(case: &Path, template: &Template) -> copilot::error::Result<Template> {
    let file = case.join("overrides/cfn.patches.yml");
    if !file.exists() {
        return Ok(template.clone());
    }
    Patches::read("cfn.patches.yml", &read(&file))?.apply(template)
}

fn basics(given: &Value) -> Basics {
    let text = |key: &str| given[key].as_str().unwrap().to_owned();
    Basics {
        app: text("app"),
        env: text("env"),
        region: text("region"),
        app_account_id: text("root_user_arn").split(':').nth(4).unwrap().to_owned(),
        artifact_bucket: text("artifact_bucket"),
        artifact_key_arn: text("artifact_key_arn"),
        permissions_boundary: known(given, "permissions_boundary"),
    }
}

fn known(given: &Value, key: &str) -> Option<String> {
    given[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn inputs(given: &Value, case: &Path, env: &Environment, manifest_text: &str) -> Inputs {
    let place = |function: &str| {
        let place = &given["custom_resources"][function];
        let text = |key: &str| place[key].as_str().map(str::to_owned).ok_or(function.to_owned());
        Ok::<_, String>(S3Object { bucket: text("bucket")?, key: text("key")? })
    };
    let lists = known(given, "cdn_prefix_list_id").filter(|_| env.http.public.ingress.cdn);
    Inputs {
        basics: basics(given),
        domain: known(given, "domain"),
        template_version: given["template_version"].as_str().unwrap().to_owned(),
        manifest_text: manifest_text.to_owned(),
        functions: Functions::new(place).unwrap(),
        cdn_prefix_lists: lists.into_iter().collect(),
        addons: known(given, "addons_template_url")
            .map(|template_url| Addons { template_url, parameters: addons_parameters(case) }),
        force_deploy_id: given["last_force_deploy_id"].as_str().unwrap().to_owned(),
        previous_parameters: Some(&given["previous_parameters"]).filter(|given| !given.is_null()).map(texts),
        deployed: Deployed::default(),
    }
}

/// What the addons' own loader reads, which knows only addons of jobs.
fn addons_parameters(case: &Path) -> Vec<(String, yaml::Node)> {
    let file = case.join("addons/addons.parameters.yml");
    if !file.exists() {
        return Vec::new();
    }
    let document = yaml::load(&read(&file)).unwrap().unwrap();
    let yaml::Kind::Mapping(entries) = &document.get("Parameters").unwrap().kind else { panic!("no map") };
    entries.iter().map(|(key, value)| (key.as_text().unwrap().to_owned(), value.clone())).collect()
}

fn check_parameters(
    case: &Path,
    given: &Value,
    basics: &Basics,
    sent: Vec<(String, String)>,
    found: &mut Vec<String>,
) {
    let sent: BTreeMap<String, String> = sent.into_iter().collect();
    let tags = environment_tags(&texts(&given["tags"]), &basics.app, &basics.env);
    let expected = read_json(&case.join("params.json"));
    compare("params", &expected, &json!({ "Parameters": sent, "Tags": tags }), found);
}

/// The template in normal form as the old tool would have it. What is taken out or put back is checked here.
fn without_deliberate_differences(
    template: &Template,
    expected: &Value,
    manifest_text: &str,
    found: &mut Vec<String>,
) -> Value {
    let mut actual = normal_form_of(template);
    let stored = actual["Metadata"].as_object_mut().unwrap().remove("Manifest").unwrap_or_default();
    let manifest = format!("{}\n", manifest_text.trim_end_matches('\n'));
    compare("Metadata.Manifest", &Value::from(manifest), &stored, found);
    for (id, resource) in actual["Resources"].as_object_mut().unwrap() {
        if resource["Type"] == "AWS::Lambda::Function" {
            let runtime = &mut resource["Properties"]["Runtime"];
            compare(&format!("{id}.Runtime"), &Value::from("nodejs24.x"), runtime, found);
            *runtime = expected["Resources"][id]["Properties"]["Runtime"].clone();
        }
    }
    let policy = "/Resources/EnvironmentManagerRole/Properties/Policies/0/PolicyDocument/Statement";
    let statements = actual.pointer_mut(policy).unwrap().as_array_mut().unwrap();
    let ours = statements.extract_if(.., |statement| statement["Sid"] == "ReadJobRuns").collect();
    compare("ReadJobRuns", &json!([read_job_runs()]), &Value::Array(ours), found);
    actual
}

fn read_job_runs() -> Value {
    let arn = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}";
    let name = "${AppName}-${EnvironmentName}-*";
    normal_form(
        &yaml::load(&format!(
            "Sid: ReadJobRuns
Effect: Allow
Action: [states:DescribeExecution, states:ListExecutions, states:GetExecutionHistory, states:StopExecution]
Resource:
  - !Sub {arn}:stateMachine:{name}
  - !Sub {arn}:execution:{name}:*
"
        ))
        .unwrap()
        .unwrap(),
    )
}
