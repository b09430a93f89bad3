//! Every case of a conformance folder: manifest, addons and inputs in, templates and parameters out. The folder
//! is not part of the project; `COPILOT_CONFORMANCE_DIR` names it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use copilot::addons::{self, Addons};
use copilot::manifest::{self, Manifest};
use copilot::template::cfn::artifacts::S3Object;
use copilot::template::cfn::patches::Patches;
use copilot::template::cfn::template::Template;
use copilot::template::job::inputs::{AddonsInputs, ImageRef, Inputs};
use copilot::template::job::{parameters, render};
use copilot::template::tags::stack_tags;
use serde_json::Value;

use super::normal_form::normal_form;

/// Names the folder with `cases/NAME/{manifest.yml,inputs.json,template.json,params.json}`, and with addons
/// `addons/` and `addons.json`.
pub(super) const CONFORMANCE_DIR: &str = "COPILOT_CONFORMANCE_DIR";
/// Names a folder that gets every rendered template, for checks by other programs.
const RENDERED_DIR: &str = "COPILOT_RENDERED_DIR";

/// Cases whose own files ask for what a linter must refuse: addons and a job that depend on each other in a circle, a ulimit
/// with one of its three properties.
const NOT_LINTED: [&str; 3] = ["addons-params", "everything", "taskdef-overrides"];

#[test]
fn templates_and_parameters_of_all_cases() {
    each("cases", check);
}

/// Runs a check, which says what differs, on every case of a group.
pub(super) fn each(group: &str, check: impl Fn(&Path, &str) -> Vec<String>) {
    let Some(folder) = std::env::var_os(CONFORMANCE_DIR) else {
        println!("conformance was NOT checked: set {CONFORMANCE_DIR} to the folder with the cases");
        return;
    };
    let folder = PathBuf::from(folder).join(group);
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{CONFORMANCE_DIR}: {}: {e}", folder.display()))
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut failures = Vec::new();
    for name in &names {
        let differences = check(&folder.join(name), name);
        if differences.is_empty() {
            println!("pass         {name}");
        } else {
            failures.push(format!("{name}:\n  {}", differences.join("\n  ")));
        }
    }
    println!("{group}: {} of {} cases pass", names.len() - failures.len(), names.len());
    assert!(failures.is_empty(), "{} of {} cases fail\n{}", failures.len(), names.len(), failures.join("\n"));
}

/// What this program makes of a case.
pub(super) struct Case {
    manifest: Manifest,
    addons: Option<Addons>,
    inputs: Inputs,
    pub(super) template: Template,
}

/// Loads and renders a case.
pub(super) fn load(case: &Path, name: &str) -> Result<Case, String> {
    let file = case.join("manifest.yml");
    let text = read(&file);
    let given: Value = serde_json::from_str(&read(&case.join("inputs.json"))).unwrap();
    let field = |key: &str| given[key].as_str().unwrap_or_else(|| panic!("{name}: inputs.json lacks {key}"));
    let job_name = manifest_name(&text);
    let source = manifest::Source { path: "manifest.yml", text: &text };
    let target = manifest::Target {
        app: field("app"),
        env: field("env"),
        job: &job_name,
        environments: &[],
        lookup: &|_| None,
    };
    let manifest = match manifest::load(source, target) {
        Ok(manifest) => manifest,
        Err(findings) => return Err(format!("the manifest is refused: {findings}")),
    };
    let addons_target = addons::Target { app: field("app"), env: field("env") };
    let addons =
        match addons::load(&case.join("addons"), "addons", addons::Owner::Job(&manifest.job), &addons_target)
        {
            Ok(loaded) => loaded.addons,
            Err(error) => return Err(format!("the addons are refused: {error}")),
        };
    let inputs = Inputs {
        manifest_text: manifest.text.clone(),
        addons: addons.as_ref().map(|addons| addons.inputs.clone()).unwrap_or_default(),
        ..inputs(&given)
    };
    let template = match render(&manifest.job, &inputs) {
        Ok(template) => template,
        Err(error) => return Err(format!("rendering fails: {error}")),
    };
    let template = match patches(case).map(|patches| patches.apply(&template)) {
        None => template,
        Some(Ok(patched)) => patched,
        Some(Err(error)) => return Err(format!("the patches fail: {error}")),
    };
    Ok(Case { manifest, addons, inputs, template })
}

/// What differs from the expectation, one line each.
fn check(case: &Path, name: &str) -> Vec<String> {
    let Case { manifest, addons, inputs, template } = match load(case, name) {
        Ok(loaded) => loaded,
        Err(error) => return vec![error],
    };
    keep_rendered(name, &template);

    let mut found = Vec::new();
    let merged = addons.map(|addons| addons.text());
    let expected = case.join("addons.json");
    let expected = expected.exists().then(|| serde_json::from_str(&read(&expected)).unwrap());
    let actual = merged.map(|text| normal_form(&copilot::yaml::load(&text).unwrap().unwrap()));
    let [expected, actual] = [expected, actual].map(|addons: Option<Value>| addons.unwrap_or_default());
    compare("addons", &expected, &actual, &mut found);
    let expected: Value = serde_json::from_str(&read(&case.join("template.json"))).unwrap();
    let actual = without_deliberate_differences(&template, &inputs, &expected, &mut found);
    compare("", &expected, &actual, &mut found);

    let sent: BTreeMap<String, String> = parameters(&manifest.job, &inputs).into_iter().collect();
    let none = BTreeMap::new();
    let tags = stack_tags(&none, &none, &inputs.app, &inputs.env, &manifest.job.name);
    let expected: Value = serde_json::from_str(&read(&case.join("params.json"))).unwrap();
    compare("params", &expected, &serde_json::json!({ "Parameters": sent, "Tags": tags }), &mut found);
    found
}

