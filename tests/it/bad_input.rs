//! Wrong input to `job deploy`: each is told clearly, with what to do next, before anything is built or changed.

use std::fs;
use std::path::Path;

use crate::local_aws::{App, Environment, Event, Pace, Rule, Script};
use crate::support::{APP, BUILD, ENV, JOB, LOCATION, Run, STACK, Told, Workspace, World, program, tree};

/// An account with the application alone: what fails offline must not even look at it.
fn offline(workspace: Workspace) -> World {
    World::seeded(App::new(APP), workspace)
}

/// Runs one case that must fail before the first call.
fn fails_offline(told: &mut Told, case: &str, world: &World, flags: &[&str], code: i32) -> String {
    let said = told.runs(case, world, world.deploying(flags), code);
    assert!(world.account.calls().0.is_empty(), "{case}: {:?}", world.account.calls().names());
    said
}

#[test]
fn outside_a_workspace() {
    let world = offline(Workspace::new(LOCATION));
    // Deep enough that no parent of the test's directory counts.
    let home = world.workspace.path().join("a/b/c/d/e/f");
    fs::create_dir_all(&home).unwrap();
    fs::remove_dir_all(world.workspace.path().join("copilot")).unwrap();
    let before = tree(world.workspace.path());
    let mut command = program(&home, &["job", "deploy", "--name", JOB, "--env", ENV]);
    command.envs(world.account.env());
    let said = Run::of(command).ends_with(1);
    assert_eq!(before, tree(world.workspace.path()));
    assert!(world.account.calls().0.is_empty());
    let mut told = Told::default();
    told.note("no copilot directory", &world, 1, &said);
    insta::assert_snapshot!(told.all());
}

#[test]
fn a_broken_workspace_file() {
    let mut told = Told::default();
    for (case, content) in [
        ("missing", None),
        ("empty", Some("")),
        ("not YAML", Some("application: [demo\n")),
        ("a list", Some("- demo\n")),
        ("no application", Some("app: demo\n")),
        ("an empty application", Some("application:\n")),
        ("an application that is no text", Some("application: {name: demo}\n")),
    ] {
        let world = offline(Workspace::new(LOCATION));
        match content {
            Some(content) => drop(world.workspace.file("copilot/.workspace", content)),
            None => fs::remove_file(world.workspace.path().join("copilot/.workspace")).unwrap(),
        }
        fails_offline(&mut told, case, &world, &[], 1);
    }
    insta::assert_snapshot!(told.all());
}

#[test]
fn the_application_flag_stands_in_for_the_workspace_file() {
    let world = World::new(Workspace::new(LOCATION));
    fs::remove_file(world.workspace.path().join("copilot/.workspace")).unwrap();
    world.deploy(&["--app", APP, "--detach"]).succeeds();
}

#[test]
fn a_broken_manifest() {
    let mut told = Told::default();
    let bomb: String = std::iter::once("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned())
        .chain((1..30).map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(", "))))
        .collect();
    let deep = format!("{LOCATION}variables:\n  X: {}\n", "[".repeat(20_000));
    for (case, manifest) in [
        ("empty", ""),
        ("only a comment", "# nothing\n"),
        ("not YAML", "name: report-gen\ntype: [Scheduled Job\n"),
        ("a tab", "name: report-gen\n\ttype: Scheduled Job\n"),
        ("a list", "- name: report-gen\n"),
        ("an escape code", &format!("{LOCATION}variables:\n  A: \u{1b}[31mred\n")),
        ("a service", &LOCATION.replace("Scheduled Job", "Backend Service")),
        ("an unknown type", &LOCATION.replace("Scheduled Job", "Scheduled job")),
        ("no type", &LOCATION.replace("type: Scheduled Job\n", "")),
        ("another name", &LOCATION.replace("name: report-gen", "name: other")),
        ("no name", &LOCATION.replace("name: report-gen\n", "")),
        ("cpu is text", &LOCATION.replace("256", "lots")),
        ("memory is a list", &LOCATION.replace("512", "[512]")),
        ("a bad schedule", &LOCATION.replace("@daily", "@sometimes")),
        ("no schedule", &LOCATION.replace("  schedule: \"@daily\"\n", "")),
        ("no image", &LOCATION.replace("  location: registry.example/report-gen:1\n", "")),
        ("a duplicate key", &format!("{LOCATION}cpu: 512\n")),
        (
            "several errors",
            &format!("{}retries: -1\ntimeout: soon\ncommand: [\"a\n", LOCATION.replace("256", "lots"))
                .replace("[\"a\n", "{}\n"),
        ),
        ("an undefined variable", &format!("{LOCATION}variables:\n  A: ${{NOT_SET}}\n")),
        ("a misspelt key", &format!("{}retires: many\n", LOCATION.replace("256", "lots"))),
        ("an alias bomb", &format!("{LOCATION}{bomb}")),
        ("20000 brackets", &deep),
        ("an environment file that is missing", &format!("{LOCATION}env_file: secrets/.env\n")),
        ("an environment file that is none", &format!("{LOCATION}env_file: .env.yaml\n")),
        ("a Dockerfile that is missing", BUILD),
        (
            "a context that is missing",
            &BUILD.replace(
                "build: ./Dockerfile",
                "build:\n    dockerfile: copilot/.workspace\n    context: gone",
            ),
        ),
        ("a Dockerfile that is a directory", &BUILD.replace("./Dockerfile", "copilot")),
        (
            "several files that are missing",
            &format!(
                "{BUILD}env_file: gone.env\nsidecars:\n  proxy:\n    image:\n      build: proxy/Dockerfile\n"
            ),
        ),
        (
            "a sidecar's Dockerfile that is missing",
            &format!("{LOCATION}sidecars:\n  proxy:\n    image:\n      build: proxy/Dockerfile\n"),
        ),
    ] {
        let world = offline(Workspace::new(manifest));
        let said = fails_offline(&mut told, case, &world, &[], 1);
        assert!(said.len() < 4000, "{case}: {} bytes", said.len());
    }
    insta::assert_snapshot!(told.all());
}

