//! Ctrl-C and SIGTERM at every stage of a deployment.

use std::time::{Duration, Instant};

use crate::local_aws::{Action, Event, Pace, Rule, Script};
use crate::support::terminal::{exit_code, in_terminal, plain};
use crate::support::{ENV, JOB, LOCATION, STACK, Workspace, World};
use crate::talking::Talking;

const ARGS: [&str; 6] = ["job", "deploy", "--name", JOB, "--env", ENV];

fn script(millis: u64, events: Vec<Event>) -> Script {
    Script { events, every: Duration::from_millis(millis) }
}

fn gone(world: &World) -> bool {
    world.stack().is_none_or(|stack| stack.contains("DELETE_COMPLETE"))
}

fn updating(status: &str, reason: &str) -> Event {
    Event::resource("TaskDefinition", "AWS::ECS::TaskDefinition", status, reason)
}

/// An update that goes on for ever.
fn slow_update() -> World {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    let mut events = vec![
        Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
        updating("UPDATE_IN_PROGRESS", ""),
        updating("UPDATE_COMPLETE", ""),
    ];
    events.extend((0..1000).map(|_| Event::resource("Rule", "AWS::Events::Rule", "UPDATE_IN_PROGRESS", "")));
    world.account.script(STACK, script(200, events));
    world
}

#[test]
fn a_creation_is_deleted_again() {
    for signal in ["INT", "TERM"] {
        let world = World::new(Workspace::new(LOCATION));
        world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(3600)));
        let mut deploy = Talking::start(world.deploying(&[]));
        deploy.wait_for("[create in progress]").signal(signal);
        insta::allow_duplicates! {
            insta::assert_snapshot!(deploy.ends().outline(), @"
            exit code: 130
            ----- stderr -----
            Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
            Proposing infrastructure changes for stack demo-test-report-gen
            ✔ Proposing infrastructure changes for stack demo-test-report-gen
            - Creating the infrastructure for stack demo-test-report-gen [create in progress]
            Interrupted: deleting stack demo-test-report-gen, which was being created. Press Ctrl-C again to exit at once; it then continues in AWS.
            - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
            - Creating the infrastructure for stack demo-test-report-gen [delete in progress]
            - Creating the infrastructure for stack demo-test-report-gen [delete complete] [TIME]
            ! interrupted: stack demo-test-report-gen was deleted again; job report-gen is not deployed to test
            ");
        }
        assert_eq!(world.account.calls().count("cloudformation:DeleteStack"), 1);
        assert!(gone(&world), "{:?}", world.stack());
    }
}

