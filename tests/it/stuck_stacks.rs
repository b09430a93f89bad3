//! Stacks that are not ready for a change set: busy, stuck in a rollback, half deleted, left over.

use std::time::Duration;

use crate::local_aws::{Action, Event, Pace, Rule, Script};
use crate::support::{LOCATION, Run, STACK, Told, Workspace, World};
use crate::talking::Talking;

fn script(millis: u64, events: Vec<Event>) -> Script {
    Script { events, every: Duration::from_millis(millis) }
}

fn function(status: &str, reason: &str) -> Event {
    Event::resource("EnvControllerFunction", "AWS::Lambda::Function", status, reason)
}

/// A world whose stack ended like this, with another update to do.
fn ended_as(events: Vec<Event>) -> World {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    world.account.script(STACK, script(0, events));
    world.deploy(&[]).ends_with(1);
    world.workspace.manifest(&format!("{LOCATION}variables:\n  LOG_LEVEL: info\n"));
    world
}

fn stuck_rollback() -> World {
    ended_as(vec![
        Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
        Event::resource("TaskRole", "AWS::IAM::Role", "UPDATE_FAILED", "Role name is too long"),
        Event::stack(
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "The following resource(s) failed to update: [TaskRole].",
        ),
        function("UPDATE_FAILED", "The runtime parameter of nodejs20.x is no longer supported"),
        Event::stack(
            "UPDATE_ROLLBACK_FAILED",
            "The following resource(s) failed to update: [EnvControllerFunction].",
        ),
    ])
}

fn failing_again() -> Script {
    script(
        50,
        vec![
            Event::stack("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated"),
            function("UPDATE_FAILED", "The runtime parameter of nodejs20.x is no longer supported"),
            Event::stack("UPDATE_ROLLBACK_FAILED", ""),
        ],
    )
}

/// The fields of the calls of an operation.
fn skipped(world: &World) -> Vec<Option<String>> {
    let calls = world.account.calls().filter(|call| call.operation == "ContinueUpdateRollback");
    calls.0.iter().map(|call| call.field("ResourcesToSkip.member.1").map(str::to_owned)).collect()
}

