//! Deletions that break off, at any call, and are run again.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{demo, world};
use crate::local_aws::{Action, REGION, Rule};
use crate::support::{ENV, Run, Started, Told, World, in_parallel};

type Command = &'static [&'static str];

const ENV_DELETE: Command = &["env", "delete", "--name", ENV, "--app", "demo", "--yes"];
const APP_DELETE: Command = &["app", "delete", "--name", "demo", "--yes"];

/// An application with one environment, an artifact and a repository with an image.
fn small() -> World {
    let world = world(demo());
    world.artifacts(REGION, 1);
    world
}

/// Kills the command when so many of its calls were answered and the next ones wait.
fn kill_after(world: &World, command: Command, calls: usize) {
    let before = Instant::now();
    let stall = Rule::on("*:*", Action::Delay(Duration::from_secs(600)));
    world.account.fault(stall.of_program().after(u32::try_from(calls).unwrap()));
    let mut child = world
        .command(command)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let patience = before + Duration::from_secs(120);
    while child.try_wait().unwrap().is_none()
        && world.account.calls_since(before).of_program().0.len() < calls
    {
        assert!(Instant::now() < patience, "{:?}", world.account.calls_since(before).names());
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    world.account.clear_faults();
}

/// Kills after every `step`-th call in turn; what did not converge.
fn converge(command: Command, step: usize, threads: usize) -> String {
    let reference = small();
    reference.run(command).succeeds();
    let calls = reference.account.calls().of_program().0.len();
    let expected = reference.inventory(&[REGION]);
    let counts: Vec<usize> = (1..=calls).step_by(step).chain([calls]).collect();
    let wrong = in_parallel(threads, &counts, |count| {
        let world = small();
        kill_after(&world, command, *count);
        let last = world.account.calls().of_program().0.last().map(crate::local_aws::Call::name);
        let again = world.run(command);
        // Behind the last call nothing is left to delete.
        let gone = again.stderr.contains("there is no ");
        let converged = (again.code == Some(0) || gone) && world.inventory(&[REGION]) == expected;
        (!converged).then(|| {
            format!("killed after call {count} ({last:?}):\n{again}\n{}\n", world.inventory(&[REGION]))
        })
    });
    wrong.into_iter().flatten().collect()
}

#[test]
fn killed_deletions_are_repeated_after_some_calls() {
    for command in [ENV_DELETE, APP_DELETE] {
        let wrong = converge(command, 6, 2);
        assert!(wrong.is_empty(), "{command:?} {wrong}");
    }
}

#[test]
#[ignore = "takes minutes: make faults"]
fn killed_deletions_are_repeated_after_any_call() {
    for command in [ENV_DELETE, APP_DELETE] {
        let wrong = converge(command, 1, 4);
        assert!(wrong.is_empty(), "{command:?} {wrong}");
    }
}

/// Whatever call is refused, the user learns which, on what and as whom; after that is repaired the same command goes on.
#[test]
fn each_call_refused() {
    let mut told = Told::default();
    for command in [ENV_DELETE, APP_DELETE] {
        let reference = small();
        reference.run(command).succeeds();
        let operations: BTreeSet<String> =
            reference.account.calls().of_program().names().into_iter().collect();
        let left = reference.inventory(&[REGION]);
        for operation in operations {
            let world = small();
            world.account.fault(Rule::deny(&operation));
            let run = world.run(command);
            let said: Vec<&str> = run
                .stderr
                .lines()
                .map(|line| &line[crate::support::time_length(line)..])
                .skip_while(|line| !line.starts_with('✘') && !line.starts_with("Warning:"))
                .filter(|line| !line.starts_with("- "))
                .collect();
            told.note(
                &format!("{} {operation}", command[..2].join(" ")),
                &world,
                run.code.unwrap(),
                &said.join("\n"),
            );
            world.account.clear_faults();
            if run.code != Some(0) {
                world.run(command).succeeds();
            }
            let same = world.inventory(&[REGION]) == left || run.stderr.contains("remains in account");
            assert!(same, "{operation}: {}", world.inventory(&[REGION]));
        }
    }
    insta::assert_snapshot!(told.all());
}

/// Ctrl-C says what goes on in AWS, and how to go on.
#[test]
fn interrupts_while_the_stack_is_deleted() {
    let world = small();
    let story = crate::local_aws::Script {
        events: vec![
            crate::local_aws::Event::stack("DELETE_IN_PROGRESS", "User Initiated"),
            crate::local_aws::Event::stack("DELETE_COMPLETE", ""),
        ],
        every: Duration::from_secs(4),
    };
    world.account.story("demo-test", "DeleteStack", story);
    let mut command = world.command(ENV_DELETE);
    let started = Started::spawn(command.stdin(Stdio::null()));
    world.wait_for_call("cloudformation:DeleteStack");
    std::thread::sleep(Duration::from_millis(800));
    started.signal("INT");
    let run: Run = started.finish();
    insta::assert_snapshot!(world.said(&run), @"
    exit code: 130
    ----- stderr -----
    - Deleting stack demo-test [delete in progress]
    ! interrupted: run the command again to delete the rest; the deletion of stack demo-test continues in AWS
      Follow it with `copilot env delete --app demo --name test`.
    ");
    std::thread::sleep(Duration::from_secs(5));
    world.run(ENV_DELETE).succeeds();
    assert_eq!(world.inventory(&[REGION]).matches("demo-test").count(), 0);
}
