//! The build context as a tar stream, for builders that take nothing else.
//!
//! A thread walks the directory and writes the archive into a bounded channel, so that memory use
//! does not depend on the context's size. The order is deterministic and owners are 0:0, so that
//! the same files make the same archive. A file that cannot be read ends the stream with an error
//! that names it: the engine must never build a context that lacks files silently.
//!
//! The archive is all the engine gets, so the Dockerfile travels in it even when it is ignored or
//! lies outside the context. The archive's `.dockerignore` tells the engine to remove it before
//! `COPY . .` can see it.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::Stream;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::ignore::Ignore;
use super::ignore_file::{IgnoreFile, Links};
use super::sending::{Exactly, HardLinks, Warnings, watch};
use super::size::Size;
use super::tree::{Entry, Kind};
use super::walk::{Found, Walk, changed, is_gone, unopened, unreadable};
use crate::error::{Context as _, Error, Result};
use crate::files;

/// Bytes per chunk of the stream; with `QUEUED_CHUNKS` the bound of its memory use.
const CHUNK: usize = 64 * 1024;
const QUEUED_CHUNKS: usize = 8;

/// What goes into the archive, known before the first byte is sent.
#[derive(Debug)]
pub struct BuildContext {
    root: PathBuf,
    ignore: Ignore,
    /// Dockerfile to add under a name of its own because it lies outside the context.
    added: Option<(String, Vec<u8>)>,
    dockerfile: String,
    /// What to send as `.dockerignore` in place of the context's own, with its mode and time.
    removals: Option<(Vec<u8>, u32, u64)>,
}

/// An archive on its way.
pub struct Upload {
    /// The archive's bytes. An `Err` means that the archive is incomplete; `failure` knows why.
    pub body: Body,
    /// Why the archive could not be completed.
    pub failure: Failure,
    /// How large the context is, once that is known.
    pub size: Measured,
    /// What the user should know about files of the context.
    pub warnings: Warnings,
}

/// The size of a context and its path, for the one who takes it.
#[derive(Clone, Debug, Default)]
pub struct Measured(Arc<Mutex<Option<(Size, String)>>>);

