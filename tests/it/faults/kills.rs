//! The process is killed after each of its calls; a plain repetition of the commands then leads to the same end.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{CREATE, UPDATE, settle};
use crate::app_upgrade::{old_application, set_template};
use crate::job_init;
use crate::local_aws::{Action, LocalAws, Rule};
use crate::support::environments::ENV_STACK;
use crate::support::{ENV, JOB, STACK, World, in_parallel, stable};

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
}

const DEPLOY: &[&[&str]] = &[&["job", "deploy", "--name", JOB, "--env", ENV]];

const FLOWS: [Flow; 6] = [
    Flow {
        name: "job deploy, create",
        world: CREATE.world,
        commands: DEPLOY,
        state: deployed_job,
        stray: stray_change_sets,
    },
    Flow {
        name: "job deploy, update",
        world: UPDATE.world,
        commands: DEPLOY,
        state: deployed_job,
        stray: stray_change_sets,
    },
    Flow {
        name: "app init",
        world: World::empty,
        commands: &[&["app", "init", "demo", "--resource-tags", "team=data"]],
        state: application,
        stray: stray_roles,
    },
    Flow {
        name: "app upgrade",
        world: old_application,
        commands: &[&["app", "upgrade", "--name", "demo"]],
        state: |world| format!("{}\n{}", application(world), stack_set(world)),
        stray: stray_roles,
    },
    Flow {
        name: "env deploy",
        world: World::after_env_init,
        commands: &[&["env", "deploy", "--name", ENV, "--wait-for-stack"]],
        state: environment,
        stray: |world| left_change_sets(world, ENV_STACK),
    },
    Flow {
        name: "job init",
        world: job_init::world,
        commands: &[&[
            "job",
            "init",
            "--name",
            "mailer",
            "--image",
            "registry.example/mailer:1",
            "--schedule",
            "@daily",
        ]],
        state: |world| {
            format!("{:?}\n{:?}\n{}", job_init::manifest(world), job_init::record(world), stack_set(world))
        },
        stray: |_| String::new(),
    },
];

/// What a deployed stack is made of, without what differs between worlds.
fn stack(world: &World, name: &str) -> String {
    let Some(template) = world.cloudformation("GetTemplate", &[("StackName", name)]) else {
        return format!("no stack {name}");
    };
    let body = template.split_once("<TemplateBody>").unwrap().1.split_once("</TemplateBody>").unwrap().0;
    let stack = world.cloudformation("DescribeStacks", &[("StackName", name)]).unwrap();
    let part = |from: &str, to: &str| {
        stack
            .split_once(from)
            .and_then(|(_, rest)| rest.split_once(to))
            .map_or("", |(part, _)| part)
            .to_owned()
    };
    let (status, parameters, tags) =
        (part("<StackStatus>", "<"), part("<Parameters>", "</Parameters>"), part("<Tags>", "</Tags>"));
    // However often it took.
    let status = status.replace("UPDATE_COMPLETE", "COMPLETE").replace("CREATE_COMPLETE", "COMPLETE");
    stable(&format!("{status}\n{parameters}\n{tags}\n{body}"), world)
}

fn deployed_job(world: &World) -> String {
    let bucket = &world.app.regions.values().next().unwrap().bucket;
    stack(world, STACK).replace(bucket, "BUCKET")
}

fn environment(world: &World) -> String {
    let region = world.app.regions.values().next().unwrap();
    stack(world, ENV_STACK).replace(&region.bucket, "BUCKET").replace(&region.key_arn, "KEY")
}

/// Roles, record, stack set and workspace of the application `demo`.
fn application(world: &World) -> String {
    let emulator = world.account.emulator();
    let record = LocalAws::shared().block_on(async move {
        let input = serde_json::json!({ "Name": "/copilot/applications/demo" });
        emulator
            .json("ssm", "AmazonSSM.GetParameter", &input)
            .await
            .map(|answer| answer["Parameter"]["Value"].to_string())
    });
    let file = std::fs::read_to_string(world.workspace.path().join("copilot/.workspace"));
    let shown = world.run(&["app", "show", "--name", "demo"]);
    let text = format!("{record:?}\n{file:?}\n{shown}\n{}", stack(world, "demo-infrastructure-roles"));
    stable(&text, world)
}

/// The template of the stack set, which may have been changed twice.
fn stack_set(world: &World) -> String {
    let counts = |line: &&str| line.starts_with("  Version: ") || line.starts_with("    Value: ");
    let template = set_template(world);
    let lines = template.lines().filter(|line| !counts(line)).map(|line| format!("{line}\n"));
    stable(&lines.collect::<String>(), world)
}

fn stray_roles(world: &World) -> String {
    left_change_sets(world, "demo-infrastructure-roles")
}

fn stray_change_sets(world: &World) -> String {
    left_change_sets(world, STACK)
}

/// Change sets of a stack that could still be executed.
fn left_change_sets(world: &World, name: &str) -> String {
    let sets = world.cloudformation("ListChangeSets", &[("StackName", name)]).unwrap_or_default();
    // Those of the shell before it went away with that: the emulator gives the stack a new id, and AWS removes all change
    // sets of a stack that executes one.
    let stack = world.cloudformation("DescribeStacks", &[("StackName", name)]).unwrap_or_default();
    let id = stack.split_once("<StackId>").and_then(|(_, rest)| rest.split('<').next()).unwrap_or_default();
    let available = |set: &&str| set.contains(id) && set.contains("<ExecutionStatus>AVAILABLE<");
    let left: Vec<&str> = sets.split("<member>").filter(available).collect();
    if left.is_empty() { String::new() } else { format!("a change set is left: {}", left.concat()) }
}

/// Kills a command when so many of its calls were answered and the next ones wait; `false`: it ended before.
fn kill_after(world: &World, command: &[&str], calls: u32) -> bool {
    let before = Instant::now();
    let stall = Rule::on("*:*", Action::Delay(Duration::from_secs(600)));
    world.account.fault(stall.of_program().after(calls));
    let mut command = world.command(command);
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

/// Runs the commands of a flow from one on.
fn run_from(world: &World, flow: Flow, first: usize) -> Result<(), String> {
    for command in flow.commands.iter().skip(first) {
        let run = world.run(command);
        if run.code != Some(0) {
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
        let (_, _, wrong) = converge(flow, 5, 2);
        assert!(wrong.is_empty(), "{wrong}");
    }
}
