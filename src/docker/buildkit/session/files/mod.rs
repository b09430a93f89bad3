//! Gives BuildKit the directories of a build, file by file: it asks for the contents of those only that
//! it does not have from an earlier build.
//!
//! The exchange (`moby.filesync.v1.FileSync/DiffCopy`, <https://github.com/tonistiigi/fsutil>): we list
//! all entries in order and then send an empty one; BuildKit asks for contents by position in that list
//! and ends with `FIN`, which is answered with `FIN`.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bollard_buildkit_proto::fsutil::types::packet::PacketType;
use bollard_buildkit_proto::fsutil::types::{Packet, Stat};
use bollard_buildkit_proto::moby::filesync::packet::file_sync_server::FileSync;
use futures_util::Stream;
use tokio::sync::mpsc;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};

use super::follow_paths::Wanted;
use crate::error::{Context as _, Error, Result};
use crate::image::context::Failure;
use crate::image::ignore::Ignore;
use crate::image::sending::{Exactly, GREW, HardLinks, Warnings, watch};
use crate::image::size::Size;
use crate::image::tree::{Change, Directory, Entry, Kind};
use crate::image::walk::{Found, Walk, changed, is_gone, unopened, unreadable};

/// Bytes of a file per message.
const CHUNK: usize = 64 * 1024;
/// Messages on their way; with `CHUNK` the bound of memory use.
const QUEUED: usize = 16;

/// Takes what one walk of the main context came to.
pub(crate) type OnSize = Arc<dyn Fn(Size) + Send + Sync>;

/// A directory that BuildKit may ask for.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    /// Absolute and without links.
    pub(crate) root: PathBuf,
    /// A link in it, and the file it leads to, wherever that is: it is sent as the file.
    pub(crate) followed: Option<(String, PathBuf)>,
}

/// The directories of one build by the names BuildKit knows them by.
#[derive(Clone)]
pub(crate) struct Directories {
    pub(crate) by_name: HashMap<String, Served>,
    /// What the user should know about files of the directories.
    pub(crate) warnings: Warnings,
    /// Why a directory could not be sent.
    pub(crate) failure: Failure,
    /// Told the size of the directory `context`.
    pub(crate) on_size: OnSize,
}

type Answer = Result<Packet, Status>;
type Answers = Pin<Box<dyn Stream<Item = Answer> + Send>>;

#[tonic::async_trait]
impl FileSync for Directories {
    type DiffCopyStream = Answers;
    type TarStreamStream = Answers;

    async fn diff_copy(
        &self,
        request: Request<Streaming<Packet>>,
    ) -> Result<Response<Self::DiffCopyStream>, Status> {
        let asked = Asked::read(request.metadata());
        let Some(served) = self.by_name.get(&asked.directory) else {
            return Err(Status::not_found(format!("no directory is called {}", asked.directory)));
        };
        let (sender, mut receiver) = mpsc::channel(QUEUED);
        let transfer = Arc::new(Transfer {
            served: served.clone(),
            files: Mutex::default(),
            answers: sender,
            failure: self.failure.clone(),
            warnings: self.warnings.clone(),
        });
        let on_size = (asked.directory == "context").then(|| Arc::clone(&self.on_size));
        let walker = Arc::clone(&transfer);
        tokio::task::spawn_blocking(move || {
            let listed = walker.list(&asked);
            match (listed, on_size) {
                (Ok(size), Some(on_size)) => on_size(size),
                (Ok(_), None) => {}
                (Err(error), _) => walker.fail(error),
            }
        });
        tokio::spawn(serve(transfer, request.into_inner()));
        let answers = futures_util::stream::poll_fn(move |cx| receiver.poll_recv(cx));
        Ok(Response::new(Box::pin(answers)))
    }

    async fn tar_stream(
        &self,
        _: Request<Streaming<Packet>>,
    ) -> Result<Response<Self::TarStreamStream>, Status> {
        Err(Status::unimplemented("directories are sent file by file"))
    }
}

/// What BuildKit wants of which directory.
struct Asked {
    directory: String,
    excluded: Vec<String>,
    wanted: Vec<String>,
}

impl Asked {
    fn read(metadata: &MetadataMap) -> Self {
        let texts = |key: &str| -> Vec<String> {
            let encoded = metadata.get(format!("{key}-encoded")).is_some_and(|value| value == "1");
            let values = metadata.get_all(key).into_iter();
            let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
            values.map(|value| if encoded { unescape(&value) } else { value }).collect()
        };
        let mut wanted = texts("include-patterns");
        wanted.extend(texts("followpaths"));
        Self {
            directory: texts("dir-name").into_iter().next().unwrap_or_default(),
            excluded: texts("exclude-patterns"),
            wanted,
        }
    }
}

