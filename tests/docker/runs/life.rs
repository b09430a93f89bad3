//! The local AWS runs containers as AWS does.

use serde_json::{Value, json};

use super::{Runs, act, helper};
use crate::support::{JOB, STACK};

/// What a run and its newest task ended with.
fn outcome(runs: &Runs, ended: &Value) -> String {
    let task = runs.account.tasks(STACK).unwrap().pop().unwrap();
    let containers: Vec<String> = task["containers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let reason = one["reason"].as_str().map(|reason| format!(" ({reason})")).unwrap_or_default();
            format!("{} {}{reason}", one["name"].as_str().unwrap(), one["exitCode"])
        })
        .collect();
    format!(
        "{}: {}, {}; {}",
        ended["status"].as_str().unwrap(),
        task["stopCode"].as_str().unwrap(),
        task["stoppedReason"].as_str().unwrap(),
        containers.join(", ")
    )
    .replace(act(), "ACT")
}

/// Runs the job to its end.
fn run(runs: &Runs) -> String {
    let name = uuid::Uuid::new_v4().to_string();
    let ended = runs.account.ended_run(&runs.account.start_run(STACK, &name).unwrap()).unwrap();
    outcome(runs, &ended)
}

#[test]
fn a_container_runs_with_its_command_and_environment_and_logs_every_line() {
    let long = "x".repeat(40_000);
    let steps = ["env", "LOG_LEVEL", "print", &long, "warn", "careful", "lines", "2000", "print", "last"];
    let runs = Runs::of(&steps, "variables:\n  LOG_LEVEL: debug\n");
    assert_eq!(
        run(&runs),
        "SUCCEEDED: EssentialContainerExited, Essential container in task exited; report-gen 0"
    );
    let lines = runs.account.container_lines(STACK).unwrap();
    assert_eq!(lines.len(), 2004);
    // The engine may get what is written to standard error sooner.
    let (errors, lines): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line == "careful");
    assert_eq!(errors.len(), 1);
    assert_eq!((lines[0].as_str(), &lines[1], lines[2002].as_str()), ("LOG_LEVEL=debug", &long, "last"));
    let task = runs.account.tasks(STACK).unwrap().pop().unwrap();
    let (_, id) = task["taskArn"].as_str().unwrap().rsplit_once('/').unwrap();
    let streams = runs.account.log_events("/copilot/demo-test-report-gen", "copilot/").unwrap();
    assert_eq!(streams.keys().collect::<Vec<_>>(), [&format!("copilot/{JOB}/{id}")]);
    assert!(task["createdAt"].as_f64() <= task["startedAt"].as_f64());
    assert!(task["startedAt"].as_f64() <= task["stoppedAt"].as_f64());
}

#[test]
fn the_second_attempt_succeeds() {
    let runs = Runs::of(&["print", "trying", "attempts", "3", "0"], "retries: 2\n");
    assert_eq!(
        run(&runs),
        "SUCCEEDED: EssentialContainerExited, Essential container in task exited; report-gen 0"
    );
    let codes: Vec<Value> = runs
        .account
        .tasks(STACK)
        .unwrap()
        .iter()
        .map(|task| task["containers"][0]["exitCode"].clone())
        .collect();
    assert_eq!(codes, [3, 0]);
    assert_eq!(runs.account.container_lines(STACK).unwrap(), ["trying", "trying"]);
}

