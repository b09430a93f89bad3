//! What went wrong with first runs of other programs.

use std::fs;

use serde_json::json;

use super::{FLAGS, init, joined, manifest, operations, outline};
use crate::local_aws::App;
use crate::local_aws::{Environment, LocalAws};
use crate::support::environments::bootstrapped;
use crate::support::{Run, Workspace, World};

/// The same command twice leaves the manifest as its owner has made it, and says what is there.
#[test]
fn a_second_run_overwrites_nothing() {
    let world = World::empty();
    init(&world, &[]).succeeds();
    let edited =
        manifest(&world).unwrap().replace("cpu: 256", "cpu: 512").replace("memory: 512", "memory: 1024");
    world.workspace.file("copilot/mailer/manifest.yml", &edited);
    let environment = world.workspace.path().join("copilot/environments/test/manifest.yml");
    let before = fs::read_to_string(&environment).unwrap();
    insta::assert_snapshot!(outline(&init(&world, &[])), @"
    exit code: 0
    ----- stderr -----
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
      each run: Fargate, by the second, with 0.5 vCPU and 1024 MiB
      images, artifacts and logs: by what is stored
      no NAT gateway, no load balancer
    This takes about 2 minutes.
    This directory is in no git repository.
    The same without questions: copilot init --app demo --name mailer --env test --yes
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✔ Deployed mailer.
      Deploy changes with `copilot job deploy --name mailer --env test`.
    ");
    assert_eq!(manifest(&world).unwrap(), edited);
    assert_eq!(fs::read_to_string(&environment).unwrap(), before);
}

/// Somebody else joins the application with a fresh clone. Its roles and its environment stay as they are.
#[test]
fn a_second_developer_joins() {
    let world = joined();
    world.workspace.file("app/report.sh", "");
    let args = [
        "init",
        "-a",
        "demo",
        "-n",
        "report",
        "-t",
        "Scheduled Job",
        "-i",
        "registry.example/report:1",
        "--schedule",
        "@daily",
        "-e",
        "test",
        "--deploy",
        "-y",
    ];
    insta::assert_snapshot!(outline(&world.run(&args)), @"
    exit code: 0
    ----- stderr -----
    The plan, in account ACCOUNT, us-west-2 (+ is created, ~ gets what has changed, = stays as it is):
      application demo
        = already there
      job report, which runs registry.example/report:1
        + copilot/report/manifest.yml
          schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
        + its place in the application, with a repository for images
      environment test
        = already there
      deployment of report to test
        + stack demo-test-report: task definition, state machine, schedule, log group, roles
    What costs money:
      each run: Fargate, by the second, with 0.25 vCPU and 512 MiB
      images, artifacts and logs: by what is stored
      no NAT gateway, no load balancer
    This takes about 2 minutes.
    This directory is in no git repository.
    The same without questions: copilot init --app demo --image registry.example/report:1 --name report --schedule @daily --env test --yes
    Wrote the manifest copilot/report/manifest.yml, and its schema for editors, copilot/.schema/job.json
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✔ Deployed report.
      Deploy changes with `copilot job deploy --name report --env test`.
    ");
    let begun: Vec<String> = operations(world.account.calls())
        .0
        .iter()
        .map(|call| format!("{} {}", call.operation, call.resource))
        .collect();
    insta::assert_snapshot!(begun.join("\n"), @"
    UpdateStackSet demo-infrastructure
    ExecuteChangeSet demo-test-report
    ");
    assert_eq!(
        fs::read_to_string(world.workspace.path().join("copilot/.workspace")).unwrap(),
        "application: demo\n"
    );
    assert!(!world.workspace.path().join("copilot/environments").exists());
}

/// An environment that only has its roles is deployed, as its manifest says.
#[test]
fn an_environment_with_its_roles_only() {
    let workspace = Workspace::empty();
    workspace.file("copilot/.workspace", "application: demo\n");
    workspace.file("copilot/environments/test/manifest.yml", "name: test\ntype: Environment\n");
    let world = World::seeded(App::new("demo").environment(bootstrapped()), workspace);
    let said = init(&world, &[]).succeeds();
    assert!(said.contains("= roles in stack demo-test: already there"), "{said}");
    assert!(said.contains("Deployed mailer."), "{said}");
}

/// The domain of the application is kept, without a word about it.
#[test]
fn a_domain_that_is_recorded() {
    let world = joined();
    world.workspace.file("copilot/.workspace", "application: demo\n");
    let emulator = world.account.emulator();
    let record = world.recorded("").unwrap();
    let with_domain = record.replace("\"domain\":\"\"", "\"domain\":\"example.com\"");
    assert_ne!(record, with_domain);
    let value = with_domain.clone();
    LocalAws::shared().block_on(async move {
        let input = json!({ "Name": "/copilot/applications/demo", "Value": value, "Type": "String", "Overwrite": true });
        emulator.json("ssm", "AmazonSSM.PutParameter", &input).await.unwrap();
    });
    init(&world, &[]).succeeds();
    assert_eq!(world.recorded("").unwrap(), with_domain);
}

/// Several environments: one has to be named, unless one is called test.
#[test]
fn several_environments() {
    let envs = |names: &[&str]| {
        let app = names.iter().fold(App::new("demo"), |app, name| app.environment(Environment::new(name)));
        World::seeded(app, Workspace::empty())
    };
    let run = init(&envs(&["dev", "prod"]), &[]);
    insta::assert_snapshot!(run, @"
    exit code: 2
    ----- stderr -----
    ✘ --env is missing, and the application has several environments
      Name one of them, or a new one: dev, prod.
    ");
    let said = init(&envs(&["prod", "test"]), &[]).succeeds();
    assert!(said.contains("deployment of mailer to test"), "{said}");
    let said = init(&envs(&["prod"]), &[]).succeeds();
    assert!(said.contains("deployment of mailer to prod"), "{said}");
}

/// In a git repository the application is named after it.
#[test]
fn a_git_repository_gives_its_name() {
    let world = World::empty();
    let root = world.workspace.path().join("shop");
    fs::create_dir_all(root.join(".git")).unwrap();
    fs::create_dir_all(root.join("jobs")).unwrap();
    let mut command = world.command(&[&["init"], &FLAGS[2..6], &["--deploy=false", "--yes"]].concat());
    let run = Run::of_command(command.current_dir(root.join("jobs")));
    let said = run.succeeds();
    assert!(said.contains("application shop\n") && !said.contains("no git repository"), "{said}");
}
