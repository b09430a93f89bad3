//! Deletions of jobs whose calls are refused, or that are interrupted, and are run again.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use super::{DELETE, deployed, left};
use crate::local_aws::{Event, Rule, Script};
use crate::support::{STACK, Started, Told, World};

const FLOW: &[&str] = &DELETE;

/// Whatever call is refused, the user learns which, on what and as whom; after that is repaired the same command goes on.
#[test]
fn each_call_refused() {
    let mut told = Told::default();
    let reference = deployed();
    let before = std::time::Instant::now();
    reference.run(FLOW).succeeds();
    let calls = reference.account.calls_since(before).of_program();
    let operations: BTreeSet<String> = calls.names().into_iter().collect();
    for operation in operations {
        let world = deployed();
        world.account.fault(Rule::deny(&operation));
        let run = world.run(FLOW);
        let said: Vec<&str> = run
            .stderr
            .lines()
            .map(|line| &line[crate::support::time_length(line)..])
            .skip_while(|line| !line.starts_with('✘') && !line.starts_with("Warning:"))
            .filter(|line| !line.starts_with("- "))
            .collect();
        told.note(&operation, &world, run.code.unwrap(), &said.join("\n"));
        world.account.clear_faults();
        if run.code != Some(0) {
            world.run(FLOW).succeeds();
        }
        assert_eq!(left(&world), "", "{operation}");
    }
    insta::assert_snapshot!(told.all());
}

/// Interrupts a deletion when a call of this name was made.
fn interrupted(world: &World, call: &str) -> String {
    let mut command = world.command(FLOW);
    let started = Started::spawn(command.stdin(Stdio::null()));
    world.wait_for_call(call);
    std::thread::sleep(Duration::from_millis(1000));
    started.signal("INT");
    let run = started.finish();
    assert_eq!(run.code, Some(130), "{run}");
    world.said(&run)
}

/// Ctrl-C says at each stage what goes on in AWS, and how to go on.
#[test]
fn interrupts() {
    let mut told = Told::default();
    let slow = |call: &str| Rule::on(call, crate::local_aws::Action::Delay(Duration::from_secs(20)));

    let world = deployed();
    world.account.fault(slow("ecs:ListTasks"));
    told.note("while reading", &world, 130, &interrupted(&world, "states:ListExecutions"));

    let world = deployed();
    let story = Script {
        events: vec![
            Event::stack("DELETE_IN_PROGRESS", "User Initiated"),
            Event::stack("DELETE_COMPLETE", ""),
        ],
        every: Duration::from_secs(4),
    };
    world.account.story(STACK, "DeleteStack", story);
    told.note("while the stack is deleted", &world, 130, &interrupted(&world, "cloudformation:DeleteStack"));
    std::thread::sleep(Duration::from_secs(5));
    world.run(FLOW).succeeds();
    assert_eq!(left(&world), "");

    let world = deployed();
    world.account.fault(slow("ecr:BatchDeleteImage"));
    told.note("while images are deleted", &world, 130, &{
        let mut command = world.command(FLOW);
        let started = Started::spawn(command.stdin(Stdio::null()));
        std::thread::sleep(Duration::from_secs(6));
        started.signal("INT");
        world.outline(&started.finish())
    });
    world.account.clear_faults();
    world.run(FLOW).succeeds();

    let world = deployed();
    world.account.pace_all(Duration::from_secs(5));
    let said = interrupted(&world, "cloudformation:UpdateStackSet");
    let said: Vec<&str> = said.lines().filter(|line| !line.contains(" [delete ")).collect();
    told.note("while the stack set is changed", &world, 130, &said.join("\n"));
    std::thread::sleep(Duration::from_secs(6));
    world.run(FLOW).succeeds();
    assert!(left(&world).is_empty(), "{}", left(&world));
    insta::assert_snapshot!(told.all(), @"
    while reading (130):
    exit code: 130
    ----- stderr -----
    ! interrupted: nothing was deleted

    while the stack is deleted (130):
    exit code: 130
    ----- stderr -----
    - Deleting stack demo-test-report-gen [delete in progress]
    ! interrupted: run the command again to delete the rest; the deletion of stack demo-test-report-gen continues in AWS
      Follow it with `copilot job delete --app demo --name report-gen`.

    while images are deleted (130):
    exit code: 130
    ----- stderr -----
    ! interrupted: run the command again to delete the rest
      Run the command again then to delete the rest.

    while the stack set is changed (130):
    exit code: 130
    ----- stderr -----
    - Updating the resources of stack set demo-infrastructure in all regions [update in progress]
    ! interrupted: an operation on the stack set that has begun continues in AWS
      Run the command again then to delete the rest.
    ");
}
