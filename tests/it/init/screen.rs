//! The questions and the plan on a terminal.

use rexpect::session::PtySession;

use super::{changing, manifest};
use crate::support::World;
use crate::support::terminal::{exit_code, in_terminal, plain};
use crate::support::{stable, tree};

const DOWN: &str = "\u{1b}[B";

/// Answers questions, each after it was asked; the exit code and everything that was shown behind the last answer.
fn answered(world: &World, args: &[&str], answers: &[(&str, &str)]) -> (i32, String) {
    let mut terminal: PtySession = in_terminal(world, args, 150);
    let mut shown = String::new();
    for (question, answer) in answers {
        shown.push_str(&terminal.exp_string(question).unwrap());
        terminal.send(answer).unwrap();
        terminal.flush().unwrap();
    }
    shown.push_str(&terminal.exp_eof().unwrap());
    (exit_code(&terminal), plain(&shown))
}

/// The part from the plan to the answer, as it stays on the screen.
fn plan(world: &World, shown: &str) -> String {
    let from = shown.find("The plan, ").unwrap_or_else(|| panic!("{shown}"));
    let text: String = shown[from..].replace('\r', "");
    let end = text.find("\n?").unwrap_or(text.len());
    stable(text[..end].trim_end(), world)
}

const ANSWERS: [(&str, &str); 6] = [
    ("What is the new application called?", "\u{15}demo\r"),
    ("What is the job's image built from?", "\u{1b}[B\u{1b}[B\r"),
    ("Image, as", "registry.example/mailer:1\r"),
    ("What is the job called?", "\r"),
    ("When does the job run?", "\u{1b}[B\r"),
    ("At which times?", "\u{1b}[B\r"),
];

#[test]
fn everything_is_asked_and_nothing_created_before_the_answer() {
    for (answer, code) in [(format!("{DOWN}{DOWN}\r"), 0), ("\u{3}".to_owned(), 130)] {
        let world = World::empty();
        world.workspace.file("Dockerfile", "FROM scratch\n");
        let before = tree(world.workspace.path());
        let (found, shown) =
            answered(&world, &["init"], &[&ANSWERS[..], &[("Set all this up?", &answer)]].concat());
        assert_eq!(found, code, "{shown}");
        assert_eq!(before, tree(world.workspace.path()));
        assert_eq!(changing(&world), [""; 0]);
        if code == 0 {
            insta::assert_snapshot!(plan(&world, &shown), @"
            The plan, in account ACCOUNT, us-west-2 (+ is created, ~ gets what has changed, = stays as it is):
              application demo
                + stack demo-infrastructure-roles: roles demo-adminrole and demo-executionrole
                + stack set demo-infrastructure
              job mailer, which runs registry.example/mailer:1
                + copilot/mailer/manifest.yml
                  schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
                + its place in the application, with a repository for images
              environment test
                + copilot/environments/test/manifest.yml
                + in us-west-2: S3 bucket, KMS key, repository demo/mailer
                + stack demo-test: roles demo-test-CFNExecutionRole and demo-test-EnvManagerRole
                + in the same stack: VPC with two public and two private subnets, ECS cluster
              deployment of mailer to test
                + stack demo-test-mailer: task definition, state machine, schedule, log group, roles
            What costs money:
              the KMS key: about 1 USD a month for each region
              each run: Fargate, by the second, with 0.25 vCPU and 512 MiB
              images, artifacts and logs: by what is stored
              no NAT gateway, no load balancer
            This takes about 8 minutes.
            This directory is in no git repository.
            The same without questions: copilot init --app demo --image registry.example/mailer:1 --name mailer --schedule @daily --env test --yes
            ");
            assert!(shown.contains("Nothing was created."), "{shown}");
        } else {
            assert!(shown.contains("nothing was changed"), "{shown}");
        }
    }
}

#[test]
fn all_of_it() {
    let world = World::empty();
    world.workspace.file("Dockerfile", "FROM scratch\n");
    let (code, shown) = answered(&world, &["init"], &[&ANSWERS[..], &[("Set all this up?", "\r")]].concat());
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("Deployed mailer."), "{shown}");
    assert!(manifest(&world).is_some());
    // Again: the only job, and everything is there.
    let again = [("Which job?", "\r"), ("Set all this up?", "\r")];
    let (code, shown) = answered(&world, &["init"], &again);
    assert_eq!(code, 0, "{shown}");
    insta::assert_snapshot!(plan(&world, &shown), @"
    The plan, in account ACCOUNT, us-west-2 (+ is created, ~ gets what has changed, = stays as it is):
      application demo
        = already there
      job mailer
        = copilot/mailer/manifest.yml: already there
        = its place in the application, with a repository for images: already there
      environment test
        = already there
      deployment of mailer to test
        ~ stack demo-test-mailer: task definition, state machine, schedule, log group, roles: already there
    What costs money:
      each run: Fargate, by the second, with 0.25 vCPU and 512 MiB
      images, artifacts and logs: by what is stored
      no NAT gateway, no load balancer
    This takes about 2 minutes.
    This directory is in no git repository.
    The same without questions: copilot init --app demo --name mailer --env test --yes
    ");
}

#[test]
fn only_application_and_job() {
    let world = World::empty();
    let args = [
        "init",
        "--app",
        "demo",
        "--image",
        "registry.example/mailer:1",
        "--name",
        "mailer",
        "--schedule",
        "@daily",
    ];
    let (code, shown) = answered(&world, &args, &[("Set all this up?", &format!("{DOWN}\r"))]);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("Application demo and job mailer are set up."), "{shown}");
    assert!(manifest(&world).is_some() && world.recorded("/environments/test").is_none());
}

/// With `--deploy` the question is a plain one; `--yes` asks only for what has no default.
#[test]
fn fewer_questions() {
    let world = World::empty();
    let args =
        ["init", "--app", "demo", "--image", "registry.example/mailer:1", "--schedule", "@daily", "--deploy"];
    let answers = [("What is the job called?", "\r"), ("Set all this up?", &format!("{DOWN}\r")[..])];
    let (code, shown) = answered(&world, &args, &answers);
    assert!(code == 0 && shown.contains("Nothing was created."), "{shown}");
    let args = ["init", "--image", "registry.example/mailer:1", "--deploy=false", "--yes", "--app", "demo"];
    let (code, shown) =
        answered(&world, &args, &[("When does the job run?", "\r"), ("How long from one run", "\r")]);
    assert_eq!(code, 0, "{shown}");
    assert!(manifest(&world).unwrap().contains("schedule: \"@every 1h30m\""), "{shown}");
}
