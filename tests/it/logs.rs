//! What logs and programs get: plain lines with their time, workflow commands of GitHub Actions, JSON.

use std::time::Duration;

use serde_json::Value;

use crate::local_aws::{Event, Script};
use crate::support::{LOCATION, Run, STACK, Workspace, World, stable, time_length, without_times};

/// A manifest with a misspelt field, which is a warning.
fn suspicious() -> String {
    format!("{LOCATION}imgae: x\n")
}

/// A manifest with a size that does not exist, which is an error.
fn wrong() -> String {
    suspicious().replace("cpu: 256", "cpu: 250")
}

fn failing() -> Script {
    let role = |status, reason| Event::resource("TaskRole", "AWS::IAM::Role", status, reason);
    Script {
        events: vec![
            Event::stack("CREATE_IN_PROGRESS", "User Initiated"),
            role("CREATE_IN_PROGRESS", ""),
            role("CREATE_FAILED", "100% \u{9b}31mwrong: a, b"),
            Event::stack("ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [TaskRole]."),
            Event::stack("ROLLBACK_COMPLETE", ""),
        ],
        every: Duration::ZERO,
    }
}

fn with(world: &World, env: &[(&str, &str)], flags: &[&str]) -> Run {
    Run::of(std::mem::replace(
        world.deploying(flags).envs(env.iter().copied()),
        std::process::Command::new(""),
    ))
}

#[test]
fn every_line_of_a_log_has_its_time() {
    let world = World::new(Workspace::new(&suspicious()));
    let run = world.deploy(&[]);
    assert!(run.stderr.lines().all(|line| time_length(line) > 0), "{}", run.stderr);
    let times: Vec<&str> = run.stderr.lines().map(|line| &line[..time_length(line)]).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!(run.stderr.contains("Z - A CloudWatch log group to hold your service logs [create complete] ["));
}

