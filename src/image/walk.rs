//! What a build context consists of: a directory's files less those that are ignored, in a fixed order
//! in which a directory comes before what is in it.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::ignore::{Ignore, Matched};
use crate::error::{Context as _, Error, Result};

/// Takes one entry: its path below the root and the same as text, with `/` between the names.
pub type Visit<'a> = &'a mut dyn FnMut(&Path, &str, &Metadata) -> Result<()>;

/// A directory to walk.
pub struct Walk<'a> {
    /// The directory.
    pub root: &'a Path,
    /// What is left out.
    pub ignore: &'a Ignore,
    /// A file that is never left out.
    pub always: Option<&'a str>,
    /// Whether anything at, above or below a path is wanted at all.
    pub wanted: &'a dyn Fn(&str) -> bool,
}

/// Excluded directories above the current path, reported only once something below them is.
type Held = Vec<(PathBuf, String, Metadata)>;

impl Walk<'_> {
    /// Reports every entry.
    ///
    /// # Errors
    /// What cannot be read, or the visitor's errors; each names the path.
    pub fn run(&self, visit: Visit<'_>) -> Result<()> {
        self.directory(Path::new(""), "", &Matched::default(), &mut Held::new(), visit)
    }

    fn directory(
        &self,
        relative: &Path,
        name: &str,
        matched: &Matched,
        held: &mut Held,
        visit: Visit<'_>,
    ) -> Result<()> {
        let path = self.root.join(relative);
        let listing = || format!("list the directory {} of the build context", path.display());
        let mut entries = fs::read_dir(&path)
            .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>())
            .map_err(unreadable)
            .with_context(listing)?;
        entries.sort_unstable();
        for entry in entries {
            let child = relative.join(&entry);
            let child_name = match name {
                "" => entry.to_string_lossy().into_owned(),
                parent => format!("{parent}/{}", entry.to_string_lossy()),
            };
            if (self.wanted)(&child_name) {
                self.entry(&child, &child_name, matched, held, visit)?;
            }
        }
        Ok(())
    }

    fn entry(
        &self,
        relative: &Path,
        name: &str,
        parent: &Matched,
        held: &mut Held,
        visit: Visit<'_>,
    ) -> Result<()> {
        let (mut excluded, matched) = self.ignore.excludes(name, parent);
        if self.always == Some(name) {
            excluded = false;
        }
        let path = self.root.join(relative);
        if excluded && !self.may_contain(name) {
            return Ok(());
        }
        let metadata = fs::symlink_metadata(&path)
            .map_err(unreadable)
            .with_context(|| format!("read {} of the build context", path.display()))?;
        if !metadata.is_dir() {
            return if excluded { Ok(()) } else { report(held, relative, name, &metadata, visit) };
        }
        if !excluded {
            report(held, relative, name, &metadata, visit)?;
            return self.directory(relative, name, &matched, held, visit);
        }
        held.push((relative.to_owned(), name.to_owned(), metadata));
        let depth = held.len();
        self.directory(relative, name, &matched, held, visit)?;
        if held.len() == depth {
            held.pop();
        }
        Ok(())
    }

    /// Whether something below an excluded path may have to be reported.
    fn may_contain(&self, name: &str) -> bool {
        self.ignore.may_include_below(name)
            || self
                .always
                .and_then(|always| always.strip_prefix(name))
                .is_some_and(|rest| rest.starts_with('/'))
    }
}

fn report(held: &mut Held, relative: &Path, name: &str, metadata: &Metadata, visit: Visit<'_>) -> Result<()> {
    for (parent, name, metadata) in std::mem::take(held) {
        visit(&parent, &name, &metadata)?;
    }
    visit(relative, name, metadata)
}

/// The error for a file that cannot be read, with what to do about it.
pub fn unreadable(error: io::Error) -> Error {
    let denied = error.kind() == io::ErrorKind::PermissionDenied;
    let error = Error::from(error);
    if denied {
        return error.hint("Make it readable for the user who deploys, or list it in .dockerignore.");
    }
    error
}
