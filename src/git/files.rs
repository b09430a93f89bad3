//! Files of a working tree, as git looks at them.

use std::fs::{self, Metadata};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use git2::IndexEntry;

/// Bytes of a file of patterns or attributes; git takes no larger ones.
const LARGEST_FILE: u64 = 100 * 1024 * 1024;

/// What a file is; `None` when it is not there.
pub(super) fn look(path: &Path) -> Result<Option<Metadata>, String> {
    match fs::symlink_metadata(path) {
        Ok(about) => Ok(Some(about)),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(format!("{} cannot be read: {e}", path.display())),
    }
}

/// Content of a file of patterns or attributes in the tree, where git follows no link; `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, String> {
    read_as(path, look(path)?)
}

/// The same of a file of the user's or of the repository itself, which may be a link.
pub(super) fn read_linked(path: &Path) -> Result<Option<Vec<u8>>, String> {
    read_as(path, fs::metadata(path).ok())
}

fn read_as(path: &Path, about: Option<Metadata>) -> Result<Option<Vec<u8>>, String> {
    let Some(about) = about else { return Ok(None) };
    if !about.is_file() || about.len() > LARGEST_FILE {
        return Err(format!("{} is no file that git would read", path.display()));
    }
    fs::read(path).map(Some).map_err(|e| format!("{} cannot be read: {e}", path.display()))
}

pub(super) fn has_carriage_return(path: &Path) -> std::io::Result<bool> {
    let mut file = fs::File::open(path)?;
    let mut buffer = [0; 16 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(false),
            length if buffer.iter().take(length).any(|byte| *byte == b'\r') => return Ok(true),
            _ => {}
        }
    }
}

/// Whether a file is the one that the index was written with. When it was written in the same second as the index, it
/// may have been written once more.
pub(super) fn is_as_recorded(entry: &IndexEntry, about: &Metadata, written: u64) -> bool {
    let seconds = |time: i64| i32::try_from(time).ok();
    let low = |number: u64| u32::try_from(number & u64::from(u32::MAX)).ok();
    let is_older = about.mtime() >= 0 && about.mtime().unsigned_abs() < written;
    is_older
        && seconds(about.mtime()) == Some(entry.mtime.seconds())
        && u32::try_from(about.mtime_nsec()).ok() == Some(entry.mtime.nanoseconds())
        && seconds(about.ctime()) == Some(entry.ctime.seconds())
        && low(about.ino()) == Some(entry.ino)
        && about.uid() == entry.uid
        && about.gid() == entry.gid
        && low(about.len()) == Some(entry.file_size)
}
