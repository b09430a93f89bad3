//! `job package --diff`: what differs from the deployed stack, its exit codes, and that nothing is changed for it.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::local_aws::{App, Rule};
use crate::package::{changed_nothing_since, packaging, with_everything};
use crate::support::{APP, ENV, JOB, LOCATION, Run, Told, Workspace, World, stable, tree, without_times};

fn comparing(world: &World, flags: &[&str]) -> Command {
    let mut command = packaging(world, &[&["--diff"], flags].concat());
    // Nothing is built for it.
    command.env("DOCKER_HOST", "unix:///nowhere.sock");
    command
}

/// What is on stdout and on stderr; the exit code must be this one.
fn compared(world: &World, flags: &[&str], code: i32) -> (String, String) {
    let run = Run::of(comparing(world, flags));
    assert_eq!(run.code, Some(code), "{}\n{}", run.stdout, run.stderr);
    (stable(&run.stdout, world), stable(&without_times(&run.stderr), world))
}

#[test]
fn an_unchanged_job_with_everything_there_is_has_no_differences() {
    let world = World::with_registry(with_everything(Workspace::with_image()));
    world.deploy(&[]).succeeds();
    let before = std::time::Instant::now();
    let files = tree(world.workspace.path());
    let (stdout, stderr) = compared(&world, &[], 0);
    assert_eq!(stdout, "No changes.");
    insta::assert_snapshot!(stderr, @r"
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    Nothing was built, so these containers are compared with the image they have: report-gen, helper
    ");
    assert_eq!(files, tree(world.workspace.path()));
    changed_nothing_since(&world, before);

    // Each of what is uploaded makes a difference when it changes.
    for (file, told) in [
        ("prod.env", "EnvFileARN"),
        ("helper.env", "EnvFileARNForhelper"),
        ("lambdas/cleanup/index.js", "AddonsTemplateURL"),
    ] {
        let path = world.workspace.path().join(file);
        let content = std::fs::read(&path).unwrap();
        world.workspace.file(file, "CHANGED=1\n");
        let (stdout, stderr) = compared(&world, &[], 1);
        assert!(stderr.contains(told), "{file}: {stdout}\n{stderr}");
        std::fs::write(path, content).unwrap();
    }
    compared(&world, &[], 0);
    changed_nothing_since(&world, before);
}

#[test]
fn tags_tell_images_and_what_only_a_push_tells_stays_open() {
    let world = World::with_registry(Workspace::with_image());
    world.deploy(&["--tag", "one"]).succeeds();
    assert_eq!(compared(&world, &["--tag", "one"], 0).0, "No changes.");
    let (stdout, stderr) = compared(&world, &["--tag", "two"], 1);
    insta::assert_snapshot!(format!("{stdout}\n--\n{stderr}"), @r"
    No changes.
    --
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    Parameters:
      ~ ContainerImage: ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:one
          -> ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:two
    ");

    let world = World::new(Workspace::new(LOCATION));
    world.deploy(&[]).succeeds();
    world.workspace.manifest(crate::support::BUILD);
    world.workspace.file("Dockerfile", "FROM scratch\n");
    let (_, stderr) = compared(&world, &[], 1);
    assert!(stderr.contains("(known after push)") && !stderr.contains("the image they have"), "{stderr}");
}

#[test]
fn differences_of_the_template_and_of_everything_else() {
    let world = World::seeded(App::new(APP).env(ENV).job(JOB), Workspace::new(LOCATION));
    let (stdout, _) = compared(&world, &[], 1);
    assert!(stdout.contains("+ Resources:"), "{stdout}");
    world.deploy(&["--resource-tags", "team=a"]).succeeds();
    // The next deployment has these tags as well, which nobody tells here.
    assert_eq!(compared(&world, &[], 0).0, "No changes.");
    world.workspace.manifest(&format!(
        "{}variables:\n  LOG_LEVEL: debug\n",
        LOCATION.replace("@daily", "@weekly").replace("256", "512").replace("memory: 512", "memory: 1024")
    ));
    let before = std::time::Instant::now();
    let (stdout, stderr) = compared(&world, &[], 1);
    insta::assert_snapshot!(stdout, @r#"
    ~ Resources:
        ~ TaskDefinition:
            ~ Properties:
                ~ ContainerDefinitions:
                    ~ - (changed item)
                      ~ Environment:
                          (4 unchanged items)
                          + - Name: LOG_LEVEL
                          +   Value: "debug"
    "#);
    insta::assert_snapshot!(stderr, @r"
    Schedule: at 00:00 UTC on Sunday (cron(0 0 ? * 1 *)); next: DATE UTC, DATE UTC, DATE UTC
    Parameters:
      ~ Schedule: cron(0 0 * * ? *) (every day at 00:00 UTC)
          -> cron(0 0 ? * 1 *) (at 00:00 UTC on Sunday)
      ~ TaskCPU: 256 -> 512
      ~ TaskMemory: 512 -> 1024
    ");
    changed_nothing_since(&world, before);

    let run = Run::of(comparing(&world, &["--json"]));
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    let last: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&last["type"], &last["changed"]), (&"differences".into(), &true.into()));
    assert_eq!(last["parameters"][0]["key"], "Schedule", "{last}");
}

#[test]
fn failures_end_with_2() {
    let mut told = Told::default();
    let world = World::new(Workspace::new(LOCATION));
    for flags in [
        &["--diff", "--output-dir", "out"][..],
        &["--diff", "--upload-assets"],
        &["--json"],
        &["--diff", "--tag", "a/b"],
        &["--diff", "--env", "prod"],
        &["--diff", "--name", "other"],
    ] {
        let named = flags.iter().any(|flag| matches!(*flag, "--env" | "--name"));
        let names: &[&str] = if named { &[] } else { &["--name", JOB, "--env", ENV] };
        let command = world.command(&[&["job", "package"], names, flags].concat());
        told.runs(&flags.join(" "), &world, command, 2);
    }
    world.workspace.manifest(&LOCATION.replace("256", "lots"));
    told.runs("a broken manifest", &world, comparing(&world, &[]), 2);
    insta::assert_snapshot!(told.all());

    let run = Run::of(comparing(&world, &["--json"]));
    assert_eq!(run.code, Some(2));
    let last: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&last["type"], &last["exit_code"]), (&"error".into(), &2.into()));
}

#[test]
fn each_call_that_is_refused_ends_with_2() {
    let world = World::new(Workspace::new(LOCATION));
    world.deploy(&[]).succeeds();
    let before = std::time::Instant::now();
    compared(&world, &[], 0);
    let names = world.account.calls_since(before).of_program().names();
    let operations: BTreeSet<String> = names.into_iter().collect();
    for operation in &operations {
        world.account.fault(Rule::deny(operation));
        let (stdout, stderr) = compared(&world, &[], 2);
        assert_eq!(stdout, "", "{operation}");
        assert!(stderr.contains(&format!("{operation} on ")), "{operation}: {stderr}");
        world.account.clear_faults();
    }
    assert!(operations.contains("cloudformation:GetTemplate"), "{operations:?}");
}

#[test]
fn a_closed_stdout_changes_no_exit_code() {
    let world = World::new(Workspace::new(LOCATION));
    let mut child = comparing(&world, &[])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(!String::from_utf8(output.stderr).unwrap().contains("ipe"));
}