#[test]
fn containers_end_as_they_do_on_aws() {
    let sidecar = helper(&["exit", "7"]);
    let waiting = helper(&["wait", "/never"]);
    let listening = helper(&["term", "0", "wait", "/never"]);
    let cases: [(&str, &[&str], &str); 6] = [
        ("exit code", &["exit", "5"], ""),
        ("too much memory", &["eat", "600"], ""),
        ("a sidecar that fails alone", &["sleep", "0.5"], &sidecar),
        ("a sidecar that must be killed", &["sleep", "0.5"], &waiting),
        ("a sidecar that ends when told to", &["sleep", "0.5"], &listening),
        ("a program that is not there", &[], "entrypoint: [\"/missing\"]\n"),
    ];
    let told: Vec<String> = std::thread::scope(|scope| {
        let started: Vec<_> = cases
            .iter()
            .map(|(case, steps, more)| {
                scope.spawn(move || format!("{case}: {}", run(&Runs::of(steps, more))))
            })
            .collect();
        started.into_iter().map(|case| case.join().unwrap()).collect()
    });
    insta::assert_snapshot!(told.join("\n"), @r#"
        exit code: FAILED: EssentialContainerExited, Essential container in task exited; report-gen 5
        too much memory: FAILED: EssentialContainerExited, Essential container in task exited; report-gen 137 (OutOfMemoryError: Container killed due to memory usage)
        a sidecar that fails alone: FAILED: EssentialContainerExited, Essential container in task exited; report-gen 0, helper 7
        a sidecar that must be killed: FAILED: EssentialContainerExited, Essential container in task exited; report-gen 0, helper 137
        a sidecar that ends when told to: SUCCEEDED: EssentialContainerExited, Essential container in task exited; report-gen 0, helper 0
        a program that is not there: FAILED: TaskFailedToStart, Task failed to start; report-gen null (CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/missing": stat /missing: no such file or directory: unknown)
        "#);
}

#[test]
fn a_running_task_shows_and_can_be_stopped() {
    let runs = Runs::of(&["print", "up", "term", "130", "wait", "/state/go"], "");
    let run = runs.account.start_run(STACK, "visible").unwrap();
    let task = runs.task_that(|task| task["lastStatus"] == "RUNNING");
    assert_eq!((&task["group"], &task["startedBy"]), (&json!("visible"), &json!("AWS Step Functions")));
    assert_eq!((&task["containers"][0]["lastStatus"], &task["stopCode"]), (&json!("RUNNING"), &Value::Null));
    let input = json!({ "executionArn": run });
    runs.account.asks("states", "AWSStepFunctions.StopExecution", input).unwrap();
    let ended = runs.account.ended_run(&run).unwrap();
    runs.task_that(|task| task["lastStatus"] == "STOPPED");
    assert_eq!(
        outcome(&runs, &ended),
        "ABORTED: UserInitiated, Task stopped by AWS Step Functions; report-gen 130"
    );

    let run = runs.account.start_run(STACK, "other").unwrap();
    runs.task_that(|task| task["lastStatus"] == "RUNNING");
    runs.let_go("go");
    assert_eq!(runs.account.ended_run(&run).unwrap()["status"], "SUCCEEDED");
}

#[test]
fn a_task_of_its_own_has_overrides() {
    let runs = Runs::of(&["print", "scheduled"], "");
    run(&runs);
    let task = runs.account.tasks(STACK).unwrap().pop().unwrap();
    let history = runs.account.asks(
        "states",
        "AWSStepFunctions.ListExecutions",
        json!({
            "stateMachineArn": format!("arn:aws:states:us-west-2:{}:stateMachine:{STACK}", runs.account.id()),
        }),
    );
    let run = history.unwrap()["executions"][0]["executionArn"].as_str().unwrap().to_owned();
    let scheduled = runs.account.history(&run).unwrap()[2]["taskScheduledEventDetails"]["parameters"].clone();
    let parameters: Value = serde_json::from_str(scheduled.as_str().unwrap()).unwrap();
    let network = &parameters["NetworkConfiguration"]["AwsvpcConfiguration"];
    let input = |name: &str| {
        json!({
            "cluster": task["clusterArn"], "taskDefinition": task["taskDefinitionArn"], "launchType": "FARGATE",
            "group": "by-hand", "startedBy": "copilot",
            "networkConfiguration": { "awsvpcConfiguration": { "subnets": network["Subnets"] } },
            "overrides": {
                "cpu": "512", "memory": "1024",
                "containerOverrides": [{
                    "name": name, "command": ["env", "EXTRA", "exit", "4"],
                    "environment": [{ "name": "EXTRA", "value": "yes" }],
                }],
            },
        })
    };
    let start = |input| runs.account.asks("ecs", "AmazonEC2ContainerServiceV20141113.RunTask", input);
    assert!(start(input("other")).unwrap_err().to_string().contains("InvalidParameterException"));
    let started = start(input(JOB)).unwrap();
    assert_eq!(started["tasks"][0]["lastStatus"], "PROVISIONING");
    let task = runs.task_that(|task| task["group"] == "by-hand" && task["lastStatus"] == "STOPPED");
    assert_eq!(
        (&task["cpu"], &task["memory"], &task["startedBy"]),
        (&json!("512"), &json!("1024"), &json!("copilot"))
    );
    assert_eq!(task["containers"][0]["exitCode"], 4);
    assert_eq!(runs.account.container_lines(STACK).unwrap(), ["scheduled", "EXTRA=yes"]);
}

#[test]
fn an_image_that_is_not_in_the_registry_cannot_be_pulled() {
    let runs = Runs::undeployed(&[], "");
    let location = format!("{}.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:gone", runs.account.id());
    let manifest =
        std::fs::read_to_string(runs.workspace.path().join("copilot/report-gen/manifest.yml")).unwrap();
    runs.workspace.manifest(&manifest.replace(act(), &location));
    runs.deploy(&[]).succeeds();
    let told = run(&runs).replace(runs.account.id(), "ACCOUNT");
    insta::assert_snapshot!(told, @"FAILED: TaskFailedToStart, CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:gone: ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:gone: not found; report-gen null");
}