/// Undoes URL query escaping.
fn unescape(text: &str) -> String {
    let pairs = form_urlencoded::parse(text.as_bytes()).next();
    pairs.map(|(key, _)| key.into_owned()).unwrap_or_default()
}

/// One directory on its way.
struct Transfer {
    served: Served,
    /// What was listed, by position; `None` for what has no content, and for what was asked for already.
    files: Mutex<Vec<Option<Listed>>>,
    answers: mpsc::Sender<Answer>,
    failure: Failure,
    warnings: Warnings,
}

/// A file whose content may be asked for.
#[derive(Clone, Debug)]
struct Listed {
    relative: PathBuf,
    /// What it was when it was listed.
    entry: Entry,
}

impl Transfer {
    fn fail(&self, error: Error) {
        // When nobody listens any more, the build has an error of its own.
        if self.answers.is_closed() {
            return;
        }
        let message = error.to_string();
        self.failure.set(error);
        let _ = self.answers.blocking_send(Err(Status::internal(message)));
    }

    fn send(&self, packet: Packet) -> Result<()> {
        self.answers.blocking_send(Ok(packet)).map_err(|_| Error::new("the engine stopped reading"))
    }

    fn list(&self, asked: &Asked) -> Result<Size> {
        let root = &self.served.root;
        let ignore = Ignore::from_patterns(asked.excluded.iter().map(String::as_str))?;
        let followed = self.served.followed.as_ref();
        let is_followed = |name: &str| followed.is_some_and(|(link, _)| link == name);
        let (plain, others): (Vec<_>, Vec<_>) =
            asked.wanted.iter().cloned().partition(|name| is_followed(name));
        // A followed link stands for nothing but itself.
        let wanted = (!others.is_empty() || plain.is_empty()).then(|| Wanted::new(root, &others));
        let has = |name: &str| {
            plain.iter().any(|own| own == name) || wanted.as_ref().is_some_and(|wanted| wanted.has(name))
        };
        let mut size = Size::default();
        let mut links = HardLinks::default();
        Walk { root, ignore: &ignore, always: None, wanted: &has }.run(&mut |found| {
            let sending = || format!("send {} of the build context", root.join(found.relative).display());
            let stat = match followed.filter(|_| is_followed(found.name)) {
                Some((_, path)) => stat_of_target(found, path).with_context(sending)?,
                None => stat(found, &mut links).with_context(sending)?,
            };
            let Some((stat, entry)) = stat else { return Ok(()) };
            if entry.kind != Kind::Directory {
                let is_content = entry.kind == Kind::File && stat.linkname.is_empty();
                size.count(found.name, if is_content { entry.size } else { 0 });
            }
            // BuildKit asks for the content of all it takes for regular files, among them sockets.
            let listed = matches!(entry.kind, Kind::File | Kind::Socket)
                .then(|| Listed { relative: found.relative.to_owned(), entry });
            self.files.lock().unwrap_or_else(PoisonError::into_inner).push(listed);
            self.send(packet(PacketType::PacketStat, 0, Some(stat), Vec::new()))
        })?;
        self.send(packet(PacketType::PacketStat, 0, None, Vec::new()))?;
        Ok(size)
    }

    /// Sends the content of a file that was listed, once.
    fn content(&self, id: u32) -> Result<()> {
        let listed = usize::try_from(id).ok().and_then(|index| {
            self.files.lock().unwrap_or_else(PoisonError::into_inner).get_mut(index)?.take()
        });
        let listed = listed.ok_or_else(|| {
            Error::new(format!("the engine asked for file {id}, which is no file that was listed"))
        })?;
        let path = self.served.root.join(&listed.relative);
        let sending = || format!("send {} of the build context", path.display());
        if listed.entry.kind == Kind::File {
            self.bytes(id, &listed, &path).with_context(sending)?;
        }
        // The empty message ends the file.
        self.send(packet(PacketType::PacketData, id, None, Vec::new()))
    }

    fn bytes(&self, id: u32, listed: &Listed, path: &Path) -> Result<()> {
        let (file, now) = match self.open(&listed.relative) {
            // Docker's clients send an empty file then as well.
            Err(error) if is_gone(&error) => {
                self.warnings.add(
                    path,
                    "vanished while the build context was read; an empty file is in its place. List it in \
                     .dockerignore if the image does not need it",
                );
                return Ok(());
            }
            opened => opened.map_err(unopened)?,
        };
        match listed.entry.until(&now) {
            Change::None => {}
            Change::Grown => self.warnings.add(path, GREW),
            Change::Other(how) => return Err(changed(how)),
        }
        let mut content = Exactly::new(&file, now.size);
        loop {
            let mut chunk = vec![0; CHUNK];
            let read = content.read(&mut chunk);
            content.check()?;
            chunk.truncate(read.map_err(unreadable)?);
            if chunk.is_empty() {
                return watch(&now, &file, path, &self.warnings);
            }
            self.send(packet(PacketType::PacketData, id, None, chunk))?;
        }
    }

