//! Updates that failed and were not rolled back.

use super::{ended_as, script};
use crate::local_aws::{Action, Event, Rule};
use crate::support::{LOCATION, STACK, Workspace, World};

#[test]
fn what_an_update_without_rollback_left_is_updated() {
    let world = ended_as(vec![
        Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
        Event::resource("TaskRole", "AWS::IAM::Role", "UPDATE_FAILED", "Role name is too long"),
        Event::stack("UPDATE_FAILED", "The following resource(s) failed to update: [TaskRole]."),
    ]);
    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
    assert_eq!(world.account.calls().count("cloudformation:DeleteStack"), 0);
}

/// Answers every look at the job's stack with its description after an update that failed in Express mode.
fn failed_in_express_mode(world: &World) {
    let stack = world.stack().unwrap();
    let (before, rest) = stack.split_once("<StackStatus>").unwrap();
    let (_, after) = rest.split_once("</StackStatus>").unwrap();
    let mode = "<DeploymentConfig><Mode>EXPRESS</Mode></DeploymentConfig>";
    let body = format!("{before}<StackStatus>UPDATE_FAILED</StackStatus>{mode}{after}");
    let answer = Action::Replace { status: 200, content_type: "text/xml".to_owned(), body };
    world.account.fault(Rule::on("cloudformation:DescribeStacks", answer).only(STACK));
}

#[test]
fn a_stack_that_failed_in_express_mode_takes_only_that() {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    failed_in_express_mode(&world);
    insta::assert_snapshot!(world.deploy(&["--no-rollback"]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ the last update of stack demo-test-report-gen failed in Express mode without rollback; CloudFormation takes only Express mode for the next one, which does not go with --no-rollback
      Deploy without --no-rollback.
    ");
    assert_eq!(world.account.calls().count("cloudformation:CreateChangeSet"), 1);

    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Warning: the last update of stack demo-test-report-gen failed in Express mode without rollback; CloudFormation takes only Express mode for the next one, so it is used
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen. In Express mode its resources may take some more minutes to be ready.
    ");
    let calls = world.account.calls().filter(|call| call.operation == "CreateChangeSet");
    assert_eq!(calls.0.last().unwrap().field("DeploymentConfig.Mode"), Some("EXPRESS"));
}

#[test]
fn an_unchanged_stack_whose_update_failed_is_warned_about() {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    let events = vec![
        Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
        Event::resource("TaskRole", "AWS::IAM::Role", "UPDATE_FAILED", "Role name is too long"),
        Event::stack("UPDATE_FAILED", ""),
    ];
    world.account.script(STACK, script(0, events));
    world.deploy(&[]).ends_with(1);
    world.workspace.manifest(LOCATION);
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    - No new infrastructure changes for stack demo-test-report-gen
    Warning: the last update of stack demo-test-report-gen failed and was not rolled back (UPDATE_FAILED); CloudFormation sees nothing to change in it
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");
}