#[test]
fn an_update_is_cancelled_and_rolled_back() {
    let world = slow_update();
    world.account.story(
        STACK,
        "CancelUpdateStack",
        script(
            100,
            vec![
                Event::stack("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"),
                Event::resource("Rule", "AWS::Events::Rule", "UPDATE_FAILED", "Resource update cancelled"),
                updating("UPDATE_COMPLETE", ""),
                Event::stack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", ""),
                Event::stack("UPDATE_ROLLBACK_COMPLETE", ""),
            ],
        ),
    );
    let mut deploy = Talking::start(world.deploying(&[]));
    deploy.wait_for("[update in progress]").signal("INT").wait_for("Interrupted: cancelling the update");
    insta::assert_snapshot!(deploy.ends().outline(), @"
    exit code: 130
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    Interrupted: cancelling the update of stack demo-test-report-gen, which is then rolled back. Press Ctrl-C again to exit at once; it then continues in AWS.
    - Updating the infrastructure for stack demo-test-report-gen [update rollback in progress]: User Initiated
    - Updating the infrastructure for stack demo-test-report-gen [update rollback complete cleanup in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update rollback complete] [TIME]
    ! interrupted: the update of stack demo-test-report-gen was rolled back; job report-gen is as it was before
    ");
    assert_eq!(world.account.calls().count("cloudformation:CancelUpdateStack"), 1);
}

#[test]
fn a_rollback_is_waited_for_and_told_as_it_ended() {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    world.account.script(
        STACK,
        script(
            700,
            vec![
                Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
                updating("UPDATE_FAILED", "No such image"),
                Event::stack(
                    "UPDATE_ROLLBACK_IN_PROGRESS",
                    "The following resource(s) failed to update: [TaskDefinition].",
                ),
                Event::resource("Rule", "AWS::Events::Rule", "UPDATE_IN_PROGRESS", ""),
                Event::resource("Rule", "AWS::Events::Rule", "UPDATE_COMPLETE", ""),
                Event::stack("UPDATE_ROLLBACK_COMPLETE", ""),
            ],
        ),
    );
    let mut deploy = Talking::start(world.deploying(&[]));
    deploy.wait_for("[update rollback in progress]").signal("INT");
    insta::assert_snapshot!(deploy.ends(), @"
    exit code: 130
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - An ECS task definition to group your containers and run them on ECS [update failed] [TIME]: No such image
    - Updating the infrastructure for stack demo-test-report-gen [update rollback in progress]: The following resource(s) failed to update: [TaskDefinition].
    Interrupted: the rollback of stack demo-test-report-gen cannot be stopped; waiting for its end. Press Ctrl-C again to exit at once; it then continues in AWS.
    - Updating the infrastructure for stack demo-test-report-gen [update rollback complete] [TIME]
    ! job report-gen was not deployed to test: stack demo-test-report-gen ended as UPDATE_ROLLBACK_COMPLETE: TaskDefinition (AWS::ECS::TaskDefinition) is UPDATE_FAILED: No such image
      All events: `aws cloudformation describe-stack-events --stack-name demo-test-report-gen`.
      In the console: https://console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-west-2%3AACCOUNT%3Astack%2Fdemo-test-report-gen%2FUUID
    ");
    assert_eq!(world.account.calls().count("cloudformation:CancelUpdateStack"), 0);
}

#[test]
fn too_late_is_told_as_it_is() {
    // During the clean-up, and when CloudFormation refuses because the update has just ended.
    let mut told = String::new();
    for cleaning in [true, false] {
        let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
        let status = if cleaning { "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" } else { "UPDATE_IN_PROGRESS" };
        let events = vec![
            Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
            Event::stack(status, ""),
            updating("UPDATE_COMPLETE", ""),
            Event::stack("UPDATE_COMPLETE", ""),
        ];
        world.account.script(STACK, script(800, events));
        let refusal = "CancelUpdateStack cannot be called from current stack status";
        world.account.fault(Rule::error("cloudformation:CancelUpdateStack", 400, "ValidationError", refusal));
        let mut deploy = Talking::start(world.deploying(&[]));
        let shown = if cleaning { "[update complete cleanup in progress]" } else { "[update in progress]" };
        deploy.wait_for(shown).signal("INT");
        told += &format!("{shown}, {}", deploy.ends());
    }
    insta::assert_snapshot!(told, @"
    [update complete cleanup in progress], exit code: 130
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete cleanup in progress]
    Interrupted: the clean-up of stack demo-test-report-gen cannot be stopped; waiting for its end. Press Ctrl-C again to exit at once; it then continues in AWS.
    - An ECS task definition to group your containers and run them on ECS [update complete] [TIME]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ! interrupted too late: job report-gen is deployed to test (stack demo-test-report-gen is UPDATE_COMPLETE)
    [update in progress], exit code: 130
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - An ECS task definition to group your containers and run them on ECS [update complete] [TIME]
    Interrupted: the update of stack demo-test-report-gen cannot be stopped; waiting for its end. Press Ctrl-C again to exit at once; it then continues in AWS.
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ! interrupted too late: job report-gen is deployed to test (stack demo-test-report-gen is UPDATE_COMPLETE)
    ");
}

#[test]
fn a_refused_cancellation_is_told_and_the_end_waited_for() {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    let events =
        vec![Event::stack("UPDATE_IN_PROGRESS", "User Initiated"), Event::stack("UPDATE_COMPLETE", "")];
    world.account.script(STACK, script(2_000, events));
    world.account.fault(Rule::deny("cloudformation:CancelUpdateStack"));
    let mut deploy = Talking::start(world.deploying(&[]));
    deploy.wait_for("[update in progress]").signal("INT");
    insta::assert_snapshot!(deploy.ends(), @"
    exit code: 130
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    Warning: stack demo-test-report-gen cannot be stopped (cloudformation:CancelUpdateStack on stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:CancelUpdateStack); waiting for its end. Press Ctrl-C again to exit at once; it then continues in AWS.
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ! interrupted too late: job report-gen is deployed to test (stack demo-test-report-gen is UPDATE_COMPLETE)
    ");
}

#[test]
fn a_deletion_that_fails_is_told() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(3600)));
    let events = vec![
        Event::stack("DELETE_IN_PROGRESS", "User Initiated"),
        Event::resource("TaskRole", "AWS::IAM::Role", "DELETE_FAILED", "Cannot delete entity"),
        Event::stack("DELETE_FAILED", "The following resource(s) failed to delete: [TaskRole]."),
    ];
    world.account.story(STACK, "DeleteStack", script(100, events));
    let mut deploy = Talking::start(world.deploying(&[]));
    deploy.wait_for("[create in progress]").signal("INT");
    insta::assert_snapshot!(deploy.ends().outline(), @"
    exit code: 130
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    Interrupted: deleting stack demo-test-report-gen, which was being created. Press Ctrl-C again to exit at once; it then continues in AWS.
    - Creating the infrastructure for stack demo-test-report-gen [delete in progress]
    - An IAM role to control permissions for the containers in your tasks [delete failed] [TIME]: Cannot delete entity
    - Creating the infrastructure for stack demo-test-report-gen [delete failed] [TIME]: The following resource(s) failed to delete: [TaskRole].
    ! job report-gen was not deployed to test: stack demo-test-report-gen ended as DELETE_FAILED: TaskRole (AWS::IAM::Role) is DELETE_FAILED: Cannot delete entity
      The next `copilot job deploy` deletes what is left of the stack and creates it anew.
      All events: `aws cloudformation describe-stack-events --stack-name demo-test-report-gen`.
      In the console: https://console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/events?stackId=arn%3Aaws%3Acloudformation%3Aus-west-2%3AACCOUNT%3Astack%2Fdemo-test-report-gen%2FUUID
    ");
}

#[test]
fn the_second_time_leaves_at_once_and_says_what_goes_on() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(3600)));
    let slow = vec![Event::stack("DELETE_IN_PROGRESS", "User Initiated"), Event::stack("DELETE_FAILED", "")];
    world.account.story(STACK, "DeleteStack", script(600_000, slow));
    let mut deploy = Talking::start(world.deploying(&[]));
    deploy.wait_for("[create in progress]").signal("INT").wait_for("[delete in progress]");
    let asked = Instant::now();
    deploy.signal("TERM");
    let run = deploy.ends();
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    insta::assert_snapshot!(run.outline(), @"
    exit code: 130
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    Interrupted: deleting stack demo-test-report-gen, which was being created. Press Ctrl-C again to exit at once; it then continues in AWS.
    - Creating the infrastructure for stack demo-test-report-gen [delete in progress]
    ! Exited; the deletion of stack demo-test-report-gen continues in AWS
    ");
}

