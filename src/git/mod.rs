//! Reading the git repository a job is deployed from.
//!
//! The `git` program answers, as its settings, filters and formats are its own. Where there is none, `library` reads the
//! repository with libgit2. Both are processes that end after a time, and where neither can tell, the reason is told.

#[cfg(unix)]
mod changes;
#[cfg(unix)]
mod files;
#[cfg(unix)]
mod ignore;
mod library;
mod place;
mod process;
mod program;
mod safe;
mod working_tree;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::programs::Programs;

pub use safe::safe_directories;

/// Name of the git program.
const PROGRAM: &str = "git";
/// How long an answer may take: a large tree whose files are not in memory takes seconds.
pub const LIMIT: Duration = Duration::from_secs(30);
/// Why a new repository gives no tag.
const NO_COMMIT: &str = "HEAD of the git repository names no commit";

/// What an image tag can be made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitState {
    /// There is no repository.
    NotARepository,
    /// The repository belongs to another user, and git's setting `safe.directory` does not allow to read it.
    Untrusted,
    /// There is a repository, and why it gives no tag.
    Unreadable(String),
    /// There are changes, or untracked files that are not ignored.
    Dirty,
    /// Exactly a commit.
    Clean {
        /// As `git describe --always` prints it: an annotated tag (`v1.2`), the nearest one with
        /// distance and commit (`v1.2-3-gabc1234`), or the abbreviated commit.
        tag: String,
    },
}

/// Where to read, and with what.
pub struct Surroundings<'a> {
    /// Working directory.
    pub dir: &'a Path,
    /// The environment.
    pub var: &'a (dyn Fn(&str) -> Option<OsString> + Sync),
    /// This program, which reads where there is no git program.
    pub own_program: Option<PathBuf>,
    /// How long an answer may take.
    pub limit: Duration,
}

/// Describes the repository that contains the working directory, as `git describe --always` and `git status --porcelain`
/// do. A tag that names a commit must not be given to anything else: a tree whose status cannot be told has no tag.
pub async fn describe(around: &Surroundings<'_>) -> GitState {
    let programs = Programs::of((around.var)("PATH").as_deref());
    match programs.find(PROGRAM) {
        Some(program) => program::describe(&program, &programs, around).await,
        None => library::describe(around).await,
    }
}

/// Whether this process was started by [`describe`] to read a repository.
pub fn is_reader(first_argument: Option<OsString>) -> bool {
    first_argument.is_some_and(|argument| argument == library::ARGUMENT)
}

/// What such a process prints.
pub fn read(dir: &Path, var: &dyn Fn(&str) -> Option<OsString>) -> String {
    library::print(&library::read(dir, var))
}

#[cfg(test)]
mod tests;
