//! Where the repository lies.

use std::path::{Path, PathBuf};

/// What lies at a directory or the nearest one above it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// No repository.
    Nowhere,
    /// Only a bare repository.
    Bare(PathBuf),
    /// A repository.
    Found(Found),
}

/// A repository with a working tree.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The directory with the entry `.git`.
    pub top: PathBuf,
    /// From where git finds it: the directory itself, unless a bare repository lies in between.
    pub from: PathBuf,
}

/// Looks for a repository. A bare one does not count: anybody's tree can hold the files it consists of, and with them
/// settings that run programs. Git calls this `safe.bareRepository=explicit`, which versions before 2.38 do not know.
pub(super) fn locate(dir: &Path) -> Place {
    let mut bare = None;
    for ancestor in dir.ancestors() {
        if ancestor.join(".git").symlink_metadata().is_ok() {
            let from = if bare.is_some() { ancestor } else { dir };
            return Place::Found(Found { top: ancestor.to_owned(), from: from.to_owned() });
        }
        if bare.is_none() && is_bare(ancestor) {
            bare = Some(ancestor.to_owned());
        }
    }
    bare.map_or(Place::Nowhere, Place::Bare)
}

/// Whether git could take a directory for a repository, which it does without looking closely.
fn is_bare(dir: &Path) -> bool {
    let has = |name: &str| dir.join(name).symlink_metadata().is_ok();
    has("HEAD") && (has("commondir") || (has("objects") && has("refs")))
}

/// Why a bare repository gives no tag.
pub(super) fn bare_reason(dir: &Path) -> String {
    format!(
        "{} is a bare git repository, which counts only where the variable GIT_DIR names it",
        dir.display()
    )
}
