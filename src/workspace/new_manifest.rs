//! Writes the manifest of something new, and the schema that editors check it by. A manifest that is there already is
//! somebody's work, and stays.

use std::fs;
use std::io;
use std::path::Path;

use super::Workspace;
use crate::error::{Error, Result};

impl Workspace {
    /// Writes an environment's manifest unless there is one; returns whether it was written. It is there as a whole or not
    /// at all, however the process ends.
    ///
    /// # Errors
    /// When it cannot be written; names the path.
    pub fn write_environment_manifest(&self, env: &str, text: &str) -> Result<bool> {
        written(&self.environment_manifest_path(env), text)
    }

    /// Writes a job's manifest unless there is one; returns whether it was written. It is there as a whole or not at all,
    /// however the process ends.
    ///
    /// # Errors
    /// When it cannot be written; names the path.
    pub fn write_job_manifest(&self, job: &str, text: &str) -> Result<bool> {
        written(&self.manifest_path(job), text)
    }

    /// Writes a schema that manifests name. One of another version is replaced; returns the path from the workspace's root
    /// if it was not there.
    ///
    /// # Errors
    /// When it cannot be written; names the path.
    pub fn write_schema(&self, file: &str, text: &str) -> Result<Option<String>> {
        let path = self.copilot_dir.join(SCHEMAS).join(file);
        let present = fs::read_to_string(&path).ok();
        if present.as_deref() == Some(text) {
            return Ok(None);
        }
        let draft = path.with_extension(format!("json.{}", std::process::id()));
        let write = || {
            fs::create_dir_all(self.copilot_dir.join(SCHEMAS))?;
            fs::write(&draft, text)?;
            fs::rename(&draft, &path)
        };
        write().map_err(|e| {
            Error::new(format!("cannot write {}: {e}", path.display()))
                .hint("Make the directory writable, then run the command again.")
        })?;
        Ok(present.is_none().then(|| format!("copilot/{SCHEMAS}/{file}")))
    }
}

/// Directory of the schemas, in that of the manifests. No workload has it: their directories have a manifest.
const SCHEMAS: &str = ".schema";

/// Writes a manifest unless there is one.
fn written(path: &Path, text: &str) -> Result<bool> {
    create(path, text).map_err(|e| {
        Error::new(format!("cannot write {}: {e}", path.display()))
            .hint("Make the directory writable, then run the command again.")
    })
}

/// Creates a file with its directories; `false` when it is there already.
fn create(path: &Path, text: &str) -> io::Result<bool> {
    if fs::symlink_metadata(path).is_ok() {
        return Ok(false);
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let draft = path.with_extension(format!("yml.{}", std::process::id()));
    fs::write(&draft, text)?;
    // Unlike a renaming, a link never replaces a file that came about meanwhile.
    let linked = fs::hard_link(&draft, path);
    let removed = fs::remove_file(&draft);
    match linked {
        Ok(()) => removed.map(|()| true),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        // Some file systems have no links.
        Err(_) => {
            use io::Write as _;
            let mut file = match fs::OpenOptions::new().write(true).create_new(true).open(path) {
                Ok(file) => file,
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
                Err(e) => return Err(e),
            };
            file.write_all(text.as_bytes()).map(|()| true)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_replaced_by_that_of_another_version() {
        let dir = tempfile::tempdir().unwrap();
        let workspace = Workspace { copilot_dir: dir.path().join("copilot") };
        let written = |text: &str| workspace.write_schema("job.json", text).unwrap();
        assert_eq!(written("old"), Some("copilot/.schema/job.json".to_owned()));
        assert_eq!((written("old"), written("new")), (None, None));
        assert_eq!(fs::read_to_string(dir.path().join("copilot/.schema/job.json")).unwrap(), "new");
    }

    #[test]
    fn a_manifest_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let workspace = Workspace { copilot_dir: dir.path().join("copilot") };
        assert!(workspace.write_environment_manifest("test", "new").unwrap());
        assert!(!workspace.write_environment_manifest("test", "other").unwrap());
        let path = workspace.environment_manifest_path("test");
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        let beside: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(beside.len(), 1);
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("gone", &path).unwrap();
        assert!(!workspace.write_environment_manifest("test", "new").unwrap());
    }
}
