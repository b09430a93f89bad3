//! Byte streams to an engine, whatever lies between: a Unix socket, TCP, TLS or SSH. The engine's API
//! and the sessions of BuildKit's builds run over the same kind of stream.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tonic::transport::Uri;

use super::endpoint::{Endpoint, ssh, tls};
use crate::error::{Context as _, Error, Result};
use crate::programs::Programs;

/// How long an unused connection is kept where making one costs a handshake.
const KEPT_IDLE: Duration = Duration::from_secs(30);
/// After so long without a byte the other side is asked whether it is there, so often, so many times.
#[cfg(target_os = "linux")]
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_secs(30), Duration::from_secs(10), 3);
/// Bytes of an answer that is only shown.
const SHOWN_ANSWER: usize = 4096;

trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// One open connection.
pub(crate) struct Stream(Box<dyn Transport>);

impl Stream {
    fn new(transport: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        Self(Box::new(transport))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// What tonic wants to know of a peer: nothing.
impl tonic::transport::server::Connected for Stream {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

/// A connection as hyper's client takes it.
pub(crate) struct ClientStream(TokioIo<Stream>);

impl ClientStream {
    pub(crate) fn new(stream: Stream) -> Self {
        Self(TokioIo::new(stream))
    }
}

impl hyper::rt::Read for ClientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl hyper::rt::Write for ClientStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

impl Connection for ClientStream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

/// Opens connections to one engine.
#[derive(Clone)]
pub(crate) struct Connector {
    endpoint: Endpoint,
    tls: Option<TlsConnector>,
    programs: Programs,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connector").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Connector {
    /// # Errors
    /// Certificates or keys that cannot be read or used.
    pub(crate) fn new(endpoint: &Endpoint, programs: Programs) -> Result<Self> {
        let tls = match endpoint {
            Endpoint::Tls { files, .. } => Some(tls::connector(files)?),
            _ => None,
        };
        Ok(Self { endpoint: endpoint.clone(), tls, programs })
    }

    /// Opens a connection.
    pub(crate) async fn open(&self) -> io::Result<Stream> {
        match &self.endpoint {
            Endpoint::Unix(path) => Ok(Stream::new(UnixStream::connect(socket(path)).await?)),
            Endpoint::Tcp(address) => Ok(Stream::new(tcp(&address.authority).await?)),
            Endpoint::Tls { address, .. } => {
                let tls = self.tls.clone().ok_or_else(|| io::Error::other("no TLS settings"))?;
                let address = &address.authority;
                let stream = tls.connect(tls::server_name(address)?, tcp(address).await?).await?;
                Ok(Stream::new(stream))
            }
            Endpoint::Ssh(target) => Ok(Stream::new(ssh::connect(target, &self.programs)?)),
        }
    }

    /// The engine's API over these connections.
    pub(crate) fn client(&self, answer_seconds: u64) -> Result<Docker, bollard::errors::Error> {
        let mut builder = Client::builder(TokioExecutor::new());
        match self.endpoint {
            Endpoint::Tls { .. } | Endpoint::Ssh(_) => builder.pool_idle_timeout(KEPT_IDLE),
            Endpoint::Unix(_) | Endpoint::Tcp(_) => builder.pool_max_idle_per_host(0),
        };
        let client = Arc::new(builder.build(self.clone()));
        let base_path = self.endpoint.base_path().to_owned();
        let transport = move |mut request: BollardRequest| {
            let client = Arc::clone(&client);
            if let Some(uri) = below(&base_path, request.uri()) {
                *request.uri_mut() = uri;
            }
            async move { client.request(request).await.map_err(bollard::errors::Error::from) }
        };
        let host = format!("http://{}", self.endpoint.host());
        Docker::connect_with_custom_transport(transport, Some(host), answer_seconds, API_DEFAULT_VERSION)
    }

    /// Asks the engine to turn a connection into one for another protocol (`Upgrade: h2c`).
    ///
    /// # Errors
    /// The connection fails, or the engine answers otherwise.
    pub(crate) async fn upgrade(&self, path: &str, headers: &[(String, String)]) -> Result<Stream> {
        let stream = self.open().await.context("connect to the Docker Engine")?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| Error::new(error).context("connect to the Docker Engine"))?;
        tokio::spawn(connection.with_upgrades());
        let mut request = Request::post(format!("{}{path}", self.endpoint.base_path()))
            .header("Host", self.endpoint.host())
            .header("Connection", "Upgrade")
            .header("Upgrade", "h2c");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Empty::<bytes::Bytes>::new()).map_err(Error::new)?;
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| Error::new(error).context("connect to the Docker Engine"))?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let status = response.status();
            let body = Limited::new(response.into_body(), SHOWN_ANSWER).collect().await;
            let text = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            return Err(Error::new(format!(
                "the Docker Engine does not open {path}: {status} {}",
                text.trim()
            )));
        }
        let upgraded = hyper::upgrade::on(response)
            .await
            .map_err(|error| Error::new(error).context("connect to the Docker Engine"))?;
        Ok(Stream::new(TokioIo::new(upgraded)))
    }
}

/// A request's address with a path in front; `None` when it stays as it is.
fn below(base_path: &str, uri: &Uri) -> Option<Uri> {
    if base_path.is_empty() {
        return None;
    }
    let mut parts = uri.clone().into_parts();
    let path = format!("{base_path}{}", parts.path_and_query.as_ref()?);
    parts.path_and_query = Some(path.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// The socket at a path; one that begins with `@` is named in Linux's own space, as in `docker`.
fn socket(path: &Path) -> PathBuf {
    match path.to_str().and_then(|path| path.strip_prefix('@')) {
        Some(name) if cfg!(target_os = "linux") => format!("\0{name}").into(),
        _ => path.to_owned(),
    }
}

async fn tcp(address: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    watch_peer(&stream)?;
    Ok(stream)
}

/// Has an engine that is gone without a word noticed, rather than waited for without end: a build may be
/// silent for long, so there is no other limit.
#[cfg(target_os = "linux")]
fn watch_peer(stream: &TcpStream) -> io::Result<()> {
    use rustix::net::sockopt;
    let (silence, between, probes) = KEEPALIVE;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, silence)?;
    sockopt::set_tcp_keepintvl(stream, between)?;
    sockopt::set_tcp_keepcnt(stream, probes)?;
    Ok(())
}

#[cfg(all(unix, not(target_os = "linux")))]
fn watch_peer(stream: &TcpStream) -> io::Result<()> {
    Ok(rustix::net::sockopt::set_socket_keepalive(stream, true)?)
}

#[cfg(not(unix))]
fn watch_peer(_: &TcpStream) -> io::Result<()> {
    Ok(())
}

impl tower_service::Service<Uri> for Connector {
    type Response = ClientStream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<ClientStream>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move { connector.open().await.map(ClientStream::new) })
    }
}

/// Hands out one connection that is already open.
pub(crate) struct Opened(pub(crate) Option<Stream>);

impl tower_service::Service<Uri> for Opened {
    type Response = ClientStream;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<ClientStream>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let stream = self.0.take().map(ClientStream::new);
        std::future::ready(stream.ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_vanished_engine_is_noticed() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = tcp(&listener.local_addr().unwrap().to_string()).await.unwrap();
        assert!(rustix::net::sockopt::socket_keepalive(&stream).unwrap());
        assert_eq!(rustix::net::sockopt::tcp_keepidle(&stream).unwrap(), KEEPALIVE.0);
    }
}
