//! `job init`, against the local AWS.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::app_upgrade::set_template;
use crate::local_aws::{Action, App, LocalAws, Rule};
use crate::support::terminal::{exit_code, in_terminal, plain};
use crate::support::{ENV, Run, Told, Workspace, World, in_parallel};
use crate::talking::Talking;

/// Where the job's record is stored, below the application's.
pub(crate) const RECORD: &str = "/components/mailer";

/// An application with an environment and no job, and a Dockerfile.
pub(crate) fn world() -> World {
    let world = World::seeded(App::new("demo").env(ENV), Workspace::empty());
    world.workspace.file("copilot/.workspace", "application: demo\n");
    world.workspace.file("Dockerfile", "FROM scratch\n");
    world
}

fn init(world: &World, more: &[&str]) -> Run {
    world.run(&[&["job", "init", "--name", "mailer"], more].concat())
}

const FLAGS: [&str; 4] = ["--image", "registry.example/mailer:1", "--schedule", "@daily"];

pub(crate) fn manifest(world: &World) -> Option<String> {
    fs::read_to_string(world.workspace.path().join("copilot/mailer/manifest.yml")).ok()
}

/// Whether the stack set lists the job.
fn is_listed(world: &World) -> bool {
    set_template(world).contains("mailer")
}

#[test]
fn a_job_is_set_up() {
    let world = world();
    insta::assert_snapshot!(init(&world, &FLAGS), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Setting up job mailer of application demo, which is in account ACCOUNT, us-west-2
    Wrote the manifest copilot/mailer/manifest.yml, and its schema for editors, copilot/.schema/job.json
    - Updating the resources of stack set demo-infrastructure in all regions [update in progress]
    - Updating the resources of stack set demo-infrastructure in all regions [update complete] [TIME]
    ✔ Job mailer is set up.
      Next: `copilot job deploy --name mailer --env test`.
    ");
    insta::assert_snapshot!(manifest(&world).unwrap(), @r#"
    # yaml-language-server: $schema=../.schema/job.json
    # Settings of this job. `copilot job deploy` makes changes take effect.
    name: mailer
    type: Scheduled Job

    # When it runs: a cron expression in UTC, @hourly, @daily, … or @every 1h30m.
    on:
      schedule: "@daily"

    # How often a failed run is tried again, and how long a run may take with all its tries.
    # retries: 3
    # timeout: 1h30m

    # The image that tasks run.
    image:
      location: registry.example/mailer:1

    # CPU units (1024 are one vCPU) and memory in MiB.
    cpu: 256
    memory: 512

    # Environment variables, and secrets as names of SSM parameters.
    # variables:
    #   LOG_LEVEL: info
    # secrets:
    #   GITHUB_TOKEN: GITHUB_TOKEN

    # Everything above can be different in an environment.
    # environments:
    #   prod:
    #     cpu: 2048
    "#);
    insta::assert_snapshot!(world.recorded(RECORD).unwrap(), @r#"{"app":"demo","name":"mailer","type":"Scheduled Job"}"#);
    assert!(is_listed(&world));
    let calls = world.account.calls().of_program();
    insta::assert_snapshot!(format!("{:#?}", calls.counts()), @r#"
    {
        "cloudformation:DescribeStackSet": 2,
        "cloudformation:DescribeStackSetOperation": 2,
        "cloudformation:DescribeStacks": 1,
        "cloudformation:GetTemplateSummary": 3,
        "cloudformation:ListStackInstances": 1,
        "cloudformation:UpdateStackSet": 1,
        "ssm:GetParameter": 2,
        "ssm:GetParametersByPath": 1,
        "ssm:PutParameter": 1,
        "sts:AssumeRole": 1,
    }
    "#);
    // Everything is there now.
    let written = manifest(&world);
    insta::assert_snapshot!(init(&world, &FLAGS), @"
    exit code: 0
    ----- stderr -----
    Setting up job mailer of application demo, which is in account ACCOUNT, us-west-2
    The manifest copilot/mailer/manifest.yml is there already and stays as it is
    ✔ Job mailer is set up already.
      Next: `copilot job deploy --name mailer --env test`.
    ");
    assert_eq!(manifest(&world), written);
}

/// Whoever loses the race for the stack set adds its job to what the winner wrote.
#[test]
fn two_at_once_both_succeed() {
    for pace in [Duration::ZERO, Duration::from_secs(1)] {
        let world = world();
        world.account.pace_all(pace);
        let runs = in_parallel(2, &["mailer", "reader"], |name| {
            world.run(&["job", "init", "--name", name, "--image", "a", "--schedule", "@daily"])
        });
        for run in &runs {
            assert_eq!(run.code, Some(0), "{run}");
        }
        let template = set_template(&world);
        assert!(template.contains("Name: mailer\n") && template.contains("Name: reader\n"), "{template}");
        assert!(world.recorded(RECORD).is_some() && world.recorded("/components/reader").is_some());
    }
}

#[test]
fn a_job_is_deployed_as_it_was_set_up() {
    let world = world();
    init(&world, &FLAGS).succeeds();
    world.run(&["job", "deploy", "--name", "mailer", "--env", ENV]).succeeds();
}

#[test]
fn dockerfiles_are_named_from_the_workspace() {
    let world = world();
    let beside = world.workspace.file("apps/x/Dockerfile", "FROM scratch\n");
    world.workspace.file("infra/copilot/.workspace", "application: demo\n");
    let infra = world.workspace.path().join("infra");
    let deep = infra.join("deep");
    fs::create_dir(&deep).unwrap();
    for (name, dir, path) in [
        ("one", &infra, "../apps/x/Dockerfile"),
        ("two", &deep, "../../apps/x/Dockerfile"),
        ("three", &deep, beside.to_str().unwrap()),
    ] {
        let mut command =
            world.command(&["job", "init", "--name", name, "--dockerfile", path, "--schedule", "@daily"]);
        Run::of_command(command.current_dir(dir)).succeeds();
        let text = fs::read_to_string(infra.join("copilot").join(name).join("manifest.yml")).unwrap();
        assert!(text.contains("  build: ../apps/x/Dockerfile\n"), "{text}");
    }
}

#[test]
fn an_environment_without_public_subnets_gets_its_placement() {
    let world = world();
    let manifest_of_env = "name: test\\ntype: Environment\\nnetwork: {vpc: {id: vpc-1, subnets: {private: [{id: subnet-1}, {id: subnet-2}]}}}";
    let body = format!(
        "<GetTemplateSummaryResponse><GetTemplateSummaryResult><Metadata>{{\"Version\":\"v1.34.0\",\"Manifest\":\"{manifest_of_env}\"}}\
         </Metadata></GetTemplateSummaryResult></GetTemplateSummaryResponse>"
    );
    let answer = Action::Replace { status: 200, content_type: "text/xml".to_owned(), body };
    world.account.fault(Rule::on("cloudformation:GetTemplateSummary", answer).about("demo-test"));
    init(&world, &FLAGS).succeeds();
    let text = manifest(&world).unwrap();
    assert!(
        text.ends_with("environments:\n  test:\n    network:\n      vpc:\n        placement: private\n"),
        "{text}"
    );
}

#[test]
fn an_environment_that_cannot_be_entered_is_told() {
    let world = world();
    world.account.fault(Rule::deny("sts:AssumeRole"));
    insta::assert_snapshot!(init(&world, &FLAGS), @"
    exit code: 0
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Setting up job mailer of application demo, which is in account ACCOUNT, us-west-2
    Warning: environment test cannot be looked at, so it is not known whether it has public subnets: sts:AssumeRole on role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole. Where it has none, write `environments.test.network.vpc.placement: private` into the manifest.
    Wrote the manifest copilot/mailer/manifest.yml, and its schema for editors, copilot/.schema/job.json
    - Updating the resources of stack set demo-infrastructure in all regions [update in progress]
    - Updating the resources of stack set demo-infrastructure in all regions [update complete] [TIME]
    ✔ Job mailer is set up.
      Next: `copilot job deploy --name mailer --env test`.
    ");
    assert!(world.recorded(RECORD).is_some());
}

#[test]
fn what_is_refused() {
    let world = world();
    world.workspace.file("empty/Dockerfile", "");
    world.workspace.file("copilot/front/manifest.yml", "name: front\ntype: Backend Service\n");
    world.workspace.file("copilot/other/manifest.yml", "name: third\ntype: Scheduled Job\n");
    world.register("known", "Scheduled Job");
    world.register("api", "Load Balanced Web Service");
    let mut told = Told::default();
    for (case, args, code) in [
        ("no name", &["--name", "", "--image", "a", "--schedule", "@daily"][..], 2),
        ("a name", &["--name", "My_Job"], 2),
        ("a reserved name", &["--name", "environments"], 2),
        ("another type", &["--job-type", "Backend Service"], 2),
        ("another application", &["--app", "shop"], 2),
        ("both", &["--dockerfile", "Dockerfile", "--image", "a"], 2),
        ("a Dockerfile that is not there", &["--name", "x1", "--dockerfile", "Dokerfile"], 2),
        ("a directory", &["--name", "x1", "--dockerfile", "empty"], 2),
        ("an empty Dockerfile", &["--name", "x1", "--dockerfile", "empty/Dockerfile"], 2),
        ("a file as an image", &["--name", "x1", "--image", "./Dockerfile"], 2),
        ("an image", &["--name", "x1", "--image", "https://a/b"], 2),
        ("a schedule", &["--name", "x1", "--image", "a", "--schedule", "every 2 hours"], 2),
        ("another schedule", &["--name", "x1", "--image", "a", "--schedule", "@every 90s"], 2),
        ("both days", &["--name", "x1", "--image", "a", "--schedule", "0 0 1 * 1"], 2),
        ("a timeout", &["--name", "x1", "--image", "a", "--schedule", "@daily", "--timeout", "1.5"], 2),
        ("retries", &["--retries", "-1"], 2),
        ("no image", &["--name", "x1", "--schedule", "@daily"], 2),
        ("no schedule", &["--name", "x1", "--image", "a"], 2),
        ("a service's manifest", &["--name", "front", "--image", "a", "--schedule", "@daily"], 1),
        ("another's manifest", &["--name", "other", "--image", "a", "--schedule", "@daily"], 1),
        ("a service", &["--name", "api", "--image", "a", "--schedule", "@daily"], 1),
        ("a job of another workspace", &["--name", "known", "--image", "a", "--schedule", "@daily"], 1),
    ] {
        told.runs(case, &world, world.command(&[&["job", "init"], args].concat()), code);
    }
    insta::assert_snapshot!(told.all());
    let names: Vec<_> = fs::read_dir(world.workspace.path().join("copilot"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

/// The list of the stack set says nothing: the repository counts.
#[test]
fn a_repository_of_somebody_else_is_told_and_the_job_taken_off_the_list() {
    let world = world();
    let emulator = world.account.emulator();
    let input = json!({ "repositoryName": "demo/mailer" });
    LocalAws::shared()
        .block_on(async move {
            emulator
                .json("ecr", "AmazonEC2ContainerRegistry_V20150921.CreateRepository", &input)
                .await
                .map(drop)
        })
        .unwrap();
    insta::assert_snapshot!(init(&world, &FLAGS), @r#"
    exit code: 1
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Setting up job mailer of application demo, which is in account ACCOUNT, us-west-2
    Wrote the manifest copilot/mailer/manifest.yml, and its schema for editors, copilot/.schema/job.json
    - Updating the resources of stack set demo-infrastructure in all regions [update in progress]
    - Updating the resources of stack set demo-infrastructure in all regions [update failed] [TIME]
    ✘ job mailer was not registered with application demo: operation 2 of stack set demo-infrastructure failed
      | account ACCOUNT, us-west-2: FAILED: ResourceLogicalId:ECRRepomailer, ResourceType:AWS::ECR::Repository, ResourceStatusReason:Resource handler returned message: "Resource of type 'AWS::ECR::Repository' with identifier 'demo/mailer' already exists." (HandlerErrorCode: AlreadyExists)
      Look at it with `aws cloudformation list-stack-set-operation-results --stack-set-name demo-infrastructure --operation-id 2`, remove the cause and run the command again.
      Run `copilot job init --name mailer` again then: it goes on where it stopped.
    "#);
    assert_eq!((is_listed(&world), world.recorded(RECORD)), (false, None));
    // The manifest is kept for the next try.
    assert!(manifest(&world).is_some());
}

#[test]
fn questions_are_asked_on_a_terminal() {
    let world = world();
    let mut terminal = in_terminal(&world, &["job", "init"], 100);
    terminal.exp_string("What is the new job called?").unwrap();
    terminal.send_line("mailer").unwrap();
    terminal.exp_string("What is the job's image built from?").unwrap();
    terminal.send("\r").unwrap();
    terminal.flush().unwrap();
    terminal.exp_string("When does the job run?").unwrap();
    terminal.send("\u{1b}[B\r").unwrap();
    terminal.flush().unwrap();
    terminal.exp_string("At which times?").unwrap();
    terminal.send("\u{1b}[A\r").unwrap();
    terminal.flush().unwrap();
    terminal.exp_string("Cron expression in UTC").unwrap();
    terminal.send_line("").unwrap();
    terminal.exp_string("Is that right?").unwrap();
    terminal.send_line("y").unwrap();
    let rest = plain(&terminal.exp_eof().unwrap());
    assert_eq!(exit_code(&terminal), 0, "{rest}");
    let text = manifest(&world).unwrap();
    assert!(text.contains("schedule: \"0 * * * *\"") && text.contains("build: Dockerfile"), "{text}");
}

/// The stack set lists the job by then, and nothing goes on in it.
#[test]
fn the_second_interrupt_leaves_at_once() {
    let world = world();
    let wait = Action::Delay(Duration::from_secs(30));
    world.account.fault(Rule::on("cloudformation:ListStackInstances", wait));
    let command = world.command(&[&["job", "init", "--name", "mailer"], &FLAGS[..]].concat());
    let mut init = Talking::start(command);
    init.wait_for("[update complete]");
    for _ in 0..2 {
        std::thread::sleep(Duration::from_millis(1000));
        init.signal("INT");
    }
    insta::assert_snapshot!(init.ends().outline(), @"
    exit code: 130
    ----- stderr -----
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    Setting up job mailer of application demo, which is in account ACCOUNT, us-west-2
    Wrote the manifest copilot/mailer/manifest.yml, and its schema for editors, copilot/.schema/job.json
    ! Exited; nothing goes on in AWS
    ");
}
