//! What the ways to send a build context have in common: files with several names are sent once, and files that
//! change meanwhile are noticed.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::tree::{Change, Entry};
use super::walk::{changed, unreadable};
use crate::error::Result;

/// What the user should know about files of a context, for the one who takes it.
#[derive(Clone, Debug, Default)]
pub struct Warnings(Arc<Mutex<Vec<String>>>);

impl Warnings {
    /// Takes those that were not taken yet.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds one about a file.
    pub fn add(&self, path: &Path, what: &str) {
        let text = format!("{} {what}", path.display());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }
}

/// The first names of files that have several.
#[derive(Debug, Default)]
pub struct HardLinks(HashMap<(u64, u64), PathBuf>);

impl HardLinks {
    /// The name under which the file was sent before.
    pub fn first(&self, entry: &Entry) -> Option<&Path> {
        self.0.get(&entry.identity).map(PathBuf::as_path)
    }

    /// Keeps the name of a file that was sent; the first one stays, because what is a link itself is no target.
    pub fn sent(&mut self, entry: &Entry, relative: &Path) {
        if entry.names > 1 {
            self.0.entry(entry.identity).or_insert_with(|| relative.to_owned());
        }
    }
}

/// Looks at a file again after it was read: what has been written to it meanwhile is an error, unless it was
/// only appended, as to a log.
///
/// # Errors
/// Says what happened to the file.
pub fn watch(before: &Entry, file: &File, path: &Path, warnings: &Warnings) -> Result<()> {
    let now = Entry::of(file).map_err(unreadable)?;
    match before.until(&now) {
        Change::None => {}
        Change::Grown => warnings.add(path, GREW),
        Change::Other(how) => return Err(changed(how)),
    }
    Ok(())
}

/// The warning about a file that something is appended to.
pub const GREW: &str = "grew while the build context was read; the image has it as it was when it was opened. List it \
                        in .dockerignore if the image does not need it";

/// Reads as many bytes as were announced: a file that shrinks meanwhile is an error, because what was announced
/// cannot be sent any more; what it grows by is not sent.
pub struct Exactly<'a> {
    file: &'a File,
    left: u64,
    short: bool,
}

impl<'a> Exactly<'a> {
    /// Reads `length` bytes of a file.
    pub fn new(file: &'a File, length: u64) -> Self {
        Self { file, left: length, short: false }
    }

    /// Tells when the file was shorter.
    ///
    /// # Errors
    /// It was.
    pub fn check(&self) -> Result<()> {
        if self.short { Err(changed("it became shorter")) } else { Ok(()) }
    }
}

impl Read for Exactly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.take(self.left).read(buffer)?;
        if count == 0 && self.left > 0 && !buffer.is_empty() {
            self.short = true;
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}
