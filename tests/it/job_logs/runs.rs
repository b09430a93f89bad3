//! Lines of runs that the state machine has started.

use std::time::{Duration, Instant};

use super::{Following, logs, messages};
use crate::local_aws::{Account, TaskStory};
use crate::support::{JOB, LOCATION, STACK, Workspace, World};

/// A deployed job with one retry.
fn deployed() -> World {
    let world = World::new(Workspace::new(&format!("{LOCATION}retries: 1\n")));
    world.deploy(&[]).succeeds();
    world
}

fn story(lines: &[&str], code: i32) -> TaskStory {
    TaskStory::runs_for(Duration::from_millis(50)).lines(JOB, lines).exit(JOB, code)
}

/// Runs the job once, which takes these tasks.
fn run(account: &Account<'_>, name: &str, stories: Vec<TaskStory>) {
    account.tell_tasks(STACK, stories).unwrap();
    let run = account.start_run(STACK, name).unwrap();
    account.ended_run(&run).unwrap();
}

/// A run is all of its attempts, also when ECS has forgotten its tasks.
#[test]
fn a_run_has_several_attempts() {
    let world = deployed();
    let account = &world.account;
    run(account, "r-1", vec![story(&["one, first try"], 1), story(&["one, second try"], 0)]);
    run(account, "r-2", vec![story(&["two"], 0)]);
    for forgotten in [false, true] {
        if forgotten {
            account.forget_stopped_tasks().unwrap();
        }
        assert_eq!(messages(&world, &[]), ["two"]);
        for name in ["r-1", "previous"] {
            assert_eq!(messages(&world, &["--run", name]), ["one, first try", "one, second try"], "{name}");
        }
        assert_eq!(messages(&world, &["--last", "2"]), ["one, first try", "one, second try", "two"]);
    }
    insta::assert_snapshot!(logs(&world, &["--run", "r-3"]), @"
    exit code: 1
    ----- stderr -----
    ✘ job report-gen has no run r-3
      The newest runs: r-2, r-1.
    ");
    insta::assert_snapshot!(logs(&world, &["--run", "r-"]), @"
    exit code: 1
    ----- stderr -----
    ✘ 2 runs of job report-gen have names that begin with r-
      | r-2
      | r-1
      Write more of the name.
    ");
    insta::assert_snapshot!(logs(&world, &["--run", "a:b"]), @"
    exit code: 2
    ----- stderr -----
    ✘ `a:b` is not the name of a run
      `copilot job runs` lists the names of a job's runs.
    ");
    let events = messages(&world, &["--include-state-machine"]);
    assert!(events.len() > 5, "{events:?}");
    assert!(events.iter().all(|line| line == "two" || line.contains(":r-2\"")), "{events:?}");
}

#[test]
fn a_run_that_goes_on() {
    let world = deployed();
    let long = TaskStory::runs_for(Duration::from_secs(600)).lines(JOB, &["begun"]);
    world.account.tell_tasks(STACK, [long]).unwrap();
    world.account.start_run(STACK, "r-1").unwrap();
    let patience = Instant::now() + Duration::from_secs(30);
    while world.account.container_lines(STACK).unwrap().is_empty() {
        assert!(Instant::now() < patience);
    }
    insta::assert_snapshot!(logs(&world, &["--raw"]), @"
    exit code: 0
    ----- stdout -----
    begun
    ----- stderr -----
    Run r-1 is still going; --follow shows what else comes.
    ");
    let following = Following::start(&world, &["--run", "r-1", "--raw"]);
    assert_eq!(following.texts(1), ["begun"]);
    following.ends();
}
