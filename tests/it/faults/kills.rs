//! The process is killed after each of its calls; a plain repetition then leads to the same deployed stack.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{CREATE, Scenario, UPDATE, settle};
use crate::local_aws::{Action, Rule};
use crate::support::{ENV, JOB, STACK, World, in_parallel, stable};

/// What a deployed stack is made of, without what differs between worlds.
fn deployed(world: &World) -> (String, String) {
    let same = |text: String| {
        let bucket = &world.app.regions.values().next().unwrap().bucket;
        stable(&text.replace(bucket, "BUCKET"), world)
    };
    let template = world.cloudformation("GetTemplate", &[("StackName", STACK)]).unwrap();
    let body = template.split_once("<TemplateBody>").unwrap().1.split_once("</TemplateBody>").unwrap().0;
    let stack = world.stack().unwrap();
    let parameters = stack.split_once("<Parameters>").unwrap().1.split_once("</Parameters>").unwrap().0;
    (same(body.to_owned()), same(parameters.to_owned()))
}

/// Kills a deployment when so many of its calls were answered and the next ones wait; `false`: it ended before.
fn kill_after(world: &World, calls: u32) -> bool {
    let before = Instant::now();
    let stall = Rule::on("*:*", Action::Delay(Duration::from_secs(600)));
    world.account.fault(stall.of_program().after(calls));
    let mut command = world.command(&["job", "deploy", "--name", JOB, "--env", ENV]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let patience = before + Duration::from_secs(60);
    let ended = loop {
        if child.try_wait().unwrap().is_some() {
            break true;
        }
        if world.account.calls_since(before).of_program().0.len() >= calls as usize {
            break false;
        }
        assert!(Instant::now() < patience, "{:?}", world.account.calls_since(before).names());
        std::thread::sleep(Duration::from_millis(5));
    };
    child.kill().unwrap();
    child.wait().unwrap();
    world.account.clear_faults();
    !ended
}

/// Kills after each call in turn. How many repetitions converged, of how many, and what the others said.
fn converge(scenario: Scenario, every: usize, threads: usize) -> (usize, usize, String) {
    let reference = (scenario.world)();
    let before = Instant::now();
    reference.deploy(&[]).succeeds();
    let calls = reference.account.calls_since(before).of_program().0.len();
    let expected = deployed(&reference);
    let counts: Vec<u32> = (1..=u32::try_from(calls).unwrap()).step_by(every).collect();
    let results = in_parallel(threads, &counts, |count| {
        let world = (scenario.world)();
        let begun = world.account.calls().0.len();
        kill_after(&world, *count);
        settle(&world);
        let last = world.account.calls().0.split_off(begun).last().map(crate::local_aws::Call::name);
        let again = world.deploy(&[]);
        let is_same = again.code == Some(0) && deployed(&world) == expected;
        let sets = world.cloudformation("ListChangeSets", &[("StackName", STACK)]).unwrap_or_default();
        // Those of the shell before it went away with that: the emulator gives the stack a new id, and AWS removes all change
        // sets of a stack that executes one.
        let stack = world.stack().unwrap_or_default();
        let id =
            stack.split_once("<StackId>").and_then(|(_, rest)| rest.split('<').next()).unwrap_or_default();
        let available = |set: &str| set.contains(id) && set.contains("<ExecutionStatus>AVAILABLE<");
        let stray = sets.split("<member>").any(available);
        (!is_same || stray).then(|| {
            let what = if stray { "a change set is left" } else { "not the same stack" };
            format!("{} killed after call {count} ({last:?}): {what}\n{}\n", scenario.name, again.stderr)
        })
    });
    let wrong: Vec<String> = results.into_iter().flatten().collect();
    (counts.len() - wrong.len(), counts.len(), wrong.concat())
}

#[test]
#[ignore = "takes minutes: make faults"]
fn a_killed_deployment_is_repeated_after_any_call() {
    let mut all = String::new();
    println!("| killed after each call in turn | converged |\n| --- | ---: |");
    for scenario in [CREATE, UPDATE] {
        let (converged, of, wrong) = converge(scenario, 1, 6);
        println!("| {} | {converged}/{of} |", scenario.name);
        all.push_str(&wrong);
    }
    assert!(all.is_empty(), "{all}");
}

#[test]
fn a_killed_deployment_is_repeated_after_some_calls() {
    let (_, _, wrong) = converge(CREATE, 5, 2);
    assert!(wrong.is_empty(), "{wrong}");
}
