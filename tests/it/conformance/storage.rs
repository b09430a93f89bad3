//! Files of `storage init`, and what it says of the job that uses them.

use std::fs;
use std::path::Path;

use copilot::template::storage::cluster::Engine;
use serde_json::{Map, Value};

use super::cases::each;
use super::written::parsed;
use crate::local_aws::App;
use crate::support::{JOB, Workspace, World};

#[test]
fn storage() {
    each("storage", check);
}

fn check(case: &Path, name: &str) -> Vec<String> {
    let text = |file: &str| fs::read_to_string(case.join(file)).unwrap();
    let json = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let (inputs, facts) = (json(&text("inputs.json")), json(&text("facts.json")));
    // The old tool's versions cannot be created any more.
    let want = text("files.json")
        .replace("\"8.0.mysql_aurora.3.02.0\"", &format!("{:?}", Engine::MySql.version()))
        .replace("\"14.4\"", &format!("{:?}", Engine::PostgreSql.version()))
        .replace("\"aurora-postgresql14\"", &format!("{:?}", Engine::PostgreSql.family()));
    let app = inputs["app"].as_str().unwrap();
    let environments = inputs["environments"].as_array().unwrap().iter().map(|env| env.as_str().unwrap());
    let seeded = environments.fold(App::new(app).job(JOB), App::env);
    let world = World::seeded(seeded, Workspace::empty());
    world.workspace.file("copilot/.workspace", &format!("application: {app}\n"));
    let given = inputs["files"].as_object().unwrap();
    for (path, content) in given {
        world.workspace.file(path, content.as_str().unwrap());
    }
    let args = inputs["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap());
    let args: Vec<&str> = ["storage", "init"].into_iter().chain(args).collect();
    let said = world.run(&args).succeeds();

    let mut found = Map::new();
    let root = world.workspace.path();
    files(root, &mut |path| {
        let relative = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        if relative != "copilot/.workspace" && !given.contains_key(&relative) {
            found.insert(relative, parsed(&fs::read_to_string(path).unwrap()));
        }
    });
    let mut failures = Vec::new();
    if Value::Object(found.clone()) != json(&want) {
        failures.push(format!("files: {}\n  instead of {}", Value::Object(found), json(&want)));
    }
    let fact = match facts["env_variable"].as_str() {
        Some(variable) => said.contains(&format!(" {variable}")),
        None => {
            let lines = said.lines().filter_map(|line| line.strip_prefix("    "));
            let snippet: String = lines.map(|line| format!("{line}\n")).collect();
            parsed(&snippet) == facts["manifest_snippet"]
        }
    };
    if !fact {
        failures.push(format!("{name} does not say {facts}:\n{said}"));
    }
    failures
}

/// Every file below a directory.
fn files(dir: &Path, with: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, with) } else { with(&path) }
    }
}
