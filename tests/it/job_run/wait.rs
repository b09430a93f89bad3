//! `job run --wait`: how runs end, and what is told meanwhile.

use std::time::Duration;

use super::{JOB, STACK, ending, job, long, outline, short, telling};
use crate::local_aws::TaskStory;
use crate::local_runs::task_in;
use crate::support::{ENV, Started};

#[test]
fn success() {
    let world = telling("", &[short().lines(JOB, &["one", "two", "three"])]);
    insta::assert_snapshot!(outline(&job(&world, "run", &["--wait"])), @"
    exit code: 0
    ----- stdout -----
    one
    two
    three
    ----- stderr -----
    Run manual-RUN: https://console.aws.amazon.com/states/home?region=us-west-2#/v2/executions/details/arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:manual-RUN
    Attempt 1: task UUID
    Container report-gen ended with exit code 0
    ✔ Run manual-RUN succeeded after TIME.
    ");
}

#[test]
fn success_as_records() {
    let world = telling("", &[short().lines(JOB, &["one"])]);
    let run = job(&world, "run", &["--wait", "--json"]);
    assert_eq!(run.code, Some(0));
    let events: Vec<String> = run
        .stdout
        .lines()
        .map(|line| {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            format!("{} {}", record["type"].as_str().unwrap(), record["event"].as_str().unwrap_or_default())
        })
        .filter(|event| event != "run task")
        .collect();
    insta::assert_snapshot!(events.join("\n"), @"
    run started
    run attempt
    run container
    run attempt_ended
    run log
    run ended
    outcome
    ");
}

#[test]
fn an_exit_code() {
    let world = telling("", &[short().exit(JOB, 3)]);
    insta::assert_snapshot!(ending(&job(&world, "run", &["--wait", "--no-logs"])), @"
    exit code: 1
    ----- stderr -----
    ✘ run manual-RUN of job report-gen failed after TIME: exit code 3
      All about the run: `copilot job runs --name report-gen --env test manual-RUN`.
    ");
}

#[test]
fn out_of_memory() {
    let story = short().exit(JOB, 137).reason(JOB, "OutOfMemoryError: Container killed due to memory usage");
    let world = telling("", &[story]);
    insta::assert_snapshot!(ending(&job(&world, "run", &["--wait", "--no-logs"])), @"
    exit code: 1
    ----- stderr -----
    ✘ run manual-RUN of job report-gen failed after TIME: exit code 137: OutOfMemoryError: Container killed due to memory usage
      The container ran out of memory: raise `memory` in the manifest, then run `copilot job deploy --name report-gen --env test`.
      All about the run: `copilot job runs --name report-gen --env test manual-RUN`.
    ");
}

#[test]
fn a_sidecar_that_fails_alone() {
    let sidecar = "sidecars:\n  proxy:\n    image: proxy:1\n    essential: false\n";
    let world = telling(sidecar, &[short().exit("proxy", 137)]);
    insta::assert_snapshot!(outline(&job(&world, "run", &["--wait", "--no-logs"])), @"
    exit code: 0
    ----- stderr -----
    Run manual-RUN: https://console.aws.amazon.com/states/home?region=us-west-2#/v2/executions/details/arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:manual-RUN
    Attempt 1: task UUID
    Container report-gen ended with exit code 0
    Container proxy ended with exit code 137
    Warning: Step Functions counts the run as failed, because container proxy ended with exit code 137; the job's own container ended with 0. With `retries` in the manifest it would be run again.
    ✔ Run manual-RUN succeeded after TIME.
    ");
}

#[test]
fn a_second_attempt_that_succeeds() {
    let world = telling("retries: 1\n", &[short().exit(JOB, 1), short()]);
    world.account.retry_wait(Duration::from_secs(2)).unwrap();
    insta::assert_snapshot!(outline(&job(&world, "run", &["--wait", "--no-logs"])), @"
    exit code: 0
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
fn the_limit_of_the_job() {
    let world = telling("timeout: 2s\n", &[long()]);
    insta::assert_snapshot!(ending(&job(&world, "run", &["--wait", "--no-logs"])), @"
    exit code: 1
    ----- stderr -----
    ✘ run manual-RUN of job report-gen timed out after TIME: the job may take 2s
      All about the run: `copilot job runs --name report-gen --env test manual-RUN`.
    ");
}

#[test]
fn an_image_that_cannot_be_pulled() {
    let why = "CannotPullContainerError: pull image manifest has been retried 1 time(s): docker.io/library/report:1: not found";
    let world = telling("", &[TaskStory::fails_to_start(why)]);
    insta::assert_snapshot!(ending(&job(&world, "run", &["--wait"])), @"
    exit code: 1
    ----- stderr -----
    ✘ run manual-RUN of job report-gen never started: CannotPullContainerError: pull image manifest has been retried 1 time(s): docker.io/library/report:1: not found
      The image is not in the registry (any more): `copilot job deploy --name report-gen --env test` builds and pushes it again.
      All about the run: `copilot job runs --name report-gen --env test manual-RUN`.
    ");
    let world = telling("", &[TaskStory::fails_to_start(why)]);
    let run = job(&world, "run", &["--wait", "--json"]);
    assert_eq!(run.code, Some(1));
    let ended = run.stdout.lines().find(|line| line.contains("\"event\":\"ended\"")).unwrap();
    let ended: serde_json::Value = serde_json::from_str(ended).unwrap();
    assert_eq!((&ended["verdict"], &ended["exit_code"]), (&"never_started".into(), &serde_json::Value::Null));
}

#[test]
fn a_task_that_ecs_refuses() {
    let world =
        telling("", &[TaskStory::refused("InvalidParameterException", "No Fargate configuration exists")]);
    insta::assert_snapshot!(ending(&job(&world, "run", &["--wait", "--no-logs"])), @"
    exit code: 1
    ----- stderr -----
    ✘ run manual-RUN of job report-gen never started: No Fargate configuration exists (Service: AmazonECS; Status Code: 400; Error Code: InvalidParameterException; Request ID: UUID; Proxy: null)
      All about the run: `copilot job runs --name report-gen --env test manual-RUN`.
    ");
}

#[test]
fn a_run_that_is_stopped_by_hand() {
    let world = telling("", &[long()]);
    let started = Started::spawn(&mut world.command(&[
        "job",
        "run",
        "--name",
        JOB,
        "--env",
        ENV,
        "--wait",
        "--no-logs",
    ]));
    task_in(&world.account, "RUNNING");
    insta::assert_snapshot!(job(&world, "stop", &[]), @"
    exit code: 0
    ----- stderr -----
    ✔ Stopped run manual-RUN of job report-gen.
    ");
    insta::assert_snapshot!(ending(&started.finish()), @"
    exit code: 1
    ----- stderr -----
    ✘ run manual-RUN of job report-gen was stopped after TIME: copilot job stop
      All about the run: `copilot job runs --name report-gen --env test manual-RUN`.
    ");
}

#[test]
fn a_wait_that_is_over_before_the_run() {
    let world = telling("", &[long()]);
    insta::assert_snapshot!(ending(&job(&world, "run", &["--wait", "--no-logs", "--timeout", "2s"])), @"
    exit code: 3
    ----- stderr -----
    ✘ run manual-RUN has not ended within 2s; when last seen: attempt 1, task UUID RUNNING for TIME
      The run goes on in AWS. Follow it again with `copilot job run --name report-gen --env test --attach manual-RUN`, stop it with `copilot job stop --name report-gen --env test manual-RUN`.
    ");
    assert_eq!(world.account.calls().of_program().count("states:StopExecution"), 0);
}

#[test]
fn ctrl_c_stops_nothing() {
    let world = telling("", &[long()]);
    let started = Started::spawn(&mut world.command(&[
        "job",
        "run",
        "--name",
        JOB,
        "--env",
        ENV,
        "--wait",
        "--no-logs",
    ]));
    world.wait_for_call("ecs:DescribeTasks");
    started.signal("INT");
    insta::assert_snapshot!(ending(&started.finish()), @"
    exit code: 130
    ----- stderr -----
    ! interrupted: run manual-RUN was not stopped
      The run goes on in AWS. Follow it again with `copilot job run --name report-gen --env test --attach manual-RUN`, stop it with `copilot job stop --name report-gen --env test manual-RUN`.
    ");
    let calls = world.account.calls().of_program();
    assert_eq!(calls.count("states:StopExecution") + calls.count("ecs:StopTask"), 0);
}

#[test]
fn a_run_is_taken_up_again() {
    let world = telling("", &[short().exit(JOB, 3).lines(JOB, &["one"])]);
    world.account.start_run(STACK, "by-hand").unwrap();
    insta::assert_snapshot!(ending(&job(&world, "run", &["--attach", "by-hand"])), @"
    exit code: 1
    ----- stdout -----
    one
    ----- stderr -----
    ✘ run by-hand of job report-gen failed after TIME: exit code 3
      All about the run: `copilot job runs --name report-gen --env test by-hand`.
    ");
    insta::assert_snapshot!(ending(&job(&world, "run", &["--attach", "gone"])), @"
    exit code: 1
    ----- stderr -----
    ✘ there is no run gone of job report-gen in environment test
      The newest: by-hand.
    ");
}
