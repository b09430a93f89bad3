//! Rollbacks that are stuck.

use super::{ended_as, function, script};
use crate::local_aws::{Event, Rule, Script};
use crate::support::{Run, STACK, Told, World};

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