#[test]
fn github_gets_groups_and_annotations() {
    let world = World::new(Workspace::new(&suspicious()));
    let said = with(&world, &[("GITHUB_ACTIONS", "true")], &["--detach"]).succeeds();
    insta::assert_snapshot!(stable(&said, &world), @"
    ::warning title=copilot,file=copilot/report-gen/manifest.yml,line=9,col=1::copilot/report-gen/manifest.yml:9:1: imgae: unknown field, ignored%0A  |%0A9 | imgae: x%0A  | ^^^^^%0Ahelp: did you mean `image`?
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ::group::Stack demo-test-report-gen
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    ::endgroup::
    The deployment of stack demo-test-report-gen continues in AWS (arn:aws:cloudformation:us-west-2:ACCOUNT:stack/demo-test-report-gen/UUID). Follow it with `copilot job deploy --attach --app demo --env test --name report-gen`.
    ");

    let world = World::new(Workspace::new(&wrong()));
    let said = with(&world, &[("GITHUB_ACTIONS", "true")], &[]).ends_with(1);
    insta::assert_snapshot!(stable(&said, &world), @"
    ::error title=copilot,file=copilot/report-gen/manifest.yml,line=5,col=6::copilot/report-gen/manifest.yml:5:6: cpu: Fargate has no tasks of 250 CPU units%0A  |%0A5 | cpu: 250%0A  |      ^^^%0Ahelp: the sizes are 256, 512, 1024, 2048, 4096, 8192 and 16384 (1024 units are one vCPU)
    ::warning title=copilot,file=copilot/report-gen/manifest.yml,line=9,col=1::copilot/report-gen/manifest.yml:9:1: imgae: unknown field, ignored%0A  |%0A9 | imgae: x%0A  | ^^^^^%0Ahelp: did you mean `image`?
    ");

    let world = World::new(Workspace::new(LOCATION));
    world.account.script(STACK, failing());
    let run = with(&world, &[("GITHUB_ACTIONS", "true")], &[]);
    let marks: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("::")).collect();
    insta::assert_snapshot!(stable(&marks.join("\n"), &world), @"
    ::group::Stack demo-test-report-gen
    ::endgroup::
    ::error title=copilot::job report-gen was not deployed to test: stack demo-test-report-gen ended as ROLLBACK_COMPLETE: TaskRole (AWS::IAM::Role) is CREATE_FAILED: 100%25 wrong: a, b%0A  The next `copilot job deploy` deletes what is left of the stack and creates it anew.%0A  All events: `aws cloudformation describe-stack-events --stack-name demo-test-report-gen`.%0A  In the console: https://console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/events?stackId=arn%253Aaws%253Acloudformation%253Aus-west-2%253AACCOUNT%253Astack%252Fdemo-test-report-gen%252FUUID
    ");
    let commands = |line: &&str| !line.starts_with("::");
    assert!(run.stderr.lines().filter(commands).all(|line| time_length(line) > 0), "{}", run.stderr);
}

#[test]
fn github_gets_no_groups_of_a_quiet_deployment() {
    let world = World::new(Workspace::new(&suspicious()));
    assert_eq!(with(&world, &[("GITHUB_ACTIONS", "true")], &["-q"]).succeeds(), "");
}

/// The objects on stdout, one a line; nothing else is said.
fn objects(run: &Run) -> Vec<Value> {
    assert_eq!(run.stderr, "");
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn types(objects: &[Value]) -> Vec<&str> {
    let mut types: Vec<&str> = objects.iter().map(|object| object["type"].as_str().unwrap()).collect();
    types.dedup();
    types
}

#[test]
fn json_tells_every_event_and_the_outcome() {
    let world = World::new(Workspace::new(&suspicious()));
    let run = world.deploy(&["--json"]);
    assert_eq!(run.code, Some(0));
    let objects = objects(&run);
    let expected = [
        "warning",
        "note",
        "proposing",
        "proposed",
        "stack_started",
        "resource",
        "stack_finished",
        "outcome",
    ];
    assert_eq!(types(&objects), expected);
    for object in &objects {
        let time = object["time"].as_str().unwrap();
        assert!(time_length(&format!("{time} ")) > 0, "{time}");
    }
    let warning = &objects[0];
    assert_eq!(warning["about"], "manifest");
    assert_eq!(warning["file"], "copilot/report-gen/manifest.yml");
    assert_eq!((&warning["line"], &warning["column"]), (&Value::from(9), &Value::from(1)));
    let started = objects.iter().find(|object| object["type"] == "stack_started").unwrap();
    assert_eq!(started["resources"].as_array().unwrap().len(), 9);
    let last = objects.last().unwrap();
    assert_eq!((&last["outcome"], &last["job"]), (&Value::from("deployed"), &Value::from("report-gen")));

    let again = world.deploy(&["--json"]);
    let again = self::objects(&again);
    assert_eq!(again.last().unwrap()["outcome"], "unchanged");
    assert_eq!(self::objects(&world.deploy(&["--json", "--tag", "x y"])).last().unwrap()["type"], "error");
}

#[test]
fn json_tells_what_went_wrong() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.script(STACK, failing());
    let run = world.deploy(&["--json"]);
    assert_eq!(run.code, Some(1));
    let objects = objects(&run);
    let failed = objects.iter().find(|object| object["status"] == "CREATE_FAILED").unwrap();
    assert_eq!(failed["reason"], "100% wrong: a, b", "sanitised");
    let error = objects.last().unwrap();
    assert_eq!((&error["type"], &error["exit_code"]), (&Value::from("error"), &Value::from(1)));
    assert!(error["message"].as_str().unwrap().contains("TaskRole"), "{error}");
    assert!(error["hints"].as_array().is_some_and(|hints| !hints.is_empty()), "{error}");

    let world = World::new(Workspace::new(&wrong()));
    let run = world.deploy(&["--json"]);
    assert_eq!(run.code, Some(1));
    let objects = self::objects(&run);
    assert_eq!(objects.len(), 1, "{objects:?}");
    assert_eq!(objects[0]["places"][0]["severity"], "error");
    assert_eq!(objects[0]["places"][0]["line"], 5);
}

#[test]
fn json_cannot_be_quiet() {
    let world = World::new(Workspace::new(LOCATION));
    insta::assert_snapshot!(world.deploy(&["--json", "--quiet"]), @"
    exit code: 2
    ----- stderr -----
    error: the argument '--json' cannot be used with '--quiet'

    Usage: copilot job deploy --name <NAME> --env <NAME> --json

    For more information, try '--help'.
    ");
    let shown = without_times(&world.deploy(&["--json=false", "--detach"]).stderr);
    assert!(shown.contains("Proposing"), "{shown}");
}