#[test]
fn a_stuck_rollback_is_continued_on_the_users_word() {
    let world = stuck_rollback();
    insta::assert_snapshot!(Run::answering(world.deploying(&[]), "y\n").outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Warning: the last update of stack demo-test-report-gen failed, and so did its rollback (UPDATE_ROLLBACK_FAILED). Not rolled back:
      EnvControllerFunction (AWS::Lambda::Function): The runtime parameter of nodejs20.x is no longer supported

    Continue the rollback, then deploy? (y/N) Yes
    - Continuing the rollback of stack demo-test-report-gen [update rollback in progress]: User Initiated
    - Continuing the rollback of stack demo-test-report-gen [update rollback complete] [TIME]
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
    assert_eq!(skipped(&world), [None]);
}

#[test]
fn a_stuck_rollback_is_left_alone_without_it() {
    let mut told = Told::default();
    let world = stuck_rollback();
    let said = Run::answering(world.deploying(&[]), "n\n").ends_with(1);
    told.note("no", &world, 1, &said);
    told.runs("nobody to ask", &world, world.deploying(&[]), 1);
    assert_eq!(world.account.calls().count("cloudformation:ContinueUpdateRollback"), 0);
    insta::assert_snapshot!(told.all());
}

#[test]
fn a_flag_answers_and_names_what_is_skipped() {
    let world = stuck_rollback();
    world.account.story(STACK, "ContinueUpdateRollback", failing_again());
    insta::assert_snapshot!(world.deploy(&["--continue-rollback"]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Warning: the last update of stack demo-test-report-gen failed, and so did its rollback (UPDATE_ROLLBACK_FAILED). Not rolled back:
      EnvControllerFunction (AWS::Lambda::Function): The runtime parameter of nodejs20.x is no longer supported
    - Continuing the rollback of stack demo-test-report-gen [update rollback in progress]: User Initiated
    - EnvControllerFunction (AWS::Lambda::Function) [update failed] [TIME]: The runtime parameter of nodejs20.x is no longer supported
    - Continuing the rollback of stack demo-test-report-gen [update rollback failed] [TIME]
    Warning: the last update of stack demo-test-report-gen failed, and so did its rollback (UPDATE_ROLLBACK_FAILED). Not rolled back:
      EnvControllerFunction (AWS::Lambda::Function): The runtime parameter of nodejs20.x is no longer supported

    Continue without EnvControllerFunction? What is skipped stays as it is until the deployment updates it. (y/N) 
    ✘ the question needs an answer, and there is no terminal to ask on
      Pass --continue-rollback --resources-to-skip EnvControllerFunction to answer it in advance, or pipe `y` or `n` into the command.
    ");
    insta::assert_snapshot!(world.deploy(&["--continue-rollback", "--resources-to-skip", "EnvControllerFunction"]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Warning: the last update of stack demo-test-report-gen failed, and so did its rollback (UPDATE_ROLLBACK_FAILED). Not rolled back:
      EnvControllerFunction (AWS::Lambda::Function): The runtime parameter of nodejs20.x is no longer supported
    - Continuing the rollback of stack demo-test-report-gen without EnvControllerFunction [update rollback in progress]: User Initiated
    - Continuing the rollback of stack demo-test-report-gen without EnvControllerFunction [update rollback complete] [TIME]
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
    assert_eq!(skipped(&world), [None, Some("EnvControllerFunction".to_owned())]);
}

#[test]
fn a_rollback_that_gets_stuck_again_asks_about_skipping() {
    let world = stuck_rollback();
    world.account.story(STACK, "ContinueUpdateRollback", failing_again());
    insta::assert_snapshot!(Run::answering(world.deploying(&["--continue-rollback"]), "y\n").outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Warning: the last update of stack demo-test-report-gen failed, and so did its rollback (UPDATE_ROLLBACK_FAILED). Not rolled back:
      EnvControllerFunction (AWS::Lambda::Function): The runtime parameter of nodejs20.x is no longer supported
    - Continuing the rollback of stack demo-test-report-gen [update rollback in progress]: User Initiated
    - EnvControllerFunction (AWS::Lambda::Function) [update failed] [TIME]: The runtime parameter of nodejs20.x is no longer supported
    - Continuing the rollback of stack demo-test-report-gen [update rollback failed] [TIME]
    Warning: the last update of stack demo-test-report-gen failed, and so did its rollback (UPDATE_ROLLBACK_FAILED). Not rolled back:
      EnvControllerFunction (AWS::Lambda::Function): The runtime parameter of nodejs20.x is no longer supported

    Continue without EnvControllerFunction? What is skipped stays as it is until the deployment updates it. (y/N) Yes
    - Continuing the rollback of stack demo-test-report-gen without EnvControllerFunction [update rollback in progress]: User Initiated
    - Continuing the rollback of stack demo-test-report-gen without EnvControllerFunction [update rollback complete] [TIME]
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
    assert_eq!(skipped(&world), [None, Some("EnvControllerFunction".to_owned())]);

    // Not for ever: what is skipped and still stuck is nobody's to ask about again.
    let world = stuck_rollback();
    for _ in 0..3 {
        world.account.story(STACK, "ContinueUpdateRollback", failing_again());
    }
    insta::assert_snapshot!(world.deploy(&["--continue-rollback", "--resources-to-skip", "EnvControllerFunction"]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Warning: the last update of stack demo-test-report-gen failed, and so did its rollback (UPDATE_ROLLBACK_FAILED). Not rolled back:
      EnvControllerFunction (AWS::Lambda::Function): The runtime parameter of nodejs20.x is no longer supported
    - Continuing the rollback of stack demo-test-report-gen without EnvControllerFunction [update rollback in progress]: User Initiated
    - EnvControllerFunction (AWS::Lambda::Function) [update failed] [TIME]: The runtime parameter of nodejs20.x is no longer supported
    - Continuing the rollback of stack demo-test-report-gen without EnvControllerFunction [update rollback failed] [TIME]
    ✘ the rollback of stack demo-test-report-gen is stuck, and nothing was deployed
      | EnvControllerFunction (AWS::Lambda::Function): The runtime parameter of nodejs20.x is no longer supported
      Remove what keeps these resources from going back, then run the command again.
    ");
}

/// The environment manager role's policy does not have the call.
#[test]
fn where_the_manager_role_may_not_continue_the_user_may() {
    let world = stuck_rollback();
    world.account.fault(Rule::deny("cloudformation:ContinueUpdateRollback").times(1));
    world.deploy(&["--continue-rollback"]).succeeds();
    let calls = world.account.calls().filter(|call| call.operation == "ContinueUpdateRollback");
    assert_eq!(calls.0.len(), 2);
    assert_eq!(calls.0[1].caller, crate::local_aws::Caller::Base);

    let world = stuck_rollback();
    world.account.fault(Rule::deny("cloudformation:ContinueUpdateRollback"));
    insta::assert_snapshot!(world.deploy(&["--continue-rollback"]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Warning: the last update of stack demo-test-report-gen failed, and so did its rollback (UPDATE_ROLLBACK_FAILED). Not rolled back:
      EnvControllerFunction (AWS::Lambda::Function): The runtime parameter of nodejs20.x is no longer supported
    ✘ cloudformation:ContinueUpdateRollback on stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:ContinueUpdateRollback
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:ContinueUpdateRollback on stack demo-test-report-gen.
      Your own credentials were tried as well and may not do it either.
    ");
}

#[test]
fn leftovers_of_failed_creations_are_replaced() {
    for status in ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED"] {
        let world = World::new(Workspace::new(LOCATION));
        let events = vec![Event::stack("CREATE_IN_PROGRESS", "User Initiated"), Event::stack(status, "")];
        world.account.script(STACK, script(0, events));
        world.deploy(&[]).ends_with(1);
        insta::allow_duplicates! {
            insta::assert_snapshot!(world.deploy(&[]).outline().replace(status, "STATUS"), @"
            exit code: 0
            ----- stderr -----
            Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
            Stack demo-test-report-gen is left over from a failed creation (STATUS). It is deleted, then created anew.
            - Deleting stack demo-test-report-gen, left over from a failed creation [delete in progress]
            - Deleting stack demo-test-report-gen, left over from a failed creation [delete complete] [TIME]
            Proposing infrastructure changes for stack demo-test-report-gen
            ✔ Proposing infrastructure changes for stack demo-test-report-gen
            - Creating the infrastructure for stack demo-test-report-gen [create in progress]
            - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
            ✔ Deployed report-gen.
            ");
        }
        assert_eq!(world.account.calls().count("cloudformation:DeleteStack"), 1);
    }
}

#[test]
fn what_a_creation_without_rollback_left_is_updated() {
    let world = World::new(Workspace::new(LOCATION));
    let events =
        vec![Event::stack("CREATE_IN_PROGRESS", "User Initiated"), Event::stack("CREATE_FAILED", "")];
    world.account.script(STACK, script(0, events));
    world.deploy(&["--no-rollback"]).ends_with(1);
    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    First update of stack demo-test-report-gen after AWS Copilot CLI (template without a version). It changes:
      - AWSTemplateFormatVersion
      - Conditions
      - Description
      - Parameters
      - Resources
      - values of parameters: AppName, EnvName, WorkloadName, ContainerImage, AddonsTemplateURL, ArtifactKeyARN, EnvFileARN, TaskCPU, TaskMemory, TaskCount, LogRetention, Schedule
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
    let calls = world.account.calls().of_program();
    let kinds: Vec<_> = calls.0.iter().filter_map(|call| call.field("ChangeSetType")).collect();
    assert_eq!(kinds, ["CREATE", "UPDATE"]);
    assert_eq!(calls.count("cloudformation:DeleteStack"), 0);
}

#[test]
fn a_leftover_that_cannot_be_deleted_names_what_stays() {
    let world = World::new(Workspace::new(LOCATION));
    let events =
        vec![Event::stack("CREATE_IN_PROGRESS", "User Initiated"), Event::stack("ROLLBACK_COMPLETE", "")];
    world.account.script(STACK, script(0, events));
    world.deploy(&[]).ends_with(1);
    let topic = |status, reason| Event::resource("EventsSNSTopic", "AWS::SNS::Topic", status, reason);
    let events = vec![
        Event::stack("DELETE_IN_PROGRESS", "User Initiated"),
        Event::resource(
            "TaskRole",
            "AWS::IAM::Role",
            "DELETE_FAILED",
            "Cannot delete entity, must detach all policies first",
        ),
        topic("DELETE_FAILED", "Access denied"),
        Event::stack(
            "DELETE_FAILED",
            "The following resource(s) failed to delete: [TaskRole, EventsSNSTopic].",
        ),
    ];
    world.account.story(STACK, "DeleteStack", script(50, events));
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Stack demo-test-report-gen is left over from a failed creation (ROLLBACK_COMPLETE). It is deleted, then created anew.
    - Deleting stack demo-test-report-gen, left over from a failed creation [delete in progress]
    - TaskRole (AWS::IAM::Role) [delete failed] [TIME]: Cannot delete entity, must detach all policies first
    - EventsSNSTopic (AWS::SNS::Topic) [delete failed] [TIME]: Access denied
    - Deleting stack demo-test-report-gen, left over from a failed creation [delete failed] [TIME]: The following resource(s) failed to delete: [TaskRole, EventsSNSTopic].
    ✘ job report-gen was not deployed to test: stack demo-test-report-gen, left over from a failed creation, cannot be deleted: it ended as DELETE_FAILED: TaskRole (AWS::IAM::Role) is DELETE_FAILED: Cannot delete entity, must detach all policies first
      | EventsSNSTopic (AWS::SNS::Topic) is DELETE_FAILED: Access denied
      Remove what keeps them from being deleted, then run the command again.
      Or give them up with `aws cloudformation delete-stack --stack-name demo-test-report-gen --retain-resources TaskRole EventsSNSTopic`; they then stay in the account, outside of any stack.
    ");
    assert_eq!(world.account.calls().count("cloudformation:CreateChangeSet"), 1);
}

#[test]
fn a_half_deleted_stack_that_worked_once_is_asked_about() {
    let half_deleted = || {
        ended_as(vec![
            Event::stack("DELETE_IN_PROGRESS", "User Initiated"),
            Event::resource("TaskRole", "AWS::IAM::Role", "DELETE_FAILED", "in use"),
            Event::stack("DELETE_FAILED", "The following resource(s) failed to delete: [TaskRole]."),
        ])
    };
    let mut told = Told::default();
    let world = half_deleted();
    told.runs("nobody to ask", &world, world.deploying(&[]), 1);
    told.note("no", &world, 1, &Run::answering(world.deploying(&[]), "n\n").ends_with(1));
    assert_eq!(world.account.calls().count("cloudformation:DeleteStack"), 0);
    insta::assert_snapshot!(told.all());
    insta::assert_snapshot!(Run::answering(world.deploying(&[]), "y\n").outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Warning: stack demo-test-report-gen is half deleted (DELETE_FAILED). Not deleted:
      TaskRole (AWS::IAM::Role): in use

    Delete the rest of the stack, then create it anew? (y/N) Yes
    Stack demo-test-report-gen is left over from a failed deletion (DELETE_FAILED). It is deleted, then created anew.
    - Deleting stack demo-test-report-gen, left over from a failed deletion [delete in progress]
    - Deleting stack demo-test-report-gen, left over from a failed deletion [delete complete] [TIME]
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
    half_deleted().deploy(&["--recreate"]).succeeds();
}

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
