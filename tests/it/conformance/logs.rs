//! Lines of `job logs`, against the old tool's. All that it shows is shown, in the same order and form; what its defects leave
//! out comes in between.

use std::fs;
use std::path::PathBuf;

use regex::Regex;
use serde_json::Value;

use super::cases::{CONFORMANCE_DIR, read};
use crate::local_aws::App;
use crate::support::{Run, Workspace, World};

#[test]
fn all_lines_of_the_old_tool_are_shown() {
    let Some(folder) = std::env::var_os(CONFORMANCE_DIR) else {
        println!("conformance was NOT checked: set {CONFORMANCE_DIR} to the folder with the cases");
        return;
    };
    // The local AWS has ingestion times of its own.
    let ingestion = Regex::new(r#""ingestionTime":\d+"#).unwrap();
    let mut checked = 0;
    for entry in fs::read_dir(PathBuf::from(folder).join("json")).unwrap() {
        let case = entry.unwrap().path();
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.starts_with("job-logs") {
            continue;
        }
        checked += 1;
        let inputs: Value = serde_json::from_str(&read(&case.join("inputs.json"))).unwrap();
        let run = run(&inputs);
        assert_eq!(run.code, Some(0), "{name}: {run}");
        let shown = ingestion.replace_all(&run.stdout, "").into_owned();
        let mut shown = shown.lines();
        for line in ingestion.replace_all(&read(&case.join("output.txt")), "").lines() {
            assert!(shown.any(|ours| ours == line), "{name}: {line}\nis not in its place in\n{run}");
        }
    }
    assert!(checked >= 7, "{checked}");
}

/// Runs the case's command.
fn run(inputs: &Value) -> Run {
    let text = |key: &str| inputs[key].as_str().unwrap();
    let (app, env, job) = (inputs["application"]["name"].as_str().unwrap(), text("environment"), text("job"));
    let world = World::seeded(App::new(app).env(env).job(job), Workspace::empty());
    for stream in inputs["log_streams"].as_array().unwrap() {
        let event = |event: &Value| {
            (event["timestamp"].as_i64().unwrap(), event["message"].as_str().unwrap().to_owned())
        };
        let events = stream["events"].as_array().unwrap().iter().map(event);
        let group = format!("/copilot/{app}-{env}-{job}");
        world.account.put_log_events(&group, stream["name"].as_str().unwrap(), events).unwrap();
    }
    let mut args: Vec<String> = text("command").split(' ').map(str::to_owned).collect();
    args.extend(["--app", app, "--env", env, "--name", job].map(str::to_owned));
    match inputs["tasks"].as_array() {
        Some(tasks) => args
            .extend(tasks.iter().flat_map(|task| ["--tasks".to_owned(), task.as_str().unwrap().to_owned()])),
        None => args.extend(["--last".to_owned(), inputs["last"].to_string()]),
    }
    if let Some(limit) = inputs["limit"].as_u64() {
        args.extend(["--limit".to_owned(), limit.to_string()]);
    }
    Run::of(world.command(&args.iter().map(String::as_str).collect::<Vec<_>>()))
}
