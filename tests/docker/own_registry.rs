//! What else a deploy does with the application's own registry: base images from it, and pushes that go on where
//! an earlier one ended.

use crate::images::{Images, docker, outline, with_step};
use crate::local_aws::{Calls, Rule};
use crate::support::{Run, Workspace, World};

/// Another content, so that the image is not one that exists.
fn change(world: &Images, what: &str) {
    world.workspace.file("content", &format!("{what} in {}", world.workspace.path().display()));
}

#[test]
fn base_images_come_from_the_own_registry_without_docker_login() {
    let world = Images::new(Workspace::with_image());
    let repository = world.repository();
    world.deploy(&["--tag", "base"]).succeeds();
    for tag in ["base", "latest"] {
        docker(&["image", "rm", "--no-prune", "--force", &format!("{repository}:{tag}")]);
    }
    world.workspace.file("Dockerfile", &format!("FROM {repository}:base\nCOPY content /more\n"));
    // BuildKit wants TLS of a registry with a name, which this one has not; for it see `docker_push`.
    let deploy = |config: &str| {
        world.workspace.file(".docker/config.json", config);
        let mut command = world.deploying(&["--tag", "v1"]);
        command.env("DOCKER_BUILDKIT", "0");
        Run::of(command)
    };
    // The user's own login for that registry goes first. `AWS:wrong` in base64.
    let host = repository.split('/').next().unwrap();
    let said = deploy(&format!(r#"{{"auths": {{"{host}": {{"auth": "QVdTOndyb25n"}}}}}}"#)).ends_with(1);
    assert!(!said.contains("QVdTOndyb25n") && !said.contains("wrong"), "{said}");
    let none = r#"{"auths": {}}"#;
    insta::assert_snapshot!(outline(&deploy(none)), @"
    exit code: 0
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    report-gen: built [TIME]
    report-gen: pushing ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest
    report-gen: pushed ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest (sha256:DIGEST)
    report-gen: pushed ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:v1 (sha256:DIGEST)
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
    let written = std::fs::read_to_string(world.workspace.path().join(".docker/config.json")).unwrap();
    assert_eq!(written, none, "the login stays in memory");
}

#[test]
fn a_push_that_was_interrupted_sends_no_layer_again() {
    let world = Images::new(Workspace::with_image());
    let layers = |calls: Calls| {
        calls.filter(|call| ["StartUpload", "UploadChunk", "FinishUpload"].contains(&call.operation.as_str()))
    };
    world.account.fault(Rule::error("registry:PutManifest", 403, "DENIED", "not authorized"));
    world.deploy(&["--tag", "v1"]).ends_with(1);
    assert_eq!(layers(world.account.calls()).count("registry:FinishUpload"), 2, "a layer, the configuration");
    assert!(world.pushed().is_empty());

    world.account.clear_faults();
    let start = std::time::Instant::now();
    world.deploy(&["--tag", "v1"]).succeeds();
    let again = layers(world.account.calls_since(start));
    assert!(again.0.is_empty(), "{:?}", again.names());
    assert_eq!(world.pushed().len(), 2);

    // What is new is sent, nothing else.
    change(&world, "again");
    let start = std::time::Instant::now();
    world.deploy(&["--tag", "v2"]).succeeds();
    assert_eq!(layers(world.account.calls_since(start)).count("registry:FinishUpload"), 2);
}

#[test]
fn the_whole_log_of_a_failing_step_is_told_once() {
    let workspace = with_step("RUN [\"/step\", \"many\", \"120\"]");
    workspace.file(".dockerignore", "copilot\n");
    let world = World::new(workspace);
    // Nothing else told it.
    let said = world.deploy(&["--quiet"]).ends_with(1);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "  | many 120", "{said}");
    let numbers: Vec<String> = (1..=120).map(|n| format!("  | number {n}")).collect();
    assert_eq!(lines[1..=120], numbers, "{said}");
    assert!(
        lines[121].starts_with("✘ cannot build the image of report-gen: Dockerfile:4: step [3/3]"),
        "{said}"
    );
    assert_eq!(lines[122..], [r#"  |    4 | RUN ["/step", "many", "120"]"#]);
    // It was told as it came; its end is told again.
    let said = world.deploy(&[]).ends_with(1);
    assert_eq!(said.matches("report-gen: | number ").count(), 120, "{said}");
    assert_eq!(said.matches("\n  | number ").count(), 40, "{said}");
    assert!(said.contains("\n  | …\n  | number 81\n"), "{said}");
}
