//! Runs in real containers, started, followed and stopped by the program.

use std::time::Duration;

use super::{Runs, act, helper};
use crate::support::{ENV, JOB, Run, STACK, Started};

fn job(runs: &Runs, command: &str, flags: &[&str]) -> Run {
    runs.run(&[&["job", command, "--name", JOB, "--env", ENV], flags].concat())
}

/// What the program said, without the states in which a task was seen.
fn outline(run: &Run) -> String {
    let text = run.to_string().replace(act(), "ACT");
    let is_state = |line: &&str| {
        let state =
            |word: &str| word.len() > 3 && word.bytes().all(|b| b.is_ascii_uppercase()) && word != "UUID";
        line.starts_with("Attempt ") && line.rsplit(' ').next().is_some_and(state)
    };
    text.lines().filter(|line| !is_state(line)).map(|line| format!("{line}\n")).collect()
}

#[test]
fn lines_and_the_end() {
    let runs = Runs::of(&["print", "begins", "lines", "3", "exit", "3"], "");
    insta::assert_snapshot!(outline(&job(&runs, "run", &["--wait"])), @"
    exit code: 1
    ----- stdout -----
    begins
    line 1
    line 2
    line 3
    ----- stderr -----
    Run manual-RUN: https://console.aws.amazon.com/states/home?region=us-west-2#/v2/executions/details/arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:manual-RUN
    Attempt 1: task UUID
    Container report-gen ended with exit code 3
    ✘ run manual-RUN of job report-gen failed after TIME: exit code 3
      All about the run: `copilot job runs --name report-gen --env test manual-RUN`.
    ");
}

#[test]
fn the_second_attempt_succeeds() {
    let runs = Runs::of(&["print", "trying", "attempts", "1", "0"], "retries: 1\n");
    runs.account.retry_wait(Duration::from_secs(2)).unwrap();
    insta::assert_snapshot!(outline(&job(&runs, "run", &["--wait"])), @"
    exit code: 0
    ----- stdout -----
    trying
    trying
    ----- stderr -----
    Run manual-RUN: https://console.aws.amazon.com/states/home?region=us-west-2#/v2/executions/details/arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:manual-RUN
    Attempt 1 of 2: task UUID
    Container report-gen ended with exit code 1
    Attempt 1 failed: exit code 1; the next one begins in 10s
    Attempt 2 of 2: task UUID
    Container report-gen ended with exit code 0
    ✔ Run manual-RUN succeeded at attempt 2 of 2 after TIME.
    ");
}

#[test]
fn a_helper_that_fails_alone_does_not_fail_the_job() {
    let runs = Runs::of(&["print", "done"], &helper(&["print", "helping", "exit", "7"]));
    let run = job(&runs, "run", &["--wait"]);
    assert_eq!(run.code, Some(0), "{run}");
    let mut lines: Vec<&str> = run.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["helper | helping", "report-gen | done"]);
    assert!(run.stderr.contains("because container helper ended with exit code 7"), "{run}");
}

#[test]
fn what_runs_is_shown_and_stopped() {
    let runs = Runs::of(&["print", "begins", "term", "5", "wait", "/state/go"], "");
    let started = Started::spawn(&mut runs.command(&["job", "run", "--name", JOB, "--env", ENV, "--wait"]));
    runs.task_that(|task| task["lastStatus"] == "RUNNING");
    let status = job(&runs, "status", &[]);
    assert!(status.stdout.contains("attempt 1, task ") && status.stdout.contains(" RUNNING"), "{status}");
    insta::assert_snapshot!(job(&runs, "stop", &[]), @"
    exit code: 0
    ----- stderr -----
    ✔ Stopped run manual-RUN of job report-gen.
    ");
    let run = started.finish();
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), "begins\n"), "{run}");
    assert!(run.stderr.contains(" was stopped "), "{run}");
}

#[test]
fn a_command_of_its_own() {
    let runs = Runs::of(&["exit", "9"], "");
    let flags = [
        "--command",
        "env GREETING env COPILOT_ENVIRONMENT_NAME",
        "--env-var",
        "GREETING=hello big world",
        "--wait",
    ];
    insta::assert_snapshot!(outline(&job(&runs, "run", &flags)), @"
    exit code: 0
    ----- stdout -----
    GREETING=hello big world
    COPILOT_ENVIRONMENT_NAME=test
    ----- stderr -----
    The task is started directly: the job's `retries` and `timeout` do not apply to it, and `copilot job runs` lists it only while ECS remembers it, for about an hour after its end. Its logs stay.
    Run direct-RUN: https://console.aws.amazon.com/ecs/v2/clusters/demo-test-Cluster/tasks/UUID?region=us-west-2
    Attempt 1: task UUID
    Container report-gen ended with exit code 0
    ✔ Run direct-RUN succeeded.
    ");
    let tasks = runs.account.tasks(STACK).unwrap();
    assert_eq!(tasks.len(), 1, "the state machine was not started");
}

#[test]
fn a_deployment_ends_with_the_verdict_of_a_run() {
    let runs = Runs::undeployed(&["print", "runs", "attempts", "4", "0"], "");
    let first = runs.deploy(&["--run"]);
    assert_eq!((first.code, first.stdout.as_str()), (Some(1), "runs\n"), "{first}");
    assert!(first.stderr.contains("Deployed report-gen."), "{first}");
    let second = runs.deploy(&["--run"]);
    assert_eq!((second.code, second.stdout.as_str()), (Some(0), "runs\n"), "{second}");
}

#[test]
fn a_program_that_eats_too_much_memory() {
    let runs = Runs::of(&["eat", "700"], "");
    let run = job(&runs, "run", &["--wait", "--no-logs"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stderr.contains("exit code 137") && run.stderr.contains("raise `memory`"), "{run}");
}
