//! Whose a workspace is. What it holds decides what is deployed, and a CDK app in it is run, with the caller's
//! credentials; and it may be found above the working directory, where others can put one, such as in `/tmp`. So
//! it must be the caller's, as git demands it of a repository.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Workspace;
use crate::error::{Error, Result};

const ROOT: u32 = 0;

/// Users whose workspaces are trusted: who runs this program, who ran it with `sudo`, and root.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    user: u32,
    before_sudo: Option<u32>,
}

impl Owner {
    /// Who runs this program; `sudo_uid` is the variable that `sudo` sets.
    pub fn caller(sudo_uid: Option<&str>) -> Self {
        Self::new(rustix::process::geteuid().as_raw(), sudo_uid)
    }

    fn new(user: u32, sudo_uid: Option<&str>) -> Self {
        // Only root can have got it from `sudo`.
        let before_sudo = sudo_uid.filter(|_| user == ROOT).and_then(|user| user.parse().ok());
        Self { user, before_sudo }
    }

    fn is(self, user: u32) -> bool {
        user == self.user || user == ROOT || Some(user) == self.before_sudo
    }
}

impl Workspace {
    /// Checks that the workspace belongs to the caller, unless its directory is among those that are `allowed`.
    ///
    /// # Errors
    /// When it belongs to another user, or its owner cannot be told.
    pub fn check_owner(&self, caller: Owner, allowed: &dyn Fn() -> Vec<String>) -> Result<()> {
        let Some((path, stranger)) = self.stranger(caller)? else { return Ok(()) };
        let root = self.root().canonicalize().unwrap_or_else(|_| self.root().to_owned());
        if is_allowed(&root, &allowed()) {
            return Ok(());
        }
        let root = root.display();
        Err(Error::new(format!(
            "{} belongs to another user (uid {stranger}), who could change what is deployed, or run programs, with your \
             credentials",
            path.display()
        ))
        .hint(format!(
            "If you trust this workspace: `export COPILOT_SAFE_DIRECTORY={root}`, or `git config --global --add \
             safe.directory {root}`."
        )))
    }

    /// What belongs to somebody else, and to whom: a link, or what it leads to.
    fn stranger(&self, caller: Owner) -> Result<Option<(PathBuf, u32)>> {
        for path in [self.copilot_dir.clone(), self.copilot_dir.join(".workspace")] {
            for about in [fs::symlink_metadata(&path), fs::metadata(&path)] {
                match about.map(|about| about.uid()) {
                    Ok(owner) if !caller.is(owner) => return Ok(Some((path, owner))),
                    // A missing `.workspace` is told when it is needed.
                    Err(e) if e.kind() != ErrorKind::NotFound => {
                        return Err(Error::new(format!("cannot tell whose {} is: {e}", path.display())));
                    }
                    _ => {}
                }
            }
        }
        Ok(None)
    }
}

/// Whether git's rules for `safe.directory` allow a directory, or one above it: an entry is a path, or a path with `/*` for all
/// below it, or `*`; an empty one takes back those before it.
fn is_allowed(directory: &Path, entries: &[String]) -> bool {
    let names = |entry: &str| match entry.strip_suffix("/*") {
        Some(above) => directory.strip_prefix(above).is_ok_and(|rest| rest != Path::new("")),
        None => {
            let path = Path::new(entry);
            let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
            path.is_absolute() && path != Path::new("/") && directory.starts_with(path)
        }
    };
    entries.iter().fold(false, |allowed, entry| match entry.as_str() {
        "" => false,
        "*" => true,
        entry => allowed || names(entry),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_and_root_are_trusted() {
        for (user, sudo_uid, owner, trusted) in [
            (1000, None, 1000, true),
            (1000, None, 0, true),
            (1000, None, 1001, false),
            (1000, Some("1001"), 1001, false),
            (0, None, 0, true),
            (0, None, 1000, false),
            (0, Some("1000"), 1000, true),
            (0, Some("1000"), 1001, false),
            (0, Some("x"), 1000, false),
        ] {
            assert_eq!(Owner::new(user, sudo_uid).is(owner), trusted, "{user} {sudo_uid:?} {owner}");
        }
    }

    #[test]
    fn directories_are_allowed_as_git_allows_them() {
        for (entries, allowed) in [
            (&[][..], false),
            (&["*"], true),
            (&["*", ""], false),
            (&["", "*"], true),
            (&["/nonexistent/a"], true),
            (&["/nonexistent/a/b"], true),
            (&["/nonexistent/a/b", ""], false),
            (&["/nonexistent/a/b/c"], false),
            (&["/nonexistent/a/*"], true),
            (&["/nonexistent/a/b/*"], false),
            (&["/nonexistent/ab", "/nonexistent/*"], true),
            (&["/"], false),
            (&["nonexistent", "."], false),
        ] {
            let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
            assert_eq!(is_allowed(Path::new("/nonexistent/a/b"), &entries), allowed, "{entries:?}");
        }
    }
}
