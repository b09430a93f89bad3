//! `job package --diff`: what differs from the deployed stack, its exit codes, and that nothing is changed for it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::local_aws::{App, Rule};
use crate::support::packaging::{changed_nothing_since, comparing};
use crate::support::{APP, ENV, JOB, LOCATION, Run, Started, Told, Workspace, World};

#[test]
fn what_only_a_push_tells_stays_open() {
    let world = World::new(Workspace::new(LOCATION));
    world.deploy(&[]).succeeds();
    world.workspace.manifest(crate::support::BUILD);
    world.workspace.file("Dockerfile", "FROM scratch\n");
    insta::assert_snapshot!(Run::of(comparing(&world, &[])), @"
    exit code: 1
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    Parameters:
      ~ ContainerImage: registry.example/report-gen:1
          -> ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen@(known after push)
      ~ Schedule: cron(0 0 * * ? *) (every day at 00:00 UTC)
          -> rate(60 minutes) (every 60 minutes)
    ");
}

#[test]
fn differences_of_the_template_and_of_everything_else() {
    let world = World::seeded(App::new(APP).env(ENV).job(JOB), Workspace::new(LOCATION));
    let run = Run::of(comparing(&world, &[]));
    assert!(run.code == Some(1) && run.stdout.contains("+ Resources:"), "{}", run.stdout);
    world.deploy(&["--resource-tags", "team=a"]).succeeds();
    // The next deployment has these tags as well, which nobody tells here.
    insta::assert_snapshot!(Run::of(comparing(&world, &[])), @"
    exit code: 0
    ----- stdout -----
    No changes.
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ");
    world.workspace.manifest(&format!(
        "{}variables:\n  LOG_LEVEL: debug\n",
        LOCATION.replace("@daily", "@weekly").replace("256", "512").replace("memory: 512", "memory: 1024")
    ));
    let before = std::time::Instant::now();
    insta::assert_snapshot!(Run::of(comparing(&world, &[])), @r#"
    exit code: 1
    ----- stdout -----
    ~ Resources:
        ~ TaskDefinition:
            ~ Properties:
                ~ ContainerDefinitions:
                    ~ - (changed item)
                      ~ Environment:
                          (4 unchanged items)
                          + - Name: LOG_LEVEL
                          +   Value: "debug"
    ----- stderr -----
    Schedule: at 00:00 UTC on Sunday (cron(0 0 ? * 1 *)); next: DATE UTC, DATE UTC, DATE UTC
    Parameters:
      ~ Schedule: cron(0 0 * * ? *) (every day at 00:00 UTC)
          -> cron(0 0 ? * 1 *) (at 00:00 UTC on Sunday)
      ~ TaskCPU: 256 -> 512
      ~ TaskMemory: 512 -> 1024
    "#);
    changed_nothing_since(&world, before);

    let run = Run::of(comparing(&world, &["--json"]));
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    let last: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&last["type"], &last["changed"]), (&"differences".into(), &true.into()));
    assert_eq!(last["parameters"][0]["key"], "Schedule", "{last}");
}

#[test]
fn failures_end_with_2() {
    let mut told = Told::default();
    let world = World::new(Workspace::new(LOCATION));
    for flags in [
        &["--diff", "--output-dir", "out"][..],
        &["--diff", "--upload-assets"],
        &["--json"],
        &["--diff", "--tag", "a/b"],
        &["--diff", "--env", "prod"],
        &["--diff", "--name", "other"],
    ] {
        let named = flags.iter().any(|flag| matches!(*flag, "--env" | "--name"));
        let names: &[&str] = if named { &[] } else { &["--name", JOB, "--env", ENV] };
        let command = world.command(&[&["job", "package"], names, flags].concat());
        told.runs(&flags.join(" "), &world, command, 2);
    }
    world.workspace.manifest(&LOCATION.replace("256", "lots"));
    told.runs("a broken manifest", &world, comparing(&world, &[]), 2);
    insta::assert_snapshot!(told.all());

    let run = Run::of(comparing(&world, &["--json"]));
    assert_eq!(run.code, Some(2));
    let last: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&last["type"], &last["exit_code"]), (&"error".into(), &2.into()));
}

#[test]
fn each_call_that_is_refused_ends_with_2() {
    let world = World::new(Workspace::new(LOCATION));
    world.deploy(&[]).succeeds();
    let before = std::time::Instant::now();
    assert_eq!(Run::of(comparing(&world, &[])).code, Some(0));
    let names = world.account.calls_since(before).of_program().names();
    let operations: BTreeSet<String> = names.into_iter().collect();
    let mut told = String::new();
    for operation in &operations {
        world.account.fault(Rule::deny(operation));
        told += &format!("{operation}, {}", Run::of(comparing(&world, &[])));
        world.account.clear_faults();
    }
    insta::assert_snapshot!(told, @"
    cloudformation:DescribeStacks, exit code: 2
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ cloudformation:DescribeStacks on stack demo-test failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStacks
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:DescribeStacks on stack demo-test.
    cloudformation:GetTemplate, exit code: 2
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ cloudformation:GetTemplate on stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:GetTemplate
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:GetTemplate on stack demo-test-report-gen.
    cloudformation:GetTemplateSummary, exit code: 2
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ cloudformation:GetTemplateSummary on stack demo-test failed: AccessDenied: User is not authorized to perform: cloudformation:GetTemplateSummary
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:GetTemplateSummary on stack demo-test.
    cloudformation:ListStackInstances, exit code: 2
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ cloudformation:ListStackInstances on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:ListStackInstances
      The call was made with your own credentials, whose policies must allow cloudformation:ListStackInstances on stack set demo-infrastructure.
    ssm:GetParameter, exit code: 2
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ ssm:GetParameter on parameter /copilot/applications/demo failed: AccessDenied: User is not authorized to perform: ssm:GetParameter
      The call was made with your own credentials, whose policies must allow ssm:GetParameter on parameter /copilot/applications/demo.
    sts:AssumeRole, exit code: 2
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole
      The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole.
    ");
}

#[test]
fn a_closed_stdout_changes_no_exit_code() {
    let world = World::new(Workspace::new(LOCATION));
    let mut child = comparing(&world, &[])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    insta::assert_snapshot!(Started(child).finish(), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ");
}
