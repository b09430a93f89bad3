//! Files outside the workspace that a deployment would upload or build into images: by an absolute path, by `..` or by links. A
//! manifest that somebody else wrote could send this machine's files away so; therefore they are listed first, or refused.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::image::plan::{BuildPlan, BuildSecret, NamedContext};
use crate::report::Console;

/// What was found so far.
pub(crate) struct Outside {
    /// The workspace's root without links.
    root: PathBuf,
    refused: bool,
    /// What each file is for, and where it really is.
    found: Vec<(String, PathBuf)>,
}

impl Outside {
    pub(super) fn new(workspace_root: &Path, refused: bool) -> Self {
        let root = workspace_root.canonicalize().unwrap_or_else(|_| workspace_root.to_owned());
        Self { root, refused, found: Vec::new() }
    }

    /// Looks where a file or directory really is. One that is not there is told elsewhere.
    pub(super) fn look(&mut self, what: impl Into<String>, path: &Path) {
        let Ok(real) = path.canonicalize() else { return };
        if !real.starts_with(&self.root) {
            let found = (what.into(), real);
            if !self.found.contains(&found) {
                self.found.push(found);
            }
        }
    }

    /// Looks at a directory, and at those of its files that count.
    pub(super) fn look_inside(&mut self, what: &str, dir: &Path, counts: impl Fn(&str) -> bool) {
        let before = self.found.len();
        self.look(what, dir);
        if self.found.len() > before {
            return;
        }
        let Ok(entries) = fs::read_dir(dir) else { return };
        let mut names: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
        names.sort();
        for name in names {
            let text = name.to_string_lossy();
            if counts(&text) {
                self.look(format!("{what}/{text}"), &dir.join(&name));
            }
        }
    }

    /// Looks at what an image is built from. Links inside a context stay links, so they lead nowhere else.
    pub(super) fn look_at_build(&mut self, plan: &BuildPlan) {
        let field = &plan.field;
        self.look(format!("{field}: the build context"), &plan.context);
        self.look(format!("{field}: the Dockerfile"), &plan.dockerfile);
        for (name, context) in &plan.contexts {
            if let NamedContext::Directory(path) = context {
                self.look(format!("{field}: the context {name}"), Path::new(path));
            }
        }
        for (id, secret) in &plan.secrets {
            if let BuildSecret::File(path) = secret {
                self.look(format!("{field}: the secret {id}"), Path::new(path));
            }
        }
    }

    /// Fails if something was found that is refused.
    pub(super) fn check(&self) -> Result<()> {
        if !self.refused || self.found.is_empty() {
            return Ok(());
        }
        let error = Error::new(format!("files outside the workspace {} are refused", self.shown_root()));
        Err(error.details(self.lines()).hint(
            "--no-outside-files or COPILOT_NO_OUTSIDE_FILES refuses them. Move them into the workspace, or allow them with \
             --no-outside-files=false.",
        ))
    }

    /// Lists what was found, or fails if that is refused.
    pub(super) fn tell(&self, console: &Console<'_>) -> Result<()> {
        self.check()?;
        if !self.found.is_empty() {
            let lines: String = self.lines().iter().map(|line| format!("\n  - {line}")).collect();
            console.note(format!(
                "Files outside the workspace {} are used, uploaded or built into images:{lines}",
                self.shown_root()
            ));
        }
        Ok(())
    }

    fn shown_root(&self) -> String {
        self.root.display().to_string()
    }

    fn lines(&self) -> Vec<String> {
        let line = |(what, real): &(String, PathBuf)| {
            let real = real.display().to_string();
            // A path that is absolute itself is enough.
            if what.ends_with(&real) { what.clone() } else { format!("{what}: {real}") }
        };
        self.found.iter().map(|found| line(found).replace('\n', "�")).collect()
    }
}
