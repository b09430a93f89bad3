//! The flows that are killed, and what there is in the end.

use super::Flow;
use crate::app_upgrade::{old_application, set_template};
use crate::deletion;
use crate::env_init;
use crate::faults::{CREATE, UPDATE};
use crate::job_delete;
use crate::job_init;
use crate::job_pause;
use crate::local_aws::REGION;
use crate::secrets;
use crate::support::environments::ENV_STACK;
use crate::support::{ENV, JOB, STACK, World, stable};

const ENV_INIT: &[&[&str]] = &[&["env", "init", "--name", ENV, "--default-config"]];

const DEPLOY: &[&[&str]] = &[&["job", "deploy", "--name", JOB, "--env", ENV]];

pub(super) const FLOWS: [Flow; 15] = [
    Flow {
        name: "job deploy, create",
        world: CREATE.world,
        commands: DEPLOY,
        state: deployed_job,
        stray: stray_change_sets,
        ends_gone: false,
    },
    Flow {
        name: "job deploy, update",
        world: UPDATE.world,
        commands: DEPLOY,
        state: deployed_job,
        stray: stray_change_sets,
        ends_gone: false,
    },
    Flow {
        name: "job pause",
        world: job_pause::deployed,
        commands: &[&["job", "pause", "--name", JOB, "--env", ENV, "--wait-for-stack"]],
        state: deployed_job,
        stray: stray_change_sets,
        ends_gone: false,
    },
    Flow {
        name: "app init",
        world: World::empty,
        commands: &[&["app", "init", "demo", "--resource-tags", "team=data"]],
        state: application,
        stray: stray_roles,
        ends_gone: false,
    },
    Flow {
        name: "app upgrade",
        world: old_application,
        commands: &[&["app", "upgrade", "--name", "demo"]],
        state: |world| format!("{}\n{}", application(world), stack_set(world)),
        stray: stray_roles,
        ends_gone: false,
    },
    Flow {
        name: "env init, new region",
        world: env_init::demo,
        commands: ENV_INIT,
        state: environment,
        stray: stray_of_environment,
        ends_gone: false,
    },
    Flow {
        name: "env init, known region",
        world: env_init::with_region,
        commands: ENV_INIT,
        state: environment,
        stray: stray_of_environment,
        ends_gone: false,
    },
    Flow {
        name: "env deploy",
        world: World::after_env_init,
        commands: &[&["env", "deploy", "--name", ENV, "--wait-for-stack"]],
        state: environment,
        stray: stray_of_environment,
        ends_gone: false,
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
            format!(
                "{:?}\n{:?}\n{}",
                job_init::manifest(world),
                world.recorded(job_init::RECORD),
                stack_set(world)
            )
        },
        stray: |_| String::new(),
        ends_gone: false,
    },
    Flow {
        name: "env delete",
        world: deletion::small,
        commands: &[&["env", "delete", "--name", ENV, "--app", "demo", "--yes"]],
        state: |world| world.inventory(&[REGION]),
        stray: |_| String::new(),
        ends_gone: true,
    },
    Flow {
        name: "app delete",
        world: deletion::small,
        commands: &[&["app", "delete", "--name", "demo", "--yes"]],
        state: |world| world.inventory(&[REGION]),
        stray: |_| String::new(),
        ends_gone: true,
    },
    Flow {
        name: "secret init",
        world: secrets::of_a_file,
        commands: &[&["secret", "init", "--env", "test,prod", "--from-file", "many.env"]],
        state: secrets::stored,
        stray: |_| String::new(),
        ends_gone: false,
    },
    Flow {
        name: "secret init, overwrite",
        world: secrets::to_replace,
        commands: &[&[
            "secret",
            "init",
            "--env",
            "test,prod",
            "--from-file",
            "many.env",
            "--overwrite",
            "--yes",
        ]],
        state: secrets::stored,
        stray: |_| String::new(),
        ends_gone: false,
    },
    Flow {
        name: "job delete",
        world: job_delete::deployed,
        commands: &[&job_delete::DELETE],
        state: job_delete::left,
        stray: |_| String::new(),
        ends_gone: true,
    },
    Flow {
        name: "app delete, with a job",
        world: job_delete::deployed,
        commands: &[&["app", "delete", "--name", "demo", "--yes"]],
        state: job_delete::left,
        stray: |_| String::new(),
        ends_gone: true,
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
    let bucket = regex::Regex::new("stackset-demo-infrastructure-[0-9a-z-]+").unwrap();
    let text = format!("{:?}\n{}", world.recorded("/environments/test"), stack(world, ENV_STACK));
    stable(&bucket.replace_all(&text, "BUCKET"), world)
}

/// Roles, record, stack set and workspace of the application `demo`.
fn application(world: &World) -> String {
    let record = world.recorded("");
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

fn stray_of_environment(world: &World) -> String {
    left_change_sets(world, ENV_STACK)
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
