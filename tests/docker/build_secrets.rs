//! `image.build.secrets` from everywhere they may come from, and logins for base images; and that neither is
//! anywhere afterwards.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::fixture::program as step;
use crate::local_aws::{Caller, LocalAws};
use crate::support::{JOB, Run, Workspace, World, stable};

const FROM_ENV: &str = "hunter2-from-env";
const FROM_FILE: &str = "hunter2-from-file";
const FROM_SSM: &str = "hunter2-from-ssm";
const FROM_MANAGER: &str = "hunter2-from-manager";

/// A workspace whose build prints its secrets and how long each is.
fn workspace() -> Workspace {
    let unique = uuid::Uuid::new_v4();
    let ids = ["env", "file", "ssm", "manager"];
    let steps: String = ids
        .iter()
        .flat_map(|id| ["cat", "size"].map(|act| (id, act)))
        .map(|(id, act)| {
            format!("RUN --mount=type=secret,id={id} [\"/step\", \"{act}\", \"/run/secrets/{id}\", \"{unique}\"]\n")
        })
        .collect();
    let workspace = Workspace::new(&format!(
        "name: {JOB}\ntype: Scheduled Job\nimage:\n  build:\n    dockerfile: Dockerfile\n    secrets:\n      \
         env: {{env: BUILD_TOKEN}}\n      file: {{file: private/token}}\n      \
         ssm: {{ssm: /copilot/demo/test/secrets/token}}\n      manager: {{secretsmanager: build-token}}\n\
         cpu: 256\nmemory: 512\non:\n  schedule: \"@every 1h\"\n"
    ));
    workspace.file("Dockerfile", &format!("FROM scratch\nCOPY step /step\n{steps}"));
    workspace.file("private/token", FROM_FILE);
    workspace.file(".dockerignore", "private\ncopilot\n");
    fs::copy(step(), workspace.path().join("step")).unwrap();
    workspace
}

fn store(world: &World) {
    let emulator = world.account.emulator();
    LocalAws::shared()
        .block_on(async move {
            let parameter = serde_json::json!({
                "Name": "/copilot/demo/test/secrets/token", "Value": FROM_SSM, "Type": "SecureString"
            });
            emulator.json("ssm", "AmazonSSM.PutParameter", &parameter).await?;
            let secret = serde_json::json!({
                "Name": "build-token", "SecretString": FROM_MANAGER, "ClientRequestToken": uuid::Uuid::new_v4().to_string()
            });
            emulator.json("secretsmanager", "secretsmanager.CreateSecret", &secret).await
        })
        .unwrap();
}

