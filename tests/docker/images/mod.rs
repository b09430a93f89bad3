//! `job deploy` with a real Docker Engine and a registry it pushes to.

mod building;
mod failures;
mod interrupts;

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::fixture::program as step;
use crate::local_aws::{Account, LocalAws, registry_host};
use crate::support::{APP, JOB, Run, Workspace, World, tree};

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