#[test]
fn a_manifest_that_cannot_be_read() {
    let mut told = Told::default();
    let world = offline(Workspace::new(LOCATION));
    let manifest = world.workspace.path().join("copilot/report-gen/manifest.yml");
    fs::remove_file(&manifest).unwrap();
    fails_offline(&mut told, "missing, no other job", &world, &[], 1);
    world.workspace.file("copilot/cleanup/manifest.yml", &LOCATION.replace("report-gen", "cleanup"));
    world.workspace.file("copilot/broken/manifest.yml", ": [\n");
    fails_offline(&mut told, "missing, another job", &world, &[], 1);
    fs::create_dir(&manifest).unwrap();
    fails_offline(&mut told, "a directory", &world, &[], 1);
    fs::remove_dir(&manifest).unwrap();
    fs::write(&manifest, b"name: caf\xe9\n").unwrap();
    fails_offline(&mut told, "not UTF-8", &world, &[], 1);
    for name in ["gone", "../copilot/report-gen", "report-gen/", "."] {
        let command = world.command(&["job", "deploy", "--env", ENV, "--name", name]);
        told.runs(&format!("--name {name}"), &world, command, 1);
    }
    assert!(world.account.calls().0.is_empty());
    insta::assert_snapshot!(told.all());
}

#[test]
fn wrong_usage() {
    let mut told = Told::default();
    let world = offline(Workspace::new(LOCATION));
    let long = "t".repeat(129);
    for flags in [
        &["--tag", "not a tag"][..],
        &["--tag", "-x"],
        &["--tag", &long],
        &["--tag", "\u{1b}[31mred"],
        &["--resource-tags", "team"],
        &["--resource-tags", "a=b,c,d=e"],
        &["--resource-tags", "=b"],
        &["--unknown"],
        &["--detach=perhaps"],
        &["--name"],
        &["more", "words"],
    ] {
        let case = flags.join(" ").replace('\u{1b}', "ESC").replace(&long, "129 letters");
        fails_offline(&mut told, &case, &world, flags, 2);
    }
    insta::assert_snapshot!(told.all().replace(&long, "129 letters"));
}

#[test]
fn an_engine_that_does_not_run() {
    let mut told = Told::default();
    for (case, host) in [
        ("no socket", "unix:///nonexistent/docker.sock"),
        ("nobody listens", "tcp://127.0.0.1:1"),
        ("no scheme", "/var/run/docker.sock"),
    ] {
        let world = offline(Workspace::with_image());
        let mut command = world.deploying(&[]);
        command.env("DOCKER_HOST", host);
        told.runs(case, &world, command, 1);
        assert!(world.account.calls().0.is_empty());
    }
    insta::assert_snapshot!(told.all());
}

