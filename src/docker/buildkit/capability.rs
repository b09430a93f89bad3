//! What an engine can do, checked before a build, and advice about what it could not.

use crate::docker::engine::{Builder, Engine};
use crate::docker::step::FailedStep;
use crate::error::{Error, Result};
use crate::files;
use crate::image::dockerfile;
use crate::image::plan::{BuildPlan, CacheTarget, NamedContext};

/// First engine API version whose built-in Dockerfile frontend knows named contexts (Docker 23).
const FIRST_CONTEXTS_API: (usize, usize) = (1, 42);
/// `docker info`'s word for the containerd image store, which alone can write caches to registries.
const CONTAINERD_STORE: &str = "io.containerd.snapshotter.v1";

impl Engine {
    /// Checks that the engine can do what a plan asks for.
    ///
    /// # Errors
    /// Names what it cannot do and what to do about it.
    pub async fn check(&self, plan: &BuildPlan) -> Result<()> {
        if self.builder() == Builder::Classic {
            let mut wanted = Vec::new();
            for (is_used, field) in [
                (!plan.secrets.is_empty(), "secrets"),
                (!plan.ssh.is_empty(), "ssh"),
                (!plan.cache_to.is_empty(), "cache_to"),
                (!plan.contexts.is_empty(), "contexts"),
            ] {
                if is_used {
                    wanted.push(format!("`{}.{field}`", plan.field));
                }
            }
            return match wanted.as_slice() {
                [] => Ok(()),
                _ => Err(Error::new(format!(
                    "{} needs BuildKit, and the builder of this engine ({}) is not BuildKit",
                    wanted.join(", "),
                    self.name()
                ))
                .hint("Use a Docker Engine of version 19.03 or newer (DOCKER_HOST, `docker context use`), and leave DOCKER_BUILDKIT unset.")),
            };
        }
        if !plan.ssh.is_empty() && self.ssh_agent.is_none() {
            return Err(Error::new(format!(
                "`{}.ssh` needs an SSH agent, and SSH_AUTH_SOCK is not set",
                plan.field
            ))
            .hint("Start one and add your key: `eval $(ssh-agent) && ssh-add`."));
        }
        let has_local_context = !plan.contexts.is_empty();
        if has_local_context && self.api() < FIRST_CONTEXTS_API && !has_syntax_line(plan) {
            return Err(Error::new(format!(
                "`{}.contexts` needs Docker Engine 23 or newer; this one is {}",
                plan.field,
                self.name()
            ))
            .hint("Update the engine, or start the Dockerfile with `# syntax=docker/dockerfile:1`."));
        }
        let writes_registry = plan.cache_to.iter().any(|target| matches!(target, CacheTarget::Registry(_)));
        if writes_registry && !self.has_containerd_store().await? {
            return Err(Error::new(format!(
                "`{}.cache_to`: this engine ({}) can write its cache into the image only",
                plan.field,
                self.name()
            ))
            .hint("Write `type=inline`, or switch the engine to the containerd image store (`\"features\": {\"containerd-snapshotter\": true}` in its daemon.json)."));
        }
        for (name, context) in &plan.contexts {
            if let NamedContext::Reference(reference) = context
                && reference == "docker-image://"
            {
                return Err(Error::new(format!("`{}.contexts.{name}` names no image", plan.field)));
            }
        }
        Ok(())
    }

    async fn has_containerd_store(&self) -> Result<bool> {
        let info = self.docker.info().await.map_err(|error| {
            Error::new(crate::docker::engine::describe(&error))
                .context("ask the Docker Engine about its image store")
        })?;
        let status = info.driver_status.unwrap_or_default();
        Ok(status.iter().flatten().any(|value| value == CONTAINERD_STORE))
    }

    /// Adds what to do about a failure whose text is known.
    pub(crate) fn advise(
        &self,
        plan: &BuildPlan,
        cause: Error,
        step: Option<&FailedStep>,
        login_problems: &[String],
    ) -> Error {
        let said = cause.to_string();
        let mut lines = step.into_iter().flat_map(|step| step.log.iter()).chain([&said]);
        let is_foreign = plan.platform != self.platform();
        if is_foreign && lines.any(|line| line.contains("exec format error")) {
            return cause.hint(format!(
                "The image is for {wanted}, and this engine runs {own} only: install emulation with `docker run \
                 --privileged --rm tonistiigi/binfmt --install {arch}`, build on a machine of that kind \
                 (DOCKER_HOST, `docker context use`), or set `platform` in the manifest.",
                wanted = plan.platform,
                own = self.platform(),
                arch = plan.platform.rsplit('/').next().unwrap_or_default(),
            ));
        }
        if !is_refused_pull(&said) {
            return cause;
        }
        match login_problems {
            [] => cause.hint(
                "If the base image is private, sign in to its registry first: `docker login <registry>`; the login in \
                 Docker's configuration is used.",
            ),
            problems => cause.hint(format!("The base image may need a login: {}.", problems.join("; "))),
        }
    }
}

/// Whether a registry did not let the engine read an image.
fn is_refused_pull(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    [
        "pull access denied",
        "401 unauthorized",
        "403 forbidden",
        "no basic auth credentials",
        "authorization failed",
        "authentication required",
        "failed to authorize",
        "insufficient_scope",
        "unauthorized:",
    ]
    .iter()
    .any(|needle| said.contains(needle))
}

/// Whether the Dockerfile brings its own frontend.
fn has_syntax_line(plan: &BuildPlan) -> bool {
    let content = files::read(&plan.dockerfile, files::TEXT).unwrap_or_default();
    dockerfile::frontend(&String::from_utf8_lossy(&content)).is_some()
}
