//! What failed creations and deletions left.

use super::{ended_as, script};
use crate::local_aws::Event;
use crate::support::{LOCATION, Run, STACK, Told, Workspace, World};

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
