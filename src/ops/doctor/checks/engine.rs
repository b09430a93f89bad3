//! The Docker Engine, without which no image is built.

use crate::error::Result;
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::{EngineDescription, Machine};

/// `builds` says whether a job of the workspace builds images; `None` outside of a workspace.
pub(crate) async fn engine<M: Machine>(machine: &M, builds: Option<bool>) -> Finding {
    let about = About::all(Check::Engine);
    match builds {
        None => about.skipped("images are built in a workspace only"),
        Some(false) => about.ok("not needed: no job of this workspace builds images"),
        Some(true) => judge(&about, machine.engine_description().await),
    }
}

fn judge(about: &About, engine: Result<EngineDescription>) -> Finding {
    let EngineDescription { name, address, platform, has_buildkit, login_problems } = match engine {
        Ok(engine) => engine,
        Err(error) => {
            let details = error.detail_lines().join("; ");
            let evidence = if details.is_empty() { error.to_string() } else { format!("{error}: {details}") };
            return about.failure(evidence).hints(&error);
        }
    };
    let shown = format!("{name} ({platform}) at {address}");
    if !login_problems.is_empty() {
        return about
            .warning(format!("{shown}; logins for registries: {}", login_problems.join("; ")))
            .advice("Base images of private registries cannot be fetched with it. Pushes to Amazon ECR do not need it.");
    }
    if !has_buildkit {
        return about
            .warning(format!(
                "{shown} builds without BuildKit, so secrets, caches and SSH are not to be had in builds"
            ))
            .advice("Use a Docker Engine of version 23 or newer, and unset DOCKER_BUILDKIT.");
    }
    about.ok(format!("{shown}, with BuildKit"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn engines() {
        let about = About::all(Check::Engine);
        let engine = |has_buildkit: bool, problems: &[&str]| EngineDescription {
            name: "Docker 28.0.1".to_owned(),
            address: "unix:///var/run/docker.sock".to_owned(),
            platform: "linux/amd64".to_owned(),
            has_buildkit,
            login_problems: problems.iter().map(|problem| (*problem).to_owned()).collect(),
        };
        let told = [
            Ok(engine(true, &[])),
            Ok(engine(false, &[])),
            Ok(engine(true, &["docker-credential-x is not installed"])),
            Err(Error::new("no Docker Engine answers; tried, in this order")
                .details(["a".into(), "b".into()])),
        ]
        .map(|engine| {
            let found = judge(&about, engine);
            format!("{:?}: {}", found.status, found.evidence)
        });
        insta::assert_snapshot!(told.join("\n"), @"
        Ok: Docker 28.0.1 (linux/amd64) at unix:///var/run/docker.sock, with BuildKit
        Warning: Docker 28.0.1 (linux/amd64) at unix:///var/run/docker.sock builds without BuildKit, so secrets, caches and SSH are not to be had in builds
        Warning: Docker 28.0.1 (linux/amd64) at unix:///var/run/docker.sock; logins for registries: docker-credential-x is not installed
        Failure: no Docker Engine answers; tried, in this order: a; b
        ");
    }
}
