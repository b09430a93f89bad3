//! Builds and pushes that fail.

use std::process::Command;

use super::{Images, outline, with_step};
use crate::local_aws::{Action, App, Rule};
use crate::support::{APP, ENV, JOB, Told, Workspace, World};

#[test]
fn a_login_that_expires_while_pushing_is_renewed() {
    let world = Images::new(Workspace::with_image());
    let expired = "Your authorization token has expired. Reauthenticate and try again.";
    world.account.fault(Rule::error("registry:StartUpload", 403, "DENIED", expired).times(1));
    world.deploys(&[]);
    assert_eq!(world.account.calls().of_program().count("ecr:GetAuthorizationToken"), 2);
    assert_eq!(world.pushed().len(), 1);
}

#[test]
fn a_step_that_fails() {
    let mut told = Told::default();
    let workspace = with_step("RUN [\"/step\", \"fail\", \"for good reason\"]");
    workspace.file(".dockerignore", "copilot\n");
    let world = World::new(workspace);
    let said = world.deploy(&[]).ends_with(1);
    assert_eq!(world.stack(), None);
    let calls = world.account.calls();
    assert_eq!(calls.count("cloudformation:CreateChangeSet"), 0);
    assert_eq!(calls.0.iter().filter(|call| call.service == "registry").count(), 0);
    let end = said.lines().skip_while(|line| !line.starts_with('✘')).collect::<Vec<_>>().join("\n");
    assert!(end.contains("for good reason"), "{said}");
    told.note("a step that fails", &world, 1, &end);
    insta::assert_snapshot!(told.all());
}

#[test]
fn an_ignore_file_that_is_none() {
    let world = World::new(Workspace::with_image());
    let path = world.workspace.path().join(".dockerignore");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    ✘ cannot build the image of report-gen: read WORKSPACE/.dockerignore: it is a named pipe, not a file
      Replace it with a text file, or remove it.
    ");
}

#[test]
fn a_job_that_is_not_registered() {
    let world = World::seeded(App::new(APP).env(ENV).job("other"), Workspace::with_image());
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    ✘ there is no job report-gen registered in application demo in account ACCOUNT, region us-west-2
      Its manifest is in this workspace: register it with `copilot job init --app demo --name report-gen`.
    ");
    assert_eq!(world.stack(), None);
}

#[test]
fn tags_that_aws_does_not_take_are_told_before_anything_is_built() {
    let world = World::seeded(App::new(APP).env(ENV).job(JOB).tag("team", "a"), Workspace::with_image());
    insta::assert_snapshot!(world.deploy(&["--resource-tags", "Team=b"]), @"
    exit code: 2
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    ✘ --resource-tags cannot be used: the keys `Team` and `team` differ in case only, and AWS takes one of them
      Application demo has tags of its own: team.
    ");
}

#[test]
fn a_login_that_the_account_refuses() {
    let world = World::new(Workspace::with_image());
    world.account.fault(Rule::deny("ecr:GetAuthorizationToken"));
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    ✘ ecr:GetAuthorizationToken on the registry of us-west-2 failed: AccessDenied: User is not authorized to perform: ecr:GetAuthorizationToken
      The call was made with your own credentials, whose policies must allow ecr:GetAuthorizationToken on the registry of us-west-2.
    ");
    assert_eq!(world.stack(), None);
}

#[test]
fn pushes_that_fail() {
    let world = Images::new(Workspace::with_image());
    let mut told = Told::default();
    let end =
        |said: &str| said.lines().skip_while(|line| !line.starts_with('✘')).collect::<Vec<_>>().join("\n");

    world.account.fault(Rule::error(
        "registry:Login",
        401,
        "UNAUTHORIZED",
        "authorization token has expired",
    ));
    world.account.fault(Rule::error(
        "registry:StartUpload",
        401,
        "UNAUTHORIZED",
        "authorization token has expired",
    ));
    // With a tag of its own the image is found again in the end, when `latest` has moved on.
    let said = world.deploy(&["--tag", "first"]).ends_with(1);
    told.note("login refused", &world, 1, &end(&said));
    assert_eq!(world.stack(), None);
    assert!(world.pushed().is_empty());

    world.account.clear_faults();
    world.account.fault(Rule::error(
        "registry:PutManifest",
        403,
        "DENIED",
        "not authorized to perform: ecr:PutImage",
    ));
    let said = world.deploy(&[]).ends_with(1);
    told.note("no permission to push", &world, 1, &end(&said));
    assert!(world.pushed().is_empty());

    // The engine itself repeats what is cut off; the push goes through.
    world.workspace.file("content", &format!("more in {}", world.workspace.path().display()));
    world.account.clear_faults();
    world.account.fault(Rule::on("registry:UploadChunk", Action::Drop { after_bytes: 0 }).times(1));
    insta::assert_snapshot!(outline(&world.deploy(&[])), @"
    exit code: 0
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    report-gen: built [TIME]
    report-gen: pushing ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest
    report-gen: pushed ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest (sha256:DIGEST)
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
    insta::assert_snapshot!("pushes_that_fail", told.all());
}

#[test]
fn a_registry_that_stays_out_of_order() {
    let world = Images::new(Workspace::with_image());
    let mut told = Told::default();
    world.account.fault(Rule::error("registry:PutManifest", 503, "UNAVAILABLE", "try again later"));
    let said = world.deploy(&[]).ends_with(1);
    assert!(world.account.calls().count("registry:PutManifest") >= 3, "it was not tried again");
    assert_eq!(world.stack(), None);
    let end = said.lines().skip_while(|line| !line.starts_with('✘')).collect::<Vec<_>>().join("\n");
    told.note("a registry out of order", &world, 1, &end);
    insta::assert_snapshot!(told.all());
}
