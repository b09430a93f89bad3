//! `job pause` and `job resume`, against the local AWS.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::local_aws::{App, Change, Event, LocalAws, Rule, Script};
use crate::support::{ENV, JOB, LOCATION, Run, STACK, Workspace, World, program, stable};

pub(crate) const PAUSE: &[&str] = &["job", "pause", "--name", JOB, "--env", ENV];
const RESUME: &[&str] = &["job", "resume", "--name", JOB, "--env", ENV];

/// The job `report-gen`, deployed to `test`.
pub(crate) fn deployed() -> World {
    let world = World::new(Workspace::new(LOCATION));
    world.deploy(&[]).succeeds();
    world
}

/// The state of the job's rule, as EventBridge has it and as the stack's template says.
pub(crate) fn state(world: &World) -> (String, bool) {
    let emulator = world.account.emulator();
    let rules = LocalAws::shared()
        .block_on(async move { emulator.json("events", "AWSEvents.ListRules", &json!({})).await })
        .unwrap();
    let rules = rules["Rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["Name"].as_str().unwrap().contains(JOB)).unwrap();
    let template = world.cloudformation("GetTemplate", &[("StackName", STACK)]).unwrap();
    (rule["State"].as_str().unwrap().to_owned(), template.contains("State: DISABLED"))
}

fn off() -> (String, bool) {
    ("DISABLED".to_owned(), true)
}

fn on() -> (String, bool) {
    ("ENABLED".to_owned(), false)
}

#[test]
fn a_job_is_paused_and_resumed() {
    let world = deployed();
    let template = world.cloudformation("GetTemplate", &[("StackName", STACK)]).unwrap();
    assert_eq!(state(&world), on());
    let start = Instant::now();
    insta::assert_snapshot!(world.run(PAUSE), @"
    exit code: 0
    ----- stderr -----
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - A CloudWatch event rule to trigger the job's state machine [update in progress]
    - A CloudWatch event rule to trigger the job's state machine [update complete] [TIME]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Job report-gen is paused in environment test.
      Its schedule starts no runs, also after further deployments. A run that goes on is not touched, and runs can be started by hand.
      Switch the schedule on again with `copilot job resume --app demo --env test --name report-gen`.
    ");
    assert_eq!(state(&world), off());
    let calls = world.account.calls_since(start).of_program();
    let mut counts = calls.counts();
    counts.retain(|name, _| !name.ends_with(":DescribeStackEvents") && !name.ends_with(":DescribeChangeSet"));
    insta::assert_snapshot!(format!("{counts:#?}"), @r#"
    {
        "cloudformation:CreateChangeSet": 1,
        "cloudformation:DescribeStacks": 1,
        "cloudformation:ExecuteChangeSet": 1,
        "cloudformation:GetTemplate": 1,
        "ssm:GetParameter": 2,
        "sts:AssumeRole": 1,
    }
    "#);
    insta::assert_snapshot!(world.run(PAUSE), @"
    exit code: 0
    ----- stderr -----
    Job report-gen is paused already in environment test.
    ");
    insta::assert_snapshot!(world.run(RESUME), @"
    exit code: 0
    ----- stderr -----
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - A CloudWatch event rule to trigger the job's state machine [update in progress]
    - A CloudWatch event rule to trigger the job's state machine [update complete] [TIME]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Job report-gen is resumed in environment test.
      Its schedule starts runs again: every day at 00:00 UTC (cron(0 0 * * ? *)).
    ");
    assert_eq!(state(&world), on());
    insta::assert_snapshot!(world.run(RESUME), @"
    exit code: 0
    ----- stderr -----
    Job report-gen is not paused in environment test: its schedule is on.
    ");
    let again = world.cloudformation("GetTemplate", &[("StackName", STACK)]).unwrap();
    let body = |text: &str| {
        text.split_once("<TemplateBody>").unwrap().1.split_once("</TemplateBody>").unwrap().0.to_owned()
    };
    assert_eq!(body(&template), body(&again));
}

/// Paused stays paused, whatever else a deployment changes, until the manifest takes the schedule away.
#[test]
fn deployments_keep_a_job_paused() {
    let world = deployed();
    world.run(PAUSE).succeeds();
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Job report-gen is paused in environment test and stays so: `copilot job resume --app demo --env test --name report-gen` switches its schedule on again.
    Proposing infrastructure changes for stack demo-test-report-gen
    - No new infrastructure changes for stack demo-test-report-gen
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");
    world.workspace.manifest(&format!("{}variables:\n  A: b\n", LOCATION.replace("@daily", "@weekly")));
    let said = world.deploy(&["--diff-yes"]);
    assert!(!said.stdout.contains("State"), "{said}");
    assert!(said.stderr.contains("Job report-gen is paused in environment test and stays so"), "{said}");
    assert_eq!(state(&world), off());
    assert_eq!(world.parameter("Schedule").as_deref(), Some("cron(0 0 ? * 1 *)"));
    let package = world.run(&["job", "package", "--name", JOB, "--env", ENV]);
    assert!(package.stdout.contains("State: DISABLED") && package.stderr.contains("stays so"), "{package}");

    world.workspace.manifest(&LOCATION.replace("@daily", "none"));
    let said = world.deploy(&[]).succeeds();
    assert!(!said.contains("is paused"), "{said}");
    insta::assert_snapshot!(world.run(PAUSE), @"
    exit code: 0
    ----- stderr -----
    There is nothing to pause: job report-gen has no schedule in environment test (`schedule: none`).
    ");
    insta::assert_snapshot!(world.run(RESUME), @"
    exit code: 1
    ----- stderr -----
    ✘ there is nothing to resume: job report-gen has no schedule in environment test (`schedule: none`)
      Write a schedule into the manifest, and deploy it with `copilot job deploy --app demo --env test --name report-gen`.
    ");
    // A schedule in the place of none is on.
    world.workspace.manifest(LOCATION);
    world.deploy(&[]).succeeds();
    assert_eq!(state(&world), on());
}

#[test]
fn a_paused_job_is_shown_as_such() {
    let world = deployed();
    world.run(PAUSE).succeeds();
    let run = world.run(&["job", "show", "--name", JOB]);
    let rows = run.stdout.lines().filter(|line| line.contains("Schedule") || line.contains("Next runs"));
    insta::assert_snapshot!(rows.collect::<Vec<_>>().join("\n"), @"
    Type         Scheduled Job
    Schedule       paused: every day at 00:00 UTC (cron(0 0 * * ? *))
    ");
    let run = world.run(&["job", "show", "--name", JOB, "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    insta::assert_snapshot!(shown["environments"][0]["deployment"]["schedule"], @r#"{"expression":"cron(0 0 * * ? *)","words":"every day at 00:00 UTC","paused":true,"nextRuns":[]}"#);
}

#[test]
fn jobs_that_cannot_be_paused() {
    let world = World::new(Workspace::new(LOCATION));
    insta::assert_snapshot!(world.run(PAUSE), @"
    exit code: 1
    ----- stderr -----
    ✘ job report-gen is not deployed to environment test: there is no stack demo-test-report-gen
      Deploy it first: `copilot job deploy --app demo --env test --name report-gen`.
    ");
    let unregistered = World::seeded(App::new("demo").env(ENV), Workspace::new(LOCATION));
    insta::assert_snapshot!(unregistered.run(PAUSE), @"
    exit code: 1
    ----- stderr -----
    ✘ there is no job report-gen registered in application demo in account ACCOUNT, region us-west-2
      Create one first: `copilot job init`.
    ");
    insta::assert_snapshot!(world.run(&["job", "pause", "--name", JOB, "--env", "gone"]), @"
    exit code: 1
    ----- stderr -----
    ✘ there is no environment gone in application demo
      Environments of demo: test.
    ");
    world.deploy(&[]).succeeds();
    let patch = "- op: replace\n  path: /Resources/Rule/Properties/State\n  value: !If [HasAddons, ENABLED, DISABLED]\n";
    world.workspace.file(&format!("copilot/{JOB}/overrides/cfn.patches.yml"), patch);
    world.deploy(&[]).succeeds();
    insta::assert_snapshot!(world.run(PAUSE), @"
    exit code: 1
    ----- stderr -----
    ✘ the template of stack demo-test-report-gen has no `Rule` whose `State` is ENABLED or DISABLED
      Look for what the job's overrides make of the rule, and switch it off there, or write `schedule: none`.
    ");
}

/// What the flags leave open is asked for, or the only choice.
#[test]
fn names_that_are_not_given() {
    let world = deployed();
    insta::assert_snapshot!(world.run(&["job", "pause"]).outline(), @"
    exit code: 0
    ----- stderr -----
    Found only one job, defaulting to: report-gen
    Found only one environment, defaulting to: test
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Job report-gen is paused in environment test.
      Its schedule starts no runs, also after further deployments. A run that goes on is not touched, and runs can be started by hand.
      Switch the schedule on again with `copilot job resume --app demo --env test --name report-gen`.
    ");
    let mut elsewhere = program(&std::env::temp_dir(), &["job", "resume", "--app", "demo"]);
    let run = Run::of_command(elsewhere.envs(world.account.env()));
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(state(&world), on());
}

/// A change set that would touch anything else is not executed.
#[test]
fn nothing_but_the_rule_may_change() {
    let world = deployed();
    let rule = Change::new("Modify", "Rule", "AWS::Events::Rule").property("State", "Never");
    let role = Change::new("Modify", "TaskRole", "AWS::IAM::Role").property("Policies", "Never");
    world.account.tell_changes(STACK, vec![vec![rule, role]]);
    insta::assert_snapshot!(world.run(PAUSE), @"
    exit code: 1
    ----- stderr -----
    Proposing infrastructure changes for stack demo-test-report-gen
    ✘ Proposing infrastructure changes for stack demo-test-report-gen
    ✘ job report-gen was not paused: the change set for stack demo-test-report-gen would also change what this command is not about; it was removed, and nothing was changed
      | TaskRole (AWS::IAM::Role)
      Something that the stack's template refers to, such as a parameter, has another value by now. A deployment brings the stack up to date first.
    ");
    assert_eq!(state(&world), on());
    let sets = world.cloudformation("ListChangeSets", &[("StackName", STACK)]).unwrap_or_default();
    assert!(!sets.contains("<ExecutionStatus>AVAILABLE<"), "{sets}");
}

#[test]
fn a_busy_stack_is_waited_for_where_that_is_wanted() {
    let world = deployed();
    world.workspace.manifest(&format!("{LOCATION}variables:\n  A: b\n"));
    let events = vec![
        Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
        Event::resource("TaskDefinition", "AWS::ECS::TaskDefinition", "UPDATE_IN_PROGRESS", ""),
        Event::stack("UPDATE_COMPLETE", ""),
    ];
    world.account.script(STACK, Script { events, every: Duration::from_millis(1500) });
    world.deploy(&["--detach"]).succeeds();
    let refused = world.run(PAUSE).ends_with(1);
    assert!(refused.contains("is busy") && refused.contains("--wait-for-stack"), "{refused}");
    let said = world.run(&[PAUSE, &["--wait-for-stack"]].concat());
    assert_eq!(said.code, Some(0), "{said}");
}

/// A call that fails leaves the schedule as it was.
#[test]
fn calls_that_are_refused() {
    let mut told = String::new();
    for call in [
        "sts:AssumeRole",
        "cloudformation:DescribeStacks",
        "cloudformation:GetTemplate",
        "cloudformation:CreateChangeSet",
        "cloudformation:ExecuteChangeSet",
    ] {
        let world = deployed();
        world.account.fault(Rule::deny(call));
        let said = world.run(PAUSE).ends_with(1);
        world.account.clear_faults();
        assert_eq!(state(&world), on(), "{call}");
        let error: String =
            said.lines().filter(|line| line.starts_with("✘ ") && !line.contains("Proposing")).collect();
        told.push_str(&format!("{call}\n  {}\n", stable(&error, &world)));
        // And the same command does it then.
        assert_eq!(world.run(PAUSE).code, Some(0), "{call}");
    }
    insta::assert_snapshot!(told, @"
    sts:AssumeRole
      ✘ sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole
    cloudformation:DescribeStacks
      ✘ cloudformation:DescribeStacks on stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStacks
    cloudformation:GetTemplate
      ✘ cloudformation:GetTemplate on stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:GetTemplate
    cloudformation:CreateChangeSet
      ✘ job report-gen was not paused: cloudformation:CreateChangeSet on stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:CreateChangeSet
    cloudformation:ExecuteChangeSet
      ✘ job report-gen was not paused: cloudformation:ExecuteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:ExecuteChangeSet
    ");
}
