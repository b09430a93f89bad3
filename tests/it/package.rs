//! `job package`: what goes to stdout and into files, and what is told.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::addons_packaging::FUNCTION as ADDONS;
use crate::local_aws::{App, Calls, Rule};
use crate::package_apply::deployed_template;
use crate::support::{
    APP, BUILD, ENV, JOB, LOCATION, Run, Started, Told, Workspace, World, program, stable, tree,
    without_times,
};

/// `job package --name report-gen --env test` and more flags.
pub(crate) fn packaging(world: &World, flags: &[&str]) -> Command {
    world.command(&[&["job", "package", "--name", JOB, "--env", ENV], flags].concat())
}

fn package(world: &World, flags: &[&str]) -> Run {
    Run::of(packaging(world, flags))
}

/// What it said; stdout must be empty.
pub(crate) fn packaged(world: &World, flags: &[&str]) -> String {
    package(world, flags).succeeds()
}

pub(crate) fn read(world: &World, path: &str) -> String {
    fs::read_to_string(world.workspace.path().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn names(world: &World, dir: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(world.workspace.path().join(dir))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Nothing but reading went on.
fn changed_nothing(world: &World) {
    assert_reads(world.account.calls());
}

/// Nothing but reading has gone on since then.
pub(crate) fn changed_nothing_since(world: &World, moment: Instant) {
    assert_reads(world.account.calls_since(moment));
}

fn assert_reads(calls: Calls) {
    let reads =
        ["ssm:Get", "sts:", "cloudformation:Get", "cloudformation:Describe", "cloudformation:List", "s3:Get"];
    let writes: Vec<String> = calls.of_program().names();
    let writes: Vec<_> =
        writes.iter().filter(|name| !reads.iter().any(|read| name.starts_with(read))).collect();
    assert!(writes.is_empty(), "{writes:?}");
}

#[test]
fn the_template_goes_to_stdout_byte_for_byte() {
    let world = World::new(Workspace::new(LOCATION));
    let before = tree(world.workspace.path());
    let first = package(&world, &[]);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    insta::assert_snapshot!(without_hashes(&stable(&without_times(&first.stderr), &world), &world), @r"
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Nothing was built or uploaded. --upload-assets provides what a deployment of the template needs beside it:
      - EnvControllerFunction (template): its code at s3://BUCKET/manual/scripts/custom-resources/envcontrollerfunction/HASH.zip
    ");
    assert_eq!(package(&world, &[]).stdout, first.stdout);
    assert_eq!(before, tree(world.workspace.path()));
    changed_nothing(&world);

    world.deploy(&[]).succeeds();
    assert_eq!(deployed_template(&world), first.stdout);
    let again = package(&world, &[]);
    assert_eq!(again.stdout, first.stdout);
    insta::assert_snapshot!(stable(&without_times(&again.stderr), &world), @"Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC");
}

#[test]
fn an_output_directory_gets_the_files() {
    let world =
        World::seeded(App::new(APP).env(ENV).job(JOB).tag("team", "a<b>&c"), Workspace::new(LOCATION));
    let said = packaged(&world, &["--output-dir", "out/deep"]);
    insta::assert_snapshot!(without_hashes(&stable(&said, &world), &world), @r"
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Nothing was built or uploaded. --upload-assets provides what a deployment of the template needs beside it:
      - EnvControllerFunction (template): its code at s3://BUCKET/manual/scripts/custom-resources/envcontrollerfunction/HASH.zip
    Wrote out/deep/report-gen-test.stack.yml, out/deep/report-gen-test.params.json
    ");
    assert_eq!(names(&world, "out/deep"), ["report-gen-test.params.json", "report-gen-test.stack.yml"]);
    assert_eq!(read(&world, "out/deep/report-gen-test.stack.yml"), package(&world, &[]).stdout);
    let key = &world.app.regions.values().next().unwrap().key_arn;
    let params = read(&world, "out/deep/report-gen-test.params.json");
    insta::assert_snapshot!(params.replace(key.as_str(), "KEY"), @r#"
    {
      "Parameters": {
        "AddonsTemplateURL": "",
        "AppName": "demo",
        "ArtifactKeyARN": "KEY",
        "ContainerImage": "registry.example/report-gen:1",
        "EnvFileARN": "",
        "EnvName": "test",
        "LogRetention": "30",
        "Schedule": "cron(0 0 * * ? *)",
        "TaskCPU": "256",
        "TaskCount": "1",
        "TaskMemory": "512",
        "WorkloadName": "report-gen"
      },
      "Tags": {
        "copilot-application": "demo",
        "copilot-environment": "test",
        "copilot-service": "report-gen",
        "team": "a\u003cb\u003e\u0026c"
      }
    }
    "#);
    assert!(!params.ends_with('\n'));
    changed_nothing(&world);

    // Whatever was there is replaced, and nothing else is touched.
    world.workspace.file("out/deep/report-gen-test.params.json", "old");
    world.workspace.file("out/deep/report-gen.addons.stack.yml", "old");
    let said = packaged(&world, &["--output-dir", "out/deep"]);
    assert_eq!(read(&world, "out/deep/report-gen-test.params.json"), params);
    assert_eq!(read(&world, "out/deep/report-gen.addons.stack.yml"), "old");
    let stale = "Warning: job report-gen has no addons: out/deep/report-gen.addons.stack.yml is from an earlier run\n";
    assert!(said.contains(stale), "{said}");
    assert_eq!(names(&world, "out/deep").len(), 3);
}

/// Content hashes and the bucket's name.
fn without_hashes(text: &str, world: &World) -> String {
    let text = text.replace(&world.app.regions.values().next().unwrap().bucket, "BUCKET");
    let words = text.split_inclusive(['/', '.', ' ', ':', '\n']).map(|word| {
        let bare = word.trim_end_matches(['/', '.', ' ', ':', '\n']);
        match bare.len() == 64 && bare.chars().all(|c| c.is_ascii_hexdigit()) {
            true => word.replace(bare, "HASH"),
            false => word.to_owned(),
        }
    });
    words.collect()
}

/// A job that needs everything there is to upload.
pub(crate) fn with_everything(workspace: Workspace) -> Workspace {
    workspace.manifest(&format!(
        "{BUILD}env_file: prod.env\nsidecars:\n  helper:\n    image:\n      build: helper/Dockerfile\n    env_file: helper.env\n"
    ));
    workspace.file("helper/Dockerfile", "FROM scratch\nCOPY content /helper\n");
    workspace.file("helper/content", &workspace.path().display().to_string());
    workspace.file("prod.env", "A=1\n");
    workspace.file("helper.env", "B=2\n");
    workspace.file(&format!("copilot/{JOB}/addons/cleanup.yml"), ADDONS);
    workspace.file("lambdas/cleanup/index.js", "exports.handler = async () => 'clean';\n");
    workspace
}

#[test]
fn without_uploads_no_engine_is_needed_and_what_stays_open_is_told() {
    let world = World::new(with_everything(Workspace::with_image()));
    // What only builds and uploads need may be missing.
    for file in ["Dockerfile", "prod.env", "helper.env", "lambdas/cleanup/index.js"] {
        fs::remove_file(world.workspace.path().join(file)).unwrap();
    }
    let mut command = packaging(&world, &["--output-dir", "out"]);
    let run = Run::of_command(command.env("DOCKER_HOST", "unix:///nowhere.sock"));
    insta::assert_snapshot!(without_hashes(&stable(&run.succeeds(), &world), &world), @r"
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    Nothing was built or uploaded. --upload-assets provides what a deployment of the template needs beside it:
      - ContainerImage (parameter): the image built from Dockerfile
      - Image of container helper (template): the image built from helper/Dockerfile
      - EnvFileARN (parameter): the environment file prod.env
      - EnvFileARNForhelper (parameter): the environment file helper.env
      - AddonsTemplateURL (parameter): the addons template
      - EnvControllerFunction (template): its code at s3://BUCKET/manual/scripts/custom-resources/envcontrollerfunction/HASH.zip
    Wrote out/report-gen-test.stack.yml, out/report-gen-test.params.json, out/report-gen.addons.stack.yml
    ");
    let params: Value = serde_json::from_str(&read(&world, "out/report-gen-test.params.json")).unwrap();
    for open in ["ContainerImage", "EnvFileARN", "EnvFileARNForhelper", "AddonsTemplateURL"] {
        assert_eq!(params["Parameters"][open], "", "{open}");
    }
    let template = read(&world, "out/report-gen-test.stack.yml");
    assert!(template.contains("- Name: helper\n"), "{template}");
    let addons = read(&world, "out/report-gen.addons.stack.yml");
    assert!(addons.contains("Code: lambdas/cleanup\n"), "{addons}");
    changed_nothing(&world);
}

#[test]
fn only_what_pushes_or_compares_images_needs_a_repository() {
    let world = World::seeded(App::new(APP).env(ENV).job("other"), Workspace::with_image());
    let run = package(&world, &[]);
    assert!(run.stdout.contains("Image: !Ref ContainerImage"), "{}", run.stdout);
    insta::assert_snapshot!(without_hashes(&stable(&without_times(&run.stderr), &world), &world));
    assert_eq!(run.code, Some(0));
    changed_nothing(&world);

    let mut told = Told::default();
    for (flag, code) in [("--upload-assets", 1), ("--diff", 2)] {
        told.runs(flag, &world, packaging(&world, &[flag]), code);
    }
    insta::assert_snapshot!("no_repository", told.all());

    // A job that builds nothing never needs one.
    world.workspace.manifest(LOCATION);
    let said = package(&world, &[]);
    assert!(said.code == Some(0) && !said.stderr.contains("repository"), "{}", said.stderr);
}

#[test]
fn a_reader_that_has_seen_enough_and_a_full_disk() {
    let world = World::new(Workspace::new(LOCATION));
    let mut child = packaging(&world, &[])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let run = Started(child).finish();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(!run.stderr.contains("ipe"), "{}", run.stderr);

    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut child =
        packaging(&world, &[]).stdin(Stdio::null()).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(said.contains("✘ cannot write to the standard output: No space left on device"), "{said}");
}

#[test]
fn bad_output_directories_are_told_before_any_call() {
    let mut told = Told::default();
    let world = World::new(Workspace::new(LOCATION));
    world.workspace.file("file", "");
    for dir in ["file", "file/below", "/proc/nothing/here", "/sys"] {
        let command = packaging(&world, &["--output-dir", dir]);
        told.runs(dir, &world, command, 1);
        assert!(world.account.calls().0.is_empty(), "{dir}: {:?}", world.account.calls().names());
    }
    fs::create_dir_all(world.workspace.path().join("taken/report-gen-test.params.json")).unwrap();
    let said = package(&world, &["--output-dir", "taken"]).ends_with(1);
    assert_eq!(names(&world, "taken"), ["report-gen-test.params.json"]);
    told.note("a directory in the way", &world, 1, &said);
    insta::assert_snapshot!(told.all());
}

#[test]
fn bad_input_is_told_and_leaves_no_files() {
    let mut told = Told::default();
    let runs = |told: &mut Told, case: &str, world: &World, args: &[&str], code: i32| {
        told.runs(case, world, world.command(args), code)
    };
    let world = World::new(Workspace::new(LOCATION));
    let base = ["job", "package", "--output-dir", "out"];
    let with = |more: &[&'static str]| [&base[..], more].concat();
    runs(&mut told, "an unknown job", &world, &with(&["-n", "other", "-e", ENV]), 1);
    runs(&mut told, "an unknown environment", &world, &with(&["-n", JOB, "-e", "prod"]), 1);
    runs(&mut told, "an unknown application", &world, &with(&["-n", JOB, "-e", ENV, "-a", "other"]), 1);
    runs(&mut told, "a bad tag", &world, &with(&["-n", JOB, "-e", ENV, "--tag", "a/b"]), 2);
    runs(&mut told, "an empty directory name", &world, &["job", "package", "--output-dir", ""], 2);
    world.workspace.manifest(&LOCATION.replace("256", "lots"));
    runs(&mut told, "a broken manifest", &world, &with(&["-n", JOB, "-e", ENV]), 1);
    let home = tempfile::tempdir().unwrap();
    let mut outside = program(home.path(), &["job", "package", "-n", JOB, "-e", ENV]);
    outside.envs(world.account.env());
    let said = Run::of(outside).ends_with(1).replace(&home.path().display().to_string(), "HOME");
    told.note("outside a workspace", &world, 1, &said);
    insta::assert_snapshot!(told.all());
}

#[test]
fn each_call_that_is_refused_is_told_and_leaves_no_files() {
    let world = World::new(Workspace::new(LOCATION));
    packaged(&world, &["--output-dir", "out", "--upload-assets"]);
    let mut operations: BTreeSet<String> = world.account.calls().of_program().names().into_iter().collect();
    // A look that is refused is not needed.
    assert!(operations.remove("s3:HeadObject"), "{operations:?}");
    assert!(operations.contains("s3:PutObject"), "{operations:?}");
    for operation in &operations {
        let world = World::new(Workspace::new(LOCATION));
        world.account.fault(Rule::deny(operation));
        let before = tree(world.workspace.path());
        let said = package(&world, &["--output-dir", "out", "--upload-assets"]).ends_with(1);
        assert!(
            said.contains(&format!("{operation} on ")) && said.contains("AccessDenied"),
            "{operation}: {said}"
        );
        assert_eq!(before, tree(world.workspace.path()), "{operation}");
    }
}
