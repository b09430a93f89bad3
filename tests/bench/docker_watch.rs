//! A socket in front of the Docker Engine's that notes when the first build is asked for and when the engine last answered.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

use crate::local_aws::LocalAws;

/// A running watch.
pub(crate) struct DockerWatch {
    socket: PathBuf,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    build: Option<Instant>,
    answered: Option<Instant>,
}

impl DockerWatch {
    /// Starts it with a socket in this directory.
    pub(crate) fn start(aws: &LocalAws, directory: &Path) -> Result<Self> {
        let engine = engine()?;
        let socket = directory.join("docker.sock");
        let path = socket.clone();
        let listener = aws.block_on(async move { UnixListener::bind(path) })?;
        let seen = Arc::<Mutex<Seen>>::default();
        let noted = Arc::clone(&seen);
        aws.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (engine, noted) = (engine.clone(), Arc::clone(&noted));
                tokio::spawn(async move {
                    // An error here is a side that went away.
                    let _ = connect(client, &engine, noted).await;
                });
            }
        });
        Ok(Self { socket, seen })
    }

    /// The environment variable that sends a client here.
    pub(crate) fn env(&self) -> (&'static str, String) {
        ("DOCKER_HOST", format!("unix://{}", self.socket.display()))
    }

    /// When the first build began.
    pub(crate) fn build(&self) -> Option<Instant> {
        lock(&self.seen).build
    }

    /// When the engine last said anything.
    pub(crate) fn answered(&self) -> Option<Instant> {
        lock(&self.seen).answered
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn connect(client: UnixStream, engine: &Path, seen: Arc<Mutex<Seen>>) -> Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_engine, mut to_engine) = UnixStream::connect(engine).await?.into_split();
    let noted = Arc::clone(&seen);
    let answers = tokio::spawn(async move {
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let length = from_engine.read(&mut chunk).await?;
            let Some(bytes) = chunk.get(..length).filter(|bytes| !bytes.is_empty()) else { break };
            lock(&noted).answered = Some(Instant::now());
            to_client.write_all(bytes).await?;
        }
        to_client.shutdown().await
    });
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let length = from_client.read(&mut chunk).await?;
        let Some(bytes) = chunk.get(..length).filter(|bytes| !bytes.is_empty()) else { break };
        if asks_for_build(bytes) {
            lock(&seen).build.get_or_insert_with(Instant::now);
        }
        to_engine.write_all(bytes).await?;
    }
    to_engine.shutdown().await?;
    answers.await??;
    Ok(())
}

/// `POST /build?…` or `POST /v1.41/build?…`, or `POST /session`, which begins a build by `BuildKit`'s own interface; clients send a
/// request's head in one piece.
fn asks_for_build(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    line.strip_prefix("POST /").is_some_and(|target| {
        let path = target.split(['?', ' ']).next().unwrap_or_default();
        ["build", "session"].contains(&path.rsplit('/').next().unwrap_or_default())
    })
}

#[allow(clippy::disallowed_methods, reason = "the developer's own choice of an engine")]
fn engine() -> Result<PathBuf> {
    let host = std::env::var("DOCKER_HOST").unwrap_or_else(|_| "unix:///var/run/docker.sock".to_owned());
    host.strip_prefix("unix://")
        .map(PathBuf::from)
        .with_context(|| format!("the bench needs a Docker Engine on a Unix socket, not {host}"))
}
