//! The process is killed after each of its calls; a plain repetition then leads to the same environment.

use std::time::{Duration, Instant};

use super::{command, demo, init, record, workspace};
use crate::local_aws::{Action, App, Rule};
use crate::support::{World, in_parallel, stable};

/// What there is of the environment, without what differs between worlds.
fn state(world: &World) -> String {
    let template = world.cloudformation("GetTemplate", &[("StackName", "demo-test")]).unwrap_or_default();
    let bucket = regex::Regex::new("stackset-demo-infrastructure-[0-9a-z-]+").unwrap();
    let template = bucket.replace_all(&template, "BUCKET").into_owned();
    // Change sets of a stack that had nothing in it went away with that.
    let stack = world.cloudformation("DescribeStacks", &[("StackName", "demo-test")]).unwrap_or_default();
    let id = stack.split_once("<StackId>").and_then(|(_, rest)| rest.split('<').next()).unwrap_or("none");
    let sets = world.cloudformation("ListChangeSets", &[("StackName", "demo-test")]).unwrap_or_default();
    let is_open = |set: &&str| set.contains(id) && set.contains("<ExecutionStatus>AVAILABLE<");
    let open = sets.split("<member>").filter(is_open).count();
    let request = template.split("<RequestId>").next().unwrap().to_owned();
    stable(
        &format!(
            "{}\n{request}\n{open} change sets",
            record(world, "/environments/test").unwrap_or_default()
        ),
        world,
    )
}

fn kill_after(world: &World, calls: u32) {
    let before = Instant::now();
    world.account.fault(Rule::on("*:*", Action::Delay(Duration::from_secs(600))).of_program().after(calls));
    let mut command = command(world, &[]);
    let null = std::process::Stdio::null;
    let mut child = command.stdin(null()).stdout(null()).stderr(null()).spawn().unwrap();
    // A call that the program gave up is in no record: when no other one is answered any more, all of them wait.
    let (mut answered, mut since) = (0, Instant::now());
    while child.try_wait().unwrap().is_none()
        && answered < calls as usize
        && since.elapsed() < Duration::from_secs(4)
    {
        let now = world.account.calls_since(before).of_program().0.len();
        if now > answered {
            (answered, since) = (now, Instant::now());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    world.account.clear_faults();
}

fn converges(every: usize) {
    for new_region in [true, false] {
        let world = || match new_region {
            true => demo(),
            false => World::seeded(App::new("demo").env("other"), workspace()),
        };
        let reference = world();
        init(&reference, &[]).succeeds();
        let calls = reference.account.calls().of_program().0.len();
        let expected = state(&reference);
        let counts: Vec<u32> = (1..=u32::try_from(calls).unwrap()).step_by(every).collect();
        let wrong = in_parallel(2, &counts, |count| {
            let world = world();
            kill_after(&world, *count);
            let killed = world.account.calls().of_program().names();
            super::settle(&world);
            let again = init(&world, &[]);
            let is_same = again.code == Some(0) && state(&world) == expected;
            (!is_same).then(|| format!("after {count} ({:?}): {again}\n{}", killed.last(), state(&world)))
        });
        let wrong: Vec<String> = wrong.into_iter().flatten().collect();
        assert!(wrong.is_empty(), "expected: {expected}\n{}", wrong.join("\n"));
    }
}

#[test]
fn a_killed_run_is_repeated_after_some_calls() {
    converges(4);
}

#[test]
#[ignore = "takes minutes: make faults"]
fn a_killed_run_is_repeated_after_any_call() {
    converges(1);
}
