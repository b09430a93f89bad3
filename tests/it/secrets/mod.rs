//! `secret init` and `secret ls`, against the local AWS. Every value begins with `hunter`, and no output may hold that.

mod asked;
mod bad_input;
mod existing;
mod files;
mod listed;
mod many;

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::local_aws::{Action, App, Environment, LocalAws, Rule};
use crate::support::{ENV, LOCATION, Run, Started, Workspace, World};

pub(crate) fn shop() -> World {
    let app = App::new("demo").env(ENV).environment(Environment::new("prod").region("eu-west-1"));
    World::seeded(app, Workspace::new(LOCATION))
}

fn one_environment() -> World {
    World::seeded(App::new("demo").env(ENV), Workspace::new(LOCATION))
}

/// The command `secret init` with these flags.
fn initialising(world: &World, flags: &[&str]) -> Command {
    world.command(&[&["secret", "init"], flags].concat())
}

/// Runs it and checks that no value shows.
pub(crate) fn init(world: &World, flags: &[&str]) -> Run {
    hidden(Run::of(initialising(world, flags)))
}

/// The same with something on standard input.
fn init_with(world: &World, flags: &[&str], input: &[u8]) -> Run {
    use std::io::Write as _;
    let mut started = Started::spawn(initialising(world, flags).stdin(Stdio::piped()));
    started.0.stdin.take().unwrap().write_all(input).unwrap();
    hidden(started.finish())
}

fn hidden(run: Run) -> Run {
    assert!(!format!("{}{}", run.stdout, run.stderr).contains("hunter"), "{run}");
    in_order(run)
}

/// The run with what was said of environments, which are written side by side, in one order.
fn in_order(mut run: Run) -> Run {
    let about = |line: &str| line.contains("Stored ") && line.contains(" in environment ");
    let mut ordered = String::new();
    for group in run.stderr.lines().collect::<Vec<_>>().chunk_by(|a, b| about(a) && about(b)) {
        let mut group = group.to_vec();
        group.sort_by_key(|line| line.split_once(' ').map(|(_, text)| text));
        ordered.extend(group.iter().map(|line| format!("{line}\n")));
    }
    run.stderr = ordered;
    run
}

fn value(world: &World, env: &str, name: &str) -> String {
    world.secret(env, name).unwrap_or_else(|| panic!("there is no {name} in {env}")).value
}

fn about(world: &World, env: &str, name: &str) -> String {
    world.secret(env, name).map_or_else(|| "absent".to_owned(), |secret| secret.about)
}

/// A secret that is there already, with these tags.
fn existing(world: &World, env: &str, name: &str, tags: &[(&str, &str)]) {
    let tags: Vec<_> = tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    let name = format!("/copilot/demo/{env}/secrets/{name}");
    let input = json!({ "Name": name, "Type": "SecureString", "Value": "hunter-old", "Tags": tags });
    world.ssm(env, "PutParameter", input);
}

const TAGS: [(&str, &str); 2] = [("copilot-application", "demo"), ("copilot-environment", ENV)];

pub(crate) fn many(world: &World, count: usize) {
    let lines: String = (0..count).map(|index| format!("KEY_{index:02}=hunter{index}\n")).collect();
    world.workspace.file("many.env", &lines);
}

/// Two environments, and a file with three secrets.
pub(crate) fn of_a_file() -> World {
    let world = shop();
    many(&world, 3);
    world
}

/// The same, where some of the secrets are there with another value and without tags.
pub(crate) fn to_replace() -> World {
    let world = of_a_file();
    for (env, name) in [(ENV, "KEY_00"), (ENV, "KEY_02"), ("prod", "KEY_01")] {
        existing(&world, env, name, &[]);
    }
    world
}

/// The secrets of the file as they are stored, however often they were written.
pub(crate) fn stored(world: &World) -> String {
    let version = regex::Regex::new(r" v\d+ ").unwrap();
    let mut text = String::new();
    for (env, index) in [ENV, "prod"].into_iter().flat_map(|env| (0..3).map(move |index| (env, index))) {
        let name = format!("KEY_{index:02}");
        let line = match world.secret(env, &name) {
            Some(secret) => format!("{env} {name}: {} {}\n", secret.value, secret.about),
            None => format!("{env} {name}: absent\n"),
        };
        text.push_str(&version.replace(&line, " "));
    }
    text
}

