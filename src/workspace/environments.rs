//! Manifests of environments in a workspace.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::Workspace;
use crate::error::{Error, Result};
use crate::{files, text};

impl Workspace {
    /// Path of an environment's manifest.
    pub fn environment_manifest_path(&self, env: &str) -> PathBuf {
        self.copilot_dir.join("environments").join(env).join("manifest.yml")
    }

    /// The same path as a user writes it, from the workspace root.
    pub fn environment_manifest_display(&self, env: &str) -> String {
        format!("copilot/environments/{env}/manifest.yml")
    }

    /// Names of the environments that have a manifest in this workspace, sorted.
    ///
    /// # Errors
    /// When the directory cannot be listed.
    pub fn environments(&self) -> Result<Vec<String>> {
        let dir = self.copilot_dir.join("environments");
        let unreadable = |e: std::io::Error| Error::new(format!("cannot list {}: {e}", dir.display()));
        let entries = match fs::read_dir(&dir) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(unreadable)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
            if self.has_environment_manifest(&name) {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Reads an environment's manifest.
    ///
    /// # Errors
    /// When it is not in the workspace, with how to get it, or when the file is unreadable or no text.
    pub fn read_environment_manifest(&self, env: &str) -> Result<String> {
        let shown = self.environment_manifest_display(env);
        let valid = !env.is_empty() && !env.contains(['/', '\\']) && env != "." && env != "..";
        match valid.then(|| files::read(&self.environment_manifest_path(env), files::TEXT)) {
            Some(Ok(bytes)) => text::decode(bytes).map_err(|e| e.error(&shown)),
            Some(Err(e)) if e.kind() != ErrorKind::NotFound => {
                Err(Error::new(format!("cannot read {shown}: {e}")))
            }
            _ => {
                let error =
                    Error::new(format!("environment {env} is not in the workspace: there is no {shown}"));
                let local = self.environments()?;
                let error = match local.is_empty() {
                    true => error,
                    false => error.hint(format!("Environments in this workspace: {}.", local.join(", "))),
                };
                Err(error.hint(format!(
                    "Get the manifest of a deployed environment: `mkdir -p copilot/environments/{env}`, then `copilot env show --name \
                     {env} --manifest > {shown}`. Create a new environment with `copilot env init --name {env}`."
                )))
            }
        }
    }
}
