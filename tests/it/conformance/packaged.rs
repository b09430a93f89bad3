//! The cases once more, through the program: what `job package --output-dir` writes is what the old tool wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::cases::{CONFORMANCE_DIR, compare, manifest_name, read};
use super::normal_form::normal_form;
use crate::local_aws::{App, Environment};
use crate::support::{Workspace, World};

/// A case whose template no stack can be made of, which is told before anything is done.
const REFUSED: &str = "addons-params";

#[test]
fn packaged_files_of_all_cases() {
    let Some(folder) = std::env::var_os(CONFORMANCE_DIR) else {
        println!("conformance was NOT checked: set {CONFORMANCE_DIR} to the folder with the cases");
        return;
    };
    let folder = PathBuf::from(folder).join("cases");
    let mut checked = 0;
    let mut failures = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let differences = check(&folder.join(&name));
        checked += 1;
        if !differences.is_empty() {
            failures.push(format!("{name}:\n  {}", differences.join("\n  ")));
        }
    }
    assert!(checked > 20, "{checked}");
    assert!(failures.is_empty(), "{} of {checked} cases fail\n{}", failures.len(), failures.join("\n"));
}

/// What differs from the expectation, one line each.
fn check(case: &Path) -> Vec<String> {
    let given: Value = serde_json::from_str(&read(&case.join("inputs.json"))).unwrap();
    let built = given["pushed_images"].as_object().unwrap().clone();
    let given = |key: &str| given[key].as_str().unwrap().to_owned();
    let manifest = read(&case.join("manifest.yml"));
    let (app, env, job) = (given("app"), given("env"), manifest_name(&manifest));
    let world = world(case, &given, &job);
    let said =
        world.run(&["job", "package", "--app", &app, "--env", &env, "--name", &job, "--output-dir", "out"]);
    if case.ends_with(REFUSED) && said.code == Some(1) && said.stderr.contains("in a circle") {
        return Vec::new();
    }
    if said.code != Some(0) {
        return vec![said.stderr];
    }
    let region = &world.app.regions[&given("region")];
    let written = |name: &str| {
        read(&world.workspace.path().join("out").join(name))
            .replace(&region.bucket, &given("artifact_bucket"))
            .replace(&region.key_arn, &given("artifact_key_arn"))
            .replace(world.account.id(), &given("account_id"))
    };
    let mut found = Vec::new();
    let expected = |name: &str| -> Value { serde_json::from_str(&read(&case.join(name))).unwrap() };
    let of_yaml = |text: &str| normal_form(&copilot::yaml::load(text).unwrap().unwrap());

    let mut template = expected("template.json");
    let mut actual = of_yaml(&written(&format!("{job}-{env}.stack.yml")));
    for document in [&mut template, &mut actual] {
        // The version is another, the function runs on another runtime, and nothing has been built.
        document["Metadata"] = Value::Null;
        let function = document.pointer_mut("/Resources/EnvControllerFunction/Properties").unwrap();
        for key in ["Runtime", "Code"] {
            function[key] = Value::Null;
        }
        let containers = document.pointer_mut("/Resources/TaskDefinition/Properties/ContainerDefinitions");
        for container in containers.and_then(Value::as_array_mut).into_iter().flatten() {
            if container["Name"].as_str().is_some_and(|name| built.contains_key(name)) {
                container["Image"] = Value::Null;
            }
        }
    }
    compare("", &template, &actual, &mut found);

    let mut params = expected("params.json");
    let actual: Value = serde_json::from_str(&written(&format!("{job}-{env}.params.json"))).unwrap();
    if actual["Parameters"]["ContainerImage"] == "" {
        params["Parameters"]["ContainerImage"] = "".into();
    }
    compare("params", &params, &actual, &mut found);

    let addons = case.join("addons.json").exists().then(|| expected("addons.json"));
    let actual = addons.as_ref().map(|_| of_yaml(&written(&format!("{job}.addons.stack.yml"))));
    compare("addons", &addons.unwrap_or_default(), &actual.unwrap_or_default(), &mut found);
    found
}

/// The case as a workspace, in an account with what its inputs say.
fn world(case: &Path, given: &dyn Fn(&str) -> String, job: &str) -> World {
    let workspace = Workspace::new("");
    fs::remove_dir_all(workspace.path().join("copilot/report-gen")).unwrap();
    workspace.file("copilot/.workspace", &format!("application: {}\n", given("app")));
    for (path, content) in files(case, case) {
        workspace.file(&format!("copilot/{job}/{path}"), &content);
    }
    let environment = Environment::new(&given("env"))
        .region(&given("region"))
        .version(&given("env_version"))
        .parameter("NATWorkloads", job)
        .parameter("EFSWorkloads", job)
        .parameter("ServiceDiscoveryEndpoint", &given("service_discovery_endpoint"));
    let app = App::new(&given("app")).environment(environment).job(job);
    let app = match given("permissions_boundary").as_str() {
        "" => app,
        policy => app.permissions_boundary(policy),
    };
    World::seeded(app, workspace)
}

/// A case's files by path, without what is expected of them.
fn files(dir: &Path, case: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(case).unwrap().display().to_string();
        if path.is_dir() {
            found.extend(files(&path, case));
        } else if !["inputs.json", "template.json", "template.yml", "params.json", "addons.json"]
            .contains(&name.as_str())
        {
            found.insert(name, read(&path));
        }
    }
    found
}