#[test]
fn the_second_time_is_told_to_programs_as_well() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(3600)));
    let slow = vec![Event::stack("DELETE_IN_PROGRESS", "User Initiated"), Event::stack("DELETE_FAILED", "")];
    world.account.story(STACK, "DeleteStack", script(600_000, slow));
    let deploy = world.start_deploy(&["--json"]);
    world.wait_for_call("cloudformation:DescribeStackEvents");
    deploy.signal("INT");
    world.wait_for_call("cloudformation:DeleteStack");
    let calls = world.account.calls().count("cloudformation:DescribeStackEvents");
    while world.account.calls().count("cloudformation:DescribeStackEvents") < calls + 2 {
        std::thread::sleep(Duration::from_millis(20));
    }
    deploy.signal("INT");
    let run = deploy.finish();
    assert_eq!((run.code, run.stderr.as_str()), (Some(130), ""));
    let last: serde_json::Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&last["type"], &last["exit_code"]), (&"error".into(), &130.into()), "{last}");
    let message = "exited; the deletion of stack demo-test-report-gen continues in AWS";
    assert_eq!(last["message"], message);
}

#[test]
fn packing_does_not_hold_an_interrupt_up() {
    let world = World::new(Workspace::new(LOCATION));
    let function = "Parameters: {App: {Type: String}, Env: {Type: String}, Name: {Type: String}}\nResources:\n  \
         Function:\n    Type: AWS::Lambda::Function\n    Properties:\n      Handler: index.handler\n      \
         Runtime: nodejs22.x\n      Role: arn:aws:iam::123456789012:role/r\n      Code: code\n";
    world.workspace.file("copilot/report-gen/addons/function.yml", function);
    std::fs::create_dir(world.workspace.path().join("code")).unwrap();
    // Packed at some megabytes a second without optimisation.
    let file = std::fs::File::create(world.workspace.path().join("code/data")).unwrap();
    file.set_len(400 << 20).unwrap();
    let deploy = world.start_deploy(&[]);
    std::thread::sleep(Duration::from_millis(700));
    let asked = Instant::now();
    deploy.signal("INT");
    let run = deploy.finish();
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    insta::assert_snapshot!(run, @"
    exit code: 130
    ----- stderr -----
    ! interrupted: nothing was deployed
    ");
    assert!(world.account.calls().0.is_empty());
}

#[test]
fn the_second_time_before_the_execution_names_what_is_left() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.fault(Rule::on("cloudformation:DescribeChangeSet", Action::Delay(Duration::from_secs(3))));
    world.account.fault(Rule::on("cloudformation:DeleteChangeSet", Action::Delay(Duration::from_secs(10))));
    let mut deploy = Talking::start(world.deploying(&[]));
    world.wait_for_call("cloudformation:CreateChangeSet");
    deploy.signal("INT");
    world.wait_for_call("cloudformation:DescribeChangeSet");
    std::thread::sleep(Duration::from_millis(500));
    deploy.signal("INT");
    insta::assert_snapshot!(deploy.ends(), @"
    exit code: 130
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ! Exited; change set copilot-UUID of stack demo-test-report-gen may remain there, not executed
    ");
}

#[test]
fn in_a_terminal_before_the_execution() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.fault(Rule::on("cloudformation:DescribeChangeSet", Action::Delay(Duration::from_secs(2))));
    let mut terminal = in_terminal(&world, &ARGS, 100);
    terminal.exp_string("Proposing infrastructure changes").unwrap();
    world.wait_for_call("cloudformation:CreateChangeSet");
    terminal.send_control('c').unwrap();
    let said = plain(&terminal.exp_eof().unwrap());
    assert!(said.contains("! interrupted: nothing was deployed, the change set was removed"), "{said}");
    assert_eq!(exit_code(&terminal), 130);
    assert!(gone(&world), "{:?}", world.stack());
}

