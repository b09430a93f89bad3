//! The file that says which application a workspace belongs to: read, and written by `app init`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Workspace;
use crate::error::{Error, Result};
use crate::{files, manifest, text};

const FILE: &str = ".workspace";

/// Whether a directory named `copilot` is one of ours: it names an application or holds a manifest.
pub(super) fn is_workspace(copilot_dir: &Path) -> bool {
    if copilot_dir.join(FILE).exists() {
        return true;
    }
    [copilot_dir.to_owned(), copilot_dir.join("environments")].iter().any(|dir| {
        let entries = fs::read_dir(dir).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| is_manifest(&entry.path().join("manifest.yml")))
    })
}

fn is_manifest(path: &Path) -> bool {
    let Ok(bytes) = files::read(path, files::TEXT) else { return false };
    let Ok(text) = text::decode(bytes) else { return false };
    manifest::raw_name_and_type(&text).is_some_and(|(name, kind)| !name.is_empty() && !kind.is_empty())
}

impl Workspace {
    /// The workspace around a directory, or the one that would be made in it.
    pub fn around(cwd: &Path) -> Self {
        Self::find(cwd).unwrap_or_else(|_| Self { copilot_dir: cwd.join("copilot") })
    }

    /// The file that names the application.
    pub fn registration(&self) -> PathBuf {
        self.copilot_dir.join(FILE)
    }

    /// The application that the workspace belongs to; `None` when it belongs to none yet.
    ///
    /// # Errors
    /// When the file that names it is unreadable, no YAML, or names no application; or when something else is in the
    /// directory's place.
    pub fn registered(&self) -> Result<Option<String>> {
        let path = self.registration();
        match fs::metadata(&path) {
            // Nothing was written into it yet.
            Ok(about) if about.is_file() && about.len() == 0 => Ok(None),
            Ok(_) => self.application().map(Some).map_err(|e| {
                Error::new(e).hint(
                    "Correct the file: it holds one line, `application: NAME`. Or remove it, if the workspace belongs to no \
                     application.",
                )
            }),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::new(format!("cannot read {}: {e}", path.display())).hint(
                "Manifests are kept in this directory; make room for it, or run the command somewhere else.",
            )),
        }
    }

    /// Notes in the workspace which application it belongs to. Its directory is made if there is none.
    ///
    /// # Errors
    /// When it belongs to another application, or cannot be written.
    pub fn register(&self, app: &str) -> Result<()> {
        let path = self.registration();
        if let Some(registered) = self.registered()? {
            return match registered == app {
                true => Ok(()),
                false => Err(Error::new(format!(
                    "the workspace belongs to application {registered} by now, not to {app}: see {}",
                    path.display()
                ))),
            };
        }
        let failed = |e: std::io::Error| {
            Error::new(format!("cannot write {}: {e}", path.display()))
                .hint("Everything in AWS is set up; run the command again where files can be written.")
        };
        fs::create_dir_all(&self.copilot_dir).map_err(failed)?;
        // In one step: half a file would name no application.
        let new = self.copilot_dir.join(format!("{FILE}.{}", std::process::id()));
        fs::write(&new, format!("application: {app}\n")).map_err(failed)?;
        fs::rename(&new, &path).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_above_counts_only_when_it_is_a_workspace() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("w");
        let (shop, deep) = (root.join("shop"), root.join("copilot/cmd"));
        fs::create_dir_all(&shop).unwrap();
        fs::create_dir_all(&deep).unwrap();
        fs::write(root.join("copilot/go.mod"), "module copilot\n").unwrap();
        fs::write(root.join("copilot/cmd/manifest.yml"), "name: other\n").unwrap();
        let around = |cwd: &Path| {
            Workspace::around(cwd).copilot_dir.strip_prefix(&root).unwrap().display().to_string()
        };
        assert_eq!(around(&shop), "shop/copilot");
        assert_eq!(around(&deep), "copilot/cmd/copilot");
        // The project itself is called copilot.
        assert_eq!(around(&root.join("copilot")), "copilot/copilot");
        assert_eq!(around(&root), "copilot");
        fs::create_dir_all(root.join("copilot/environments/test")).unwrap();
        let manifest = root.join("copilot/environments/test/manifest.yml");
        fs::write(&manifest, "name: test\ntype: Environment\n").unwrap();
        assert_eq!(around(&shop), "copilot");
        assert_eq!(around(&root.join("copilot")), "copilot");
        fs::remove_file(&manifest).unwrap();
        fs::write(root.join("copilot/.workspace"), "application: demo\n").unwrap();
        assert_eq!(around(&deep), "copilot");
    }

    #[test]
    fn a_workspace_is_registered_once() {
        let dir = tempfile::tempdir().unwrap();
        let workspace = Workspace::around(dir.path());
        assert_eq!(workspace.registered().unwrap(), None);
        workspace.register("demo").unwrap();
        workspace.register("demo").unwrap();
        assert_eq!(fs::read_to_string(workspace.registration()).unwrap(), "application: demo\n");
        assert_eq!(fs::read_dir(&workspace.copilot_dir).unwrap().count(), 1);
        assert_eq!(workspace.registered().unwrap().as_deref(), Some("demo"));
        let error = workspace.register("other").unwrap_err().to_string();
        assert!(
            error.starts_with("the workspace belongs to application demo by now, not to other: see "),
            "{error}"
        );
        // What a crash left of an older program's file.
        fs::write(workspace.registration(), "").unwrap();
        workspace.register("other").unwrap();
    }

    #[test]
    fn a_file_in_the_place_of_the_directory_is_told() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("copilot"), "").unwrap();
        let error = Workspace::around(dir.path()).registered().unwrap_err().to_string();
        assert!(error.contains("copilot/.workspace: Not a directory"), "{error}");
    }
}
