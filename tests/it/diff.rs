//! `job deploy --diff`: what it shows, what it asks, and that nothing leaves the machine before the answer.

use std::process::Stdio;
use std::time::Instant;

use serde_json::{Value, json};

use crate::local_aws::{Action, Rule};
use crate::support::diffing::{answering, changing, said};
use crate::support::{LOCATION, Run, STACK, Started, Workspace, World, stable};

/// Four variables of the user's beside those that every job has.
const VARIABLES: &str = "variables:\n  A: \"1\"\n";

pub(crate) fn deployed(manifest: &str) -> World {
    let world = World::new(Workspace::new(manifest));
    world.deploy(&[]).succeeds();
    world
}

/// What a variable more looks like.
pub(crate) const USERS_EXAMPLE: &str = r#"~ Resources:
    ~ TaskDefinition:
        ~ Properties:
            ~ ContainerDefinitions:
                ~ - (changed item)
                  ~ Environment:
                      (4 unchanged items)
                      + - Name: LOG_LEVEL
                      +   Value: "info"
"#;

#[test]
fn the_users_example_and_every_answer() {
    let world = deployed(LOCATION);
    world.workspace.manifest(&format!("{LOCATION}variables:\n  LOG_LEVEL: info\n"));
    let start = Instant::now();
    let mut told = String::new();
    for answer in ["n\n", "\n", "", "perhaps\n"] {
        let run = answering(&world, &["--diff"], answer);
        assert_eq!(run.stdout, USERS_EXAMPLE, "{answer:?}");
        told += &format!("answering {answer:?}, {run}");
    }
    insta::assert_snapshot!(told, @r#"
    answering "n\n", exit code: 0
    ----- stdout -----
    ~ Resources:
        ~ TaskDefinition:
            ~ Properties:
                ~ ContainerDefinitions:
                    ~ - (changed item)
                      ~ Environment:
                          (4 unchanged items)
                          + - Name: LOG_LEVEL
                          +   Value: "info"
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC

    Continue with the deployment? (y/N) No
    Nothing was pushed or deployed: stack demo-test-report-gen is as it was.
    answering "\n", exit code: 0
    ----- stdout -----
    ~ Resources:
        ~ TaskDefinition:
            ~ Properties:
                ~ ContainerDefinitions:
                    ~ - (changed item)
                      ~ Environment:
                          (4 unchanged items)
                          + - Name: LOG_LEVEL
                          +   Value: "info"
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC

    Continue with the deployment? (y/N) No
    Nothing was pushed or deployed: stack demo-test-report-gen is as it was.
    answering "", exit code: 1
    ----- stdout -----
    ~ Resources:
        ~ TaskDefinition:
            ~ Properties:
                ~ ContainerDefinitions:
                    ~ - (changed item)
                      ~ Environment:
                          (4 unchanged items)
                          + - Name: LOG_LEVEL
                          +   Value: "info"
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC

    Continue with the deployment? (y/N) 
    ✘ the question needs an answer, and there is no terminal to ask on
      Pass --diff-yes to answer it in advance, or pipe `y` or `n` into the command.
    answering "perhaps\n", exit code: 1
    ----- stdout -----
    ~ Resources:
        ~ TaskDefinition:
            ~ Properties:
                ~ ContainerDefinitions:
                    ~ - (changed item)
                      ~ Environment:
                          (4 unchanged items)
                          + - Name: LOG_LEVEL
                          +   Value: "info"
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC

    Continue with the deployment? (y/N) "perhaps" is not an answer: type y or n.
    Continue with the deployment? (y/N) 
    ✘ the question needs an answer, and there is no terminal to ask on
      Pass --diff-yes to answer it in advance, or pipe `y` or `n` into the command.
    "#);
    assert_eq!(changing(&world, start), [""; 0]);

    insta::assert_snapshot!(answering(&world, &["--diff"], "y\n"), @r#"
    exit code: 0
    ----- stdout -----
    ~ Resources:
        ~ TaskDefinition:
            ~ Properties:
                ~ ContainerDefinitions:
                    ~ - (changed item)
                      ~ Environment:
                          (4 unchanged items)
                          + - Name: LOG_LEVEL
                          +   Value: "info"
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC

    Continue with the deployment? (y/N) Yes
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - An ECS task definition to group your containers and run them on ECS [update in progress]
    - An ECS task definition to group your containers and run them on ECS [update complete] [TIME]
    - An IAM role for a state machine to run ECS tasks in your cluster [update in progress]
    - An IAM role for a state machine to run ECS tasks in your cluster [update complete] [TIME]
    - A state machine to invoke your job and handle retry and timeout logic [update in progress]
    - A state machine to invoke your job and handle retry and timeout logic [update complete] [TIME]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    "#);
    let template = world.cloudformation("GetTemplate", &[("StackName", STACK)]).unwrap();
    assert!(template.contains("LOG_LEVEL"), "{template}");
}

#[test]
fn nothing_to_ask_where_nothing_differs() {
    let world = deployed(LOCATION);
    let start = Instant::now();
    for (flags, manifest) in [
        (&["--diff"][..], LOCATION.to_owned()),
        (&["--diff-yes"], LOCATION.to_owned()),
        // Only the stored manifest differs.
        (&["--diff"], format!("# A comment.\n{LOCATION}")),
    ] {
        world.workspace.manifest(&manifest);
        insta::allow_duplicates! {
            insta::assert_snapshot!(world.deploy(flags), @"
            exit code: 0
            ----- stdout -----
            No changes.
            ----- stderr -----
            Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
            No infrastructure changes: stack demo-test-report-gen is up to date.
            ");
        }
    }
    assert_eq!(changing(&world, start), [""; 0]);
}

#[test]
fn a_new_stack_is_added_as_a_whole() {
    let world = World::new(Workspace::new(&format!("{LOCATION}{VARIABLES}")));
    let start = Instant::now();
    let run = answering(&world, &["--diff"], "n\n");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("\n+ AWSTemplateFormatVersion: 2010-09-09\n"), "{}", run.stdout);
    assert!(run.stdout.lines().all(|line| line.starts_with("+ ")), "{}", run.stdout);
    insta::assert_snapshot!(stable(&said(&run), &world), @"
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Parameters:
      + AppName: demo
      + ArtifactKeyARN: arn:aws:kms:us-west-2:ACCOUNT:key/UUID
      + ContainerImage: registry.example/report-gen:1
      + EnvName: test
      + LogRetention: 30
      + Schedule: cron(0 0 * * ? *) (every day at 00:00 UTC)
      + TaskCPU: 256
      + TaskCount: 1
      + TaskMemory: 512
      + WorkloadName: report-gen
    Tags:
      + copilot-application: demo
      + copilot-environment: test
      + copilot-service: report-gen

    Continue with the deployment? (y/N) No
    Nothing was pushed or deployed: stack demo-test-report-gen is as it was.
    ");
    assert_eq!(changing(&world, start), [""; 0]);
    assert!(world.stack().is_none());
    let run = world.deploy(&["--diff-yes"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    insta::assert_snapshot!(stable(&said(&run), &world), @"
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Parameters:
      + AppName: demo
      + ArtifactKeyARN: arn:aws:kms:us-west-2:ACCOUNT:key/UUID
      + ContainerImage: registry.example/report-gen:1
      + EnvName: test
      + LogRetention: 30
      + Schedule: cron(0 0 * * ? *) (every day at 00:00 UTC)
      + TaskCPU: 256
      + TaskCount: 1
      + TaskMemory: 512
      + WorkloadName: report-gen
    Tags:
      + copilot-application: demo
      + copilot-environment: test
      + copilot-service: report-gen
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - An IAM role to update your environment stack [create in progress]
    - An IAM role to update your environment stack [create complete] [TIME]
    - Update your environment's shared resources [create in progress]
    - Update your environment's shared resources [create complete] [TIME]
    - An IAM Role for the Fargate agent to make AWS API calls on your behalf [create in progress]
    - An IAM Role for the Fargate agent to make AWS API calls on your behalf [create complete] [TIME]
    - A CloudWatch log group to hold your service logs [create in progress]
    - A CloudWatch log group to hold your service logs [create complete] [TIME]
    - An IAM role to control permissions for the containers in your tasks [create in progress]
    - An IAM role to control permissions for the containers in your tasks [create complete] [TIME]
    - An ECS task definition to group your containers and run them on ECS [create in progress]
    - An ECS task definition to group your containers and run them on ECS [create complete] [TIME]
    - An IAM role for a state machine to run ECS tasks in your cluster [create in progress]
    - An IAM role for a state machine to run ECS tasks in your cluster [create complete] [TIME]
    - A state machine to invoke your job and handle retry and timeout logic [create in progress]
    - A state machine to invoke your job and handle retry and timeout logic [create complete] [TIME]
    - A CloudWatch event rule to trigger the job's state machine [create in progress]
    - A CloudWatch event rule to trigger the job's state machine [create complete] [TIME]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
}

#[test]
fn what_cannot_be_compared_is_not_deployed() {
    let world = deployed(LOCATION);
    world.workspace.manifest(&format!("{LOCATION}{VARIABLES}"));
    let start = Instant::now();
    world.account.fault(Rule::deny("cloudformation:GetTemplate"));
    insta::assert_snapshot!(answering(&world, &["--diff"], "y\n"), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ cloudformation:GetTemplate on stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:GetTemplate
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:GetTemplate on stack demo-test-report-gen.
    ");
    world.account.clear_faults();

    let reply = |body: &str| {
        let xml = format!(
            "<GetTemplateResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><GetTemplateResult>\
             <TemplateBody>{body}</TemplateBody></GetTemplateResult></GetTemplateResponse>"
        );
        world.account.fault(Rule::on(
            "cloudformation:GetTemplate",
            Action::Replace { status: 200, content_type: "text/xml".to_owned(), body: xml },
        ));
    };
    let mut told = String::new();
    for body in ["a: [", "- a", "Resources: {}\nResources: {}"] {
        reply(body);
        told += &format!("{body:?}, {}", answering(&world, &["--diff"], "y\n"));
        world.account.clear_faults();
    }
    insta::assert_snapshot!(told, @r#"
    "a: [", exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ read the deployed template: line 1, column 4: invalid YAML: unclosed bracket '['
      Look at it with `aws cloudformation get-template`; deploying without `--diff` replaces it.
    "- a", exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ read the deployed template: line 1: a template is a map of sections
      Look at it with `aws cloudformation get-template`; deploying without `--diff` replaces it.
    "Resources: {}\nResources: {}", exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ read the deployed template: line 2: the key `Resources` is given twice, first in line 1
      Look at it with `aws cloudformation get-template`; deploying without `--diff` replaces it.
    "#);
    assert_eq!(changing(&world, start), [""; 0]);
}

#[test]
fn nobody_can_have_seen_what_stdout_did_not_take() {
    let world = deployed(LOCATION);
    world.workspace.manifest(&format!("{LOCATION}{VARIABLES}"));
    let start = Instant::now();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let child = world
        .deploying(&["--diff-yes"])
        .stdin(Stdio::null())
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    insta::assert_snapshot!(Started(child).finish(), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ cannot write the differences to stdout: No space left on device (os error 28)
      Nothing was pushed or deployed.
    ");
    assert_eq!(changing(&world, start), [""; 0]);
}

fn records(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn programs_get_a_record() {
    let world = deployed(LOCATION);
    world.workspace.manifest(&format!(
        "{}{VARIABLES}",
        LOCATION.replace("cpu: 256", "cpu: 512").replace("memory: 512", "memory: 1024")
    ));
    let run = answering(&world, &["--diff", "--json"], "n\n");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let records = records(&run);
    let mut differences = records.iter().find(|r| r["type"] == "differences").unwrap().clone();
    differences.as_object_mut().unwrap().remove("time");
    assert_eq!(
        differences,
        json!({
            "type": "differences",
            "changed": true,
            "template": [{
                "op": "add",
                "path": ["Resources", "TaskDefinition", "Properties", "ContainerDefinitions", 0, "Environment", 4],
                "new": {"Name": "A", "Value": "1"},
            }],
            "parameters": [
                {"key": "TaskCPU", "old": "256", "new": "512"},
                {"key": "TaskMemory", "old": "512", "new": "1024"},
            ],
            "tags": [],
            "images": [],
            "replacements": [{
                "logical_id": "TaskDefinition",
                "resource_type": "AWS::ECS::TaskDefinition",
                "properties": ["ContainerDefinitions", "Cpu", "Memory"],
                "certain": true,
                "harmless": true,
            }],
        })
    );
    let last = records.last().unwrap();
    assert_eq!((&last["type"], &last["outcome"]), (&json!("outcome"), &json!("declined")));
    insta::assert_snapshot!(run.stderr, @"

    Continue with the deployment? (y/N) No
    ");

    let run = world.deploy(&["--diff-yes", "--json", "--detach"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stdout.contains("\"type\":\"differences\"") && run.stdout.contains("\"outcome\":\"detached\"")
    );
    assert_eq!(run.stderr, "");
}

#[test]
fn flags_that_do_not_fit() {
    let world = World::new(Workspace::new(LOCATION));
    let told = ["--diff", "--diff-yes"].map(|flag| world.deploy(&[flag, "--attach"]).to_string());
    insta::assert_snapshot!(told.concat(), @"
    exit code: 2
    ----- stderr -----
    error: the argument '--diff' cannot be used with '--attach'

    Usage: copilot job deploy --name <NAME> --env <NAME> --diff

    For more information, try '--help'.
    exit code: 2
    ----- stderr -----
    error: the argument '--diff-yes' cannot be used with '--attach'

    Usage: copilot job deploy --name <NAME> --env <NAME> --diff-yes

    For more information, try '--help'.
    ");
    // Nothing is asked of a stack that is not there, and `--diff=false` is no `--diff`.
    insta::assert_snapshot!(world.deploy(&["--diff=false"]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
}