    /// Opens a listed file.
    fn open(&self, relative: &Path) -> std::io::Result<(std::fs::File, Entry)> {
        let followed = self.served.followed.as_ref();
        let path = followed.filter(|(link, _)| Path::new(link) == relative).map(|(_, path)| path.as_path());
        let (directory, path) = match path {
            Some(path) => (Directory::open(path.parent().unwrap_or(path))?, path),
            None => {
                let root = Directory::open(&self.served.root)?;
                (root.below(relative.parent().unwrap_or(Path::new("")))?, relative)
            }
        };
        directory.file(path.file_name().unwrap_or_default())
    }
}

/// Answers what BuildKit asks for until it has everything.
async fn serve(transfer: Arc<Transfer>, mut requests: Streaming<Packet>) {
    let (ask, mut asked) = mpsc::unbounded_channel::<u32>();
    let reader = Arc::clone(&transfer);
    tokio::task::spawn_blocking(move || {
        while let Some(id) = asked.blocking_recv() {
            if let Err(error) = reader.content(id) {
                return reader.fail(error);
            }
        }
    });
    while let Ok(Some(request)) = requests.message().await {
        match PacketType::try_from(request.r#type) {
            Ok(PacketType::PacketReq) => {
                let _ = ask.send(request.id);
            }
            Ok(PacketType::PacketFin) => {
                let fin = packet(PacketType::PacketFin, 0, None, Vec::new());
                let _ = transfer.answers.send(Ok(fin)).await;
                return;
            }
            _ => return,
        }
    }
}

fn packet(kind: PacketType, id: u32, stat: Option<Stat>, data: Vec<u8>) -> Packet {
    Packet { r#type: kind.into(), stat, id, data }
}

/// An entry as BuildKit takes it; `None` when it has vanished. Owners are 0:0, as in every build context.
fn stat(found: &Found<'_>, links: &mut HardLinks) -> Result<Option<(Stat, Entry)>> {
    let entry = *found.entry;
    let mut stat = Stat {
        path: text(found.relative)?,
        mode: mode_of_kind(entry.kind) | mode(entry.mode),
        size: if entry.kind == Kind::Directory { 0 } else { i64::try_from(entry.size).unwrap_or(i64::MAX) },
        mod_time: entry.modified.0.saturating_mul(1_000_000_000).saturating_add(entry.modified.1),
        ..Stat::default()
    };
    match entry.kind {
        Kind::Directory => return Ok(Some((stat, entry))),
        Kind::Symlink => {
            stat.linkname = match found.target() {
                Err(error) if is_gone(&error) => return Ok(None),
                target => text(&target.map_err(unopened)?)?,
            };
            return Ok(Some((stat, entry)));
        }
        Kind::Character(major, minor) | Kind::Block(major, minor) => {
            (stat.devmajor, stat.devminor) = (i64::from(major), i64::from(minor));
        }
        Kind::File | Kind::Fifo | Kind::Socket => {}
    }
    if let Some(first) = links.first(&entry) {
        stat.linkname = text(first)?;
        stat.size = 0;
    }
    links.sent(&entry, found.relative);
    Ok(Some((stat, entry)))
}

/// The entry of a file at the name of a link that leads to it.
fn stat_of_target(found: &Found<'_>, path: &Path) -> Result<Option<(Stat, Entry)>> {
    let entry = Entry::at(path)?;
    if entry.kind != Kind::File {
        return Err(Error::new(format!("{} is not a file", path.display())));
    }
    stat(&found.with(&entry), &mut HardLinks::default())
}

fn text(path: &Path) -> Result<String> {
    path.to_str()
        .map(str::to_owned)
        .ok_or_else(|| Error::new("its name is not UTF-8").hint("Rename it, or list it in .dockerignore."))
}

/// The kind of an entry in Go's encoding (<https://pkg.go.dev/io/fs#FileMode>). Docker's clients send sockets as
/// regular files.
fn mode_of_kind(kind: Kind) -> u32 {
    match kind {
        Kind::Directory => 1 << 31,
        Kind::Symlink => 1 << 27,
        Kind::Block(..) => 1 << 26,
        Kind::Fifo => 1 << 25,
        Kind::Character(..) => 1 << 26 | 1 << 21,
        Kind::File | Kind::Socket => 0,
    }
}

/// Permissions in the same encoding.
fn mode(unix: u32) -> u32 {
    let bit = |unix_bit: u32, go: u32| if unix & unix_bit == 0 { 0 } else { 1 << go };
    unix & 0o777 | bit(0o4000, 23) | bit(0o2000, 22) | bit(0o1000, 20)
}

#[cfg(test)]
mod tests;
