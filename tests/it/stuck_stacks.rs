//! Stacks that are not ready for a change set: busy, stuck in a rollback, half deleted, left over.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::local_aws::{Action, Event, Pace, Rule, Script};
use crate::support::{LOCATION, Run, STACK, Started, Told, Workspace, World, stable};
use crate::talking::Talking;

fn script(millis: u64, events: Vec<Event>) -> Script {
    Script { events, every: Duration::from_millis(millis) }
}

fn function(status: &str, reason: &str) -> Event {
    Event::resource("EnvControllerFunction", "AWS::Lambda::Function", status, reason)
}

/// Runs a command with a line of input.
fn answering(mut command: Command, line: &str) -> Run {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(line.as_bytes()).unwrap();
    Started(child).finish()
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
    let said = answering(world.deploying(&[]), "y\n").succeeds();
    insta::assert_snapshot!(stable(&said, &world));
    assert_eq!(skipped(&world), [None]);
}

#[test]
fn a_stuck_rollback_is_left_alone_without_it() {
    let mut told = Told::default();
    let world = stuck_rollback();
    let said = answering(world.deploying(&[]), "n\n").ends_with(1);
    told.note("no", &world, 1, &said);
    told.runs("nobody to ask", &world, world.deploying(&[]), 1);
    assert_eq!(world.account.calls().count("cloudformation:ContinueUpdateRollback"), 0);
    insta::assert_snapshot!(told.all());
}

#[test]
fn a_flag_answers_and_names_what_is_skipped() {
    let world = stuck_rollback();
    world.account.story(STACK, "ContinueUpdateRollback", failing_again());
    let said = world.deploy(&["--continue-rollback"]).ends_with(1);
    assert!(
        said.contains("Pass --continue-rollback --resources-to-skip EnvControllerFunction to answer it"),
        "{said}"
    );
    let said =
        world.deploy(&["--continue-rollback", "--resources-to-skip", "EnvControllerFunction"]).succeeds();
    assert!(
        said.contains("Continuing the rollback of stack demo-test-report-gen without EnvControllerFunction"),
        "{said}"
    );
    assert!(said.ends_with("✔ Deployed report-gen.\n"), "{said}");
    assert_eq!(skipped(&world), [None, Some("EnvControllerFunction".to_owned())]);
}

#[test]
fn a_rollback_that_gets_stuck_again_asks_about_skipping() {
    let world = stuck_rollback();
    world.account.story(STACK, "ContinueUpdateRollback", failing_again());
    let said = answering(world.deploying(&["--continue-rollback"]), "y\n").succeeds();
    assert!(said.contains("Continue without EnvControllerFunction?"), "{said}");
    assert_eq!(skipped(&world), [None, Some("EnvControllerFunction".to_owned())]);

    // Not for ever: what is skipped and still stuck is nobody's to ask about again.
    let world = stuck_rollback();
    for _ in 0..3 {
        world.account.story(STACK, "ContinueUpdateRollback", failing_again());
    }
    let said =
        world.deploy(&["--continue-rollback", "--resources-to-skip", "EnvControllerFunction"]).ends_with(1);
    assert!(
        said.contains("the rollback of stack demo-test-report-gen is stuck, and nothing was deployed"),
        "{said}"
    );
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
    let said = world.deploy(&["--continue-rollback"]).ends_with(1);
    assert!(
        said.contains(
            "cloudformation:ContinueUpdateRollback on stack demo-test-report-gen failed: AccessDenied"
        ),
        "{said}"
    );
    assert!(said.contains("Your own credentials were tried as well"), "{said}");
}

