//! `copilot doctor`, against the local AWS.

mod clock;
mod deployments;
mod fixing;
mod healthy;
mod limits;
mod problems;

use std::process::Command;

use crate::local_aws::{Action, Rule};
use crate::support::{ENV, JOB, Run, Workspace, World};

/// A deployed job of an application with one environment.
fn deployed(workspace: Workspace) -> World {
    let world = World::new(workspace);
    world.deploy(&[]).succeeds();
    with_logs(&world);
    world
}

/// The state machine's logs are on, which the emulator does not take from templates.
fn with_logs(world: &World) {
    let body = r#"{"loggingConfiguration":{"level":"ALL","destinations":[{}]}}"#;
    world.account.fault(Rule::on("states:DescribeStateMachine", json(body)));
}

/// An answer.
fn json(body: &str) -> Action {
    let content_type = "application/x-amz-json-1.1".to_owned();
    Action::Replace { status: 200, content_type, body: body.to_owned() }
}

/// `doctor` and more flags, for the only job.
fn doctor(world: &World, flags: &[&str]) -> Command {
    let mut command = world.command(&[&["doctor", "--name", JOB, "--env", ENV], flags].concat());
    // No engine of the developer's.
    command.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
    command
}

/// What it wrote: the checks, which end in any order, sorted.
fn sorted(run: Run) -> String {
    let (checks, report) = run.stdout.split_once("\n\n").unwrap_or((&run.stdout, ""));
    let mut lines: Vec<&str> = checks.lines().collect();
    lines.sort_unstable();
    let own = std::fs::canonicalize(env!("CARGO_BIN_EXE_copilot")).unwrap();
    let stdout = format!("{}\n\n{report}", lines.join("\n")).replace(own.to_str().unwrap(), "PROGRAM");
    Run { stdout, ..run }.to_string()
}

/// The report alone.
fn report(run: Run) -> String {
    let report = run.stdout.split_once("\n\n").map(|(_, report)| report.to_owned());
    Run { stdout: report.unwrap_or_default(), ..run }.to_string()
}
