//! Reads what lies at a local path: a file as it is, or a directory as a zip archive; and their hashes.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::properties::Accepts;
use crate::archive::Archive;
use crate::files;

/// Files and directories that one archive may hold: links to directories can multiply them without end.
const MAX_ENTRIES: usize = 200_000;
/// Problems that are told of one directory.
const MAX_PROBLEMS: usize = 10;
/// Bytes that are read at once.
const CHUNK: usize = 128 * 1024;
const NOT_UTF8: &str = "cannot be packed: its name is not UTF-8";
/// How a zip archive with at least one entry starts.
const ZIP_MAGIC: &[u8] = b"PK\x03\x04";

/// What is uploaded for a path.
#[derive(Debug, PartialEq)]
pub(super) struct Source {
    /// Last part of the object's key: SHA-256 in hexadecimal digits.
    pub hash: String,
    pub content: Vec<u8>,
    /// Symbolic links inside a directory, which were followed.
    pub links: Vec<PathBuf>,
}

/// Why a path cannot be uploaded.
#[derive(Debug, PartialEq)]
pub(super) struct Problem {
    /// Path below the directory that was named; empty for the path itself.
    inside: PathBuf,
    what: String,
}

impl Problem {
    fn of(inside: &Path, what: impl Into<String>) -> Self {
        Self { inside: inside.to_owned(), what: what.into() }
    }

    fn io(inside: &Path, error: &io::Error) -> Self {
        let what = match error.kind() {
            io::ErrorKind::NotFound => "does not exist".to_owned(),
            _ => format!("cannot be read: {error}"),
        };
        Self::of(inside, what)
    }

    /// The problem as a clause, with the path as it was written.
    pub(super) fn told(&self, path: &str) -> String {
        if self.inside.as_os_str().is_empty() {
            return format!("{path} {}", self.what);
        }
        format!("{} {}", Path::new(path).join(&self.inside).display(), self.what)
    }
}

/// The file or directory that a path of a template means: paths start at the workspace root, and `..`
/// takes away the name before it, whether or not that is a symbolic link.
pub(super) fn resolve(root: &Path, path: &str) -> PathBuf {
    if Path::new(path).is_absolute() {
        return PathBuf::from(path);
    }
    let mut resolved = PathBuf::new();
    for component in root.join(path).components() {
        match (component, resolved.components().next_back()) {
            (Component::CurDir, _) | (Component::ParentDir, Some(Component::RootDir)) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => drop(resolved.pop()),
            (component, _) => resolved.push(component),
        }
    }
    if resolved.as_os_str().is_empty() { PathBuf::from(".") } else { resolved }
}

/// Reads what lies at `path`, every file once. Fails with everything that stands in the way.
pub(super) fn read(path: &Path, accepts: Accepts) -> Result<Source, Vec<Problem>> {
    let here = Path::new("");
    let metadata = inspect(path, here).map_err(|problem| vec![problem])?;
    if metadata.is_dir() {
        if accepts == Accepts::File {
            return Err(vec![Problem::of(here, "is a directory, and the property needs one file")]);
        }
        return pack(path, &metadata);
    }
    if !metadata.is_file() {
        return Err(vec![Problem::of(here, "is neither a file nor a directory")]);
    }
    let content = files::read(path, files::ASSET).map_err(|error| vec![Problem::io(here, &error)])?;
    if accepts == Accepts::Archive && !content.starts_with(ZIP_MAGIC) {
        let name = path.file_name().unwrap_or_default().to_owned();
        let mut packer = Packer::default();
        packer.file(Path::new(&name), here, &metadata, content.as_slice());
        return packer.finish(Vec::new());
    }
    Ok(Source { hash: format!("{:x}", Sha256::digest(&content)), content, links: Vec::new() })
}

/// What a path, or the target of the link there, is.
fn inspect(path: &Path, inside: &Path) -> Result<Metadata, Problem> {
    fs::metadata(path).map_err(|error| match fs::read_link(path) {
        Ok(target) if error.kind() == io::ErrorKind::NotFound => {
            Problem::of(inside, format!("is a symbolic link to {}, which does not exist", target.display()))
        }
        _ => Problem::io(inside, &error),
    })
}

/// Zips a directory.
fn pack(root: &Path, metadata: &Metadata) -> Result<Source, Vec<Problem>> {
    let mut walk = Walk::new(root);
    walk.run(metadata);
    let mut packer = Packer { problems: walk.problems, ..Packer::default() };
    if walk.files.is_empty() && packer.problems.is_empty() {
        return Err(vec![Problem::of(Path::new(""), "is a directory without files")]);
    }
    for (relative, metadata) in &walk.files {
        match files::open(&root.join(relative)) {
            // After a problem there is no archive to be made; only further problems are looked for.
            Ok(_) if !packer.problems.is_empty() => {}
            Ok((file, _)) => packer.file(relative, relative, metadata, file),
            Err(error) => packer.problems.push(Problem::io(relative, &error)),
        }
    }
    packer.finish(walk.links)
}

/// Lists the files of a directory: names in the order of their bytes, a directory's files where its name
/// stands. Links are followed; directories without files leave no trace.
struct Walk<'a> {
    root: &'a Path,
    files: Vec<(PathBuf, Metadata)>,
    links: Vec<PathBuf>,
    entries: usize,
    max_entries: usize,
    /// The directories that are being listed, outermost first. No recursion: they may nest too deep for it.
    open: Vec<Directory>,
    problems: Vec<Problem>,
}

