//! The cases of environments once more, through the program: what `env package --output-dir` writes is what the old tool
//! wrote.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::cases::{compare, each, read, read_json};
use super::normal_form::normal_form;
use crate::local_aws::{App, Environment, LocalAws};
use crate::support::{Workspace, World};

/// The old tool takes `flow_logs: false` for `true`, a defect that this program does not have.
const FLOW_LOGS_FALSE: &str = "flow-logs-false";

#[test]
fn packaged_environments_of_all_cases() {
    each("env", check);
}

/// What differs from the expectation, one line each.
fn check(case: &Path, name: &str) -> Vec<String> {
    let inputs = read_json(&case.join("inputs.json"));
    let given = |key: &str| inputs[key].as_str().unwrap().to_owned();
    let (app, env) = (given("app"), given("env"));
    let world = world(case, &inputs);
    let said = world.run(&["env", "package", "--app", &app, "--name", &env, "--output-dir", "out"]);
    if said.code != Some(0) {
        return vec![said.stderr];
    }
    let region = &world.app.regions[&given("region")];
    let account = given("root_user_arn").split(':').nth(4).unwrap().to_owned();
    let written = |name: &str| {
        read(&world.workspace.path().join("out").join(name))
            .replace(&region.bucket, &given("artifact_bucket"))
            .replace(&region.key_arn, &given("artifact_key_arn"))
            .replace(world.account.id(), &account)
    };
    let of_yaml = |text: &str| normal_form(&copilot::yaml::load(text).unwrap().unwrap());
    let mut found = Vec::new();
    let expected = if name == FLOW_LOGS_FALSE { case.with_file_name("default") } else { case.to_owned() };
    let mut expected = read_json(&expected.join("template.json"));
    // The list of CloudFront's addresses is the local one.
    let text = written(&format!("{env}.env.yml"));
    let list = regex::Regex::new("pl-[0-9a-f]+").unwrap();
    let mut actual = of_yaml(&list.replace_all(&text, given("cdn_prefix_list_id")));
    for document in [&mut expected, &mut actual] {
        // The version is another, and the functions have their own code and runtime.
        document["Metadata"] = Value::Null;
        for resource in document["Resources"].as_object_mut().unwrap().values_mut() {
            if resource["Type"] == "AWS::Lambda::Function" {
                resource["Properties"]["Runtime"] = Value::Null;
                resource["Properties"]["Code"] = Value::Null;
            }
            if resource["Type"] == "AWS::CloudFormation::Stack" {
                resource["Properties"]["TemplateURL"] = Value::Null;
            }
        }
        let policy = "/Resources/EnvironmentManagerRole/Properties/Policies/0/PolicyDocument/Statement";
        let statements = document.pointer_mut(policy).unwrap().as_array_mut().unwrap();
        statements.retain(|statement| statement["Sid"] != "ReadJobRuns");
    }
    compare("", &expected, &actual, &mut found);
    let configuration: Value = serde_json::from_str(&written(&format!("{env}.env.params.json"))).unwrap();
    compare("params", &read_json(&case.join("params.json")), &configuration, &mut found);
    let addons = case.join("addons.json");
    let expected = if addons.exists() { read_json(&addons) } else { Value::Null };
    let file = world.workspace.path().join("out/env.addons.yml");
    let actual = if file.exists() { of_yaml(&written("env.addons.yml")) } else { Value::Null };
    compare("addons", &expected, &actual, &mut found);
    found
}

/// The case as a workspace, in an account with what its inputs say.
fn world(case: &Path, inputs: &Value) -> World {
    let given = |key: &str| inputs[key].as_str().unwrap_or_default().to_owned();
    let (name, env) = (given("app"), given("env"));
    let workspace = Workspace::new("");
    workspace.file("copilot/.workspace", &format!("application: {name}\n"));
    workspace.file(&format!("copilot/environments/{env}/manifest.yml"), &read(&case.join("manifest.yml")));
    for folder in ["addons", "overrides"] {
        for file in fs::read_dir(case.join(folder)).into_iter().flatten() {
            let path = file.unwrap().path();
            let file = path.file_name().unwrap().to_str().unwrap().to_owned();
            workspace.file(&format!("copilot/environments/{folder}/{file}"), &read(&path));
        }
    }
    let mut environment = Environment::new(&env).region(&given("region")).template(&deployed(inputs));
    for (key, value) in inputs["previous_parameters"].as_object().into_iter().flatten() {
        // The role is trusted by the account that there is here.
        if key == "ToolsAccountPrincipalARN" {
            continue;
        }
        environment = environment.parameter(key, value.as_str().unwrap());
    }
    let mut app = App::new(&name).environment(environment);
    for (key, value) in inputs["tags"].as_object().into_iter().flatten() {
        app = app.tag(key, value.as_str().unwrap());
    }
    if !given("permissions_boundary").is_empty() {
        app = app.permissions_boundary(&given("permissions_boundary"));
    }
    let world = World::seeded(app, workspace);
    if !given("domain").is_empty() {
        set_domain(&world, &name, &given("domain"));
    }
    world
}

/// A stack of which nothing counts but its version, its parameters and the id of the last forced deployment.
fn deployed(inputs: &Value) -> String {
    let mut text = String::from("Metadata: {Version: VERSION}\nParameters:\n");
    let previous = inputs["previous_parameters"].as_object();
    let usual = ["AppName", "EnvironmentName", "ToolsAccountPrincipalARN"];
    let others = previous.into_iter().flat_map(|previous| previous.keys().map(String::as_str));
    let mut names: Vec<&str> = usual.into_iter().chain(others).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        writeln!(text, "  {name}: {{Type: String}}").unwrap();
    }
    text.push_str("Resources:\n");
    for (id, suffix) in
        [("CloudformationExecutionRole", "CFNExecutionRole"), ("EnvironmentManagerRole", "EnvManagerRole")]
    {
        writeln!(
            text,
            "  {id}: {{Type: 'AWS::IAM::Role', Properties: {{RoleName: !Sub '${{AWS::StackName}}-{suffix}', \
             AssumeRolePolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{AWS: !Ref ToolsAccountPrincipalARN}}, Action: 'sts:AssumeRole'}}]}}}}}}"
        )
        .unwrap();
    }
    text.push_str("Outputs:\n  CFNExecutionRoleARN: {Value: !GetAtt CloudformationExecutionRole.Arn}\n");
    text.push_str("  EnvironmentManagerRoleARN: {Value: !GetAtt EnvironmentManagerRole.Arn}\n");
    writeln!(text, "  LastForceDeployID: {{Value: '{}'}}", inputs["last_force_deploy_id"].as_str().unwrap())
        .unwrap();
    text.replace("VERSION", if previous.is_some() { "v1.33.0" } else { "bootstrap" })
}

fn set_domain(world: &World, app: &str, domain: &str) {
    let emulator = world.account.emulator();
    let (name, domain) = (format!("/copilot/applications/{app}"), domain.to_owned());
    LocalAws::shared().block_on(async move {
        let record = emulator.json("ssm", "AmazonSSM.GetParameter", &json!({ "Name": name })).await.unwrap();
        let record: Value = serde_json::from_str(&record.to_string()).unwrap();
        let text = record["Parameter"]["Value"].as_str().unwrap();
        let mut application: Value = serde_json::from_str(text).unwrap();
        application["domain"] = domain.into();
        let put =
            json!({ "Name": name, "Type": "String", "Value": application.to_string(), "Overwrite": true });
        emulator.json("ssm", "AmazonSSM.PutParameter", &put).await.unwrap();
    });
}
