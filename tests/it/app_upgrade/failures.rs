//! Operations that fail, answers that get lost, and others at work.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::{SET, calls, old_application, set_template, with_client};
use crate::local_aws::{Action, Event, Rule, Script};
use crate::support::{Run, Told, in_parallel};

/// What failed in which account and region, and the first failure in the instance's own stack.
#[test]
fn an_instance_that_cannot_be_updated() {
    let world = old_application();
    let reason = "ResourceLogicalId:ECRRepoold, ResourceType:AWS::ECR::Repository, ResourceStatusReason:The repository is not empty";
    world.account.fault(Rule::error("stackset:UpdateInstance", 400, "RepositoryNotEmptyException", reason));
    insta::assert_snapshot!(world.run(&["app", "upgrade"]).outline(), @"
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    - Updating the resources of stack set demo-infrastructure in all regions [update failed] [TIME]
    ✘ operation 1 of stack set demo-infrastructure failed
      | account ACCOUNT, us-west-2: FAILED: ResourceLogicalId:ECRRepoold, ResourceType:AWS::ECR::Repository, ResourceStatusReason:The repository is not empty
      Look at it with `aws cloudformation list-stack-set-operation-results --stack-set-name demo-infrastructure --operation-id 1`, remove the cause and run the command again.
    ");
    // The same, with a reason that says nothing: the stack's events do.
    world.account.clear_faults();
    world.account.fault(Rule::error(
        "stackset:UpdateInstance",
        400,
        "Failed",
        "The stack ended in UPDATE_ROLLBACK_COMPLETE",
    ));
    let stack = with_client(&world, |client| async move {
        let instances = client.list_stack_instances().stack_set_name(SET).send().await.unwrap();
        instances.summaries()[0].stack_id().unwrap().to_owned()
    });
    let events = vec![
        Event::stack("UPDATE_IN_PROGRESS", "User Initiated"),
        Event::resource("ECRRepoold", "AWS::ECR::Repository", "DELETE_FAILED", "The repository is not empty"),
        Event::stack("UPDATE_ROLLBACK_COMPLETE", ""),
    ];
    let name = stack.split('/').nth(1).unwrap().to_owned();
    world.account.tell(&name, Script { events, every: Duration::ZERO }, None);
    insta::assert_snapshot!(world.run(&["app", "upgrade"]).outline(), @"
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.34.1+rs.1.35.0 to v1.34.1+rs.1.35.0
    - Updating the resources of stack set demo-infrastructure in all regions [update failed] [TIME]
    ✘ operation 2 of stack set demo-infrastructure failed
      | account ACCOUNT, us-west-2: FAILED: The stack ended in UPDATE_ROLLBACK_COMPLETE; first in its stack: ECRRepoold (AWS::ECR::Repository) is DELETE_FAILED: The repository is not empty
      Look at it with `aws cloudformation list-stack-set-operation-results --stack-set-name demo-infrastructure --operation-id 2`, remove the cause and run the command again.
    ");
    // The stack set has the new template by now; its instance gets it when the command is repeated.
    world.account.clear_faults();
    world.account.release(&name);
    insta::assert_snapshot!(world.run(&["app", "upgrade"]).outline(), @"
    exit code: 0
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.34.1+rs.1.35.0 to v1.34.1+rs.1.35.0
    ✔ Brought the resources of application demo up to date in all regions (v1.34.1+rs.1.35.0).
    ");
    insta::assert_snapshot!(world.run(&["app", "upgrade"]), @"
    exit code: 0
    ----- stderr -----
    ✔ Application demo is up to date (v1.34.1+rs.1.35.0).
    ");
}

/// The update was accepted and its answer lost; its repetition meets the update itself.
#[test]
fn the_answer_to_an_update_gets_lost() {
    for code in [None, Some("OperationInProgressException"), Some("OperationIdAlreadyExistsException")] {
        let world = old_application();
        world.account.pace_all(Duration::from_secs(1));
        world.account.fault(Rule::on("cloudformation:UpdateStackSet", Action::Lose).times(1));
        if let Some(code) = code {
            let error =
                Rule::error("cloudformation:UpdateStackSet", 409, code, "Another operation is in progress");
            world.account.fault(error.times(1));
        }
        let before = Instant::now();
        let said = world.run(&["app", "upgrade"]).succeeds();
        assert!(!said.contains("out of date"), "{said}");
        assert!(set_template(&world).contains("Version: 1\n"), "{}", set_template(&world));
        assert_eq!(calls(&world, before, "cloudformation:UpdateStackSet"), 2, "{code:?}");
        assert_eq!(world.run(&["app", "upgrade"]).succeeds().matches("is up to date").count(), 1);
    }
}

/// An operation of somebody else is waited for; of two upgrades at once both succeed and only one changes anything.
#[test]
fn others_at_work() {
    let world = old_application();
    world.account.pace_all(Duration::from_secs(1));
    let (first, started) = (world.account.id().to_owned(), Instant::now());
    with_client(&world, |client| async move {
        let call = client.create_stack_instances().stack_set_name(SET).accounts(first).regions("eu-west-1");
        call.send().await.unwrap();
    });
    let runs = in_parallel(2, &["one", "two"], |_| world.run(&["app", "upgrade"]));
    for run in &runs {
        assert_eq!(run.code, Some(0), "{run}");
    }
    assert!(started.elapsed() > Duration::from_secs(2));
    assert!(set_template(&world).contains("Version: 1\n"), "{}", set_template(&world));
}

#[test]
fn each_call_refused() {
    let world = old_application();
    let before = Instant::now();
    world.run(&["app", "upgrade"]).succeeds();
    let operations: BTreeSet<String> =
        world.account.calls_since(before).of_program().names().into_iter().collect();
    let mut told = Told::default();
    for operation in operations {
        let world = old_application();
        world.account.fault(Rule::deny(&operation));
        let run = world.run(&["app", "upgrade"]);
        told.note(&operation, &world, run.code.unwrap(), &Run { stdout: String::new(), ..run }.outline());
        world.account.clear_faults();
        world.run(&["app", "upgrade"]).succeeds();
    }
    insta::assert_snapshot!(told.all(), @"
    cloudformation:CreateChangeSet (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:CreateChangeSet on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:CreateChangeSet
      The call was made with your own credentials, whose policies must allow cloudformation:CreateChangeSet on stack demo-infrastructure-roles.

    cloudformation:DescribeChangeSet (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:DescribeChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeChangeSet
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles.

    cloudformation:DescribeStackEvents (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ the progress of stack demo-infrastructure-roles cannot be read; the operation continues in AWS: cloudformation:DescribeStackEvents on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStackEvents
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeStackEvents on stack demo-infrastructure-roles.
      Follow it with `copilot app upgrade --name demo`.

    cloudformation:DescribeStackSet (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:DescribeStackSet on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStackSet
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeStackSet on stack set demo-infrastructure.

    cloudformation:DescribeStackSetOperation (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:DescribeStackSetOperation on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStackSetOperation
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeStackSetOperation on stack set demo-infrastructure.

    cloudformation:DescribeStacks (1):
    exit code: 1
    ----- stderr -----
    ✘ cloudformation:DescribeStacks on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStacks
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeStacks on stack demo-infrastructure-roles.

    cloudformation:ExecuteChangeSet (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:ExecuteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:ExecuteChangeSet
      The call was made with your own credentials, whose policies must allow cloudformation:ExecuteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles.

    cloudformation:GetTemplate (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    ✘ cloudformation:GetTemplate on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:GetTemplate
      The call was made with your own credentials, whose policies must allow cloudformation:GetTemplate on stack demo-infrastructure-roles.

    cloudformation:GetTemplateSummary (1):
    exit code: 1
    ----- stderr -----
    ✘ cloudformation:GetTemplateSummary on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:GetTemplateSummary
      The call was made with your own credentials, whose policies must allow cloudformation:GetTemplateSummary on stack demo-infrastructure-roles.

    cloudformation:ListStackInstances (1):
    exit code: 1
    ----- stderr -----
    ✘ cloudformation:ListStackInstances on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:ListStackInstances
      The call was made with your own credentials, whose policies must allow cloudformation:ListStackInstances on stack set demo-infrastructure.

    cloudformation:UpdateStackSet (1):
    exit code: 1
    ----- stderr -----
    Upgrading application demo in account ACCOUNT, region us-west-2, from v1.20.0 to v1.34.1+rs.1.35.0
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:UpdateStackSet on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:UpdateStackSet
      The call was made with your own credentials, whose policies must allow cloudformation:UpdateStackSet on stack set demo-infrastructure.

    ssm:GetParameter (1):
    exit code: 1
    ----- stderr -----
    ✘ ssm:GetParameter on parameter /copilot/applications/demo failed: AccessDenied: User is not authorized to perform: ssm:GetParameter
      The call was made with your own credentials, whose policies must allow ssm:GetParameter on parameter /copilot/applications/demo.
    ");
}
