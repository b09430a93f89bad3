//! Files that must not be there yet: written all or none, and never in the place of another.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::files;

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewFile {
    /// Path from the workspace's root.
    pub path: String,
    pub content: String,
}

/// What is at a new file's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing.
    Missing,
    /// A file with the same content.
    Same,
    /// Something else.
    Other,
}

impl NewFile {
    /// What is at the file's path in the workspace with this root.
    pub(super) fn state(&self, root: &Path) -> State {
        let path = root.join(&self.path);
        match files::read(&path, files::TEXT) {
            Ok(content) if content == self.content.as_bytes() => State::Same,
            // A link that points nowhere is something, too.
            Err(e) if e.kind() == ErrorKind::NotFound && fs::symlink_metadata(&path).is_err() => {
                State::Missing
            }
            _ => State::Other,
        }
    }
}

/// The files' names and contents by their directories, as paths from the workspace's root.
pub(super) fn by_directory(files: &[NewFile]) -> BTreeMap<&str, Vec<(&str, &str)>> {
    let mut directories: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for file in files {
        let directory = file.path.rsplit_once('/').map_or("", |(directory, _)| directory);
        directories.entry(directory).or_default().push((&file.path, &file.content));
    }
    directories
}

/// Writes the files and returns their paths. When one of them cannot be written, those before it go again, with the directories
/// that were created for them.
pub(super) fn write(root: &Path, files: &[NewFile]) -> Result<Vec<String>> {
    let mut created = Vec::new();
    let mut paths = Vec::new();
    for file in files {
        if let Err(e) = place(&root.join(&file.path), &file.content, &mut created) {
            // Tidying up as far as it goes: the error is told either way.
            for path in created.iter().rev() {
                let _ = if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) };
            }
            let error = match e.kind() {
                ErrorKind::AlreadyExists => Error::new(format!("{} exists already", file.path)),
                _ => Error::new(format!("cannot write {}: {e}", file.path)),
            };
            return Err(error.context("nothing was written"));
        }
        paths.push(file.path.clone());
    }
    Ok(paths)
}

/// Writes one file, which has its whole content from the moment it is there. What is created is noted.
fn place(path: &Path, content: &str, created: &mut Vec<PathBuf>) -> io::Result<()> {
    let directory = path.parent().unwrap_or(path);
    let missing: Vec<&Path> = directory.ancestors().take_while(|directory| !directory.exists()).collect();
    for directory in missing.into_iter().rev() {
        fs::create_dir(directory)?;
        created.push(directory.to_owned());
    }
    // Addons are files whose names end in `.yml`, so what an aborted attempt leaves is none.
    let temporary = directory.join(format!(".{}.tmp", Uuid::new_v4()));
    let written = File::create_new(&temporary).and_then(|mut file| {
        file.write_all(content.as_bytes())?;
        file.sync_all()
    });
    // Unlike a renamed file, a link never takes the place of another file. Some file systems have none.
    let placed = written.and_then(|()| match fs::hard_link(&temporary, path) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => {
            File::create_new(path).and_then(|mut file| file.write_all(content.as_bytes()))
        }
        placed => placed,
    });
    if placed.is_ok() {
        created.push(path.to_owned());
    }
    let _ = fs::remove_file(&temporary);
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, content: &str) -> NewFile {
        NewFile { path: path.to_owned(), content: content.to_owned() }
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn files_and_their_directories_are_created() {
        let dir = tempfile::tempdir().unwrap();
        let files = [file("a/b/x.yml", "1"), file("a/y.yml", "2")];
        assert!(files.iter().all(|file| file.state(dir.path()) == State::Missing));
        assert_eq!(write(dir.path(), &files).unwrap(), ["a/b/x.yml", "a/y.yml"]);
        assert!(files.iter().all(|file| file.state(dir.path()) == State::Same));
        assert_eq!(file("a/y.yml", "3").state(dir.path()), State::Other);
        assert_eq!(file("a/b", "3").state(dir.path()), State::Other);
        std::os::unix::fs::symlink("nowhere", dir.path().join("link")).unwrap();
        assert_eq!(file("link", "3").state(dir.path()), State::Other);
        assert_eq!(
            (names(&dir.path().join("a")), names(&dir.path().join("a/b"))),
            (vec!["b".to_owned(), "y.yml".to_owned()], vec!["x.yml".to_owned()])
        );
    }

    #[test]
    fn nothing_is_left_and_nothing_is_lost_when_a_file_cannot_be_written() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("taken"), "before").unwrap();
        let told = |files: &[NewFile]| write(dir.path(), files).unwrap_err().to_string();
        assert_eq!(
            told(&[file("a/x.yml", "1"), file("taken", "2")]),
            "nothing was written: taken exists already"
        );
        let error = told(&[file("a/b/x.yml", "1"), file("taken/y.yml", "2")]);
        assert!(error.starts_with("nothing was written: cannot write taken/y.yml: "), "{error}");
        assert_eq!(names(dir.path()), ["taken"]);
        assert_eq!(fs::read_to_string(dir.path().join("taken")).unwrap(), "before");
    }
}
