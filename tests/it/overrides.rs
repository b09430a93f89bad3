//! `overrides/` of a job: YAML patches and CDK apps, from the workspace to the deployed template.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::local_aws::App;
use crate::support::cdk_app::with_cdk_app;
use crate::support::{APP, ENV, JOB, LOCATION, Run, STACK, Told, Workspace, World};

const PATCHES: &str = "copilot/report-gen/overrides/cfn.patches.yml";

fn patched(patches: &str) -> Workspace {
    let workspace = Workspace::new(LOCATION);
    workspace.file(PATCHES, patches);
    workspace
}

fn template(world: &World) -> String {
    world.cloudformation("GetTemplate", &[("StackName", STACK)]).unwrap()
}

/// An account with the application alone: what fails offline must not even look at it.
fn fails_offline(told: &mut Told, case: &str, workspace: Workspace) {
    let world = World::seeded(App::new(APP), workspace);
    told.runs(case, &world, world.deploying(&[]), 1);
    assert!(world.account.calls().0.is_empty(), "{case}: {:?}", world.account.calls().names());
}

#[test]
fn patches_reach_the_stack() {
    let world = World::new(patched(
        "- op: replace
  path: /Resources/LogGroup/Properties/RetentionInDays
  value: 545
- op: add
  path: /Resources/TaskDefinition/Properties/ContainerDefinitions/0/Environment/-
  value: {Name: STACK, Value: !Sub '${AWS::StackName}'}
- op: add
  path: /Resources/Queue
  value:
    Type: AWS::SQS::Queue
",
    ));
    world.deploy(&[]).succeeds();
    let deployed = template(&world);
    for part in [
        "on Amazon ECS using AWS Copilot with YAML patches.",
        "RetentionInDays: 545",
        "!Sub ${AWS::StackName}",
        "AWS::SQS::Queue",
    ] {
        assert!(deployed.contains(part), "{part} is not in {deployed}");
    }
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    - No new infrastructure changes for stack demo-test-report-gen
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");
}

#[test]
fn directories_and_files_that_cannot_be_used() {
    let mut told = Told::default();
    let empty = Workspace::new(LOCATION);
    fs::create_dir(empty.path().join("copilot/report-gen/overrides")).unwrap();
    fails_offline(&mut told, "empty directory", empty);
    let file = Workspace::new(LOCATION);
    file.file("copilot/report-gen/overrides", "a file");
    fails_offline(&mut told, "no directory", file);
    for name in ["README.md", "cfn.patches.yaml"] {
        let workspace = Workspace::new(LOCATION);
        workspace.file(&format!("copilot/report-gen/overrides/{name}"), "");
        fails_offline(&mut told, name, workspace);
    }
    let unreadable = Workspace::new(LOCATION);
    fs::create_dir_all(unreadable.path().join(PATCHES)).unwrap();
    fails_offline(&mut told, "patches that are a directory", unreadable);
    let binary = Workspace::new(LOCATION);
    fs::write(binary.file(PATCHES, ""), [0xff, 0xfe, 0x00]).unwrap();
    fails_offline(&mut told, "patches that are no text", binary);
    insta::assert_snapshot!(told.all());
}

#[test]
fn wrong_patches() {
    let mut told = Told::default();
    for (case, patches) in [
        ("no YAML", "- op: add\n  path: [\n"),
        ("no list", "op: add\npath: /Resources/Queue\nvalue: {}\n"),
        (
            "several unusable",
            "- {op: ad, path: /A, value: 1}\n- {op: add, path: A, value: 1}\n- {op: add, path: /A}\n",
        ),
        ("no such resource", "- op: remove\n  path: /Resources/LogGruop\n"),
        ("no such property", "- op: replace\n  path: /Resources/LogGroup/Properties/KmsKeyId\n  value: x\n"),
        (
            "no such item",
            "- op: remove\n  path: /Resources/TaskDefinition/Properties/ContainerDefinitions/1\n",
        ),
        (
            "a second patch that is wrong",
            "- op: remove\n  path: /Resources/AddonsStack\n- op: add\n  path: /Resources/AddonsStack/DependsOn\n  value: X\n",
        ),
        (
            "parameters that do not fit",
            "- {op: remove, path: /Parameters/Schedule}\n- {op: add, path: /Parameters/Mine, value: {Type: String}}\n\
             - {op: add, path: /Parameters/Fine, value: {Type: String, Default: x}}\n",
        ),
        ("nothing left", "- op: remove\n  path: ''\n"),
    ] {
        fails_offline(&mut told, case, patched(patches));
    }
    insta::assert_snapshot!(told.all());
}

