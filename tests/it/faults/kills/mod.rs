//! The process is killed after each of its calls; a plain repetition of the commands then leads to the same end.

mod flows;

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::settle;
use crate::local_aws::{Action, Rule};
use crate::support::{World, in_parallel};
use flows::FLOWS;

/// Commands that are run one after the other, any of which may be killed.
///
/// To add a flow: a world to begin with, the commands, and what there has to be in the end. The last is compared with what an
/// undisturbed run leads to, so it must be the same for two worlds; [`stable`] replaces what differs between runs.
#[derive(Clone, Copy)]
struct Flow {
    name: &'static str,
    world: fn() -> World,
    commands: &'static [&'static [&'static str]],
    /// What there is in the end.
    state: fn(&World) -> String,
    /// What must not be left over; empty when nothing is.
    stray: fn(&World) -> String,
    /// A repetition may find nothing left to do, and say so as an error.
    ends_gone: bool,
}

/// Kills a command when so many of its calls were answered and the next ones wait.
fn kill_after(world: &World, command: &[&str], calls: u32) {
    let before = Instant::now();
    let stall = Rule::on("*:*", Action::Delay(Duration::from_secs(600)));
    world.account.fault(stall.of_program().after(calls));
    let mut command = world.command(command);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // A call that the program gave up is in no record: when no other one is answered any more, all of them wait.
    let (mut answered, mut since) = (0, Instant::now());
    while child.try_wait().unwrap().is_none()
        && answered < calls as usize
        && since.elapsed() < Duration::from_secs(20)
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

/// Runs the commands of a flow from one on.
fn run_from(world: &World, flow: Flow, first: usize) -> Result<(), String> {
    for command in flow.commands.iter().skip(first) {
        let run = world.run(command);
        let gone = flow.ends_gone && run.stderr.contains("there is no ");
        if run.code != Some(0) && !gone {
            return Err(format!("{} ended with {run}", command.join(" ")));
        }
    }
    Ok(())
}

/// How many calls each command of a flow makes, and what there is in the end.
fn undisturbed(flow: Flow) -> (Vec<u32>, String) {
    let world = (flow.world)();
    let mut counts = Vec::new();
    for command in flow.commands {
        let before = Instant::now();
        let run = world.run(command);
        assert_eq!(run.code, Some(0), "{run}");
        counts.push(u32::try_from(world.account.calls_since(before).of_program().0.len()).unwrap());
    }
    (counts, (flow.state)(&world))
}

/// Kills each command after each of its calls in turn, and repeats it. How many repetitions converged, of how many, and what is
/// wrong with the others.
fn converge(flow: Flow, every: usize, threads: usize) -> (usize, usize, String) {
    let (counts, expected) = undisturbed(flow);
    let kills: Vec<(usize, u32)> = counts
        .iter()
        .enumerate()
        .flat_map(|(command, calls)| (1..=*calls).step_by(every).map(move |count| (command, count)))
        .collect();
    let results = in_parallel(threads, &kills, |(command, count)| {
        let world = (flow.world)();
        for before in flow.commands.iter().take(*command) {
            assert_eq!(world.run(before).code, Some(0), "{before:?}");
        }
        let begun = world.account.calls().0.len();
        kill_after(&world, flow.commands[*command], *count);
        settle(&world);
        let last = world.account.calls().0.split_off(begun).last().map(crate::local_aws::Call::name);
        let again = run_from(&world, flow, *command);
        let state = (flow.state)(&world);
        let stray = (flow.stray)(&world);
        let wrong = match again {
            Err(said) => said,
            Ok(()) if state != expected => format!("another end: {state}"),
            Ok(()) => stray,
        };
        (!wrong.is_empty()).then(|| {
            let command = flow.commands[*command].join(" ");
            format!("{}: {command} killed after call {count} ({last:?}): {wrong}\n", flow.name)
        })
    });
    let wrong: Vec<String> = results.into_iter().flatten().collect();
    (kills.len() - wrong.len(), kills.len(), wrong.concat())
}

#[test]
#[ignore = "takes minutes: make faults"]
fn killed_commands_are_repeated_after_any_call() {
    let mut all = String::new();
    println!("| killed after each call in turn | converged |\n| --- | ---: |");
    for flow in FLOWS {
        let (converged, of, wrong) = converge(flow, 1, 6);
        println!("| {} | {converged}/{of} |", flow.name);
        all.push_str(&wrong);
    }
    assert!(all.is_empty(), "{all}");
}

#[test]
fn killed_commands_are_repeated_after_some_calls() {
    for flow in FLOWS.into_iter().filter(|flow| flow.name != "job deploy, update") {
        let (_, _, wrong) = converge(flow, 6, 2);
        assert!(wrong.is_empty(), "{wrong}");
    }
}