#[test]
fn in_a_terminal_while_creating() {
    let world = World::new(Workspace::new(LOCATION));
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(3600)));
    let mut terminal = in_terminal(&world, &ARGS, 120);
    terminal.exp_string("[create in progress]").unwrap();
    terminal.send_control('c').unwrap();
    let said = plain(&terminal.exp_eof().unwrap());
    assert!(said.contains("[delete complete]"), "{said}");
    assert!(said.contains("! interrupted: stack demo-test-report-gen was deleted again"), "{said}");
    assert_eq!(exit_code(&terminal), 130);
    assert!(gone(&world), "{:?}", world.stack());
}

#[test]
fn in_a_terminal_while_updating_and_once_more() {
    for twice in [false, true] {
        let world = slow_update();
        let pause = if twice { 600_000 } else { 300 };
        let events = vec![
            Event::stack("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"),
            Event::stack("UPDATE_ROLLBACK_COMPLETE", ""),
        ];
        world.account.story(STACK, "CancelUpdateStack", script(pause, events));
        let mut terminal = in_terminal(&world, &ARGS, 120);
        terminal.exp_string("[update in progress]").unwrap();
        terminal.send_control('c').unwrap();
        if twice {
            terminal.exp_string("[update rollback in progress]").unwrap();
            terminal.send_control('c').unwrap();
        }
        let said = plain(&terminal.exp_eof().unwrap());
        let end = match twice {
            true => "! Exited; the rollback of stack demo-test-report-gen continues in AWS",
            false => {
                "! interrupted: the update of stack demo-test-report-gen was rolled back; job report-gen is as it was"
            }
        };
        assert!(said.contains(end), "{said}");
        assert_eq!(exit_code(&terminal), 130);
    }
}

#[test]
fn in_a_terminal_during_a_rollback() {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    let events = vec![
        Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
        updating("UPDATE_FAILED", "No such image"),
        Event::stack("UPDATE_ROLLBACK_IN_PROGRESS", ""),
        Event::stack("UPDATE_ROLLBACK_COMPLETE", ""),
    ];
    world.account.script(STACK, script(1_500, events));
    let mut terminal = in_terminal(&world, &ARGS, 120);
    terminal.exp_string("[update rollback in progress]").unwrap();
    terminal.send_control('c').unwrap();
    let said = plain(&terminal.exp_eof().unwrap());
    assert!(said.contains("cannot be stopped; waiting for its end"), "{said}");
    assert!(said.contains("No such image"), "{said}");
    assert_eq!(exit_code(&terminal), 130);
}
