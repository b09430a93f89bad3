//! `init`, against the local AWS.

mod cases;
mod refusals;
mod resumed;
mod screen;

use std::fs;
use std::time::Duration;

use crate::local_aws::{App, Call, Calls};
use crate::support::{ENV, Run, Workspace, World};

/// Everything that has no default, with an image that exists, and consent.
const FLAGS: [&str; 7] =
    ["--app", "demo", "--image", "registry.example/mailer:1", "--schedule", "@daily", "--yes"];

/// How long each operation on a stack takes.
const PACE: Duration = Duration::from_secs(1);

/// Calls that are repeated until something is ready.
const POLLS: [&str; 6] = [
    "DescribeStackEvents",
    "DescribeStacks",
    "DescribeChangeSet",
    "DescribeStackSetOperation",
    "ListStackSetOperations",
    "ListStackInstances",
];

/// Calls that start an operation on stacks.
const OPERATIONS: [&str; 6] = [
    "ExecuteChangeSet",
    "CreateStack",
    "UpdateStack",
    "DeleteStack",
    "CreateStackInstances",
    "UpdateStackSet",
];

fn init(world: &World, more: &[&str]) -> Run {
    world.run(&[&["init"], &FLAGS[..], more].concat())
}

/// A directory of an application that exists, with an environment and no job.
fn joined() -> World {
    World::seeded(App::new("demo").env(ENV), Workspace::empty())
}

fn manifest(world: &World) -> Option<String> {
    fs::read_to_string(world.workspace.path().join("copilot/mailer/manifest.yml")).ok()
}

/// Calls that change something.
fn changing(world: &World) -> Vec<String> {
    const VERBS: [&str; 8] = ["Create", "Put", "Update", "Delete", "Execute", "Tag", "Start", "Attach"];
    let changes = |call: &Call| VERBS.iter().any(|verb| call.operation.starts_with(verb));
    world.account.calls().of_program().filter(changes).names()
}

/// The operations on stacks, in the order in which they began.
fn operations(calls: Calls) -> Calls {
    calls.of_program().filter(|call| {
        call.service == "cloudformation"
            && OPERATIONS.contains(&call.operation.as_str())
            && call.status == 200
    })
}

/// What the command has said without lines about stacks' resources and times.
fn outline(run: &Run) -> String {
    let dynamic = ["Proposing ", "✔ Proposing ", "- Creating ", "- Updating "];
    let text = run.outline();
    let kept = text.lines().filter(|line| !dynamic.iter().any(|start| line.starts_with(start)));
    kept.map(|line| format!("{line}\n")).collect()
}