/// Checks that nothing was written to the account.
fn nothing_written(world: &World) {
    let calls = world.account.calls();
    for write in ["PutObject", "CreateChangeSet", "ExecuteChangeSet", "DeleteStack", "StartUpload"] {
        let found = calls.0.iter().find(|call| call.operation == write);
        assert!(found.is_none(), "{found:?}");
    }
}

#[test]
fn what_the_account_does_not_have() {
    let mut told = Told::default();
    let deploy = |flags: &[&str]| {
        [&["job", "deploy"], flags].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let app = App::new(APP)
        .env(ENV)
        .env("prod")
        .environment(Environment::new("new").version("bootstrap"))
        .job("other");
    let world = World::seeded(app, Workspace::new(LOCATION));
    let both = ["--name", JOB, "--env", ENV];
    for (case, flags) in [
        ("an application that is not there", deploy(&[&both[..], &["--app", "shop"]].concat())),
        ("an application with an odd name", deploy(&[&both[..], &["--app", "../a b"]].concat())),
        ("an environment that is not there", deploy(&["--name", JOB, "--env", "tset"])),
        ("an environment with an odd name", deploy(&["--name", JOB, "--env", "a b"])),
        ("a job that is not registered, not named", deploy(&["--env", ENV])),
        ("an environment that is not deployed", deploy(&["--name", JOB, "--env", "new"])),
    ] {
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        told.runs(case, &world, world.command(&flags), 1);
        nothing_written(&world);
    }
    assert_eq!(world.stack(), None);
    insta::assert_snapshot!(told.all());
}

#[test]
fn an_environment_without_stack_or_features() {
    let mut told = Told::default();
    let private = format!("{LOCATION}network:\n  vpc:\n    placement: private\n");
    let world = World::new(Workspace::new(&private));
    let template = include_str!("../local_aws/templates/environment.yml")
        .replace("{version}", "v1.0.0")
        .replace("{env}", ENV)
        .replace("  NATWorkloads: {Type: String}\n", "");
    let mut fields = vec![
        ("StackName".to_owned(), "demo-test".to_owned()),
        ("TemplateBody".to_owned(), template.clone()),
        ("Capabilities.member.1".to_owned(), "CAPABILITY_NAMED_IAM".to_owned()),
    ];
    let parameters = template.split("Parameters:\n").nth(1).unwrap().split("Conditions:").next().unwrap();
    for (i, line) in parameters.lines().filter(|line| line.contains("Type")).enumerate() {
        let name = line.trim().split(':').next().unwrap();
        fields.push((format!("Parameters.member.{}.ParameterKey", i + 1), name.to_owned()));
        fields.push((format!("Parameters.member.{}.UsePreviousValue", i + 1), "true".to_owned()));
    }
    let fields: Vec<_> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    world.cloudformation("UpdateStack", &fields).unwrap();
    told.runs("no NAT gateways", &world, world.deploying(&[]), 1);
    world.workspace.file("copilot/environments/test/manifest.yml", "name: test\ntype: Environment\n");
    told.runs("no NAT gateways, with a manifest", &world, world.deploying(&[]), 1);
    world.cloudformation("DeleteStack", &[("StackName", "demo-test")]).unwrap();
    told.runs("no stack", &world, world.deploying(&[]), 1);
    nothing_written(&world);
    insta::assert_snapshot!(told.all());
}

#[test]
fn a_job_of_a_newer_version() {
    let mut told = Told::default();
    let world = World::new(Workspace::new(LOCATION));
    let template = r#"{"Metadata":{"Version":"v9.9.9"},"Resources":{"T":{"Type":"AWS::SNS::Topic"}}}"#;
    world.cloudformation("CreateStack", &[("StackName", STACK), ("TemplateBody", template)]).unwrap();
    told.runs("without the flag", &world, world.deploying(&[]), 1);
    nothing_written(&world);
    // What only the newer version knows goes, and that is a question of its own.
    insta::assert_snapshot!(world.deploy(&["--allow-downgrade"]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    First update of stack demo-test-report-gen after AWS Copilot CLI (template v9.9.9). It changes:
      - AddonsStack
      - EnvControllerAction
      - EnvControllerFunction
      - EnvControllerRole
      - ExecutionRole
      - LogGroup
      - Rule
      - RuleRole
      - StateMachine
      - StateMachineRole
      - T
      - TaskDefinition
      - and 6 more
    Proposing infrastructure changes for stack demo-test-report-gen
    Warning: this update of stack demo-test-report-gen replaces or deletes, or may replace, what may hold data or what others refer to:
      - T (AWS::SNS::Topic) will be deleted

    Deploy anyway? (y/N) 
    ✘ Proposing infrastructure changes for stack demo-test-report-gen
    ✘ job report-gen was not deployed to test: the question needs an answer, and there is no terminal to ask on
      Pass --allow-replacement to answer it in advance, or pipe `y` or `n` into the command.
    ");
    world.deploy(&["--allow-downgrade", "--allow-replacement"]).succeeds();
    insta::assert_snapshot!("a_job_of_a_newer_version", told.all());
}

#[test]
fn a_stack_that_is_not_at_rest() {
    let mut told = Told::default();
    let world = World::new(Workspace::new(LOCATION));
    world.deploy(&[]).succeeds();
    world.workspace.manifest(&format!("{LOCATION}variables:\n  A: b\n"));
    world.account.pace(STACK, Pace::EndAfter(std::time::Duration::from_secs(3600)));
    world.deploy(&["--detach"]).succeeds();
    let before = world.account.calls().0.len();
    told.runs("busy", &world, world.deploying(&[]), 1);
    let calls = world.account.calls().0.split_off(before);
    assert!(calls.iter().all(|call| call.operation != "CreateChangeSet"), "{calls:?}");
    world.account.release(STACK);

    for (status, manifest) in [("UPDATE_ROLLBACK_FAILED", "c"), ("DELETE_FAILED", "d")] {
        world.workspace.manifest(&format!("{LOCATION}variables:\n  A: {manifest}\n"));
        let events = vec![Event::stack("UPDATE_IN_PROGRESS", ""), Event::stack(status, "")];
        world.account.script(STACK, Script { events, every: std::time::Duration::ZERO });
        world.deploy(&[]).ends_with(1);
        told.runs(status, &world, world.deploying(&[]), 1);
        world.account.release(STACK);
    }
    insta::assert_snapshot!(told.all());
}

#[test]
fn credentials_and_region() {
    let mut told = Told::default();
    let world = World::new(Workspace::new(LOCATION));
    let mut command = world.deploying(&[]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    told.runs("no credentials", &world, command, 1);
    let mut command = world.deploying(&[]);
    command.env_remove("AWS_REGION");
    told.runs("no region", &world, command, 1);
    let mut command = world.deploying(&[]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY").env("AWS_PROFILE", "gone");
    told.runs("a profile that is not there", &world, command, 1);
    assert!(world.account.calls().0.is_empty());
    world.account.fault(Rule::expired_token("*:*"));
    told.runs("an expired session", &world, world.deploying(&[]), 1);
    world.account.clear_faults();
    world.account.fault(Rule::error(
        "*:*",
        403,
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    ));
    told.runs("a key that is not there", &world, world.deploying(&[]), 1);
    nothing_written(&world);
    insta::assert_snapshot!(told.all());
}

#[test]
fn paths_of_the_machine_do_not_leak_into_the_tests() {
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots");
    for entry in fs::read_dir(snapshots).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("/tmp/"), "{}", path.display());
    }
}

#[test]
fn dockerfiles_that_no_engine_should_get() {
    let mut told = Told::default();
    for (case, manifest, dockerfile) in [
        ("empty", BUILD, ""),
        ("no FROM", BUILD, "ARG BASE=scratch\n# FROM $BASE\nRUN make\n"),
        ("a backslash", &BUILD.replace("./Dockerfile", r".\Dockerfile"), "FROM scratch\n"),
    ] {
        let world = offline(Workspace::new(manifest));
        world.workspace.file("Dockerfile", dockerfile);
        fails_offline(&mut told, case, &world, &[], 1);
    }
    insta::assert_snapshot!(told.all(), @r"
    empty (1):
    ✘ manifest field `image.build`: the Dockerfile WORKSPACE/Dockerfile has no instruction, not even a FROM
      A Dockerfile starts with `FROM <image>`; only comments and ARG may come before it.

    no FROM (1):
    ✘ manifest field `image.build`: the Dockerfile WORKSPACE/Dockerfile:3 has RUN where its FROM should be, and no FROM at all
      A Dockerfile starts with `FROM <image>`; only comments and ARG may come before it.

    a backslash (1):
    ✘ manifest field `image.build`: the Dockerfile WORKSPACE/.\Dockerfile does not exist
      Paths in the manifest start at the workspace root, the directory that contains `copilot/`.
      Write `/` between the names, on Windows too: WORKSPACE/Dockerfile is there.
    ");
}