#[test]
fn leftovers_of_failed_creations_are_replaced() {
    for status in ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED"] {
        let world = World::new(Workspace::new(LOCATION));
        let events = vec![Event::stack("CREATE_IN_PROGRESS", "User Initiated"), Event::stack(status, "")];
        world.account.script(STACK, script(0, events));
        world.deploy(&[]).ends_with(1);
        let said = world.deploy(&[]).succeeds();
        let note = format!(
            "Stack demo-test-report-gen is left over from a failed creation ({status}). It is deleted, then created anew."
        );
        assert!(said.contains(&note), "{said}");
        assert!(said.contains("[delete complete]"), "{said}");
        assert!(said.contains("Creating the infrastructure"), "{said}");
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
    let said = world.deploy(&[]).succeeds();
    assert!(said.contains("Updating the infrastructure"), "{said}");
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
    let said = world.deploy(&[]).ends_with(1);
    insta::assert_snapshot!(stable(&said, &world));
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
    told.note("no", &world, 1, &answering(world.deploying(&[]), "n\n").ends_with(1));
    assert_eq!(world.account.calls().count("cloudformation:DeleteStack"), 0);
    insta::assert_snapshot!(told.all());
    let said = answering(world.deploying(&[]), "y\n").succeeds();
    assert!(said.contains("left over from a failed deletion (DELETE_FAILED)"), "{said}");
    half_deleted().deploy(&["--recreate"]).succeeds();
}

#[test]
fn what_an_update_without_rollback_left_is_updated() {
    let world = ended_as(vec![
        Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
        Event::resource("TaskRole", "AWS::IAM::Role", "UPDATE_FAILED", "Role name is too long"),
        Event::stack("UPDATE_FAILED", "The following resource(s) failed to update: [TaskRole]."),
    ]);
    let said = world.deploy(&[]).succeeds();
    assert!(said.contains("Updating the infrastructure"), "{said}");
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
    let said = world.deploy(&["--no-rollback"]).ends_with(1);
    assert!(
        said.contains(
            "CloudFormation takes only Express mode for the next one, which does not go with --no-rollback"
        ),
        "{said}"
    );
    assert!(said.contains("Deploy without --no-rollback."), "{said}");
    assert_eq!(world.account.calls().count("cloudformation:CreateChangeSet"), 1);

    let said = world.deploy(&[]).succeeds();
    assert!(said.contains("takes only Express mode for the next one, so it is used"), "{said}");
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
    let said = world.deploy(&[]).succeeds();
    assert!(
        said.contains(
            "the last update of stack demo-test-report-gen failed and was not rolled back (UPDATE_FAILED)"
        ),
        "{said}"
    );
    assert!(said.contains("stack demo-test-report-gen is up to date"), "{said}");
}

#[test]
fn a_busy_stack_is_told_before_anything_is_built_or_waited_for() {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(4)));
    world.deploy(&["--detach"]).succeeds();
    world.workspace.manifest(&LOCATION.replace("512", "1024"));
    let before = world.account.calls().0.len();
    let said = world.deploy(&[]).ends_with(1);
    insta::assert_snapshot!(stable(&said, &world));
    let calls = world.account.calls().0.split_off(before);
    assert!(calls.iter().all(|call| call.operation != "PutObject"), "{calls:?}");
    let said = world.deploy(&["--wait-for-stack"]).succeeds();
    assert!(said.contains("Waiting for the update of stack demo-test-report-gen, going on since"), "{said}");
    assert!(
        said.contains("The update of stack demo-test-report-gen has ended as UPDATE_COMPLETE."),
        "{said}"
    );
    assert!(said.ends_with("✔ Deployed report-gen.\n"), "{said}");
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
    let said = world.deploy(&[]).ends_with(1);
    assert!(said.contains("is busy: a deletion has been going on since"), "{said}");
    let said = world.deploy(&["--wait-for-stack"]).succeeds();
    assert!(said.contains("Creating the infrastructure"), "{said}");
}

#[test]
fn waiting_can_be_interrupted_and_ends_when_the_time_is_over() {
    let world = World::new(Workspace::new(LOCATION)).with_an_update_to_do();
    world.account.pace(STACK, Pace::EndAfter(Duration::from_secs(3600)));
    world.deploy(&["--detach"]).succeeds();
    let mut waiting = Talking::start(world.deploying(&["--wait-for-stack"]));
    waiting.wait_for("[update in progress]").signal("INT");
    let said = waiting.ends_with(130);
    assert!(
        said.contains(
            "! interrupted: nothing was deployed; the update of stack demo-test-report-gen continues in AWS"
        ),
        "{said}"
    );
    let said = world.deploy(&["--wait-for-stack", "--timeout", "1500ms"]).ends_with(1);
    assert!(
        said.contains("nothing was deployed: stack demo-test-report-gen has not come to rest after 1500ms"),
        "{said}"
    );
    assert_eq!(world.account.calls().count("cloudformation:CancelUpdateStack"), 0);
}
