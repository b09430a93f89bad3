//! What a build context consists of: a directory's files less those that are ignored, in a fixed order
//! in which a directory comes before what is in it.
//!
//! What vanishes while the directory is read is left out, as if it had never been there.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::ignore::{Ignore, Matched};
use super::tree::{Directory, Entry, Kind};
use crate::error::{Context as _, Error, Result};

/// Takes one entry.
pub type Visit<'a> = &'a mut dyn FnMut(&Found<'_>) -> Result<()>;

/// One entry of the context.
pub struct Found<'a> {
    /// Its path below the root.
    pub relative: &'a Path,
    /// The same as text, with `/` between the names.
    pub name: &'a str,
    /// What it is.
    pub entry: &'a Entry,
    /// Where it can be opened; `None` for directories.
    place: Option<(&'a Directory, &'a OsStr)>,
}

impl Found<'_> {
    /// Where the link points to.
    ///
    /// # Errors
    /// It cannot be read, or is no link any more.
    pub fn target(&self) -> io::Result<PathBuf> {
        let (directory, name) = self.place.ok_or(io::ErrorKind::IsADirectory)?;
        directory.target(name)
    }

    /// Opens the file.
    ///
    /// # Errors
    /// It cannot be opened, or is a link now.
    pub fn open(&self) -> io::Result<(File, Entry)> {
        let (directory, name) = self.place.ok_or(io::ErrorKind::IsADirectory)?;
        directory.file(name)
    }
}

impl<'a> Found<'a> {
    /// Something else at the same place.
    pub fn with<'b>(&'b self, entry: &'b Entry) -> Found<'b>
    where
        'a: 'b,
    {
        Found { relative: self.relative, name: self.name, entry, place: self.place }
    }
}

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

/// An excluded directory above the current path, reported only once something below it is.
struct Held {
    relative: PathBuf,
    name: String,
    entry: Entry,
}

/// A directory on the way.
struct Level<'a> {
    directory: &'a Directory,
    relative: &'a Path,
    name: &'a str,
    matched: &'a Matched,
}

impl Walk<'_> {
    /// Reports every entry.
    ///
    /// # Errors
    /// What cannot be read, or the visitor's errors; each names the path.
    pub fn run(&self, visit: Visit<'_>) -> Result<()> {
        let root = Directory::open(self.root)
            .map_err(unreadable)
            .with_context(|| format!("list the directory {} of the build context", self.root.display()))?;
        let matched = Matched::default();
        let top = Level { directory: &root, relative: Path::new(""), name: "", matched: &matched };
        self.directory(&top, &mut Vec::new(), visit)
    }

    fn directory(&self, level: &Level<'_>, held: &mut Vec<Held>, visit: Visit<'_>) -> Result<()> {
        let listing = || {
            let path = self.root.join(level.relative);
            format!("list the directory {} of the build context", path.display())
        };
        let entries = match level.directory.names() {
            Err(error) if is_gone(&error) => return Ok(()),
            names => names.map_err(unreadable).with_context(listing)?,
        };
        for entry in entries {
            let child = level.relative.join(&entry);
            let child_name = match level.name {
                "" => entry.to_string_lossy().into_owned(),
                parent => format!("{parent}/{}", entry.to_string_lossy()),
            };
            if (self.wanted)(&child_name) {
                self.entry(level, &entry, &child, &child_name, held, visit)?;
            }
        }
        Ok(())
    }

    fn entry(
        &self,
        level: &Level<'_>,
        own: &OsString,
        relative: &Path,
        name: &str,
        held: &mut Vec<Held>,
        visit: Visit<'_>,
    ) -> Result<()> {
        let (mut excluded, matched) = self.ignore.excludes(name, level.matched);
        if self.always == Some(name) {
            excluded = false;
        }
        if excluded && !self.may_contain(name) {
            return Ok(());
        }
        let reading = || format!("read {} of the build context", self.root.join(relative).display());
        let entry = match level.directory.entry(own) {
            Err(error) if is_gone(&error) => return Ok(()),
            entry => entry.map_err(unreadable).with_context(reading)?,
        };
        if entry.kind != Kind::Directory {
            let place = Some((level.directory, own.as_os_str()));
            let found = Found { relative, name, entry: &entry, place };
            return if excluded { Ok(()) } else { report(held, &found, visit) };
        }
        let directory = match level.directory.child(own) {
            Err(error) if is_gone(&error) => return Ok(()),
            directory => directory.map_err(unopened).with_context(reading)?,
        };
        if excluded {
            held.push(Held { relative: relative.to_owned(), name: name.to_owned(), entry });
        } else {
            report(held, &Found { relative, name, entry: &entry, place: None }, visit)?;
        }
        let depth = held.len();
        self.directory(&Level { directory: &directory, relative, name, matched: &matched }, held, visit)?;
        if excluded && held.len() == depth {
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

fn report(held: &mut Vec<Held>, found: &Found<'_>, visit: Visit<'_>) -> Result<()> {
    for Held { relative, name, entry } in std::mem::take(held) {
        visit(&Found { relative: &relative, name: &name, entry: &entry, place: None })?;
    }
    visit(found)
}

/// Whether something that was there a moment ago is not there any more.
pub fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// The error for what was a directory or a file a moment ago and could not be opened.
pub fn unopened(error: io::Error) -> Error {
    // What is said of a link where none may be followed.
    let swapped = [rustix::io::Errno::LOOP, rustix::io::Errno::NOTDIR, rustix::io::Errno::NXIO];
    if swapped.iter().any(|code| error.raw_os_error() == Some(code.raw_os_error())) {
        return changed("it is no longer the same kind of file");
    }
    unreadable(error)
}

/// The error for a file that is another one than a moment ago.
pub fn changed(how: &str) -> Error {
    Error::new(format!("it changed while the build context was read: {how}")).hint(
        "Deploy again when nothing writes to it any more, or list it in .dockerignore if the image does not need it.",
    )
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
