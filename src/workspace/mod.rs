//! The `copilot/` directory: finding it, the application it belongs to, the jobs in it.
//!
//! It is looked for in the working directory and up to four directories above, as the old tool looks for it.

mod environments;
mod new_manifest;
mod owner;
mod registration;

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::{files, manifest, text, yaml};

pub use owner::Owner;

/// Directories searched for `copilot/`: the working directory and four parents.
const LEVELS: usize = 5;

/// A workspace that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// The directory named `copilot`.
    pub copilot_dir: PathBuf,
}

impl Workspace {
    /// Finds the workspace of a directory. Above it a directory named `copilot` may be anybody's project: it counts only
    /// when it names an application or holds manifests.
    ///
    /// # Errors
    /// When no workspace lies here or up to four levels above.
    pub fn find(cwd: &Path) -> Result<Self> {
        if cwd.file_name().is_some_and(|name| name == "copilot") && registration::is_workspace(cwd) {
            return Ok(Self { copilot_dir: cwd.to_owned() });
        }
        let here = cwd.join("copilot");
        cwd.ancestors()
            .take(LEVELS)
            .map(|dir| dir.join("copilot"))
            .find(|dir| dir.is_dir() && (*dir == here || registration::is_workspace(dir)))
            .map(|copilot_dir| Self { copilot_dir })
            .ok_or_else(|| {
                Error::new(format!(
                    "no `copilot` directory in {} or up to {} directories above it",
                    cwd.display(),
                    LEVELS - 1
                ))
                .hint("Run the command inside a project that AWS Copilot or copilot set up.")
            })
    }

    /// The directory that manifest paths are relative to.
    pub fn root(&self) -> &Path {
        self.copilot_dir.parent().unwrap_or(&self.copilot_dir)
    }

    /// The application named by `copilot/.workspace`.
    ///
    /// # Errors
    /// When the file is missing, unreadable, no YAML, or names no application.
    pub fn application(&self) -> Result<String> {
        let path = self.copilot_dir.join(".workspace");
        let bytes = files::read(&path, files::TEXT).map_err(|e| {
            let error = match e.kind() {
                std::io::ErrorKind::NotFound => {
                    Error::new(format!("{} does not exist, so the application is unknown", path.display()))
                }
                _ => Error::new(format!("cannot read {}: {e}", path.display())),
            };
            error.hint(
                "Name the application with --app, or restore the file; it holds one line: `application: NAME`.",
            )
        })?;
        let text = text::decode(bytes).map_err(|e| e.error(&path.display().to_string()))?;
        let document = yaml::load(&text).map_err(|e| {
            Error::new(format!("{}: {e}", path.display()))
                .hint("The file holds one line: `application: NAME`.")
        })?;
        document
            .as_ref()
            .and_then(|d| d.get("application"))
            .and_then(yaml::Node::as_text)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .ok_or_else(|| {
                Error::new(format!("{} names no application", path.display()))
                    .hint("Name the application with --app, or add the line `application: NAME`.")
            })
    }

    /// The application of the workspace around a directory, for commands that work elsewhere as well; `None` outside of a
    /// workspace and in one that names none yet.
    ///
    /// # Errors
    /// When the file that names it is unreadable, no YAML, or names no application.
    pub fn application_of(cwd: &Path) -> Result<Option<String>> {
        match Self::find(cwd) {
            Ok(workspace) if workspace.copilot_dir.join(".workspace").exists() => {
                workspace.application().map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Whether it is a workspace of this application.
    pub fn belongs_to(&self, app: &str) -> bool {
        self.application().is_ok_and(|found| found == app)
    }

    /// Removes `copilot/.workspace`, which names the application; everything else stays. Returns its path.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn forget_application(&self) -> Result<PathBuf> {
        let path = self.copilot_dir.join(".workspace");
        match fs::remove_file(&path) {
            Ok(()) => Ok(path),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(path),
            Err(e) => Err(Error::new(format!("cannot remove {}: {e}", path.display()))
                .hint("Remove it by hand: the application is gone.")),
        }
    }

    /// Path of a workload's manifest.
    pub fn manifest_path(&self, workload: &str) -> PathBuf {
        self.copilot_dir.join(workload).join("manifest.yml")
    }

    /// The same path as a user writes it, from the workspace root.
    pub fn manifest_display(&self, workload: &str) -> String {
        format!("copilot/{workload}/manifest.yml")
    }

    /// Names of the scheduled jobs of this workspace, sorted. Manifests that cannot be read as far
    /// as their `name` and `type` are skipped: a broken neighbour blocks nobody.
    ///
    /// # Errors
    /// When the directory cannot be listed.
    pub fn jobs(&self) -> Result<Vec<String>> {
        let unreadable =
            |e: std::io::Error| Error::new(format!("cannot list {}: {e}", self.copilot_dir.display()));
        let mut jobs = Vec::new();
        for entry in fs::read_dir(&self.copilot_dir).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            let Some(name) = name.to_str() else { continue };
            let Ok(bytes) = files::read(&self.manifest_path(name), files::TEXT) else { continue };
            let Ok(text) = text::decode(bytes) else { continue };
            if manifest::raw_name_and_type(&text)
                .is_some_and(|(declared, kind)| declared == name && kind == manifest::JOB_TYPE)
            {
                jobs.push(name.to_owned());
            }
        }
        jobs.sort();
        Ok(jobs)
    }

    /// Reads a job's manifest.
    ///
    /// # Errors
    /// When the job is not in the workspace, with the jobs that are there as hints, or when the file is
    /// unreadable or no text.
    pub fn read_manifest(&self, job: &str) -> Result<String> {
        let path = self.manifest_path(job);
        let valid = !job.is_empty() && !job.contains(['/', '\\']) && job != "." && job != "..";
        match valid.then(|| files::read(&path, files::TEXT)) {
            Some(Ok(bytes)) => text::decode(bytes).map_err(|e| e.error(&self.manifest_display(job))),
            Some(Err(e)) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::new(format!("cannot read {}: {e}", path.display())))
            }
            _ => {
                let error = Error::new(format!(
                    "job {job} not found in the workspace: there is no {}",
                    self.manifest_display(job)
                ));
                let jobs = self.jobs()?;
                Err(if jobs.is_empty() {
                    error.hint(format!("{} holds no scheduled jobs.", self.copilot_dir.display()))
                } else {
                    error.hint(format!("Jobs in this workspace: {}.", jobs.join(", ")))
                })
            }
        }
    }

    /// Whether the workspace has its own manifest of an environment.
    pub fn has_environment_manifest(&self, env: &str) -> bool {
        self.environment_manifest_path(env).is_file()
    }

    /// The directory with a job's addons.
    pub fn addons_dir(&self, job: &str) -> PathBuf {
        self.copilot_dir.join(job).join("addons")
    }

    /// The same path as a user writes it, from the workspace root.
    pub fn addons_display(&self, job: &str) -> String {
        format!("copilot/{job}/addons")
    }
}

#[cfg(test)]
mod tests;
