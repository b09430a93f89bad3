//! Where a repository's files are.

use std::fs;
use std::path::Path;

use git2::Repository;

/// Whether the repository is one that libgit2 reads as git does, and its files are those of `top`, where it was found.
pub(super) fn check(repository: &Repository, top: &Path) -> Result<(), String> {
    let real =
        |path: &Path| fs::canonicalize(path).map_err(|e| format!("{} cannot be read: {e}", path.display()));
    let workdir = repository.workdir().ok_or("it has no working tree")?;
    // Without the setting the files are those beside `.git`, also where that leads elsewhere; libgit2 thinks otherwise.
    let is_set = repository.config().is_ok_and(|config| config.get_entry("core.worktree").is_ok());
    if is_set && real(workdir)? != real(top)? {
        return Err("its working tree lies elsewhere".to_owned());
    }
    let replaced = repository.references_glob("refs/replace/*").map(|mut names| names.next().is_some());
    if replaced.unwrap_or(true) || repository.commondir().join("info/grafts").exists() {
        return Err("commits are replaced".to_owned());
    }
    Ok(())
}
