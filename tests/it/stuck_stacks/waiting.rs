//! Stacks in which something else goes on.

use std::time::Duration;

use super::script;
use crate::local_aws::{Event, Pace};
use crate::support::{LOCATION, STACK, Workspace, World};
use crate::talking::Talking;

#[test]
fn a_busy_stack_is_told_before_anything_is_built_or_waited_for() {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(3600)));
    world.deploy(&["--detach"]).succeeds();
    world.workspace.manifest(&LOCATION.replace("512", "1024"));
    let before = world.account.calls().0.len();
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ stack demo-test-report-gen is busy: an update has been going on since DATE UTC (UPDATE_IN_PROGRESS)
      Run the command again when it has ended, or pass --wait-for-stack to wait for it.
      Watch it with `copilot job deploy --attach --app demo --env test --name report-gen`.
    ");
    let calls = world.account.calls().0.split_off(before);
    assert!(calls.iter().all(|call| call.operation != "PutObject"), "{calls:?}");
    let mut waiting = Talking::start(world.deploying(&["--wait-for-stack"]));
    waiting.wait_for("[update in progress]");
    world.account.release(STACK);
    insta::assert_snapshot!(waiting.ends().outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    - Waiting for the update of stack demo-test-report-gen, going on since DATE UTC [update in progress]
    - Waiting for the update of stack demo-test-report-gen, going on since DATE UTC [update complete] [TIME]
    The update of stack demo-test-report-gen has ended as UPDATE_COMPLETE.
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
}

#[test]
fn waiting_for_a_deletion_ends_in_a_creation() {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    let events = vec![
        Event::stack("DELETE_IN_PROGRESS", "User Initiated"),
        Event::resource("TaskRole", "AWS::IAM::Role", "DELETE_IN_PROGRESS", ""),
        Event::stack("DELETE_COMPLETE", ""),
    ];
    world.account.story(STACK, "DeleteStack", script(1_500, events));
    world.delete_through_the_gateway();
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ stack demo-test-report-gen is busy: a deletion has been going on since DATE UTC (DELETE_IN_PROGRESS)
      Run the command again when it has ended, or pass --wait-for-stack to wait for it.
      Watch it with `copilot job deploy --attach --app demo --env test --name report-gen`.
    ");
    insta::assert_snapshot!(world.deploy(&["--wait-for-stack"]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    - Waiting for the deletion of stack demo-test-report-gen, going on since DATE UTC [delete in progress]
    - Waiting for the deletion of stack demo-test-report-gen, going on since DATE UTC [delete complete] [TIME]
    The deletion of stack demo-test-report-gen has ended as DELETE_COMPLETE.
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
}

#[test]
fn waiting_can_be_interrupted_and_ends_when_the_time_is_over() {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(3600)));
    world.deploy(&["--detach"]).succeeds();
    let mut waiting = Talking::start(world.deploying(&["--wait-for-stack"]));
    waiting.wait_for("[update in progress]").signal("INT");
    insta::assert_snapshot!(waiting.ends(), @"
    exit code: 130
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    - Waiting for the update of stack demo-test-report-gen, going on since DATE UTC [update in progress]
    ! interrupted: nothing was deployed; the update of stack demo-test-report-gen continues in AWS
      Follow it with `copilot job deploy --attach --app demo --env test --name report-gen`.
    ");
    insta::assert_snapshot!(world.deploy(&["--wait-for-stack", "--timeout", "1500ms"]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    - Waiting for the update of stack demo-test-report-gen, going on since DATE UTC [update in progress]
    ✘ nothing was deployed: stack demo-test-report-gen has not come to rest after 1500ms (--timeout): its status is UPDATE_IN_PROGRESS
      The operation in AWS is not affected. Follow it with `copilot job deploy --attach --app demo --env test --name report-gen`.
    ");
    assert_eq!(world.account.calls().count("cloudformation:CancelUpdateStack"), 0);
}
