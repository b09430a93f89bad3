//! Calls of a deployment that are refused, throttled, cut off or answered with nonsense.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::local_aws::{Action, Pace, Rule};
use crate::support::{LOCATION, STACK, Told, Workspace, World};

/// A look at what an upload would replace. One that fails is not needed, and throttling shows in its status alone.
const LOOK: &str = "s3:HeadObject";

/// Every operation that the first deployment of a job calls.
fn operations() -> BTreeSet<String> {
    let world = World::new(Workspace::new(LOCATION));
    world.deploy(&[]).succeeds();
    let names: BTreeSet<String> = world.account.calls().of_program().names().into_iter().collect();
    assert!(names.len() >= 10, "{names:?}");
    names
}

/// Checks that a deployment that failed before its start left no stack and no change set.
fn left_nothing(world: &World, case: &str) {
    let stack = world.stack().filter(|stack| !stack.contains("DELETE_COMPLETE"));
    assert_eq!(stack, None, "{case}");
    let sets = world.cloudformation("ListChangeSets", &[("StackName", STACK)]).unwrap_or_default();
    assert!(!sets.contains("<ChangeSetId>"), "{case}: {sets}");
}

/// The most important promise: whatever call fails, the user learns which, on what and as whom, and nothing is left.
#[test]
fn each_call_refused() {
    let mut told = Told::default();
    let mut operations = operations();
    // A role that may only write deploys as well, and one that may not look at logs.
    assert!(operations.remove(LOOK) && operations.remove("logs:DescribeLogStreams"));
    for operation in &operations {
        let world = World::new(Workspace::new(LOCATION));
        world.account.fault(Rule::deny(operation));
        let said = world.deploy(&[]).ends_with(1);
        assert!(said.contains(&format!("{operation} on ")), "{operation}: {said}");
        assert!(said.contains("AccessDenied"), "{operation}: {said}");
        assert!(
            said.contains("manager role arn:") || said.contains("your own credentials"),
            "{operation}: {said}"
        );
        match operation.as_str() {
            "cloudformation:DescribeStackEvents" => assert!(world.stack().is_some()),
            _ => left_nothing(&world, operation),
        }
        told.note(operation, &world, 1, &said);
    }
    insta::assert_snapshot!(told.all());
}

#[test]
fn clean_up_that_is_refused_is_told() {
    let told = ["cloudformation:DeleteChangeSet", "cloudformation:DeleteStack"].map(|refused| {
        let world = World::new(Workspace::new(LOCATION));
        world.account.fault(Rule::deny("cloudformation:ExecuteChangeSet"));
        world.account.fault(Rule::deny(refused));
        format!("{refused}, {}", world.deploy(&[]))
    });
    insta::assert_snapshot!(told.concat(), @"
    cloudformation:DeleteChangeSet, exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✘ Proposing infrastructure changes for stack demo-test-report-gen
    ✘ job report-gen was not deployed to test: cloudformation:ExecuteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:ExecuteChangeSet
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:ExecuteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-test-report-gen.
      Change set copilot-UUID could not be removed (cloudformation:DeleteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:DeleteChangeSet).
    cloudformation:DeleteStack, exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✘ Proposing infrastructure changes for stack demo-test-report-gen
    ✘ job report-gen was not deployed to test: cloudformation:ExecuteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:ExecuteChangeSet
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:ExecuteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-test-report-gen.
      The empty stack demo-test-report-gen could not be removed (cloudformation:DeleteStack on stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:DeleteStack).
    ");
}

/// Every operation meets the fault in one deployment, each as often as `times` says, and the deployment succeeds.
fn survives(fault: impl Fn(&str) -> Rule, times: u32) {
    let world = World::new(Workspace::new(LOCATION));
    let operations = operations();
    for operation in &operations {
        world.account.fault(fault(operation).times(times));
    }
    let said = world.deploy(&[]).succeeds();
    assert!(said.ends_with("✔ Deployed report-gen.\n"), "{said}");
    let calls = world.account.calls();
    for operation in &operations {
        let repeated = calls.count(operation) > times as usize;
        assert!(repeated || operation == LOOK, "{operation}: {:?}", calls.counts());
    }
}

#[test]
fn every_call_throttled_twice() {
    survives(Rule::throttle, 2);
}

#[test]
fn every_call_cut_off_once() {
    survives(|operation| Rule::on(operation, Action::Drop { after_bytes: 0 }), 1);
}

/// The service has done what it was asked for, but the answer is lost: the repetition must cope with that.
#[test]
fn writes_whose_answer_is_lost() {
    for operation in ["s3:PutObject", "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"] {
        let world = World::new(Workspace::new(LOCATION));
        world.account.fault(Rule::on(operation, Action::Lose).times(1));
        insta::allow_duplicates! {
            insta::assert_snapshot!(world.deploy(&[]).outline(), @"
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
        assert_eq!(world.account.calls().count("cloudformation:DeleteStack"), 0, "{operation}");
    }
}

/// No answer at all to the execution: where the change set shows that it is being executed, it is followed; where that cannot
/// be seen, nothing is removed and the user is told.
#[test]
fn an_execution_whose_answers_are_lost() {
    let world = World::new(Workspace::new(LOCATION));
    let refused =
        Rule::error("cloudformation:ExecuteChangeSet", 400, "InvalidChangeSetStatus", "cannot be executed");
    world.account.fault(Rule::on("cloudformation:ExecuteChangeSet", Action::Lose).times(1));
    world.account.fault(refused);
    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");

    let world = World::new(Workspace::new(LOCATION));
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(30)));
    world.account.fault(Rule::deny("cloudformation:DescribeChangeSet").after(1));
    let refused =
        Rule::error("cloudformation:ExecuteChangeSet", 400, "TokenAlreadyExists", "cannot be executed");
    world.account.fault(Rule::on("cloudformation:ExecuteChangeSet", Action::Lose).times(1));
    world.account.fault(refused);
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✘ Proposing infrastructure changes for stack demo-test-report-gen
    ✘ job report-gen was not deployed to test: cloudformation:ExecuteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-test-report-gen failed: TokenAlreadyExists: cannot be executed
      Stack demo-test-report-gen is CREATE_IN_PROGRESS: its deployment may have begun nevertheless. See its events with `aws cloudformation describe-stack-events --stack-name demo-test-report-gen`.
    ");
    assert_eq!(world.account.calls().count("cloudformation:DeleteStack"), 0);
}

/// The SDK does not repeat a call whose answer means nothing.
#[test]
fn looks_at_a_change_set_may_fail_for_a_while() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.fault(Rule::on("cloudformation:DescribeChangeSet", Action::Garble).times(3));
    world.deploy(&[]).succeeds();
    assert_eq!(world.account.calls().count("cloudformation:CreateChangeSet"), 1);
}