impl Measured {
    /// Takes the size, if it is known and was not taken yet.
    pub fn take(&self) -> Option<(Size, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The body stream of an [`Upload`].
pub struct Body(mpsc::Receiver<io::Result<Bytes>>);

/// The error that cut an archive short. Check it first when a build fails: what the engine says
/// then is only a consequence.
#[derive(Clone, Debug, Default)]
pub struct Failure(Arc<Mutex<Option<Error>>>);

impl Failure {
    /// Takes the error, if there is one.
    pub fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Keeps the error; the first one stays.
    pub fn set(&self, error: Error) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

impl Stream for Body {
    type Item = io::Result<Bytes>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.poll_recv(cx)
    }
}

impl BuildContext {
    /// Reads the ignore file and finds the Dockerfile's name within the archive.
    ///
    /// `<Dockerfile>.dockerignore` beside the Dockerfile takes the place of the context's
    /// `.dockerignore`. The Dockerfile's name is the one given, also when that is a link.
    ///
    /// # Errors
    /// A directory or file that cannot be read, or a malformed ignore pattern; each names the path.
    pub fn open(root: &Path, dockerfile: &Path) -> Result<Self> {
        let real_root =
            root.canonicalize().with_context(|| format!("open the build context {}", root.display()))?;
        let real_dockerfile = dockerfile
            .canonicalize()
            .with_context(|| format!("open the Dockerfile {}", dockerfile.display()))?;
        let IgnoreFile { ignore, is_own, .. } = IgnoreFile::read(root, dockerfile, Links::Followed)?;
        let (name, added) = match real_dockerfile.strip_prefix(&real_root).ok().and_then(Path::to_str) {
            Some(inside) => (inside.to_owned(), None),
            None => {
                let content = files::read(&real_dockerfile, files::TEXT)
                    .with_context(|| format!("read the Dockerfile {}", dockerfile.display()))?;
                let name = outside_name(&content);
                (name.clone(), Some((name, content)))
            }
        };
        // The engine reads the archive's `.dockerignore` only to remove these two files again.
        let removals = (is_own || added.is_some()).then(|| {
            let is_hidden = |name: &str| ignore.excludes_path(name) || !real_root.join(name).exists();
            let hidden = [".dockerignore", name.as_str()].into_iter().filter(|name| is_hidden(name));
            let hidden: String = hidden.map(|name| format!("{name}\n")).collect();
            let place = real_root.join(".dockerignore");
            // What the image gets of the file should be the file, as far as that does not hide anything else.
            match (is_own, files::read(&place, files::TEXT), Entry::at(&place)) {
                (false, Ok(own), Ok(entry)) => {
                    let whole = [own.as_slice(), b"\n", hidden.as_bytes()].concat();
                    (whole, entry.mode, u64::try_from(entry.modified.0).unwrap_or_default())
                }
                _ => (hidden.into_bytes(), 0o644, 0),
            }
        });
        Ok(Self { root: real_root, ignore, added, dockerfile: name, removals })
    }

    /// Path of the Dockerfile within the archive.
    pub fn dockerfile(&self) -> &str {
        &self.dockerfile
    }

    /// Starts the archive. It stops when the returned body is dropped.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn upload(self) -> Result<Upload> {
        let (sender, receiver) = mpsc::channel(QUEUED_CHUNKS);
        let failure = Failure::default();
        let report = failure.clone();
        let size = Measured::default();
        let measured = size.clone();
        let warnings = Warnings::default();
        let warned = warnings.clone();
        let root = self.root.display().to_string();
        std::thread::Builder::new()
            .name("build-context".to_owned())
            .spawn(move || {
                let channel = Channel(sender.clone());
                // When nobody listens any more, the archive is unfinished on purpose: the build was
                // dropped, or the engine refused it and has an error of its own.
                match self.write(channel, &warned) {
                    Ok(size) => {
                        *measured.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((size, root));
                    }
                    Err(error) if !sender.is_closed() => {
                        let message = error.to_string();
                        report.set(error);
                        let _ = sender.blocking_send(Err(io::Error::other(message)));
                    }
                    Err(_) => {}
                }
            })
            .context("start reading the build context")?;
        Ok(Upload { body: Body(receiver), failure, size, warnings })
    }

    /// Writes the whole archive and tells how large the context is.
    ///
    /// # Errors
    /// A file or directory that cannot be read, named, or a writer that fails.
    pub fn write(self, out: impl Write, warnings: &Warnings) -> Result<Size> {
        let tar = tar::Builder::new(BufWriter::with_capacity(CHUNK, out));
        let mut archive = Archive { tar, root: &self.root, links: HardLinks::default(), warnings };
        let added = self.added.iter().map(|(name, content)| (name.as_str(), content, 0o644, 0));
        let removals = self.removals.iter().map(|(list, mode, time)| (".dockerignore", list, *mode, *time));
        for (name, content, mode, time) in added.chain(removals) {
            let mut header = header(tar::EntryType::Regular, mode, time);
            header.set_size(content.len() as u64);
            archive
                .tar
                .append_data(&mut header, name, content.as_slice())
                .with_context(|| format!("send {name} to the engine"))?;
        }
        let replaced = self.removals.is_some();
        let sent = |name: &str| !(replaced && name == ".dockerignore");
        // The engine needs both to know what to remove; the walk keeps one, the other is sent here.
        if !replaced && self.ignore.excludes_path(".dockerignore") {
            archive.append_ignore_file()?;
        }
        let mut size = Size::default();
        let dockerfile = Some(self.dockerfile.as_str());
        let walk = Walk { root: &self.root, ignore: &self.ignore, always: dockerfile, wanted: &sent };
        walk.run(&mut |found| {
            if let Some(bytes) = archive.append(found)? {
                size.count(found.name, bytes);
            }
            Ok(())
        })?;
        let mut out = archive.tar.into_inner().context("send the build context to the engine")?;
        out.flush().context("send the build context to the engine")?;
        Ok(size)
    }
}

/// The header of an empty entry that belongs to 0:0.
fn header(kind: tar::EntryType, mode: u32, mtime: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(mtime);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    header
}

/// A name no file of the context is likely to have; the same for the same Dockerfile, so that the
/// archive, and with it the engine's cache, does not change from build to build.
fn outside_name(content: &[u8]) -> String {
    let hash = Sha256::digest(content);
    let hex: String = hash.iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    format!(".dockerfile.{hex}")
}

/// Sends what is written to it as chunks.
struct Channel(mpsc::Sender<io::Result<Bytes>>);

impl Write for Channel {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        // One chunk may not exceed the bound that the queue's memory use is reckoned with.
        let part = buffer.get(..buffer.len().min(CHUNK)).unwrap_or(buffer);
        self.0
            .blocking_send(Ok(Bytes::copy_from_slice(part)))
            .map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the engine stopped reading"))?;
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An archive that is being written.
struct Archive<'a, W: Write> {
    tar: tar::Builder<W>,
    root: &'a Path,
    links: HardLinks,
    warnings: &'a Warnings,
}

impl<W: Write> Archive<'_, W> {
    /// Sends the context's ignore file.
    fn append_ignore_file(&mut self) -> Result<()> {
        let name = ".dockerignore";
        let walk =
            Walk { root: self.root, ignore: &Ignore::default(), always: None, wanted: &|path| path == name };
        walk.run(&mut |found| self.append(found).map(drop))
    }