/// A directory of which some names are still to be looked at.
struct Directory {
    relative: PathBuf,
    /// Each with whether it is a symbolic link.
    names: std::vec::IntoIter<(OsString, bool)>,
    /// Device and inode.
    identity: (u64, u64),
}

impl<'a> Walk<'a> {
    fn new(root: &'a Path) -> Self {
        Self {
            root,
            files: Vec::new(),
            links: Vec::new(),
            entries: 0,
            max_entries: MAX_ENTRIES,
            open: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn run(&mut self, metadata: &Metadata) {
        self.enter(PathBuf::new(), metadata);
        while let Some(directory) = self.open.last_mut() {
            match directory.names.next() {
                Some((name, is_link)) => {
                    let relative = directory.relative.join(name);
                    if is_link {
                        self.links.push(self.root.join(&relative));
                    }
                    if !self.entry(relative) {
                        return;
                    }
                }
                None => drop(self.open.pop()),
            }
        }
    }

    /// Looks at one name; says whether to go on.
    fn entry(&mut self, relative: PathBuf) -> bool {
        self.entries += 1;
        if self.entries > self.max_entries {
            let what = format!("holds more than {} files and directories, links followed", self.max_entries);
            self.problems.push(Problem::of(Path::new(""), what));
            return false;
        }
        if relative.to_str().is_none() {
            self.problems.push(Problem::of(&relative, NOT_UTF8));
            return true;
        }
        match inspect(&self.root.join(&relative), &relative) {
            Err(problem) => self.problems.push(problem),
            Ok(metadata) if metadata.is_file() => self.files.push((relative, metadata)),
            Ok(metadata) if metadata.is_dir() => self.enter(relative, &metadata),
            Ok(_) => {
                let what = "cannot be packed: it is neither a file nor a directory";
                self.problems.push(Problem::of(&relative, what));
            }
        }
        true
    }

    fn enter(&mut self, relative: PathBuf, metadata: &Metadata) {
        let identity = (metadata.dev(), metadata.ino());
        if self.open.iter().any(|directory| directory.identity == identity) {
            let what = "is a symbolic link to a directory that holds the link itself";
            self.problems.push(Problem::of(&relative, what));
            return;
        }
        let name = |entry: io::Result<fs::DirEntry>| {
            let entry = entry?;
            Ok((entry.file_name(), entry.file_type()?.is_symlink()))
        };
        let listing = fs::read_dir(self.root.join(&relative))
            .and_then(|entries| entries.map(name).collect::<io::Result<Vec<_>>>());
        match listing {
            Ok(mut names) => {
                names.sort_unstable();
                self.open.push(Directory { relative, names: names.into_iter(), identity });
            }
            Err(error) => self.problems.push(Problem::io(&relative, &error)),
        }
    }
}

/// Makes the archive and its hash in one pass.
#[derive(Default)]
struct Packer {
    archive: Archive,
    hash: Sha256,
    size: u64,
    problems: Vec<Problem>,
}

impl Packer {
    fn file(&mut self, name: &Path, inside: &Path, metadata: &Metadata, mut content: impl Read) {
        if let Err(what) = self.append(name, metadata, &mut content) {
            self.problems.push(Problem::of(inside, what));
        }
    }

    fn append(&mut self, name: &Path, metadata: &Metadata, content: &mut impl Read) -> Result<(), String> {
        let name = name.to_str().ok_or(NOT_UTF8)?;
        let mode = metadata.permissions().mode();
        let packing = |error: &dyn std::fmt::Display| format!("cannot be packed: {error}");
        self.hash.update(format!("{name} {}", mode_text(mode)));
        self.archive.start(name, mode & 0o111 != 0, metadata.len()).map_err(|error| packing(&error))?;
        let mut chunk = vec![0; CHUNK];
        loop {
            let part = match content.read(&mut chunk) {
                Ok(count) => chunk.get(..count).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(format!("cannot be read: {error}")),
            };
            if part.is_empty() {
                return Ok(());
            }
            self.size += part.len() as u64;
            if self.size > files::ASSET {
                return Err(format!("cannot be packed with the others: {}", files::too_large(files::ASSET)));
            }
            self.hash.update(part);
            self.archive.write_all(part).map_err(|error| packing(&error))?;
        }
    }

    fn finish(mut self, links: Vec<PathBuf>) -> Result<Source, Vec<Problem>> {
        if self.problems.is_empty() {
            let content = self
                .archive
                .finish()
                .map_err(|error| vec![Problem::of(Path::new(""), format!("cannot be packed: {error}"))])?;
            return Ok(Source { hash: format!("{:x}", self.hash.finalize()), content, links });
        }
        let more = self.problems.len().saturating_sub(MAX_PROBLEMS);
        self.problems.truncate(MAX_PROBLEMS);
        if more > 0 {
            self.problems
                .push(Problem::of(Path::new(""), format!("has {more} more files that cannot be packed")));
        }
        Err(self.problems)
    }
}

/// A regular file's mode as Go writes it, such as `-rwxr-xr-x`: keys are made of it.
fn mode_text(mode: u32) -> String {
    let mut text = String::with_capacity(12);
    for (bit, letter) in [(0o4000, 'u'), (0o2000, 'g'), (0o1000, 't')] {
        if mode & bit != 0 {
            text.push(letter);
        }
    }
    if text.is_empty() {
        text.push('-');
    }
    for (position, letter) in "rwxrwxrwx".chars().enumerate() {
        text.push(if mode & (0o400 >> position) == 0 { '-' } else { letter });
    }
    text
}

#[cfg(test)]
mod tests;
