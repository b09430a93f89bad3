//! `job deploy` with a real Docker Engine and a registry it pushes to.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use crate::fixture::program as step;
use crate::local_aws::{Account, Action, App, LocalAws, Rule, registry_host};
use crate::support::cdk_app::with_cdk_app;
use crate::support::{APP, BUILD, ENV, JOB, Run, STACK, Told, Workspace, World, tree};

/// The password that the emulator's `GetAuthorizationToken` hands out.
const PASSWORD: &str = "ministack-auth-token";

/// A world whose images are removed from the engine in the end.
pub(crate) struct Images(pub World);

impl std::ops::Deref for Images {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl Images {
    pub(crate) fn new(workspace: Workspace) -> Self {
        Self(World::with_registry(workspace))
    }

    pub(crate) fn repository(&self) -> String {
        format!("{}/{APP}/{JOB}", registry_host(self.account.id()))
    }

    /// The digests in the registry by tag.
    pub(crate) fn pushed(&self) -> HashMap<String, String> {
        images_of(&self.account)
    }

    /// Deploys; nothing in the workspace, which is also the home, may change, and the password is shown nowhere.
    fn deploys(&self, flags: &[&str]) -> Run {
        let before = tree(self.workspace.path());
        let run = self.deploy(flags);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(before, tree(self.workspace.path()));
        assert!(!run.stderr.contains(PASSWORD), "{}", run.stderr);
        run
    }
}

impl Drop for Images {
    fn drop(&mut self) {
        let list =
            docker(&["image", "ls", "--quiet", "--filter", &format!("reference={}", self.repository())]);
        for id in list.lines() {
            let _ = Command::new("docker").args(["image", "rm", "--no-prune", "--force", id]).output();
        }
    }
}

/// The run's text without what differs between engines: the steps of builds and the layers of pushes.
pub(crate) fn outline(run: &Run) -> String {
    let own = ["building from ", "built [", "pushing ", "pushed ", "in the registry already: ", "Warning: "];
    let of_engine = |line: &&str| match line.split_once(": ") {
        Some(("exit code", _)) | None => false,
        Some((container, rest)) => {
            let container = container.chars().all(|c| c.is_ascii_lowercase() || "-, ".contains(c));
            container && !own.iter().any(|start| rest.starts_with(start))
        }
    };
    run.outline().lines().filter(|line| !of_engine(line)).map(|line| format!("{line}\n")).collect()
}

fn images_of(account: &Account) -> HashMap<String, String> {
    let emulator = account.emulator();
    let input = serde_json::json!({ "repositoryName": format!("{APP}/{JOB}") });
    let answer = LocalAws::shared()
        .block_on(async move {
            emulator.json("ecr", "AmazonEC2ContainerRegistry_V20150921.DescribeImages", &input).await
        })
        .unwrap();
    let mut found = HashMap::new();
    for image in answer["imageDetails"].as_array().unwrap() {
        for tag in image["imageTags"].as_array().into_iter().flatten() {
            found.insert(tag.as_str().unwrap().to_owned(), image["imageDigest"].as_str().unwrap().to_owned());
        }
    }
    found
}

/// The answer of the Docker client.
pub(crate) fn docker(args: &[&str]) -> String {
    let output = Command::new("docker").args(args).output().unwrap();
    assert!(output.status.success(), "docker {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A workspace whose image runs a program while it is built.
pub(crate) fn with_step(instruction: &str) -> Workspace {
    let workspace = Workspace::with_image();
    workspace.file(
        "Dockerfile",
        &format!("FROM scratch\nCOPY step /step\nCOPY content /content\n{instruction}\n"),
    );
    fs::copy(step(), workspace.path().join("step")).unwrap();
    fs::set_permissions(workspace.path().join("step"), fs::Permissions::from_mode(0o755)).unwrap();
    workspace
}

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
fn a_login_that_expires_while_pushing_is_renewed() {
    let world = Images::new(Workspace::with_image());
    let expired = "Your authorization token has expired. Reauthenticate and try again.";
    world.account.fault(Rule::error("registry:StartUpload", 403, "DENIED", expired).times(1));
    world.deploys(&[]);
    assert_eq!(world.account.calls().of_program().count("ecr:GetAuthorizationToken"), 2);
    assert_eq!(world.pushed().len(), 1);
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
    ✘ job report-gen has no image repository in us-west-2: it is not registered with application demo
      Register it first: `copilot job init --name report-gen`.
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

/// Waits until something holds; the test fails when it does not come to hold.
fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let patience = std::time::Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(std::time::Instant::now() < patience, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a build step with this argument runs. The engine is on this machine, so its processes show.
fn step_runs(argument: &str) -> bool {
    fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        fs::read(entry.path().join("cmdline")).is_ok_and(|line| {
            let line = String::from_utf8_lossy(&line).into_owned();
            line.starts_with("/step") && line.contains(argument)
        })
    })
}

#[test]
fn interrupted_while_building() {
    let unique = uuid::Uuid::new_v4().to_string();
    let world = World::new(with_step(&format!("RUN [\"/step\", \"wait\", \"{unique}\"]")));
    let started = world.start_deploy(&[]);
    wait_until("the build step", || step_runs(&unique));
    started.signal("INT");
    insta::assert_snapshot!(outline(&started.finish()), @"
    exit code: 130
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    ! interrupted: nothing was deployed
    ");
    assert_eq!(world.stack(), None);
    wait_until("the end of the build step", || !step_runs(&unique));
}

#[test]
fn interrupted_while_pushing() {
    let world = Images::new(Workspace::with_image());
    world.account.fault(Rule::on("registry:StartUpload", Action::Delay(Duration::from_secs(3))));
    let started = world.start_deploy(&[]);
    world.wait_for_call("registry:HeadBlob");
    started.signal("INT");
    insta::assert_snapshot!(outline(&started.finish()), @"
    exit code: 130
    ----- stderr -----
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    report-gen: building from Dockerfile
    report-gen: built [TIME]
    report-gen: pushing ACCOUNT.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen:latest
    ! interrupted: nothing was deployed
    ");
    assert_eq!(world.stack(), None);
    assert_eq!(world.account.calls().count("cloudformation:CreateChangeSet"), 0);
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