/// The case's YAML patches, when it has some.
fn patches(case: &Path) -> Option<Patches> {
    let file = case.join("overrides/cfn.patches.yml");
    file.exists().then(|| Patches::read("cfn.patches.yml", &read(&file)).unwrap())
}

pub(super) fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

pub(super) fn read_json(file: &Path) -> Value {
    serde_json::from_str(&read(file)).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// The normal form of a template's text.
pub(super) fn normal_form_of(template: &Template) -> Value {
    normal_form(&copilot::yaml::load(&template.to_yaml()).unwrap().unwrap())
}

/// The job's name is the folder's name in a workspace; cases have it in the manifest only.
pub(super) fn manifest_name(text: &str) -> String {
    let document = copilot::yaml::load(text).unwrap().unwrap();
    document.get("name").and_then(|name| name.as_text()).unwrap().to_owned()
}

fn inputs(given: &Value) -> Inputs {
    let text =
        |key: &str| given[key].as_str().unwrap_or_else(|| panic!("inputs.json lacks {key}")).to_owned();
    let known = |text: &Value| text.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let images = given["pushed_images"].as_object().unwrap().iter();
    Inputs {
        app: text("app"),
        env: text("env"),
        region: text("region"),
        account_id: text("account_id"),
        permissions_boundary: known(&given["permissions_boundary"]),
        env_version: text("env_version"),
        service_discovery_endpoint: text("service_discovery_endpoint"),
        template_version: text("template_version"),
        manifest_text: String::new(),
        repository_url: Some(text("repository_url")),
        images: images
            .map(|(container, image)| {
                let image = ImageRef { tag: known(&image["tag"]), digest: known(&image["digest"]) };
                (container.clone(), image)
            })
            .collect(),
        env_controller_code: S3Object { bucket: text("artifact_bucket"), key: "code.zip".to_owned() },
        artifact_key_arn: text("artifact_key_arn"),
        env_file_arns: BTreeMap::new(),
        paused: false,
        subnets_from_tags: Vec::new(),
        addons_template_url: String::new(),
        addons: AddonsInputs::default(),
    }
}

/// The template in normal form, with `Metadata.Manifest` taken out and the env-controller's runtime and
/// code as the old tool has them. What is taken out is checked here.
fn without_deliberate_differences(
    template: &Template,
    inputs: &Inputs,
    expected: &Value,
    found: &mut Vec<String>,
) -> Value {
    let mut actual = normal_form_of(template);
    let stored = actual["Metadata"].as_object_mut().unwrap().remove("Manifest");
    let manifest = format!("{}\n", inputs.manifest_text.trim_end_matches('\n'));
    compare("Metadata.Manifest", &Value::from(manifest), &stored.unwrap_or_default(), found);
    let function = "/Resources/EnvControllerFunction/Properties";
    let expected = expected.pointer(function).unwrap();
    let properties = actual.pointer_mut(function).unwrap();
    let code = serde_json::json!({ "S3Bucket": inputs.env_controller_code.bucket, "S3Key": "code.zip" });
    for (key, ours) in [("Runtime", Value::from("nodejs24.x")), ("Code", code)] {
        // A case's patch may have set it to the very value that is expected.
        if properties[key] == expected[key] {
            continue;
        }
        compare(&format!("EnvControllerFunction.{key}"), &ours, &properties[key], found);
        properties[key] = expected[key].clone();
    }
    actual
}

pub(super) fn compare(path: &str, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(e), Value::Object(a)) => {
            let keys: std::collections::BTreeSet<_> = e.keys().chain(a.keys()).collect();
            for key in keys {
                let path = format!("{path}.{key}");
                match (e.get(key), a.get(key)) {
                    (Some(e), Some(a)) => compare(&path, e, a, found),
                    (Some(e), None) => found.push(format!("{path}: expected {e}, got nothing")),
                    (None, a) => {
                        found.push(format!("{path}: expected nothing, got {}", a.unwrap_or(&Value::Null)));
                    }
                }
            }
        }
        (Value::Array(e), Value::Array(a)) if e.len() == a.len() => {
            for (index, (e, a)) in e.iter().zip(a).enumerate() {
                compare(&format!("{path}[{index}]"), e, a, found);
            }
        }
        _ if expected == actual => {}
        _ => found.push(format!("{path}: expected {expected}, got {actual}")),
    }
}

pub(super) fn keep_rendered(name: &str, template: &Template) {
    let Some(folder) = std::env::var_os(RENDERED_DIR).filter(|_| !NOT_LINTED.contains(&name)) else { return };
    let file = Path::new(&folder).join(format!("conformance-{name}.stack.yml"));
    fs::create_dir_all(&folder).unwrap();
    fs::write(file, template.to_yaml()).unwrap();
}
