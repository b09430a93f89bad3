//! Roles and calls that are refused.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{ROLES, workspace_file};
use crate::local_aws::{Event, Rule, Script};
use crate::support::{Run, Told, World, without_times};

/// The events of a creation in which the first role is refused.
fn refused(world: &World, end: &str) -> Script {
    let arn = format!("arn:aws:iam::{}", world.account.id());
    let reason = format!(
        "API: iam:CreateRole User: {arn}:user/dev is not authorized to perform: iam:CreateRole on resource: \
         {arn}:role/demo-adminrole {end}"
    );
    let role = |id: &str, reason: &str| Event::resource(id, "AWS::IAM::Role", "CREATE_FAILED", reason);
    let events = vec![
        Event::stack("CREATE_IN_PROGRESS", "User Initiated"),
        role("AdministrationRole", &reason),
        Event::stack(
            "ROLLBACK_IN_PROGRESS",
            "The following resource(s) failed to create: [AdministrationRole].",
        ),
        Event::stack("ROLLBACK_COMPLETE", ""),
    ];
    Script { events, every: Duration::ZERO }
}

/// A role is refused. What remains of the stack is removed, and the same command works once it may.
#[test]
fn roles_that_are_refused() {
    let mut told = Told::default();
    for (case, end) in [
        ("a missing permission", "because no identity-based policy allows the iam:CreateRole action"),
        ("a service control policy", "with an explicit deny in a service control policy"),
        ("a permissions boundary", "with an explicit deny in a permissions boundary"),
    ] {
        let world = World::empty();
        world.account.script(ROLES, refused(&world, end));
        let run = world.run(&["app", "init", "demo"]);
        told.note(case, &world, run.code.unwrap(), &without_times(&run.stderr));
        world.account.release(ROLES);
        assert_eq!(world.cloudformation("DescribeStacks", &[("StackName", ROLES)]), None, "{case}");
        assert_eq!(workspace_file(&world), "", "{case}");
        world.run(&["app", "init", "demo"]).succeeds();
    }
    insta::assert_snapshot!(told.all(), @"
    a missing permission (1):
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    - Creating the infrastructure for stack demo-infrastructure-roles [create in progress]
    - A StackSet admin role assumed by CloudFormation to manage regional stacks [create failed] [TIME]: API: iam:CreateRole User: arn:aws:iam::ACCOUNT:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::ACCOUNT:role/demo-adminrole because no identity-based policy allows the iam:CreateRole action
    - Creating the infrastructure for stack demo-infrastructure-roles [rollback in progress]: The following resource(s) failed to create: [AdministrationRole].
    - Creating the infrastructure for stack demo-infrastructure-roles [rollback complete] [TIME]
    - Deleting stack demo-infrastructure-roles, whose creation failed [delete in progress]
    - Deleting stack demo-infrastructure-roles, whose creation failed [delete complete] [TIME]
    ✘ iam:CreateRole on demo-adminrole was refused to arn:aws:iam::ACCOUNT:user/dev: API: iam:CreateRole User: arn:aws:iam::ACCOUNT:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::ACCOUNT:role/demo-adminrole because no identity-based policy allows the iam:CreateRole action
      A permission is missing: allow iam:CreateRole to arn:aws:iam::ACCOUNT:user/dev, then run `copilot app init demo` again.
      The failed stack was removed: nothing has to be deleted by hand before the command is run again.

    a service control policy (1):
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    - Creating the infrastructure for stack demo-infrastructure-roles [create in progress]
    - A StackSet admin role assumed by CloudFormation to manage regional stacks [create failed] [TIME]: API: iam:CreateRole User: arn:aws:iam::ACCOUNT:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::ACCOUNT:role/demo-adminrole with an explicit deny in a service control policy
    - Creating the infrastructure for stack demo-infrastructure-roles [rollback in progress]: The following resource(s) failed to create: [AdministrationRole].
    - Creating the infrastructure for stack demo-infrastructure-roles [rollback complete] [TIME]
    - Deleting stack demo-infrastructure-roles, whose creation failed [delete in progress]
    - Deleting stack demo-infrastructure-roles, whose creation failed [delete complete] [TIME]
    ✘ iam:CreateRole on demo-adminrole was refused to arn:aws:iam::ACCOUNT:user/dev: API: iam:CreateRole User: arn:aws:iam::ACCOUNT:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::ACCOUNT:role/demo-adminrole with an explicit deny in a service control policy
      It is denied explicitly, by a service control policy. This is no missing permission, so more permissions will not help.
      Where every role must have a permissions boundary, name it: `copilot app init demo --permissions-boundary NAME`.
      The failed stack was removed: nothing has to be deleted by hand before the command is run again.

    a permissions boundary (1):
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    - Creating the infrastructure for stack demo-infrastructure-roles [create in progress]
    - A StackSet admin role assumed by CloudFormation to manage regional stacks [create failed] [TIME]: API: iam:CreateRole User: arn:aws:iam::ACCOUNT:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::ACCOUNT:role/demo-adminrole with an explicit deny in a permissions boundary
    - Creating the infrastructure for stack demo-infrastructure-roles [rollback in progress]: The following resource(s) failed to create: [AdministrationRole].
    - Creating the infrastructure for stack demo-infrastructure-roles [rollback complete] [TIME]
    - Deleting stack demo-infrastructure-roles, whose creation failed [delete in progress]
    - Deleting stack demo-infrastructure-roles, whose creation failed [delete complete] [TIME]
    ✘ iam:CreateRole on demo-adminrole was refused to arn:aws:iam::ACCOUNT:user/dev: API: iam:CreateRole User: arn:aws:iam::ACCOUNT:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::ACCOUNT:role/demo-adminrole with an explicit deny in a permissions boundary
      It is denied explicitly, by a permissions boundary. This is no missing permission, so more permissions will not help.
      Where every role must have a permissions boundary, name it: `copilot app init demo --permissions-boundary NAME`.
      The failed stack was removed: nothing has to be deleted by hand before the command is run again.
    ");
}

/// What a killed run left of the roles' stack is replaced.
#[test]
fn a_failed_stack_of_an_earlier_run_is_replaced() {
    let world = World::empty();
    world
        .account
        .script(ROLES, refused(&world, "because no identity-based policy allows the iam:CreateRole action"));
    world.account.fault(Rule::deny("cloudformation:DeleteStack"));
    insta::assert_snapshot!(world.run(&["app", "init", "demo"]).outline(), @"
    exit code: 1
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    - A StackSet admin role assumed by CloudFormation to manage regional stacks [create failed] [TIME]: API: iam:CreateRole User: arn:aws:iam::ACCOUNT:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::ACCOUNT:role/demo-adminrole because no identity-based policy allows the iam:CreateRole action
    - Creating the infrastructure for stack demo-infrastructure-roles [rollback in progress]: The following resource(s) failed to create: [AdministrationRole].
    ✘ iam:CreateRole on demo-adminrole was refused to arn:aws:iam::ACCOUNT:user/dev: API: iam:CreateRole User: arn:aws:iam::ACCOUNT:user/dev is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::ACCOUNT:role/demo-adminrole because no identity-based policy allows the iam:CreateRole action
      A permission is missing: allow iam:CreateRole to arn:aws:iam::ACCOUNT:user/dev, then run `copilot app init demo` again.
      The failed stack could not be removed (cloudformation:DeleteStack on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:DeleteStack); the next run tries again.
    ");
    world.account.clear_faults();
    insta::assert_snapshot!(world.run(&["app", "init", "demo"]).outline(), @"
    exit code: 0
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Stack demo-infrastructure-roles is left over from a failed creation (ROLLBACK_COMPLETE). It is deleted, then created anew.
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Application demo is set up.
      Next: create an environment with `copilot env init --name test`.
    ");
}

/// Each call refused: which call, on what, as whom, and what to do. The call that only looks for a taken name may fail.
#[test]
fn each_call_refused() {
    let world = World::empty();
    world.run(&["app", "init", "demo"]).succeeds();
    let operations: BTreeSet<String> = world.account.calls().of_program().names().into_iter().collect();
    let mut told = Told::default();
    for operation in operations {
        let world = World::empty();
        world.account.fault(Rule::deny(&operation));
        let run = world.run(&["app", "init", "demo"]);
        told.note(&operation, &world, run.code.unwrap(), &Run { stdout: String::new(), ..run }.outline());
        world.account.clear_faults();
        world.run(&["app", "init", "demo"]).succeeds();
    }
    insta::assert_snapshot!(told.all(), @"
    cloudformation:CreateChangeSet (1):
    exit code: 1
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:CreateChangeSet on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:CreateChangeSet
      The call was made with your own credentials, whose policies must allow cloudformation:CreateChangeSet on stack demo-infrastructure-roles.

    cloudformation:CreateStackSet (1):
    exit code: 1
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:CreateStackSet on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:CreateStackSet
      The call was made with your own credentials, whose policies must allow cloudformation:CreateStackSet on stack set demo-infrastructure.
      Run `copilot app init demo` again then: it goes on where it stopped.

    cloudformation:DescribeChangeSet (1):
    exit code: 1
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:DescribeChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeChangeSet
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles.

    cloudformation:DescribeStackEvents (0):
    exit code: 0
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    Proposing infrastructure changes for stack demo-infrastructure-roles
    - No new infrastructure changes for stack demo-infrastructure-roles
    ✔ Application demo is set up.
      Next: create an environment with `copilot env init --name test`.

    cloudformation:DescribeStackSet (1):
    exit code: 1
    ----- stderr -----
    ✘ cloudformation:DescribeStackSet on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStackSet
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeStackSet on stack set demo-infrastructure.

    cloudformation:DescribeStacks (1):
    exit code: 1
    ----- stderr -----
    ✘ cloudformation:DescribeStacks on stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStacks
      The call was made with your own credentials, whose policies must allow cloudformation:DescribeStacks on stack demo-infrastructure-roles.

    cloudformation:ExecuteChangeSet (1):
    exit code: 1
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:ExecuteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles failed: AccessDenied: User is not authorized to perform: cloudformation:ExecuteChangeSet
      The call was made with your own credentials, whose policies must allow cloudformation:ExecuteChangeSet on change set arn:aws:cloudformation:us-west-2:ACCOUNT:changeSet/copilot-UUID/UUID of stack demo-infrastructure-roles.

    iam:ListRoleTags (0):
    exit code: 0
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Application demo is set up.
      Next: create an environment with `copilot env init --name test`.

    ssm:GetParameter (1):
    exit code: 1
    ----- stderr -----
    ✘ ssm:GetParameter on parameter /copilot/applications/demo failed: AccessDenied: User is not authorized to perform: ssm:GetParameter
      The call was made with your own credentials, whose policies must allow ssm:GetParameter on parameter /copilot/applications/demo.

    ssm:PutParameter (1):
    exit code: 1
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ ssm:PutParameter on parameter /copilot/applications/demo failed: AccessDenied: User is not authorized to perform: ssm:PutParameter
      The call was made with your own credentials, whose policies must allow ssm:PutParameter on parameter /copilot/applications/demo.
      Run `copilot app init demo` again then: it goes on where it stopped.

    sts:GetCallerIdentity (1):
    exit code: 1
    ----- stderr -----
    ✘ sts:GetCallerIdentity on the caller's identity failed: AccessDenied: User is not authorized to perform: sts:GetCallerIdentity
      The call was made with your own credentials, whose policies must allow sts:GetCallerIdentity on the caller's identity.
    ");
}
