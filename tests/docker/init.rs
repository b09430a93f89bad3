//! `init` with a real Docker Engine: from a Dockerfile to a deployed job.

use std::time::Duration;

use crate::images::{Images, outline};
use crate::support::{Run, World};

const FLAGS: [&str; 8] = ["init", "--app", "demo", "--name", "report-gen", "--schedule", "@daily", "--yes"];

/// An empty account, and a directory that is the build context as a whole.
fn world(dockerfile: &str) -> Images {
    let world = World::empty_with_registry();
    world.workspace.file("Dockerfile", dockerfile);
    // A content of its own, so that builds of different tests do not share layers.
    world.workspace.file("content", &world.workspace.path().display().to_string());
    world.account.pace_all(Duration::from_secs(1));
    Images(world)
}

/// Where a text begins.
fn at(run: &Run, text: &str) -> usize {
    run.stderr.find(text).unwrap_or_else(|| panic!("{text}: {run}"))
}

#[test]
fn from_a_dockerfile_to_a_deployed_job() {
    let world = world("FROM scratch\nCOPY . /all\n");
    let run = world.run(&FLAGS);
    insta::assert_snapshot!(outline(&run), @"
    exit code: 0
    ----- stderr -----
    The plan, in account ACCOUNT, us-west-2 (+ is created, ~ gets what has changed, = stays as it is):
      application demo
        + stack demo-infrastructure-roles: roles demo-adminrole and demo-executionrole
        + stack set demo-infrastructure
      job report-gen, built from ./Dockerfile
        + copilot/report-gen/manifest.yml
        + its place in the application, with a repository for images
      environment test
        + copilot/environments/test/manifest.yml
        + in us-west-2: S3 bucket, KMS key, repository demo/report-gen
        + stack demo-test: roles demo-test-CFNExecutionRole and demo-test-EnvManagerRole
        + in the same stack: VPC with two public and two private subnets, ECS cluster
      deployment of report-gen to test
        + the image, built while the rest comes about, then pushed
        + stack demo-test-report-gen: task definition, state machine, schedule, log group, roles
    What costs money:
      the KMS key: about 1 USD a month for each region
      no NAT gateway, no load balancer
    This takes about 8 minutes.
    This directory is in no git repository: the image gets no tag from a commit.
    The same without questions: copilot init --app demo --dockerfile ./Dockerfile --name report-gen --schedule @daily --env test --yes
    Wrote the manifest copilot/report-gen/manifest.yml, and its schema for editors, copilot/.schema/job.json
    Wrote the manifest copilot/environments/test/manifest.yml, and its schema for editors, copilot/.schema/environment.json
    Proposing infrastructure changes for stack demo-infrastructure-roles
    report-gen: building from Dockerfile
    ✔ Proposing infrastructure changes for stack demo-infrastructure-roles
    report-gen: built [TIME]
    Proposing infrastructure changes for stack demo-test
    ✔ Proposing infrastructure changes for stack demo-test
    Proposing infrastructure changes for stack demo-test
    ✔ Proposing infrastructure changes for stack demo-test
    Schedule: every day at 00:00 UTC (cron(0 0 * * ? *)); next: DATE UTC, DATE UTC, DATE UTC
    report-gen: building from Dockerfile
    report-gen: built [TIME]
    report-gen: pushing ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest
    report-gen: pushed ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest (sha256:DIGEST)
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
      Deploy changes with `copilot job deploy --name report-gen --env test`.
    ");
    assert!(
        at(&run, "report-gen: built [") < at(&run, "demo-infrastructure-roles [create complete]"),
        "the image is built beside the first stack: {run}"
    );
    // The deployment's own build finds all of it in the engine, also the files that this command has written.
    let (_, of_deployment) = run.stderr.rsplit_once("report-gen: building from Dockerfile").unwrap();
    assert!(of_deployment.contains("COPY . /all") && of_deployment.contains("cached"), "{run}");
    assert!(!world.pushed().is_empty());
    assert_eq!(world.account.calls().count("cloudformation:UpdateStackSet"), 0);
}

/// A build that fails ends the command behind the step that it ran beside, which the same command then finds done.
#[test]
fn a_build_that_fails() {
    let world = world("FROM scratch\nCOPY content /content\nRUN [\"/gone\"]\n");
    world.account.pace_all(Duration::from_secs(10));
    let failed = world.run(&FLAGS);
    assert_eq!(failed.code, Some(1), "{failed}");
    let text = failed.to_string();
    let from = text.find("✘ cannot build").unwrap_or_else(|| panic!("{text}"));
    let hints: Vec<&str> = text[from..].lines().filter(|line| !line.starts_with("  |")).skip(1).collect();
    insta::assert_snapshot!(hints.join("\n"), @"
    So far there is: the files in the directory copilot, application demo.
    `copilot init --app demo --dockerfile ./Dockerfile --name report-gen --schedule @daily --env test` goes on where this run stopped.
    ");
    assert_eq!(world.account.calls().count("cloudformation:CreateStackInstances"), 0);
    world.account.pace_all(Duration::from_secs(1));
    world.workspace.file("Dockerfile", "FROM scratch\nCOPY content /content\n");
    let said = world.run(&FLAGS).succeeds();
    assert!(said.contains("Deployed report-gen."), "{said}");
}
