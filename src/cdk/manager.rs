//! Which package manager installs an app's packages.

use std::path::Path;

/// Directories searched for a lock file: the working directory and four parents.
const LEVELS: usize = 5;

/// A package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manager {
    Npm,
    Yarn,
}

impl Manager {
    /// All of them, the preferred one first.
    pub(super) const ALL: [Self; 2] = [Self::Npm, Self::Yarn];

    /// The program's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Yarn => "yarn",
        }
    }

    fn locks(self, dir: &Path) -> bool {
        dir.join(match self {
            Self::Npm => "package-lock.json",
            Self::Yarn => "yarn.lock",
        })
        .is_file()
    }
}

/// One of those that are installed: of several the one whose lock file the app has, else the one whose
/// lock file lies nearest to the working directory, else npm.
pub(super) fn choose(installed: &[Manager], app: &Path, cwd: &Path) -> Option<Manager> {
    let locking = |dir: &Path| installed.iter().copied().filter(|m| m.locks(dir)).collect::<Vec<_>>();
    if let [only] = locking(app).as_slice() {
        return Some(*only);
    }
    let nearest = cwd.ancestors().take(LEVELS).find_map(|dir| locking(dir).first().copied());
    nearest.or_else(|| installed.first().copied())
}

#[cfg(test)]
mod tests {
    use super::Manager::{Npm, Yarn};
    use super::*;

    #[test]
    fn chooses_by_lock_files() {
        let cases: [(&[Manager], &[&str], Option<Manager>); 11] = [
            (&[], &["app/yarn.lock"], None),
            (&[Npm], &["app/yarn.lock", "a/yarn.lock"], Some(Npm)),
            (&[Yarn], &["app/package-lock.json"], Some(Yarn)),
            (&[Npm, Yarn], &[], Some(Npm)),
            (&[Npm, Yarn], &["app/yarn.lock"], Some(Yarn)),
            (&[Npm, Yarn], &["app/yarn.lock", "a/package-lock.json"], Some(Yarn)),
            (&[Npm, Yarn], &["app/yarn.lock", "app/package-lock.json"], Some(Npm)),
            (&[Npm, Yarn], &["app/yarn.lock", "app/package-lock.json", "a/yarn.lock"], Some(Yarn)),
            (&[Npm, Yarn], &["a/yarn.lock", "a/b/c/d/e/package-lock.json"], Some(Npm)),
            (&[Npm, Yarn], &["a/yarn.lock", "a/package-lock.json"], Some(Npm)),
            (&[Npm, Yarn], &["yarn.lock"], Some(Npm)),
        ];
        for (installed, files, chosen) in cases {
            let dir = tempfile::tempdir().unwrap();
            let cwd = dir.path().join("a/b/c/d/e");
            std::fs::create_dir_all(&cwd).unwrap();
            std::fs::create_dir(dir.path().join("app")).unwrap();
            for file in files {
                std::fs::write(dir.path().join(file), "").unwrap();
            }
            assert_eq!(choose(installed, &dir.path().join("app"), &cwd), chosen, "{files:?}");
        }
    }
}
