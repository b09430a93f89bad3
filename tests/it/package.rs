//! `job package`: what goes to stdout and into files, and what is told.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::local_aws::{App, Rule};
use crate::support::packaging::{
    assert_reads, deployed_template, packaged, packaging, read, with_everything,
};
use crate::support::{
    APP, ENV, JOB, LOCATION, Run, Started, Told, Workspace, World, program, stable, tree, without_times,
};

fn package(world: &World, flags: &[&str]) -> Run {
    Run::of(packaging(world, flags))
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

#[test]
fn the_template_goes_to_stdout_byte_for_byte() {
    let world = World::new(Workspace::new(LOCATION));
    let before = tree(world.workspace.path());
    let first = package(&world, &[]);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    insta::assert_snapshot!(stable(&without_times(&first.stderr), &world), @r"
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
    insta::assert_snapshot!(package(&world, &["--output-dir", "out/deep"]), @"
    exit code: 0
    ----- stderr -----
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
    insta::assert_snapshot!(package(&world, &["--output-dir", "out/deep"]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Nothing was built or uploaded. --upload-assets provides what a deployment of the template needs beside it:
      - EnvControllerFunction (template): its code at s3://BUCKET/manual/scripts/custom-resources/envcontrollerfunction/HASH.zip
    Warning: job report-gen has no addons: out/deep/report-gen.addons.stack.yml is from an earlier run
    Wrote out/deep/report-gen-test.stack.yml, out/deep/report-gen-test.params.json
    ");
    assert_eq!(read(&world, "out/deep/report-gen-test.params.json"), params);
    assert_eq!(read(&world, "out/deep/report-gen.addons.stack.yml"), "old");
    assert_eq!(names(&world, "out/deep").len(), 3);
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
    insta::assert_snapshot!(run, @"
    exit code: 0
    ----- stderr -----
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
fn only_what_compares_images_needs_a_repository() {
    let world = World::seeded(App::new(APP).env(ENV).job("other"), Workspace::with_image());
    let run = package(&world, &[]);
    assert!(run.stdout.contains("Image: !Ref ContainerImage"), "{}", run.stdout);
    insta::assert_snapshot!(stable(&without_times(&run.stderr), &world));
    assert_eq!(run.code, Some(0));
    changed_nothing(&world);

    insta::assert_snapshot!(package(&world, &["--diff"]), @"
    exit code: 2
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    ✘ job report-gen has no image repository in us-west-2: it is not registered with application demo
      Register it first: `copilot job init --name report-gen`.
    ");

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
    insta::assert_snapshot!(Started(child).finish(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Nothing was built or uploaded. --upload-assets provides what a deployment of the template needs beside it:
      - EnvControllerFunction (template): its code at s3://BUCKET/manual/scripts/custom-resources/envcontrollerfunction/HASH.zip
    ");

    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let child =
        packaging(&world, &[]).stdin(Stdio::null()).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    insta::assert_snapshot!(Started(child).finish(), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Nothing was built or uploaded. --upload-assets provides what a deployment of the template needs beside it:
      - EnvControllerFunction (template): its code at s3://BUCKET/manual/scripts/custom-resources/envcontrollerfunction/HASH.zip
    ✘ cannot write to the standard output: No space left on device (os error 28)
    ");
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
    let mut told = String::new();
    for operation in &operations {
        let world = World::new(Workspace::new(LOCATION));
        world.account.fault(Rule::deny(operation));
        let before = tree(world.workspace.path());
        let run = package(&world, &["--output-dir", "out", "--upload-assets"]);
        told += &format!("{operation}, {run}");
        assert_eq!(before, tree(world.workspace.path()), "{operation}");
    }
    insta::assert_snapshot!(told, @"
    cloudformation:DescribeStacks, exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ cloudformation:DescribeStacks on stack demo-test failed: AccessDenied: User is not authorized to perform: cloudformation:DescribeStacks
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:DescribeStacks on stack demo-test.
    cloudformation:GetTemplate, exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ cloudformation:GetTemplate on stack demo-test-report-gen failed: AccessDenied: User is not authorized to perform: cloudformation:GetTemplate
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:GetTemplate on stack demo-test-report-gen.
    cloudformation:GetTemplateSummary, exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ cloudformation:GetTemplateSummary on stack demo-test failed: AccessDenied: User is not authorized to perform: cloudformation:GetTemplateSummary
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow cloudformation:GetTemplateSummary on stack demo-test.
    cloudformation:ListStackInstances, exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ cloudformation:ListStackInstances on stack set demo-infrastructure failed: AccessDenied: User is not authorized to perform: cloudformation:ListStackInstances
      The call was made with your own credentials, whose policies must allow cloudformation:ListStackInstances on stack set demo-infrastructure.
    s3:PutObject, exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ s3:PutObject on s3://BUCKET/manual/scripts/custom-resources/envcontrollerfunction/HASH.zip failed: AccessDenied: User is not authorized to perform: s3:PutObject
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole, whose policies must allow s3:PutObject on s3://BUCKET/manual/scripts/custom-resources/envcontrollerfunction/HASH.zip.
    ssm:GetParameter, exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ ssm:GetParameter on parameter /copilot/applications/demo failed: AccessDenied: User is not authorized to perform: ssm:GetParameter
      The call was made with your own credentials, whose policies must allow ssm:GetParameter on parameter /copilot/applications/demo.
    sts:AssumeRole, exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole
      The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole.
    ");
}
