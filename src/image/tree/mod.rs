//! Directories and what is in them, reached from one root without following a link: what is swapped for a link
//! while a build context is read does not lead out of it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{self, AtFlags, Dir, FileType, Mode, OFlags, Stat};

/// An open directory.
#[derive(Debug)]
pub struct Directory(OwnedFd);

/// What an entry of a directory is, itself and not what it may link to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What kind of entry it is.
    pub kind: Kind,
    /// Permissions with the bits for set-user-ID, set-group-ID and sticky.
    pub mode: u32,
    /// Bytes.
    pub size: u64,
    /// When the content changed, in seconds since 1970 and nanoseconds.
    pub modified: (i64, i64),
    /// File system and number in it.
    pub identity: (u64, u64),
    /// How many names it has.
    pub names: u64,
}

/// Kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A character device with its major and minor number.
    Character(u32, u32),
    /// A block device with its major and minor number.
    Block(u32, u32),
}

/// What happened to a file between two looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// Something was appended, as to a log.
    Grown,
    /// Another file has its name now, or its content is another one; says what was noticed.
    Other(&'static str),
}

impl Directory {
    /// Opens a directory; links in its own path are followed.
    ///
    /// # Errors
    /// It cannot be opened or is none.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(fs::open(path, flags, Mode::empty())?))
    }

    /// Opens a directory of this one.
    ///
    /// # Errors
    /// It cannot be opened, is none, or is a link.
    pub fn child(&self, name: &OsStr) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Self(fs::openat(&self.0, name, flags, Mode::empty())?))
    }

    /// Opens the directory at a path below this one.
    ///
    /// # Errors
    /// It cannot be opened, is none, or a link is on the way.
    pub fn below(&self, relative: &Path) -> io::Result<Self> {
        let mut directory = Self(self.0.try_clone()?);
        for component in relative.components() {
            match component {
                Component::Normal(name) => directory = directory.child(name)?,
                Component::CurDir => {}
                _ => return Err(io::ErrorKind::InvalidInput.into()),
            }
        }
        Ok(directory)
    }

    /// Names of the entries, sorted.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let name = entry?.file_name().to_bytes().to_vec();
            if name != b"." && name != b".." {
                names.push(OsString::from_vec(name));
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Looks at an entry.
    ///
    /// # Errors
    /// It is not there or cannot be looked at.
    pub fn entry(&self, name: &OsStr) -> io::Result<Entry> {
        Ok(Entry::from(&fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    /// Where a link points to.
    ///
    /// # Errors
    /// It cannot be read or is no link.
    pub fn target(&self, name: &OsStr) -> io::Result<PathBuf> {
        let target = fs::readlinkat(&self.0, name, Vec::new())?;
        Ok(PathBuf::from(OsStr::from_bytes(target.as_bytes())))
    }

    /// Opens a file for reading and looks at what was opened. Whatever it is, this does not wait: a pipe without
    /// a writer would never open otherwise.
    ///
    /// # Errors
    /// It cannot be opened, or is a link.
    pub fn file(&self, name: &OsStr) -> io::Result<(File, Entry)> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = File::from(fs::openat(&self.0, name, flags, Mode::empty())?);
        let entry = Entry::of(&file)?;
        Ok((file, entry))
    }
}

impl Entry {
    /// Looks at an open file.
    ///
    /// # Errors
    /// The file system does not answer.
    pub fn of(file: &File) -> io::Result<Self> {
        Ok(Self::from(&fs::fstat(file.as_fd())?))
    }

    /// Looks at what is at a path; links are followed.
    ///
    /// # Errors
    /// It is not there or cannot be looked at.
    pub fn at(path: &Path) -> io::Result<Self> {
        Ok(Self::from(&fs::stat(path)?))
    }

    /// What happened to this file until it looked like `now`.
    pub fn until(&self, now: &Self) -> Change {
        if now.kind != self.kind {
            return Change::Other("it is no longer the same kind of file");
        }
        if now.identity != self.identity {
            return Change::Other("another file has taken its place");
        }
        if now.size < self.size {
            return Change::Other("it became shorter");
        }
        match (now.size > self.size, now.modified != self.modified) {
            (true, _) => Change::Grown,
            (false, true) => Change::Other("its content was written anew"),
            (false, false) => Change::None,
        }
    }
}

impl From<&Stat> for Entry {
    fn from(stat: &Stat) -> Self {
        // The types of the fields differ between systems.
        let device = (fs::major(stat.st_rdev), fs::minor(stat.st_rdev));
        Self {
            kind: match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => Kind::Directory,
                FileType::Symlink => Kind::Symlink,
                FileType::Fifo => Kind::Fifo,
                FileType::Socket => Kind::Socket,
                FileType::CharacterDevice => Kind::Character(device.0, device.1),
                FileType::BlockDevice => Kind::Block(device.0, device.1),
                _ => Kind::File,
            },
            mode: u32::try_from(whole(stat.st_mode) & 0o7777).unwrap_or_default(),
            size: whole(stat.st_size),
            modified: (signed(stat.st_mtime), signed(stat.st_mtime_nsec)),
            identity: (whole(stat.st_dev), whole(stat.st_ino)),
            names: whole(stat.st_nlink),
        }
    }
}

fn whole(value: impl TryInto<u64>) -> u64 {
    value.try_into().unwrap_or_default()
}

fn signed(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or_default()
}

/// What a path below a directory stands for when the directory is taken for the root of everything, as BuildKit
/// takes it: absolute links start there, and `..` does not lead out of it. Gives all links on the way, and the path
/// without them; `None` when there are too many. Only links that exist are resolved.
pub fn resolve(root: &Path, relative: &Path) -> Option<(Vec<PathBuf>, PathBuf)> {
    const MOST_LINKS: usize = 40;
    let mut links = Vec::new();
    let mut resolved = PathBuf::new();
    let mut left: Vec<OsString> = names_of(relative);
    while let Some(name) = left.pop() {
        if name == ".." {
            resolved.pop();
            continue;
        }
        let path = resolved.join(&name);
        match root.join(&path).read_link() {
            Ok(target) => {
                if target.has_root() {
                    resolved.clear();
                }
                left.extend(names_of(&target));
                links.push(path);
                if links.len() > MOST_LINKS {
                    return None;
                }
            }
            Err(_) => resolved = path,
        }
    }
    Some((links, resolved))
}

/// The names in a path, the first one last.
fn names_of(path: &Path) -> Vec<OsString> {
    let names = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    });
    let mut names: Vec<_> = names.collect();
    names.reverse();
    names
}

#[cfg(test)]
mod tests;
