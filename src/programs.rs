//! Finding the programs that this one starts.
//!
//! Only absolute directories of `PATH` count. An empty or relative one means the directory that the user happens
//! to stand in, and a repository that somebody else wrote could bring an `ssh` of its own there.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Where programs are when `PATH` is not set.
const USUAL: &str = "/usr/bin:/bin";

/// The directories of `PATH` that programs are taken from.
#[derive(Clone, Debug, Default)]
pub struct Programs(Vec<PathBuf>);

impl Programs {
    /// Those of a value of `PATH`.
    pub fn of(path: Option<&(impl AsRef<OsStr> + ?Sized)>) -> Self {
        Self(
            std::env::split_paths(path.map_or(OsStr::new(USUAL), AsRef::as_ref))
                .filter(|directory| directory.is_absolute())
                .collect(),
        )
    }

    /// The absolute path of a program, which is given by its bare name without an ending.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        let is_bare = Path::new(name).file_name().is_some_and(|file| file == name);
        let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.0
            .iter()
            .filter(|_| is_bare)
            .map(|directory| directory.join(&name))
            .find(|file| is_executable(file))
    }

    /// The value of `PATH` for a program that looks up others in turn, such as the interpreter of a script.
    pub fn path(&self) -> OsString {
        // It was taken apart at the same separators that it is joined with.
        std::env::join_paths(&self.0).unwrap_or_default()
    }
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_absolute_directories_count() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (dir.path().join("first"), dir.path().join("second"));
        for (directory, name, mode) in [
            (&first, "tool", 0o755),
            (&second, "tool", 0o755),
            (&second, "other", 0o755),
            (&second, "data", 0o644),
        ] {
            std::fs::create_dir_all(directory).unwrap();
            std::fs::write(directory.join(name), "").unwrap();
            std::fs::set_permissions(directory.join(name), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        std::fs::create_dir(first.join("other")).unwrap();
        let path = format!(":.:src:{}::{}:", first.display(), second.display());
        let programs = Programs::of(Some(&path));
        for (name, found) in [
            ("tool", Some(first.join("tool"))),
            ("other", Some(second.join("other"))),
            ("data", None),
            ("missing", None),
            ("", None),
            ("..", None),
            ("../second/tool", None),
            ("./tool", None),
        ] {
            assert_eq!(programs.find(name), found, "{name:?}");
        }
        assert_eq!(programs.path(), OsString::from(format!("{}:{}", first.display(), second.display())));
        for path in ["", ":", ".", "bin:"] {
            assert_eq!(Programs::of(Some(path)).find("sh"), None, "{path:?}");
        }
        assert!(Programs::of(None::<&str>).find("sh").is_some());
    }
}
