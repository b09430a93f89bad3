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

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::Stream;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::ignore::Ignore;
use super::size::Size;
use super::walk::{Walk, unreadable};
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
    /// What to send as `.dockerignore` in place of the context's own.
    removals: Option<String>,
}

/// An archive on its way.
pub struct Upload {
    /// The archive's bytes. An `Err` means that the archive is incomplete; `failure` knows why.
    pub body: Body,
    /// Why the archive could not be completed.
    pub failure: Failure,
    /// How large the context is, once that is known.
    pub size: Measured,
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
    /// `.dockerignore`.
    ///
    /// # Errors
    /// A directory or file that cannot be read, or a malformed ignore pattern; each names the path.
    pub fn open(root: &Path, dockerfile: &Path) -> Result<Self> {
        let real_root =
            root.canonicalize().with_context(|| format!("open the build context {}", root.display()))?;
        let real_dockerfile = dockerfile
            .canonicalize()
            .with_context(|| format!("open the Dockerfile {}", dockerfile.display()))?;
        let (ignore, is_own) = read_ignore(root, dockerfile)?;
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
            hidden.map(|name| format!("{name}\n")).collect()
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
        let root = self.root.display().to_string();
        std::thread::Builder::new()
            .name("build-context".to_owned())
            .spawn(move || {
                let channel = Channel(sender.clone());
                // When nobody listens any more, the archive is unfinished on purpose: the build was
                // dropped, or the engine refused it and has an error of its own.
                match self.write(channel) {
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
        Ok(Upload { body: Body(receiver), failure, size })
    }

    /// Writes the whole archive and tells how large the context is.
    ///
    /// # Errors
    /// A file or directory that cannot be read, named, or a writer that fails.
    pub fn write(self, out: impl Write) -> Result<Size> {
        let mut archive = tar::Builder::new(BufWriter::with_capacity(CHUNK, out));
        let removals = self.removals.map(|list| (".dockerignore".to_owned(), list.into_bytes()));
        for (name, content) in self.added.iter().chain(&removals) {
            let mut header = header(tar::EntryType::Regular, 0o644, 0);
            header.set_size(content.len() as u64);
            archive
                .append_data(&mut header, name, content.as_slice())
                .with_context(|| format!("send {name} to the engine"))?;
        }
        let replaced = removals.is_some();
        let sent = |name: &str| !(replaced && name == ".dockerignore");
        let always = |file| Walk { root: &self.root, ignore: &self.ignore, always: file, wanted: &sent };
        let root = &self.root;
        // The engine needs both to know what to remove; the walk keeps one, the other is sent here.
        if !replaced && self.ignore.excludes_path(".dockerignore") {
            let path = root.join(".dockerignore");
            if let Ok(metadata) = fs::symlink_metadata(&path) {
                append(&mut archive, Path::new(".dockerignore"), &path, &metadata)?;
            }
        }
        let mut size = Size::default();
        always(Some(&self.dockerfile)).run(&mut |relative, name, metadata| {
            size.add(name, metadata);
            append(&mut archive, relative, &root.join(relative), metadata)
        })?;
        let mut out = archive.into_inner().context("send the build context to the engine")?;
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

/// The patterns in force, and whether they are the Dockerfile's own.
///
/// # Errors
/// A file that cannot be read, or a malformed pattern.
pub fn read_ignore(root: &Path, dockerfile: &Path) -> Result<(Ignore, bool)> {
    let mut own = dockerfile.as_os_str().to_owned();
    own.push(".dockerignore");
    for (path, is_own) in [(PathBuf::from(own), true), (root.join(".dockerignore"), false)] {
        match files::read(&path, files::TEXT) {
            Ok(bytes) => {
                let ignore = Ignore::parse(&String::from_utf8_lossy(&bytes));
                return Ok((ignore.with_context(|| format!("read {}", path.display()))?, is_own));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
        }
    }
    Ok((Ignore::default(), false))
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

/// Sends one entry.
fn append<W: Write>(
    archive: &mut tar::Builder<W>,
    relative: &Path,
    path: &Path,
    metadata: &Metadata,
) -> Result<()> {
    let kind = metadata.file_type();
    let new = |kind| header(kind, metadata.mode() & 0o7777, u64::try_from(metadata.mtime()).unwrap_or(0));
    let sending = || format!("send {} of the build context", path.display());
    if kind.is_dir() {
        let mut header = new(tar::EntryType::Directory);
        archive.append_data(&mut header, relative, io::empty()).with_context(sending)
    } else if kind.is_symlink() {
        let mut header = new(tar::EntryType::Symlink);
        let target = fs::read_link(path).map_err(unreadable).with_context(sending)?;
        archive.append_link(&mut header, relative, target).with_context(sending)
    } else if kind.is_file() {
        let mut header = new(tar::EntryType::Regular);
        let file = File::open(path).map_err(unreadable).with_context(sending)?;
        header.set_size(metadata.len());
        let content = Exactly::new(file, metadata.len());
        archive.append_data(&mut header, relative, content).with_context(sending)
    } else if kind.is_fifo() {
        let mut header = new(tar::EntryType::Fifo);
        archive.append_data(&mut header, relative, io::empty()).with_context(sending)
    } else if kind.is_socket() {
        // A socket means nothing without its process; Docker's clients leave it out as well.
        Ok(())
    } else {
        Err(device(sending()))
    }
}

/// The error for a device file.
pub fn device(sending: String) -> Error {
    Error::new("device files cannot be part of a build context")
        .hint("Move the file out of the context, or list it in .dockerignore.")
        .context(sending)
}

/// Reads as many bytes as the header announced: a file that shrinks meanwhile is an error, because
/// the archive could only go on with wrong data; what it grows by is not sent.
pub struct Exactly {
    file: File,
    left: u64,
}

impl Exactly {
    /// Reads `length` bytes of a file.
    pub fn new(file: File, length: u64) -> Self {
        Self { file, left: length }
    }
}

impl Read for Exactly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = (&self.file).take(self.left).read(buffer)?;
        if count == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::Error::other("the file became shorter while it was read"));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