#[test]
fn a_service_with_a_problem_of_its_own() {
    let world = World::new(Workspace::new(LOCATION));
    for operation in ["s3:PutObject", "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"] {
        world
            .account
            .fault(Rule::error(operation, 500, "InternalFailure", "The service has a problem").times(1));
    }
    world.deploy(&[]).succeeds();
}

#[test]
fn answers_that_mean_nothing() {
    let mut told = Told::default();
    for operation in [
        "ssm:GetParameter",
        "sts:AssumeRole",
        "cloudformation:ListStackInstances",
        "cloudformation:DescribeStacks",
        "cloudformation:GetTemplateSummary",
        "cloudformation:DescribeChangeSet",
    ] {
        let world = World::new(Workspace::new(LOCATION));
        world.account.fault(Rule::on(operation, Action::Garble));
        let started = Instant::now();
        let said = world.deploy(&[]).ends_with(1);
        assert!(started.elapsed() < Duration::from_secs(60), "{operation}: {:?}", started.elapsed());
        assert!(said.contains(operation), "{operation}: {said}");
        left_nothing(&world, operation);
        told.note(operation, &world, 1, &said);
    }
    insta::assert_snapshot!(told.all());
}

#[test]
fn records_that_mean_nothing() {
    let mut told = Told::default();
    for (case, record, value) in [
        ("the application's record", "", "{"),
        ("the application's record without an account", "", r#"{"name":"demo"}"#),
        ("the environment's record", "/environments/test", "[]"),
        (
            "the environment's record without roles",
            "/environments/test",
            r#"{"app":"demo","name":"test","region":"us-west-2","accountID":"1"}"#,
        ),
    ] {
        let world = World::new(Workspace::new(LOCATION));
        let emulator = world.account.emulator();
        let input = serde_json::json!({
            "Name": format!("/copilot/applications/demo{record}"), "Type": "String", "Value": value, "Overwrite": true,
        });
        crate::local_aws::LocalAws::shared()
            .block_on(async move { emulator.json("ssm", "AmazonSSM.PutParameter", &input).await })
            .unwrap();
        told.runs(case, &world, world.deploying(&[]), 1);
    }
    insta::assert_snapshot!(told.all());
}

#[test]
fn aws_out_of_reach() {
    let mut told = Told::default();
    let world = World::new(Workspace::new(LOCATION));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = world.deploying(&[]);
    command.env("AWS_ENDPOINT_URL", format!("http://{closed}"));
    let started = Instant::now();
    let said = told.runs("nobody listens", &world, command, 1);
    eprintln!("took {:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    assert!(said.contains(&closed.to_string()) || said.contains("refused"), "{said}");
    insta::assert_snapshot!(told.all().replace(&closed.to_string(), "ADDRESS"));
}
