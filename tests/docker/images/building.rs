//! What is built and pushed.

use std::fs;

use super::{Images, PASSWORD, docker, outline};
use crate::local_aws::LocalAws;
use crate::support::cdk_app::with_cdk_app;
use crate::support::{APP, BUILD, ENV, JOB, Run, STACK, Workspace, World};

#[test]
fn a_commit_a_tag_and_a_dirty_tree() {
    let world = Images::new(Workspace::with_image());
    let repository = world.repository();
    let commit = world.workspace.commit();
    insta::assert_snapshot!(outline(&world.deploys(&[])), @"
    exit code: 0
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    report-gen: built [TIME]
    report-gen: pushing ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest
    report-gen: pushed ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest (sha256:DIGEST)
    report-gen: pushed ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:COMMIT (sha256:DIGEST)
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Creating the infrastructure for stack demo-test-report-gen [create in progress]
    - Creating the infrastructure for stack demo-test-report-gen [create complete] [TIME]
    ✔ Deployed report-gen.
    ");
    assert_eq!(world.parameter("ContainerImage"), Some(format!("{repository}:{commit}")));
    let pushed = world.pushed();
    assert_eq!(pushed.len(), 2, "{pushed:?}");
    assert_eq!(pushed[&commit], pushed["latest"]);

    let labels = docker(&[
        "image",
        "inspect",
        "--format",
        "{{json .Config.Labels}} {{.Os}}/{{.Architecture}}",
        &format!("{repository}:{commit}"),
    ]);
    assert_eq!(
        labels,
        format!(
            r#"{{"com.aws.copilot.image.builder":"copilot-cli","com.aws.copilot.image.container.name":"{JOB}","com.aws.copilot.image.version":"v{}"}} linux/amd64"#,
            env!("CARGO_PKG_VERSION")
        )
    );
    let history = docker(&["history", "--no-trunc", &format!("{repository}:{commit}")]);
    assert!(!history.contains(PASSWORD), "{history}");

    // The same commit again: the registry has the image and both tags, so nothing is sent.
    let start = std::time::Instant::now();
    insta::assert_snapshot!(outline(&world.deploys(&[])), @"
    exit code: 0
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    report-gen: built [TIME]
    report-gen: in the registry already: ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest (sha256:DIGEST)
    report-gen: in the registry already: ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:COMMIT (sha256:DIGEST)
    Proposing infrastructure changes for stack demo-test-report-gen
    - No new infrastructure changes for stack demo-test-report-gen
    No infrastructure changes: stack demo-test-report-gen is up to date.
    ");
    let calls = world.account.calls_since(start).filter(|call| call.service == "registry");
    assert_eq!(calls.names(), ["registry:HeadManifest", "registry:HeadManifest"]);

    insta::assert_snapshot!(outline(&world.deploys(&["--tag", "v2"])), @"
    exit code: 0
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    report-gen: built [TIME]
    report-gen: pushed ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:v2 (sha256:DIGEST)
    report-gen: in the registry already: ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest (sha256:DIGEST)
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
    assert_eq!(world.parameter("ContainerImage"), Some(format!("{repository}:v2")));
    assert_eq!(world.pushed()["v2"], world.pushed()["latest"]);

    // Another image under the same tag: the stack stays as it is, and the next run uses the image.
    world.workspace.file("content", &format!("second in {}", world.workspace.path().display()));
    insta::assert_snapshot!(outline(&world.deploys(&["--tag", "v2"])), @"
    exit code: 0
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    report-gen: built [TIME]
    report-gen: pushing ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest
    report-gen: pushed ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest (sha256:DIGEST)
    report-gen: pushed ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:v2 (sha256:DIGEST)
    Proposing infrastructure changes for stack demo-test-report-gen
    - No new infrastructure changes for stack demo-test-report-gen
    No infrastructure changes: stack demo-test-report-gen is up to date. The next run uses the image just pushed as ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:v2.
    ");

    // A change that is not committed: no name to give, so the digest it is.
    world.workspace.file("content", &format!("changed in {}", world.workspace.path().display()));
    insta::assert_snapshot!(outline(&world.deploys(&[])), @"
    exit code: 0
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    report-gen: built [TIME]
    report-gen: pushing ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest
    report-gen: pushed ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest (sha256:DIGEST)
    Proposing infrastructure changes for stack demo-test-report-gen
    ✔ Proposing infrastructure changes for stack demo-test-report-gen
    - Updating the infrastructure for stack demo-test-report-gen [update in progress]
    - Updating the infrastructure for stack demo-test-report-gen [update complete] [TIME]
    ✔ Deployed report-gen.
    ");
    let pushed = world.pushed();
    assert_eq!(world.parameter("ContainerImage"), Some(format!("{repository}@{}", pushed["latest"])));
    assert_ne!(pushed["latest"], pushed["v2"]);
    assert_eq!(pushed.len(), 3, "{pushed:?}");
}

#[test]
fn sidecars_environment_files_and_volumes() {
    let world = Images::new(Workspace::with_image());
    let repository = world.repository();
    world.workspace.manifest(&format!(
        "{BUILD}env_file: report.env\nsidecars:\n  proxy:\n    image:\n      build: proxy/Dockerfile\n    env_file: report.env\nstorage:\n  volumes:\n    \
         data:\n      path: /data\n      read_only: false\n      efs: true\n"
    ));
    world.workspace.file("report.env", "LEVEL=debug\n");
    world.workspace.file("proxy/Dockerfile", "FROM scratch\nCOPY conf /conf\n");
    world.workspace.file("proxy/conf", &format!("conf of {}", world.workspace.path().display()));
    let commit = world.workspace.commit();
    world.deploys(&[]);
    let mut tags: Vec<_> = world.pushed().into_keys().collect();
    tags.sort();
    let mut expected =
        ["latest".to_owned(), "proxy-latest".to_owned(), commit.clone(), format!("proxy-{commit}")];
    expected.sort();
    assert_eq!(tags, expected);
    let template = world.cloudformation("GetTemplate", &[("StackName", STACK)]).unwrap();
    assert!(template.contains(&format!("{repository}:proxy-{commit}")), "{template}");

    let arn = world.parameter("EnvFileARN").unwrap();
    let key = arn.strip_prefix("arn:aws:s3:::").unwrap().to_owned();
    assert!(key.starts_with(&world.app.regions.values().next().unwrap().bucket), "{key}");
    let emulator = world.account.emulator();
    let object = LocalAws::shared()
        .block_on(async move { emulator.s3(hyper::Method::GET, &format!("/{key}"), Vec::new()).await })
        .unwrap();
    assert_eq!(object.body().as_ref(), b"LEVEL=debug\n");
    let uploads =
        world.account.calls().filter(|call| call.operation == "PutObject" && call.resource.ends_with(".env"));
    assert_eq!(uploads.0.len(), 1, "one file for two containers");

    // The env-controller has told the environment about the volume.
    let stack = world.cloudformation("DescribeStacks", &[("StackName", "demo-test")]).unwrap();
    let (_, value) = stack.split_once("<ParameterKey>EFSWorkloads</ParameterKey>").unwrap();
    let value = value.split_once("</ParameterValue>").unwrap().0;
    assert!(value.ends_with(&format!("<ParameterValue>{JOB}")), "{value}");
}

#[test]
fn containers_with_the_same_build_share_it() {
    let world = Images::new(Workspace::with_image());
    let repository = world.repository();
    world.workspace.manifest(&format!(
        "{BUILD}sidecars:\n  same:\n    image:\n      build: ./Dockerfile\n  other:\n    image:\n      build:\n        dockerfile: \
         ./Dockerfile\n        args:\n          A: b\n"
    ));
    let commit = world.workspace.commit();
    let said = world.deploys(&[]).succeeds();
    assert_eq!(said.matches(": building from Dockerfile").count(), 2, "{said}");
    assert!(said.contains("report-gen, same: building from Dockerfile"), "{said}");
    let pushed = world.pushed();
    let mut tags: Vec<_> = pushed.keys().cloned().collect();
    tags.sort();
    let mut expected: Vec<_> = ["", "same-", "other-"]
        .iter()
        .flat_map(|prefix| [format!("{prefix}latest"), format!("{prefix}{commit}")])
        .collect();
    expected.sort();
    assert_eq!(tags, expected);
    assert_eq!(pushed["latest"], pushed["same-latest"]);
    let template = world.cloudformation("GetTemplate", &[("StackName", STACK)]).unwrap();
    assert!(template.contains(&format!("{repository}:same-{commit}")), "{template}");
    let uploads = world.account.calls().filter(|call| call.operation == "StartUpload");
    // One layer and one configuration each; what two images have in common is sent once or, when both are on
    // their way at the same time, twice.
    assert!((3..=4).contains(&uploads.0.len()), "{:?}", uploads.names());
}

/// Without a tag the template names the sidecar's image by its digest, which only the push tells.
#[test]
fn a_cdk_app_runs_once_and_sees_no_digest_that_is_not_the_deployed_one() {
    let workspace = with_cdk_app(r#"{ "app": "mine" }"#);
    workspace.manifest(&format!("{BUILD}sidecars:\n  other:\n    image:\n      build: ./Dockerfile\n"));
    workspace.file("Dockerfile", "FROM scratch\nCOPY content /content\n");
    workspace.file("content", &workspace.path().display().to_string());
    let world = Images::new(workspace);
    let run = Run::of(world.deploying(&["--diff-yes"]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let repository = world.repository();
    assert!(run.stdout.contains(&format!("Image: {repository}@(known after push)")), "{}", run.stdout);
    let template = world.cloudformation("GetTemplate", &[("StackName", STACK)]).unwrap();
    let digest = &world.pushed()["other-latest"];
    assert!(template.contains(&format!("Image: {repository}@{digest}")), "{template}");
    let runs = world.workspace.path().join("copilot/report-gen/overrides/runs.log");
    assert_eq!(fs::read_to_string(runs).unwrap().lines().count(), 1);
}

#[test]
fn an_ordinary_job_leaves_the_environment_alone() {
    let world = World::new(Workspace::new(crate::support::LOCATION));
    let before = world.cloudformation("DescribeStackEvents", &[("StackName", "demo-test")]).unwrap();
    world.deploy(&[]).succeeds();
    let after = world.cloudformation("DescribeStackEvents", &[("StackName", "demo-test")]).unwrap();
    assert_eq!(before.matches("<EventId>").count(), after.matches("<EventId>").count());
}

#[test]
fn two_deployments_of_different_jobs_do_not_disturb_each_other() {
    let world = World::seeded(
        crate::local_aws::App::new(APP).env(ENV).job(JOB).job("cleanup"),
        Workspace::new(crate::support::LOCATION),
    );
    world
        .workspace
        .file("copilot/cleanup/manifest.yml", &crate::support::LOCATION.replace("report-gen", "cleanup"));
    let first = world.start_deploy(&[]);
    world.run(&["job", "deploy", "--name", "cleanup", "--env", ENV]).succeeds();
    first.finish().succeeds();
}
