//! The directory that `job package --output-dir` writes to: checked before anything is done, written when everything is there.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::error::{Error, Result};

/// A directory for files; there may be none yet.
#[derive(Clone, Debug)]
pub struct Directory {
    path: PathBuf,
    /// As the user wrote it.
    shown: String,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub name: String,
    pub content: String,
}

impl Directory {
    /// The directory that the user calls `shown`, seen from the working directory.
    pub fn new(cwd: &Path, shown: &str) -> Self {
        Self { path: cwd.join(shown), shown: shown.to_owned() }
    }

    /// Checks that files can be created there, or that the directory can; leaves nothing behind.
    pub(crate) fn check(&self) -> Result<()> {
        let missing = self.missing().map_err(|e| self.unusable(&e))?;
        let existing = missing.last().map_or(Some(self.path.as_path()), |first| first.parent());
        let existing = existing.unwrap_or(&self.path);
        let probe = existing.join(temporary("check"));
        File::create_new(&probe).and_then(|_| fs::remove_file(&probe)).map_err(|e| self.unusable(&e))
    }

    /// Checks that files of these names can be put there.
    pub(crate) fn check_names<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<()> {
        let taken = names.into_iter().filter(|name| self.path.join(name).is_dir());
        let taken = taken.map(|name| {
            Error::new(format!("cannot write {}: it is a directory", self.display(name)))
                .hint("Move it away, or choose another --output-dir.")
        });
        Error::all("files cannot be written", taken.collect())
    }

    /// A file in the directory, for people.
    pub(crate) fn display(&self, name: &str) -> String {
        Path::new(&self.shown).join(name).display().to_string()
    }

    /// Whether there is a file of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.path.join(name).exists()
    }

    /// Writes the files, all of them or none: what was there before stays until every file is complete. A directory that it
    /// created goes again when they cannot be written.
    pub(crate) fn write(&self, files: &[Output]) -> Result<()> {
        let created = self.missing().map_err(|e| self.unusable(&e))?;
        let mut written = Vec::new();
        let result = fs::create_dir_all(&self.path).map_err(|e| self.unusable(&e)).and_then(|()| {
            for file in files {
                let path = self.path.join(temporary(&file.name));
                written.push((path.clone(), file));
                complete(&path, &file.content).map_err(|e| self.unwritten(file, &e))?;
            }
            for (path, file) in &written {
                fs::rename(path, self.path.join(&file.name)).map_err(|e| self.unwritten(file, &e))?;
            }
            Ok(())
        });
        if result.is_err() {
            // Tidying up as far as it goes: the error is told either way, and directories that are not empty stay.
            for (path, _) in &written {
                let _ = fs::remove_file(path);
            }
            for directory in &created {
                let _ = fs::remove_dir(directory);
            }
        }
        result
    }

    /// The directory and those above it that do not exist, innermost first.
    fn missing(&self) -> io::Result<Vec<PathBuf>> {
        let mut missing = Vec::new();
        for directory in self.path.ancestors() {
            match fs::metadata(directory) {
                Ok(about) if about.is_dir() => return Ok(missing),
                Ok(_) => {
                    let what = if directory == self.path { "it" } else { "a directory above it" };
                    return Err(io::Error::other(format!("{what} is a file")));
                }
                Err(e) if e.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(directory).is_err() => {
                    missing.push(directory.to_owned());
                }
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    return Err(io::Error::other("a link on the way leads nowhere"));
                }
                Err(e) if e.kind() == io::ErrorKind::NotADirectory => {}
                Err(e) => return Err(e),
            }
        }
        Ok(missing)
    }

    fn unusable(&self, error: &io::Error) -> Error {
        Error::new(format!("cannot use the output directory {}: {error}", self.shown)).hint(
            "Name a directory that can be written to with --output-dir; it is created when there is none.",
        )
    }

    fn unwritten(&self, file: &Output, error: &io::Error) -> Error {
        Error::new(format!("cannot write {}: {error}", self.display(&file.name)))
    }
}

/// A name that nothing else has.
fn temporary(name: &str) -> String {
    format!(".{name}.{}.tmp", Uuid::new_v4())
}

/// Writes a file that must be on the disk before it takes another's place.
fn complete(path: &Path, content: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(name: &str, content: &str) -> Output {
        Output { name: name.to_owned(), content: content.to_owned() }
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn files_replace_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::new(dir.path(), "a/b");
        for content in ["one", "two"] {
            directory.check().unwrap();
            directory.write(&[output("x", content), output("y", "same")]).unwrap();
            assert_eq!(fs::read_to_string(dir.path().join("a/b/x")).unwrap(), content);
        }
        assert_eq!(names(&dir.path().join("a/b")), ["x", "y"]);
        assert_eq!(directory.display("x"), "a/b/x");
    }

    #[test]
    fn nothing_is_left_when_a_file_cannot_be_written() {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::new(dir.path(), "a/b");
        directory.write(&[output("x", "1"), output("no/such", "2")]).unwrap_err();
        assert_eq!(names(dir.path()), [""; 0]);

        directory.write(&[output("x", "before")]).unwrap();
        directory.write(&[output("x", "after"), output("no/such", "2")]).unwrap_err();
        assert_eq!(fs::read_to_string(dir.path().join("a/b/x")).unwrap(), "before");
        assert_eq!(names(&dir.path().join("a/b")), ["x"]);
    }

    #[test]
    fn checking_leaves_nothing_and_finds_what_is_in_the_way() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        fs::create_dir_all(dir.path().join("taken/x")).unwrap();
        let told = |shown: &str| Directory::new(dir.path(), shown).check().map_err(|e| e.to_string());
        assert_eq!(told("new/deep"), Ok(()));
        assert_eq!(told("file"), Err("cannot use the output directory file: it is a file".to_owned()));
        let above = "cannot use the output directory file/deep/er: a directory above it is a file";
        assert_eq!(told("file/deep/er"), Err(above.to_owned()));
        assert_eq!(names(dir.path()), ["file", "taken"]);
        let error = Directory::new(dir.path(), "taken").check_names(["x", "y"]).unwrap_err();
        assert_eq!(error.to_string(), "cannot write taken/x: it is a directory");
    }
}
