//! Runs that broke off, and several at once.

use std::time::Duration;

use super::{ROLES, has_stack_set, policy, record, workspace_file};
use crate::local_aws::{Action, Pace, Rule};
use crate::support::{Run, Started, Told, World, in_parallel, program};

/// Roles are there, stack set and record are not. The roles' stack of the own region is looked at first.
#[test]
fn a_run_that_broke_off_behind_the_roles_is_completed() {
    let world = World::empty();
    policy(&world, "Limits");
    world.account.fault(Rule::deny("cloudformation:CreateStackSet"));
    let flags = ["--permissions-boundary", "Limits", "--resource-tags", "team=data"];
    let run = world.run(&[&["app", "init", "demo"][..], &flags].concat());
    insta::assert_snapshot!(run.outline(), @"
    exit code: 1
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ✘ cloudformation:CreateStackSet on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:CreateStackSet
      The call was made with your own credentials, whose policies must allow cloudformation:CreateStackSet on stack set demo-infrastructure.
      Run `copilot app init demo` again then: it goes on where it stopped.
    ");
    assert_eq!((record(&world), workspace_file(&world).as_str()), (None, ""));
    world.account.clear_faults();
    let before = std::time::Instant::now();
    // Without the flags: what the first run was told is in the stack.
    insta::assert_snapshot!(world.run(&["app", "init", "demo"]).outline(), @"
    exit code: 0
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    - No new infrastructure changes for stack demo-infrastructure-roles
    ✔ Application demo is set up.
      Next: create an environment with `copilot env init --name test`.
    ");
    assert_eq!(world.account.calls_since(before).count("cloudformation:ExecuteChangeSet"), 0);
    let record = record(&world).unwrap();
    assert!(
        record.contains(r#""permissionsBoundary":"Limits""#) && record.contains(r#""tags":{"team":"data"}"#),
        "{record}"
    );
    assert!(has_stack_set(&world));
}

#[test]
fn two_at_once_both_succeed() {
    for pace in [Duration::ZERO, Duration::from_secs(1)] {
        let world = World::empty();
        world.account.pace_all(pace);
        let runs = in_parallel(2, &["one", "two"], |_| {
            let dir = tempfile::tempdir().unwrap();
            let mut command = program(dir.path(), &["app", "init", "demo"]);
            Started::spawn(command.envs(world.account.env())).finish()
        });
        for run in &runs {
            assert_eq!(run.code, Some(0), "{run}");
        }
        let creates =
            world.account.calls().filter(|call| call.status == 200).count("cloudformation:CreateStackSet");
        assert_eq!(creates, 1);
        assert!(record(&world).is_some() && has_stack_set(&world));
    }
}

/// An interrupt says what there is by then; the same command completes it.
#[test]
fn an_interrupt_at_each_stage() {
    let mut told = Told::default();
    // A call that takes long, and the one that is answered before it.
    for (call, before) in [
        ("sts:GetCallerIdentity", "ssm:GetParameter"),
        ("cloudformation:DescribeStackEvents", "cloudformation:ExecuteChangeSet"),
        ("cloudformation:CreateStackSet", "cloudformation:DescribeStackEvents"),
        ("ssm:PutParameter", "cloudformation:CreateStackSet"),
    ] {
        let world = World::empty();
        if call == "cloudformation:DescribeStackEvents" {
            world.account.pace(ROLES, Pace::EndAfter(Duration::from_secs(3)));
        } else {
            world.account.fault(Rule::on(call, Action::Delay(Duration::from_secs(8))).times(1));
        }
        let started = Started::spawn(&mut world.command(&["app", "init", "demo"]));
        world.wait_for_call(before);
        std::thread::sleep(Duration::from_millis(1500));
        started.signal("INT");
        let run = started.finish();
        let said = Run { stdout: String::new(), ..run };
        told.note(call, &world, said.code.unwrap(), &said.outline());
        world.account.clear_faults();
        world.account.release(ROLES);
        world.run(&["app", "init", "demo"]).succeeds();
    }
    insta::assert_snapshot!(told.all(), @"
    sts:GetCallerIdentity (130):
    exit code: 130
    ----- stderr -----
    ! interrupted: nothing was created

    cloudformation:DescribeStackEvents (130):
    exit code: 130
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    Interrupted: deleting stack demo-infrastructure-roles, which was being created. Press Ctrl-C again to exit at once; it then continues in AWS.
    ! interrupted: stack demo-infrastructure-roles was deleted again

    cloudformation:CreateStackSet (130):
    exit code: 130
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ! interrupted: application demo is incomplete; `copilot app init demo` completes it

    ssm:PutParameter (130):
    exit code: 130
    ----- stderr -----
    Application demo in account ACCOUNT, region us-west-2; workspace WORKSPACE/copilot
    Proposing infrastructure changes for stack demo-infrastructure-roles
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    ! interrupted: application demo is incomplete; `copilot app init demo` completes it
    ");
}
