//! Gives BuildKit the directories of a build, file by file: it asks for the contents of those only that
//! it does not have from an earlier build.
//!
//! The exchange (`moby.filesync.v1.FileSync/DiffCopy`, <https://github.com/tonistiigi/fsutil>): we list
//! all entries in order and then send an empty one; BuildKit asks for contents by position in that list
//! and ends with `FIN`, which is answered with `FIN`.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
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

use super::wanted::Wanted;
use crate::error::{Context as _, Error, Result};
use crate::image::context::{Exactly, Failure, device};
use crate::image::ignore::Ignore;
use crate::image::size::Size;
use crate::image::walk::{Walk, unreadable};

/// Bytes of a file per message.
const CHUNK: usize = 64 * 1024;
/// Messages on their way; with `CHUNK` the bound of memory use.
const QUEUED: usize = 16;

/// Takes what one walk of the main context came to.
pub(crate) type OnSize = Arc<dyn Fn(Size) + Send + Sync>;

/// The directories of one build by the names BuildKit knows them by.
#[derive(Clone)]
pub(crate) struct Directories {
    pub(crate) by_name: HashMap<String, PathBuf>,
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
        let Some(root) = self.by_name.get(&asked.directory) else {
            return Err(Status::not_found(format!("no directory is called {}", asked.directory)));
        };
        let (sender, mut receiver) = mpsc::channel(QUEUED);
        let transfer = Arc::new(Transfer {
            root: root.clone(),
            files: Mutex::default(),
            answers: sender,
            failure: self.failure.clone(),
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
    root: PathBuf,
    /// What was listed, by position, with the size announced.
    files: Mutex<Vec<(PathBuf, u64)>>,
    answers: mpsc::Sender<Answer>,
    failure: Failure,
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
        let ignore = Ignore::from_patterns(asked.excluded.iter().map(String::as_str))?;
        let wanted = Wanted::new(&self.root, &asked.wanted);
        let has = |name: &str| wanted.has(name);
        let mut size = Size::default();
        Walk { root: &self.root, ignore: &ignore, always: None, wanted: &has }.run(
            &mut |relative, name, metadata| {
                let path = self.root.join(relative);
                let Some(stat) = stat(&path, relative, metadata)? else { return Ok(()) };
                size.add(name, metadata);
                self.files
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push((relative.to_owned(), metadata.len()));
                self.send(packet(PacketType::PacketStat, 0, Some(stat), Vec::new()))
            },
        )?;
        self.send(packet(PacketType::PacketStat, 0, None, Vec::new()))?;
        Ok(size)
    }

    fn content(&self, id: u32) -> Result<()> {
        let file = usize::try_from(id)
            .ok()
            .and_then(|index| self.files.lock().unwrap_or_else(PoisonError::into_inner).get(index).cloned());
        let (relative, length) =
            file.ok_or_else(|| Error::new(format!("the engine asked for file {id}, which was not listed")))?;
        let path = self.root.join(relative);
        let sending = || format!("send {} of the build context", path.display());
        let file = File::open(&path).map_err(unreadable).with_context(sending)?;
        let mut content = Exactly::new(file, length);
        loop {
            let mut chunk = vec![0; CHUNK];
            let read = content.read(&mut chunk).map_err(unreadable).with_context(sending)?;
            chunk.truncate(read);
            // The empty message ends the file.
            self.send(packet(PacketType::PacketData, id, None, chunk))?;
            if read == 0 {
                return Ok(());
            }
        }
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

/// An entry as BuildKit takes it; `None` for what is not sent. Owners are 0:0, as in every build context.
fn stat(path: &Path, relative: &Path, metadata: &Metadata) -> Result<Option<Stat>> {
    let sending = || format!("send {} of the build context", path.display());
    let text = |path: &Path| {
        path.to_str().map(str::to_owned).ok_or_else(|| {
            Error::new("its name is not UTF-8")
                .hint("Rename it, or list it in .dockerignore.")
                .context(sending())
        })
    };
    let kind = metadata.file_type();
    let mut linkname = String::new();
    let mode_of_kind = if kind.is_dir() {
        1 << 31
    } else if kind.is_symlink() {
        linkname = text(&fs::read_link(path).map_err(unreadable).with_context(sending)?)?;
        1 << 27
    } else if kind.is_file() {
        0
    } else if kind.is_fifo() {
        1 << 25
    } else if kind.is_socket() {
        // A socket means nothing without its process; Docker's clients leave it out as well.
        return Ok(None);
    } else {
        return Err(device(sending()));
    };
    Ok(Some(Stat {
        path: text(relative)?,
        mode: mode_of_kind | mode(metadata.mode()),
        size: if kind.is_file() { i64::try_from(metadata.len()).unwrap_or(i64::MAX) } else { 0 },
        mod_time: metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec()),
        linkname,
        ..Stat::default()
    }))
}

/// Permissions in Go's encoding (<https://pkg.go.dev/io/fs#FileMode>).
fn mode(unix: u32) -> u32 {
    let bit = |unix_bit: u32, go: u32| if unix & unix_bit == 0 { 0 } else { 1 << go };
    unix & 0o777 | bit(0o4000, 23) | bit(0o2000, 22) | bit(0o1000, 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_gos() {
        assert_eq!(mode(0o100_755), 0o755);
        assert_eq!(mode(0o4755), 0o755 | 1 << 23);
        assert_eq!(mode(0o1777), 0o777 | 1 << 20);
    }

    #[test]
    fn escaped_metadata_is_read() {
        let mut metadata = MetadataMap::new();
        metadata.insert("dir-name", "context".parse().unwrap());
        metadata.insert("exclude-patterns-encoded", "1".parse().unwrap());
        metadata.append("exclude-patterns", "caf%C3%A9+x%2Fy".parse().unwrap());
        metadata.append("followpaths", "a+b".parse().unwrap());
        let asked = Asked::read(&metadata);
        assert_eq!(asked.excluded, ["café x/y"]);
        assert_eq!((asked.directory.as_str(), asked.wanted), ("context", vec!["a+b".to_owned()]));
    }
}