#[test]
fn a_secret_with_a_value_for_each_environment() {
    let world = shop();
    let run = init(&world, &["--name", "DB_PASSWORD", "--values", "test=hunter1,prod=hunter-2"]);
    insta::assert_snapshot!(run, @"
    exit code: 0
    ----- stderr -----
    Stored DB_PASSWORD in environment prod: 8 characters.
    Stored DB_PASSWORD in environment test: 7 characters.

    Give them to a job in its manifest:

    secrets:
      DB_PASSWORD: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/DB_PASSWORD
    ");
    assert_eq!(value(&world, ENV, "DB_PASSWORD"), "hunter1");
    assert_eq!(value(&world, "prod", "DB_PASSWORD"), "hunter-2");
    insta::assert_snapshot!(about(&world, ENV, "DB_PASSWORD"), @"SecureString Standard v1 [copilot-application=demo copilot-environment=test]");
    insta::assert_snapshot!(about(&world, "prod", "DB_PASSWORD"), @"SecureString Standard v1 [copilot-application=demo copilot-environment=prod]");
    let calls = world.account.calls().of_program();
    insta::assert_snapshot!(format!("{:#?}", calls.counts()), @r#"
    {
        "cloudformation:GetTemplateSummary": 2,
        "ssm:GetParameter": 1,
        "ssm:GetParametersByPath": 1,
        "ssm:PutParameter": 2,
        "sts:AssumeRole": 2,
    }
    "#);
    // What is there stays, and that is no error.
    let run = init(&world, &["--name", "DB_PASSWORD", "--values", "test=hunter3"]);
    insta::assert_snapshot!(run, @"
    exit code: 0
    ----- stderr -----
    DB_PASSWORD exists in environment test and stays as it is.
    Pass --overwrite to replace secrets that exist.

    Give them to a job in its manifest:

    secrets:
      DB_PASSWORD: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/DB_PASSWORD
    ");
    assert_eq!(value(&world, ENV, "DB_PASSWORD"), "hunter1");
    let run = init(&world, &["--name", "DB_PASSWORD", "--values", "test=hunter3", "--overwrite", "--yes"]);
    insta::assert_snapshot!(run, @"
    exit code: 0
    ----- stderr -----
    Replaced DB_PASSWORD in environment test: 7 characters.

    Give them to a job in its manifest:

    secrets:
      DB_PASSWORD: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/DB_PASSWORD
    ");
    assert_eq!(value(&world, ENV, "DB_PASSWORD"), "hunter3");
    insta::assert_snapshot!(about(&world, ENV, "DB_PASSWORD"), @"SecureString Standard v2 [copilot-application=demo copilot-environment=test]");
}

#[test]
fn environments_are_written_side_by_side() {
    let world = shop();
    world.account.fault(Rule::on("*:*", Action::Delay(Duration::from_millis(100))));
    init(&world, &["--name", "A", "--values", "test=hunter1,prod=hunter2", "--overwrite"]).succeeds();
    // Records, roles, what is there, the writes. One after the other there would be ten.
    assert!(world.account.calls().serial_depth() <= 5, "{:?}", world.account.calls().names());
}

#[test]
fn an_environment_in_another_account() {
    let other = LocalAws::shared().account();
    let far = Environment::new("far").account(other.id()).region("eu-west-1");
    let world = World::seeded(App::new("demo").env(ENV).environment(far), Workspace::new(LOCATION));
    let run = init(&world, &["--name", "A", "--values", "test=hunter1,far=hunter2"]);
    insta::assert_snapshot!(run, @"
    exit code: 0
    ----- stderr -----
    Stored A in environment far: 7 characters.
    Stored A in environment test: 7 characters.

    Give them to a job in its manifest:

    secrets:
      A: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/A
    ");
    assert_eq!((value(&world, ENV, "A"), value(&world, "far", "A")), ("hunter1".into(), "hunter2".into()));
    insta::assert_snapshot!(world.run(&["secret", "ls"]).stdout.lines().count(), @"4");
    // One that cannot be entered stops no other.
    world.account.fault(Rule::deny("sts:AssumeRole").about("demo-far-"));
    let run = init(&world, &["--name", "B", "--values", "test=hunter1,far=hunter2"]);
    insta::assert_snapshot!(run.to_string().replace(other.id(), "OTHER"), @"
    exit code: 1
    ----- stderr -----
    Stored B in environment test: 7 characters.

    Give them to a job in its manifest:

    secrets:
      B: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/B
    ✘ environment far: sts:AssumeRole on role arn:aws:iam::OTHER:role/demo-far-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole
      The call was made with your own credentials, whose policies must allow sts:AssumeRole on role arn:aws:iam::OTHER:role/demo-far-EnvManagerRole.
    ");
    assert_eq!((about(&world, "far", "B").as_str(), value(&world, ENV, "B").as_str()), ("absent", "hunter1"));
}

#[test]
fn values_that_look_like_something_else_are_stored_as_they_are() {
    let world = shop();
    for (values, env, want) in [
        ("test=https://hunter.example/x?a=b", ENV, "https://hunter.example/x?a=b"),
        ("test=file:///etc/hunter", ENV, "file:///etc/hunter"),
        ("test=@hunter,prod=-hunter", ENV, "@hunter"),
        ("test=hunter,b", ENV, "hunter,b"),
        ("test=hunter,b,prod=hunter;c", "prod", "hunter;c"),
        ("\"test=hunter,b=c\"", ENV, "hunter,b=c"),
        ("test=hunter{\"a\":\"b\"}", ENV, "hunter{\"a\":\"b\"}"),
    ] {
        let run = init(&world, &["--name", "HOOK", "--values", values, "--overwrite", "--yes"]);
        assert_eq!(run.code, Some(0), "{values}: {run}");
        assert_eq!(value(&world, env, "HOOK"), want, "{values}");
    }
}

#[test]
fn a_record_without_a_stack() {
    let world = one_environment();
    world.cloudformation("DeleteStack", &[("StackName", "demo-test")]).unwrap();
    while world.cloudformation("DescribeStacks", &[("StackName", "demo-test")]).is_some() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let run = init(&world, &["--name", "A", "--values", "test=hunter"]);
    insta::assert_snapshot!(run, @"
    exit code: 1
    ----- stderr -----
    ✘ environment test: there is no stack demo-test in account ACCOUNT, region us-west-2
      `copilot env init --name test` creates it.
    ");
}

/// The permission comes with the environment's own template.
#[test]
fn environments_whose_role_may_not() {
    let app = App::new("demo")
        .environment(Environment::new("old").version("v1.3.9"))
        .environment(Environment::new("new").version("v1.4.0"))
        .environment(Environment::new("boot").version("bootstrap"));
    let world = World::seeded(app, Workspace::new(LOCATION));
    let flags = ["--name", "A", "--values", "old=hunter1,new=hunter2,boot=hunter3"];
    insta::assert_snapshot!(init(&world, &flags), @"
    exit code: 1
    ----- stderr -----
    Stored A in environment boot: 7 characters.
    Stored A in environment new: 7 characters.

    Give them to a job in its manifest:

    secrets:
      A: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/A
    ✘ environment old: its version is v1.3.9, and the manager role of environments before v1.4.0 may not store secrets
      Bring the role up to date with `copilot env deploy --name old`, then run the command again.
    ");
    assert_eq!((value(&world, "new", "A"), value(&world, "boot", "A")), ("hunter2".into(), "hunter3".into()));
    assert_eq!(about(&world, "old", "A"), "absent");
    world.account.fault(Rule::deny("ssm:PutParameter").about("/boot/"));
    world.workspace.file("two.env", "B=hunter1\nC=hunter2\nD=hunter3\n");
    insta::assert_snapshot!(init(&world, &["--env", "boot,new", "--from-file", "two.env"]), @"
    exit code: 1
    ----- stderr -----
    Stored B in environment new: 7 characters.
    Stored C in environment new: 7 characters.
    Stored D in environment new: 7 characters.

    Give them to a job in its manifest:

    secrets:
      B: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/B
      C: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/C
      D: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/D
    ✘ environment boot: B and 2 more secrets were not stored: ssm:PutParameter on parameter /copilot/demo/boot/secrets/B failed: AccessDenied: User is not authorized to perform: ssm:PutParameter
      The call was made with the environment manager role arn:aws:iam::ACCOUNT:role/demo-boot-EnvManagerRole, whose policies must allow ssm:PutParameter on parameter /copilot/demo/boot/secrets/B.
      Bring the role up to date with `copilot env deploy --name boot`, then run the command again.
    ");
    // What is said about a value that AWS does not like holds none of it.
    world.account.clear_faults();
    let refused = "Parameter value: hunter1 can't nest another parameter.";
    world.account.fault(Rule::error("ssm:PutParameter", 400, "ValidationException", refused).about("/B"));
    insta::assert_snapshot!(init(&world, &["--env", "boot", "--from-file", "two.env"]), @"
    exit code: 1
    ----- stderr -----
    Stored C in environment boot: 7 characters.
    Stored D in environment boot: 7 characters.

    Give them to a job in its manifest:

    secrets:
      C: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/C
      D: /copilot/${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}/secrets/D
    ✘ environment boot: B was not stored: ssm:PutParameter on parameter /copilot/demo/boot/secrets/B failed: ValidationException: Parameter value: *** can't nest another parameter.
    ");
}