    /// Sends one entry and tells how many bytes of content it has; `None` for what has none by its nature, or is
    /// not sent.
    fn append(&mut self, found: &Found<'_>) -> Result<Option<u64>> {
        let path = self.root.join(found.relative);
        self.append_at(found, &path).with_context(|| format!("send {} of the build context", path.display()))
    }

    fn append_at(&mut self, found: &Found<'_>, path: &Path) -> Result<Option<u64>> {
        let Found { relative, entry, .. } = *found;
        let new = |kind, entry: &Entry| {
            header(kind, entry.mode, u64::try_from(entry.modified.0).unwrap_or_default())
        };
        if entry.kind == Kind::Directory {
            let mut header = new(tar::EntryType::Directory, entry);
            self.tar.append_data(&mut header, relative, io::empty())?;
            return Ok(None);
        }
        if let Some(first) = self.links.first(entry) {
            let mut header = new(tar::EntryType::Link, entry);
            self.tar.append_link(&mut header, relative, first)?;
            return Ok(Some(0));
        }
        let mut sent = 0;
        match entry.kind {
            Kind::Symlink => {
                let target = match found.target() {
                    Err(error) if is_gone(&error) => return Ok(None),
                    target => target.map_err(unopened)?,
                };
                self.tar.append_link(&mut new(tar::EntryType::Symlink, entry), relative, target)?;
            }
            Kind::Fifo => {
                self.tar.append_data(&mut new(tar::EntryType::Fifo, entry), relative, io::empty())?;
            }
            Kind::Character(major, minor) | Kind::Block(major, minor) => {
                let kind = match entry.kind {
                    Kind::Block(..) => tar::EntryType::Block,
                    _ => tar::EntryType::Char,
                };
                let mut header = new(kind, entry);
                header.set_device_major(major)?;
                header.set_device_minor(minor)?;
                self.tar.append_data(&mut header, relative, io::empty())?;
            }
            // A tar archive has no sockets; Docker's client leaves them out as well.
            Kind::Socket | Kind::Directory => return Ok(None),
            Kind::File => {
                let (file, opened) = match found.open() {
                    Err(error) if is_gone(&error) => return Ok(None),
                    opened => opened.map_err(unopened)?,
                };
                if opened.kind != Kind::File {
                    return Err(changed("it is no longer the same kind of file"));
                }
                let mut header = new(tar::EntryType::Regular, &opened);
                header.set_size(opened.size);
                sent = opened.size;
                let mut content = Exactly::new(&file, opened.size);
                let appended = self.tar.append_data(&mut header, relative, &mut content);
                content.check()?;
                appended.map_err(unreadable)?;
                watch(&opened, &file, path, self.warnings)?;
                // Another file may have taken the place of the one that was listed.
                self.links.sent(&opened, relative);
                return Ok(Some(sent));
            }
        }
        self.links.sent(entry, relative);
        Ok(Some(sent))
    }
}

#[cfg(test)]
mod tests;