/// Watches the command lines and environments of all processes while something runs; the environment of
/// `except` holds what the user put there.
fn command_lines(run: impl FnOnce()) -> BTreeSet<String> {
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let (ended, lines) = (Arc::clone(&stop), Arc::clone(&seen));
    let watcher = std::thread::spawn(move || {
        while !ended.load(Ordering::Relaxed) {
            for process in fs::read_dir("/proc").unwrap().flatten() {
                if let Ok(line) = fs::read(process.path().join("cmdline")) {
                    lines.lock().unwrap().insert(String::from_utf8_lossy(&line).replace('\0', " "));
                }
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    });
    run();
    stop.store(true, Ordering::Relaxed);
    watcher.join().unwrap();
    std::mem::take(&mut seen.lock().unwrap())
}

#[test]
fn secrets_of_every_source_reach_the_build_and_nothing_else() {
    let world = World::with_registry(workspace());
    store(&world);
    let config = tempfile::tempdir().unwrap();
    fs::write(config.path().join("config.json"), "{\"auths\": {}}").unwrap();
    let mut said = String::new();
    let lines = command_lines(|| {
        let mut command = world.deploying(&[]);
        command.env("BUILD_TOKEN", FROM_ENV).env("DOCKER_CONFIG", config.path()).env("CI", "true");
        said = Run::of(command).succeeds();
    });
    for value in [FROM_ENV, FROM_FILE, FROM_SSM, FROM_MANAGER] {
        assert!(said.contains(&format!("| {} bytes", value.len())), "{value}: {said}");
        assert!(!said.contains(value), "{said}");
        assert!(!lines.iter().any(|line| line.contains(value)), "{lines:?}");
    }
    assert_eq!(said.matches("| ***").count(), 4, "{said}");
    assert!(lines.iter().any(|line| line.contains("job deploy --name report-gen")));
    assert_eq!(fs::read_dir(config.path()).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(config.path().join("config.json")).unwrap(), "{\"auths\": {}}");

    let image = world.parameter("ContainerImage").unwrap();
    let repository = image.split('@').next().unwrap();
    let history = Command::new("docker")
        .args(["history", "--no-trunc", &format!("{repository}:latest")])
        .output()
        .unwrap();
    assert!(history.status.success());
    let history = String::from_utf8(history.stdout).unwrap();
    assert!(!history.contains("hunter2") && history.contains("/run/secrets/ssm"), "{history}");
    assert!(!world.stack().unwrap().contains("hunter2"));
    let template = world.cloudformation("GetTemplate", &[("StackName", "demo-test-report-gen")]).unwrap();
    assert!(!template.contains("hunter2"));

    let calls = world.account.calls();
    let role = &world.app.environments["test"].manager_role_arn;
    let by = |name: &str, caller: Caller| {
        calls.0.iter().filter(|call| call.name() == name && call.caller == caller).count()
    };
    assert_eq!(by("ssm:GetParameter", Caller::Role(role.clone())), 1, "{:?}", calls.names());
    assert_eq!(by("secretsmanager:GetSecretValue", Caller::Base), 1);
    let _ = Command::new("docker")
        .args(["image", "rm", "--no-prune", "--force", &format!("{repository}:latest")])
        .output();
}

#[test]
fn secrets_that_cannot_be_read_are_told_before_anything_is_built() {
    let world = World::new(workspace());
    fs::remove_file(world.workspace.path().join("private/token")).unwrap();
    insta::assert_snapshot!(world.deploy(&[]), @"
    exit code: 1
    ----- stderr -----
    ✘ 2 files that the manifest names cannot be used
      | manifest field `image.build.secrets.env`: the environment variable BUILD_TOKEN is not set
      | manifest field `image.build.secrets.file`: cannot read the file WORKSPACE/private/token: No such file or directory (os error 2)
      Paths in the manifest start at the workspace root, the directory that contains `copilot/`.
    ");
    assert_eq!(world.account.calls().0.len(), 0);

    world.workspace.file("private/token", FROM_FILE);
    let mut command = world.deploying(&[]);
    command.env("BUILD_TOKEN", FROM_ENV);
    let said = Run::of(command).ends_with(1);
    let (note, error) = said.split_once('✘').unwrap();
    insta::assert_snapshot!(stable(note, &world), @"
    Schedule: every 60 minutes (rate(60 minutes)); first run after the deployment
    The image builds get secrets that are read from AWS:
      - SSM parameter /copilot/demo/test/secrets/token, with the environment manager role arn:aws:iam::ACCOUNT:role/demo-test-EnvManagerRole
      - secret build-token of Secrets Manager, with your own credentials
    ");
    // They are read at the same time, and the first that fails is told.
    assert!(error.starts_with(" read the secrets of the image builds: there is no "), "{error}");
    assert!(!said.contains("hunter2"), "{said}");
    assert_eq!(world.account.calls().count("cloudformation:CreateChangeSet"), 0);
}

#[test]
fn a_credential_helper_is_asked_for_the_base_images_registry_only() {
    let registry = crate::push::Registry::start();
    let base = registry.push_base();
    let world = World::with_registry(Workspace::with_image());
    world.workspace.file("Dockerfile", &format!("FROM {base}\nCOPY content /content\n"));
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("asked");
    let helper = format!(
        "#!/bin/sh\nread host\necho \"$* $host\" >>{}\nprintf '{{\"ServerURL\":\"%s\",\"Username\":\"AWS\",\"Secret\":\"{}\"}}' \"$host\"\n",
        log.display(),
        crate::push::PASSWORD
    );
    let program = dir.path().join("docker-credential-test");
    fs::write(&program, helper).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let config = dir.path().join("config");
    fs::create_dir(&config).unwrap();
    let path = format!("{}:{}", dir.path().display(), std::env::var("PATH").unwrap());
    let deploy = |settings: &str, buildkit: &str| {
        fs::write(config.join("config.json"), settings).unwrap();
        let mut command = world.deploying(&[]);
        command.env("DOCKER_CONFIG", &config).env("PATH", &path).env("DOCKER_BUILDKIT", buildkit);
        let run = Run::of(command);
        assert_eq!(fs::read_to_string(config.join("config.json")).unwrap(), settings, "nothing is written");
        assert_eq!(fs::read_dir(&config).unwrap().count(), 1);
        run
    };
    for buildkit in ["1", "0"] {
        let _ = fs::remove_file(&log);
        let said = deploy("{\"credsStore\": \"test\"}", buildkit).succeeds();
        assert!(!said.contains(crate::push::PASSWORD), "{said}");
        let asked: BTreeSet<String> = fs::read_to_string(&log).unwrap().lines().map(str::to_owned).collect();
        assert_eq!(asked, BTreeSet::from([format!("get {}", registry.address)]), "{said}");
        let _ = Command::new("docker").args(["image", "rm", "--no-prune", "--force", &base]).output();
        // The classic builder takes a base image that it has; this one is of the next round.
        world.workspace.file("content", buildkit);
    }
    // A helper that is missing is a warning, and a hint once the pull fails.
    let said = deploy("{\"credsStore\": \"not-there\"}", "0").ends_with(1);
    assert!(
        said.contains("Warning: no login for the registry")
            && said.contains("docker-credential-not-there is not installed"),
        "{said}"
    );
    assert!(said.contains("The base image may need a login"), "{said}");
}
