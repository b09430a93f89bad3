//! Deletions whose calls are refused, or that are interrupted, and are run again.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use super::small;
use crate::local_aws::{REGION, Rule};
use crate::support::{ENV, Run, Started, Told};

type Command = &'static [&'static str];

const ENV_DELETE: Command = &["env", "delete", "--name", ENV, "--app", "demo", "--yes"];
const APP_DELETE: Command = &["app", "delete", "--name", "demo", "--yes"];

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
