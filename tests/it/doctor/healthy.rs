//! Where nothing is wrong.

use std::time::{Duration, Instant};

use super::{deployed, doctor, sorted};
use crate::local_aws::{Action, App, Environment, Rule};
use crate::support::terminal::{bytes, in_terminal};
use crate::support::{ENV, JOB, LOCATION, Run, Workspace, World, program};

#[test]
fn a_job_that_is_all_right() {
    let world = deployed(Workspace::new(LOCATION));
    world.account.fault(Rule::on("*:*", Action::Delay(Duration::from_millis(50))));
    let before = Instant::now();
    let run = Run::of(doctor(&world, &[]));
    insta::assert_snapshot!(sorted(run), @"
    exit code: 0
    ----- stdout -----
    ✔ Docker Engine: not needed: no job of this workspace builds images
    ✔ Lambda runtimes of report-gen in test: all supported
    ✔ Lambda runtimes of test: no functions
    ✔ application: demo in account ACCOUNT, us-west-2
    ✔ clock: as AWS's, within some minutes
    ✔ credentials: arn:aws:iam::ACCOUNT:root in us-west-2
    ✔ environment of test: version v1.34.1
    ✔ image of report-gen in test: registry.example/report-gen:1
    ✔ last run of report-gen in test: none yet
    ✔ manager role of test: arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole can be assumed
    ✔ manifest of report-gen in test: copilot/report-gen/manifest.yml can be deployed
    ✔ network of report-gen in test: public subnets, with public addresses
    ✔ permissions boundary: none
    ✔ program: v1.35.0 at PROGRAM, which is not in PATH; it writes templates v1.34.1+rs.1.35.0
    ✔ regional resources of test: us-west-2 has the stack, v1.34.1, with its bucket
    ✔ registration of report-gen: a job of demo
    ✔ repository of report-gen in test: demo/report-gen in us-west-2
    ✔ schedule of report-gen in test: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✔ secrets of report-gen in test: none
    ✔ sidecars of report-gen in test: none
    ✔ stack of report-gen in test: stack demo-test-report-gen is CREATE_COMPLETE
    ✔ stack of test: stack demo-test is CREATE_COMPLETE
    ✔ stack set: demo-infrastructure, v1.34.1, with 1 workload
    ✔ state machine logs of report-gen in test: in /copilot/demo-test-report-gen
    ✔ versions: nothing was deployed by a newer version than v1.34.1+rs.1.35.0

    ✔ 25 ok, 0 warnings, 0 failures, 0 not checked
    ");
    let calls = world.account.calls_since(before).of_program();
    insta::assert_snapshot!(format!("{:#?}", calls.counts()), @r#"
    {
        "cloudformation:DescribeStackResources": 1,
        "cloudformation:DescribeStackSet": 1,
        "cloudformation:DescribeStacks": 3,
        "cloudformation:GetTemplate": 2,
        "cloudformation:ListStackInstances": 1,
        "cloudformation:ListStackSetOperations": 1,
        "ecs:DescribeTaskDefinition": 1,
        "events:DescribeRule": 1,
        "s3:HeadBucket": 1,
        "ssm:GetParameter": 1,
        "ssm:GetParametersByPath": 2,
        "states:DescribeStateMachine": 1,
        "states:ListExecutions": 1,
        "sts:AssumeRole": 1,
        "sts:GetCallerIdentity": 1,
    }
    "#);
    assert!(calls.serial_depth() <= 6, "{} in a row: {:?}", calls.serial_depth(), calls.names());
    assert!(calls.duration() < Duration::from_secs(2), "{:?}", calls.duration());
    // Nothing was changed.
    let writes = ["Put", "Create", "Delete", "Update", "Execute", "Add", "Start", "Stop"];
    let changes = calls.0.iter().filter(|call| writes.iter().any(|write| call.operation.starts_with(write)));
    assert_eq!(changes.count(), 0);
}

#[test]
fn a_json_document() {
    let world = deployed(Workspace::new(LOCATION));
    let run = Run::of(doctor(&world, &["--json"]));
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let text = serde_json::to_string_pretty(&document["summary"]).unwrap();
    insta::assert_snapshot!(text, @r#"
    {
      "ok": 25,
      "warnings": 0,
      "failures": 0,
      "skipped": 0
    }
    "#);
    let findings = document["findings"].as_array().unwrap();
    let role = findings.iter().find(|finding| finding["check"] == "role").unwrap();
    let role = serde_json::to_string_pretty(role).unwrap().replace(world.account.id(), "ACCOUNT");
    insta::assert_snapshot!(role, @r#"
    {
      "status": "ok",
      "check": "role",
      "job": null,
      "environment": "test",
      "evidence": "arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole can be assumed",
      "advice": null,
      "command": null
    }
    "#);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
}

#[test]
fn outside_of_a_workspace() {
    let world = deployed(Workspace::new(LOCATION));
    let mut command = program(&std::env::temp_dir(), &["doctor", "--app", "demo"]);
    insta::assert_snapshot!(sorted(Run::of_command(command.envs(world.account.env()))), @"
    exit code: 0
    ----- stdout -----
    - Docker Engine: images are built in a workspace only
    - manifest of report-gen in test: it is not in this workspace
    - network of report-gen in test: no manifest that can be used says where the job runs
    ✔ Lambda runtimes of report-gen in test: all supported
    ✔ Lambda runtimes of test: no functions
    ✔ application: demo in account ACCOUNT, us-west-2
    ✔ clock: as AWS's, within some minutes
    ✔ credentials: arn:aws:iam::ACCOUNT:root in us-west-2
    ✔ environment of test: version v1.34.1
    ✔ image of report-gen in test: registry.example/report-gen:1
    ✔ last run of report-gen in test: none yet
    ✔ manager role of test: arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole can be assumed
    ✔ permissions boundary: none
    ✔ program: v1.35.0 at PROGRAM, which is not in PATH; it writes templates v1.34.1+rs.1.35.0
    ✔ regional resources of test: us-west-2 has the stack, v1.34.1, with its bucket
    ✔ registration of report-gen: a job of demo
    ✔ repository of report-gen in test: demo/report-gen in us-west-2
    ✔ schedule of report-gen in test: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✔ secrets of report-gen in test: none
    ✔ sidecars of report-gen in test: none
    ✔ stack of report-gen in test: stack demo-test-report-gen is CREATE_COMPLETE
    ✔ stack of test: stack demo-test is CREATE_COMPLETE
    ✔ stack set: demo-infrastructure, v1.34.1, with 1 workload
    ✔ state machine logs of report-gen in test: in /copilot/demo-test-report-gen
    ✔ versions: nothing was deployed by a newer version than v1.34.1+rs.1.35.0

    Not checked

    - Docker Engine: images are built in a workspace only
    - manifest of report-gen in test: it is not in this workspace
    - network of report-gen in test: no manifest that can be used says where the job runs

    ✔ 22 ok, 0 warnings, 0 failures, 3 not checked
    ");
}

/// What there is of an application before its first deployment.
#[test]
fn before_the_first_deployment() {
    let app = App::new("demo").env(ENV).environment(Environment::new("prod").region("eu-west-1")).job(JOB);
    let world = World::seeded(app, Workspace::new(LOCATION));
    let mut command = world.command(&["doctor"]);
    insta::assert_snapshot!(sorted(Run::of_command(&mut command)), @"
    exit code: 0
    ----- stdout -----
    ✔ Docker Engine: not needed: no job of this workspace builds images
    ✔ Lambda runtimes of prod: no functions
    ✔ Lambda runtimes of report-gen in prod: not deployed yet
    ✔ Lambda runtimes of report-gen in test: not deployed yet
    ✔ Lambda runtimes of test: no functions
    ✔ application: demo in account ACCOUNT, us-west-2
    ✔ clock: as AWS's, within some minutes
    ✔ credentials: arn:aws:iam::ACCOUNT:root in us-west-2
    ✔ environment of prod: version v1.34.1
    ✔ environment of test: version v1.34.1
    ✔ image of report-gen in prod: not deployed yet
    ✔ image of report-gen in test: not deployed yet
    ✔ last run of report-gen in prod: not deployed yet
    ✔ last run of report-gen in test: not deployed yet
    ✔ manager role of prod: arn:aws:iam::ACCOUNT:role/demo-prod-EnvManagerRole can be assumed
    ✔ manager role of test: arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole can be assumed
    ✔ manifest of report-gen in prod: copilot/report-gen/manifest.yml can be deployed
    ✔ manifest of report-gen in test: copilot/report-gen/manifest.yml can be deployed
    ✔ network of report-gen in prod: public subnets, with public addresses
    ✔ network of report-gen in test: public subnets, with public addresses
    ✔ permissions boundary: none
    ✔ program: v1.35.0 at PROGRAM, which is not in PATH; it writes templates v1.34.1+rs.1.35.0
    ✔ regional resources of prod: eu-west-1 has the stack, v1.34.1, with its bucket
    ✔ regional resources of test: us-west-2 has the stack, v1.34.1, with its bucket
    ✔ registration of report-gen: a job of demo
    ✔ repository of report-gen in prod: demo/report-gen in eu-west-1
    ✔ repository of report-gen in test: demo/report-gen in us-west-2
    ✔ schedule of report-gen in prod: not deployed; the manifest says: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✔ schedule of report-gen in test: not deployed; the manifest says: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✔ secrets of report-gen in prod: none
    ✔ secrets of report-gen in test: none
    ✔ sidecars of report-gen in prod: none
    ✔ sidecars of report-gen in test: none
    ✔ stack of prod: stack demo-prod is CREATE_COMPLETE
    ✔ stack of report-gen in prod: not deployed yet
    ✔ stack of report-gen in test: not deployed yet
    ✔ stack of test: stack demo-test is CREATE_COMPLETE
    ✔ stack set: demo-infrastructure, v1.34.1, with 1 workload
    ✔ state machine logs of report-gen in prod: not deployed yet
    ✔ state machine logs of report-gen in test: not deployed yet
    ✔ versions: nothing was deployed by a newer version than v1.34.1+rs.1.35.0

    ✔ 41 ok, 0 warnings, 0 failures, 0 not checked
    ");
}

#[test]
fn on_a_terminal() {
    let world = deployed(Workspace::new(LOCATION));
    let mut terminal = in_terminal(&world, &["doctor", "--name", JOB], 100);
    let shown = String::from_utf8(bytes(&terminal.exp_eof().unwrap())).unwrap();
    let last = shown.trim_end().lines().last().unwrap().replace('\u{1b}', "<ESC>");
    insta::assert_snapshot!(last, @"<ESC>[92m✔<ESC>[0m 25 ok, 0 warnings, 0 failures, 0 not checked");
    assert!(shown.contains("\u{1b}[92m✔\u{1b}[0m program"), "{shown:?}");
}