#[test]
fn from_nothing_to_a_deployed_job() {
    let world = World::empty();
    world.account.pace_all(PACE);
    insta::assert_snapshot!(outline(&init(&world, &[])), @"
    exit code: 0
    ----- stderr -----
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
    Wrote the manifest copilot/mailer/manifest.yml, and its schema for editors, copilot/.schema/job.json
    Wrote the manifest copilot/environments/test/manifest.yml, and its schema for editors, copilot/.schema/environment.json
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✔ Deployed mailer.
      Deploy changes with `copilot job deploy --name mailer --env test`.
    ");
    insta::assert_snapshot!(manifest(&world).unwrap().lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n"), @r#"
    name: mailer
    type: Scheduled Job

    on:
      schedule: "@daily"


    image:
      location: registry.example/mailer:1

    cpu: 256
    memory: 512
    "#);
    assert!(world.workspace.path().join("copilot/environments/test/manifest.yml").is_file());
    let calls = world.account.calls();
    insta::assert_snapshot!(format!("{:#?}", calls.clone().of_program().filter(|call| !POLLS.contains(&call.operation.as_str())).counts()), @r#"
    {
        "cloudformation:CreateChangeSet": 4,
        "cloudformation:CreateStackInstances": 1,
        "cloudformation:CreateStackSet": 1,
        "cloudformation:DescribeStackSet": 3,
        "cloudformation:ExecuteChangeSet": 4,
        "cloudformation:GetTemplate": 2,
        "cloudformation:GetTemplateSummary": 2,
        "iam:CreateServiceLinkedRole": 1,
        "iam:GetRole": 4,
        "iam:ListRoleTags": 1,
        "logs:DescribeLogStreams": 1,
        "s3:HeadObject": 7,
        "s3:PutObject": 7,
        "ssm:GetParameter": 8,
        "ssm:PutParameter": 3,
        "sts:AssumeRole": 2,
        "sts:GetCallerIdentity": 2,
    }
    "#);
    // Roles; what the region has, beside the environment's roles; the environment; the job.
    let begun: Vec<String> = operations(calls.clone())
        .0
        .iter()
        .map(|call| format!("{} {}", call.operation, call.resource))
        .collect();
    insta::assert_snapshot!(begun.join("\n"), @"
    ExecuteChangeSet demo-infrastructure-roles
    CreateStackInstances demo-infrastructure
    ExecuteChangeSet demo-test
    ExecuteChangeSet demo-test
    ExecuteChangeSet demo-test-mailer
    ");
    assert_eq!(calls.count("cloudformation:UpdateStackSet"), 0, "the stack set is created as it has to be");
    // Which of them ran beside another one.
    let (mut serial, mut free_from) = (0, None);
    for call in operations(calls).0 {
        if free_from.is_none_or(|end| call.started >= end) {
            serial += 1;
            free_from = Some(call.finished + PACE);
        }
    }
    assert_eq!(serial, 4);
    // Everything is there: the job is deployed again.
    let written = manifest(&world);
    insta::assert_snapshot!(outline(&world.run(&["init", "--yes"])), @"
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
      each run: Fargate, by the second, with 0.25 vCPU and 512 MiB
      images, artifacts and logs: by what is stored
      no NAT gateway, no load balancer
    This takes about 2 minutes.
    This directory is in no git repository.
    The same without questions: copilot init --app demo --name mailer --env test --yes
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    - No new infrastructure changes for stack demo-test-mailer
    No infrastructure changes: stack demo-test-mailer is up to date.
      Deploy changes with `copilot job deploy --name mailer --env test`.
    ");
    assert_eq!(manifest(&world), written);
}

#[test]
fn without_a_deployment() {
    let world = World::empty();
    insta::assert_snapshot!(outline(&init(&world, &["--deploy=false"])), @"
    exit code: 0
    ----- stderr -----
    The plan, in account ACCOUNT, us-west-2 (+ is created, ~ gets what has changed, = stays as it is):
      application demo
        + stack demo-infrastructure-roles: roles demo-adminrole and demo-executionrole
        + stack set demo-infrastructure
      job mailer, which runs registry.example/mailer:1
        + copilot/mailer/manifest.yml
          schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
        + its place in the application, with a repository for images
    This takes about a minute.
    This directory is in no git repository.
    The same without questions: copilot init --app demo --image registry.example/mailer:1 --name mailer --schedule @daily --deploy=false --yes
    Wrote the manifest copilot/mailer/manifest.yml, and its schema for editors, copilot/.schema/job.json
    ✔ Application demo and job mailer are set up.
      Next: create an environment with `copilot env init --name test`.
    ");
    assert!(!world.workspace.path().join("copilot/environments").exists());
    assert_eq!(world.account.calls().count("cloudformation:CreateStackInstances"), 0);
    // The rest, later: the stack set is changed once for the environment's account, as `env init` does it.
    insta::assert_snapshot!(outline(&world.run(&["init", "--deploy", "--yes"])), @"
    exit code: 0
    ----- stderr -----
    The plan, in account ACCOUNT, us-west-2 (+ is created, ~ gets what has changed, = stays as it is):
      application demo
        = already there
      job mailer
        = copilot/mailer/manifest.yml: already there
        = its place in the application, with a repository for images: already there
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
    This takes about 7 minutes.
    This directory is in no git repository.
    The same without questions: copilot init --app demo --name mailer --env test --yes
    Wrote the manifest copilot/environments/test/manifest.yml, and its schema for editors, copilot/.schema/environment.json
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    ✔ Deployed mailer.
      Deploy changes with `copilot job deploy --name mailer --env test`.
    ");
    assert_eq!(world.account.calls().count("cloudformation:UpdateStackSet"), 1);
}

/// The stack set of an application without environments is changed once for the job and the environment's account.
#[test]
fn one_change_of_a_stack_set_that_exists() {
    let world = World::empty();
    world.run(&["app", "init", "demo"]).succeeds();
    init(&world, &[]).succeeds();
    let calls = world.account.calls();
    assert_eq!(calls.count("cloudformation:CreateStackSet"), 1);
    assert_eq!(calls.count("cloudformation:UpdateStackSet"), 1);
    assert_eq!(calls.count("cloudformation:CreateStackInstances"), 1);
}

#[test]
fn an_environment_of_ones_own() {
    let world = joined();
    let said = init(&world, &["--env", "prod"]).succeeds();
    assert!(said.contains("= in us-west-2: S3 bucket, KMS key: already there"), "{said}");
    assert!(world.recorded("/environments/prod").is_some());
    let names = operations(world.account.calls()).0;
    // The job's repository in the region of the other environment; the region itself is there.
    let of_set = names
        .iter()
        .filter(|call| call.operation.contains("StackSet") || call.operation.contains("Instances"));
    assert_eq!(of_set.count(), 1);
}

#[test]
fn names_have_defaults() {
    let world = World::empty();
    for (dir, args, expected) in [
        (
            "My_Shop",
            &["--image", "registry.example/a/Sync:1@sha256:ab"][..],
            ["--app my-shop", "--name sync"],
        ),
        ("data/reports", &["--dockerfile", "daily/Dockerfile"], ["--app reports", "--name daily"]),
        ("tools", &[], ["--app tools", "--name tools"]),
    ] {
        world.workspace.file(&format!("{dir}/Dockerfile"), "FROM scratch\n");
        world.workspace.file(&format!("{dir}/daily/Dockerfile.dockerignore"), "");
        if args.first() == Some(&"--dockerfile") {
            world.workspace.file(&format!("{dir}/daily/Dockerfile"), "FROM scratch\n");
        }
        let mut command = world.command(&[&["init"], args].concat());
        let said = Run::of_command(command.current_dir(world.workspace.path().join(dir))).ends_with(2);
        assert!(expected.iter().all(|part| said.contains(part)), "{said}");
    }
}

#[test]
fn help() {
    let world = World::empty();
    insta::assert_snapshot!(world.run(&["init", "help"]).stdout, @r#"
    Set up a job and everything that it needs, from a Dockerfile to the deployed job.

    First the command looks around and shows a plan: what is there already, what is created, what costs
    money. It asks once; before the answer nothing is created, neither in AWS nor in this directory.
    Nothing is created twice: after a failure the same command goes on where it stopped, and with
    everything there it deploys the job.

    Usage: copilot init [OPTIONS]

    Options:
      -a, --app <NAME>
              Name of the application [default: the workspace's, or after the git repository]

          --deploy[=<true|false>]
              Whether to set up an environment and deploy the job; --deploy=false ends when application
              and job are set up [default: asked with the plan]

      -d, --dockerfile <PATH>
              Dockerfile to build the image from [default: the only one here]

      -e, --env <NAME>
              Name of the environment. One that is there is not changed; a new one is in the account and
              region in use [default: the application's, or test]

      -i, --image <IMAGE>
              Image to run instead of building one: `[registry/]repository[:tag|@digest]`

      -n, --name <NAME>
              Name of the job [default: after the directory of the Dockerfile, or the image]

          --retries <COUNT>
              How often a failed run is tried again
              
              [default: 0]

          --schedule <SCHEDULE>
              When the job runs, in UTC: a cron expression, a preset such as @daily, an interval such as
              "@every 1h30m", an expression of AWS, or none

          --tag <TAG>
              Tag for the images built from Dockerfiles [default: the commit of a clean git tree]

          --timeout <DURATION>
              How long a run may take with all its tries, such as 1h30m

      -t, --type <TYPE>
              Type of the workload: `Scheduled Job` is the only one

      -y, --yes
              Accept the plan and every default without a question

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      Answer questions, see the plan, decide:
        copilot init

      From a Dockerfile to a job that runs every day at 9:00 UTC, in a script:
        copilot init --app my-app --dockerfile ./report/Dockerfile --schedule "0 9 * * *" --env test
        --yes

      Run an image that exists every two hours:
        copilot init --image registry.example.com/sync:1 --schedule "@every 2h"

      Only the application and the job, without an environment:
        copilot init --deploy=false
    "#);
}