/// Roles have a permissions boundary only when the application has one, which the workspace does not say.
#[test]
fn patches_of_what_the_application_decides() {
    let patch = "- op: replace\n  path: /Resources/TaskRole/Properties/PermissionsBoundary\n  value: arn:aws:iam::aws:policy/Mine\n";
    let app = App::new(APP).env(ENV).job(JOB).permissions_boundary("Boundary");
    let world = World::seeded(app, patched(patch));
    world.deploy(&[]).succeeds();
    assert!(template(&world).contains("PermissionsBoundary: arn:aws:iam::aws:policy/Mine"));

    let world = World::new(patched(patch));
    insta::assert_snapshot!(world.deploy(&[]), @r#"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✘ copilot/report-gen/overrides/cfn.patches.yml:1: the patch at index 0 ("replace" with path "/Resources/TaskRole/Properties/PermissionsBoundary") cannot be applied: "/Resources/TaskRole/Properties" has no key "PermissionsBoundary"
      Use the operation "add" for what is not there yet.
    "#);
    assert!(!world.account.calls().0.iter().any(|call| call.operation == "PutObject"));
}

#[test]
fn a_cdk_app_changes_the_template() {
    let world = World::new(with_cdk_app(r#"{ "app": "mine" }"#));
    let text = world.deploy(&[]).outline();
    // What npm says differs from version to version.
    let own: Vec<&str> =
        text.lines().filter(|line| !line.starts_with("| ") || line.contains("mine")).collect();
    insta::assert_snapshot!(own.join("\n"), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Running `npm install` in WORKSPACE/copilot/report-gen/overrides
    Running `cdk synth` in WORKSPACE/copilot/report-gen/overrides
    | [Warning] by the app mine
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
    let deployed = template(&world);
    for part in
        ["on Amazon ECS using AWS Copilot and CDK.", "RetentionInDays: 545", "LogGroupClass: demo-test"]
    {
        assert!(deployed.contains(part), "{part} is not in {deployed}");
    }
    assert!(!deployed.contains("BootstrapVersion") && !deployed.contains("Rules:"), "{deployed}");
    let overrides = world.workspace.path().join("copilot/report-gen/overrides");
    let runs = fs::read_to_string(overrides.join("runs.log")).unwrap();
    assert_eq!(
        runs, "synth --no-version-reporting --ci=false\n",
        "it runs once for the trial and the deployment"
    );
    let said = world.deploy(&["--quiet"]).succeeds();
    assert_eq!(said, "");
}

/// Where yarn is the only package manager, it is run.
#[test]
fn packages_are_installed_by_yarn() {
    let world = World::new(with_cdk_app(r#"{ "app": "mine" }"#));
    let programs = tempfile::tempdir().unwrap();
    link(programs.path(), "node");
    let yarn = programs.path().join("yarn");
    let script = "#!/bin/sh\nif [ \"$*\" != install ]; then exit 9; fi\necho installing\n/bin/mkdir -p node_modules/.bin\n\
                  /bin/ln -s ../../../../../fake-cdk/cdk.js node_modules/.bin/cdk\n";
    fs::write(&yarn, script).unwrap();
    for program in [&yarn, &world.workspace.path().join("fake-cdk/cdk.js")] {
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = world.deploying(&[]);
    command.env("PATH", programs.path());
    insta::assert_snapshot!(Run::of(command).outline(), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Running `yarn install` in WORKSPACE/copilot/report-gen/overrides
    | installing
    Running `cdk synth` in WORKSPACE/copilot/report-gen/overrides
    | [Warning] by the app mine
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
    assert!(template(&world).contains("LogGroupClass: demo-test"));
}

#[test]
fn cdk_apps_that_cannot_be_run() {
    let mut told = Told::default();
    for (case, settings) in
        [("settings that are no JSON", "{app: mine}"), ("settings that are no object", "[]")]
    {
        fails_offline(&mut told, case, with_cdk_app(settings));
    }
    let workspace = with_cdk_app("{}");
    fs::remove_file(workspace.path().join("copilot/report-gen/overrides/package.json")).unwrap();
    fails_offline(&mut told, "no package.json", workspace);

    let world = World::seeded(App::new(APP), with_cdk_app("{}"));
    let programs = tempfile::tempdir().unwrap();
    let mut command = world.deploying(&[]);
    told.runs(
        "no Node.js",
        &world,
        {
            command.env("PATH", programs.path());
            command
        },
        1,
    );
    link(programs.path(), "node");
    let mut command = world.deploying(&[]);
    told.runs(
        "no package manager",
        &world,
        {
            command.env("PATH", programs.path());
            command
        },
        1,
    );
    assert!(world.account.calls().0.is_empty(), "{:?}", world.account.calls().names());
    insta::assert_snapshot!(told.all());
}

/// Makes a program's name known in a directory.
fn link(dir: &Path, program: &str) {
    let path = std::env::var_os("PATH").unwrap();
    let file = std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.exists()).unwrap();
    std::os::unix::fs::symlink(file, dir.join(program)).unwrap();
}

#[test]
fn cdk_apps_that_fail() {
    let mut told = Told::default();
    for (case, settings) in [
        ("the app fails", r#"{ "app": "mine", "fails": 3 }"#),
        (
            "no template is printed",
            r#"{ "app": "mine", "prints": "Supply a stack id (a, b) to display its template." }"#,
        ),
    ] {
        let world = World::new(with_cdk_app(settings));
        let said = world.deploy(&["--quiet"]).ends_with(1);
        told.note(case, &world, 1, &said);
        assert!(!world.account.calls().0.iter().any(|call| call.operation == "PutObject"));
    }
    let world = World::new(with_cdk_app("{}"));
    world.workspace.file("copilot/report-gen/overrides/package.json", r#"{ "name": "override" }"#);
    let said = world.deploy(&["--quiet"]).ends_with(1);
    told.note("no aws-cdk", &world, 1, &said);
    world.workspace.file("copilot/report-gen/overrides/package.json", "{");
    // What npm says differs from version to version.
    let said = world.deploy(&["--quiet"]).ends_with(1);
    assert!(said.contains("`npm install` failed with exit code 1"), "{said}");
    insta::assert_snapshot!(told.all());
}

#[test]
fn an_interrupt_ends_the_app_and_all_it_started() {
    let world = World::new(with_cdk_app(r#"{ "app": "mine", "hangs": true }"#));
    let started = world.start_deploy(&[]);
    let file = world.workspace.path().join("copilot/report-gen/overrides/pids");
    let patience = Instant::now() + Duration::from_secs(60);
    let pids = loop {
        match fs::read_to_string(&file) {
            Ok(pids) if pids.contains(' ') => break pids,
            _ => assert!(Instant::now() < patience, "the app was not started"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    started.signal("INT");
    let asked = Instant::now();
    let run = started.finish();
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    let said = run.ends_with(130);
    assert!(said.ends_with("! interrupted: nothing was deployed\n"), "{said}");
    for pid in pids.split(' ') {
        let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // A process without a parent that waits for it stays as a zombie.
        assert!(state.is_empty() || state.contains(") Z "), "{state}");
    }
}

#[test]
fn what_cloudformation_would_refuse_is_told_before_anything_is_done() {
    let mut told = Told::default();
    for (case, patches) in [
        ("a removed resource", "- {op: remove, path: /Resources/TaskRole}\n"),
        (
            "resources that are none",
            "- {op: add, path: /Resources/X, value: null}\n- {op: add, path: /Resources/Y-1, value: {Properties: {}}}\n",
        ),
        ("a removed condition", "- {op: remove, path: /Conditions/HasEnvFile}\n"),
        (
            "new references",
            "- {op: add, path: /Resources/Queue, value: {Type: AWS::SQS::Queue, DependsOn: Gone, Properties: {QueueName: !Sub '${Workload}-q'}}}\n",
        ),
        (
            "keys and values that CloudFormation does not know",
            "- {op: add, path: /Resources/StateMachine/LaunchType, value: FARGATE}\n- {op: add, path: /Output, value: {}}\n\
             - {op: add, path: /Resources/LogGroup/DeletionPolicy, value: Keep}\n\
             - {op: replace, path: /Resources/LogGroup/Properties/LogGroupName, value: '/copilot/${STAGE}'}\n",
        ),
        (
            "mappings",
            "- op: add\n  path: /Mappings\n  value: {Sizes: {prod: {Memory: 512}}}\n\
             - op: replace\n  path: /Resources/TaskDefinition/Properties/Memory\n  value: !FindInMap [Sizes, !Ref EnvName, Memory]\n\
             - op: replace\n  path: /Resources/TaskDefinition/Properties/Cpu\n  value: !FindInMap [Size, prod, Memory]\n",
        ),
    ] {
        fails_offline(&mut told, case, patched(patches));
    }
    let rule = Workspace::new(&format!(
        "{LOCATION}taskdef_overrides:\n  - path: \"PidMode\"\n    value: !Ref Mode\n  - path: ContainerDefinitions[3].Cpu\n    value: 1\n"
    ));
    fails_offline(&mut told, "a list's item that is not there", rule);
    let rule =
        Workspace::new(&format!("{LOCATION}taskdef_overrides: [{{path: PidMode, value: !Ref Mode}}]\n"));
    fails_offline(&mut told, "a value of taskdef_overrides", rule);
    let values = Workspace::new(LOCATION);
    values.file(
        "copilot/report-gen/addons/topic.yml",
        "Parameters: {App: {Type: String}, Env: {Type: String}, Name: {Type: String}, Role: {Type: String}}\n\
         Resources: {Topic: {Type: AWS::SNS::Topic}}\n",
    );
    values.file(
        "copilot/report-gen/addons/addons.parameters.yml",
        "Parameters: {Role: !GetAtt TaskRolle.Arn}\n",
    );
    fails_offline(&mut told, "a value for the addons", values);
    insta::assert_snapshot!(told.all());
}

#[test]
fn a_second_document_of_patches_is_not_left_out_silently() {
    let world = World::new(patched(
        "- {op: replace, path: /Resources/LogGroup/Properties/RetentionInDays, value: 545}\n---\n- {op: remove, path: /Gone}\n",
    ));
    insta::assert_snapshot!(world.deploy(&[]).outline(), @"
    exit code: 0
    ----- stderr -----
    Warning: copilot/report-gen/overrides/cfn.patches.yml:2: the patches from this line on are left out: only the first YAML document of the file counts
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
}
