//! Runs of every command, in the ways in which they make different calls.

use crate::app_upgrade::old_application;
use crate::deletion;
use crate::first_deployment::leave_log_group;
use crate::local_aws::{Caller, Calls};
use crate::support::{ENV, JOB, World};

/// A command's path, and the calls that it made with the caller's own credentials.
pub(super) type Recorded = Vec<(String, Calls)>;

/// Runs a command and notes its calls. `path` says how many words name it.
fn run(world: &World, path: usize, arguments: &[&str], recorded: &mut Recorded) {
    let before = std::time::Instant::now();
    let run = world.run(arguments);
    assert!(run.code == Some(0) || run.code == Some(1), "{arguments:?}: {run}");
    let own = world.account.calls_since(before).filter(|call| call.caller == Caller::Base);
    recorded.push((arguments[..path].join(" "), own));
}

/// Everything from an empty account to a deployed job, and back.
pub(super) fn record() -> Recorded {
    let mut all = Recorded::new();
    let world = World::empty();
    let two = |arguments: &[&str], all: &mut Recorded| run(&world, 2, arguments, all);
    two(&["app", "init", "demo"], &mut all);
    two(&["app", "init", "demo"], &mut all);
    two(&["app", "ls"], &mut all);
    two(&["env", "init", "--name", ENV, "--default-config"], &mut all);
    two(&["env", "init", "--name", ENV, "--default-config"], &mut all);
    two(&["env", "deploy", "--name", ENV], &mut all);
    two(&["env", "package", "--name", ENV], &mut all);
    two(&["env", "ls"], &mut all);
    two(&["env", "show", "--name", ENV], &mut all);
    two(&["job", "init", "--name", JOB, "--image", "registry.example/r:1", "--schedule", "@daily"], &mut all);
    two(&["job", "init", "--name", JOB], &mut all);
    leave_log_group(&world.account);
    two(&["job", "deploy", "--name", JOB, "--env", ENV], &mut all);
    crate::first_deployment::remove_log_group(&world.account);
    two(&["job", "deploy", "--name", JOB, "--env", ENV], &mut all);
    two(&["job", "deploy", "--name", JOB, "--env", ENV, "--attach"], &mut all);
    two(&["job", "deploy"], &mut all);
    two(&["job", "ls"], &mut all);
    two(&["job", "show", "--name", JOB], &mut all);
    two(&["job", "package", "--name", JOB, "--env", ENV], &mut all);
    two(&["job", "run"], &mut all);
    two(&["job", "status"], &mut all);
    two(&["job", "runs"], &mut all);
    two(&["job", "logs"], &mut all);
    two(&["job", "stop"], &mut all);
    run(&world, 1, &["doctor"], &mut all);
    two(&["job", "pause"], &mut all);
    two(&["job", "resume", "--name", JOB, "--env", ENV], &mut all);
    two(&["secret", "init", "--name", "KEY", "--values", "test=a"], &mut all);
    two(&["secret", "ls"], &mut all);
    two(&["app", "show"], &mut all);
    two(&["app", "upgrade"], &mut all);
    world.images("demo/report-gen", 2);
    two(&["job", "delete", "--name", JOB, "--yes"], &mut all);
    two(&["env", "delete", "--name", ENV, "--yes"], &mut all);
    two(&["app", "delete", "--yes"], &mut all);
    let old = old_application();
    run(&old, 2, &["app", "upgrade", "--name", "demo"], &mut all);
    let small = deletion::small();
    run(&small, 2, &["app", "delete", "--name", "demo", "--yes"], &mut all);
    let quick = World::empty();
    std::fs::write(quick.workspace.path().join("job.txt"), "").unwrap();
    run(
        &quick,
        1,
        &[
            "init",
            "--app",
            "demo",
            "--name",
            JOB,
            "--image",
            "registry.example/r:1",
            "--schedule",
            "@daily",
            "--env",
            ENV,
            "--deploy",
            "--yes",
        ],
        &mut all,
    );
    all
}
