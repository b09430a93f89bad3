//! A proxy for AWS clients that know no `AWS_ENDPOINT_URL`: they are sent here by `HTTPS_PROXY` and trust its authority by
//! `AWS_CA_BUNDLE` or `SSL_CERT_FILE`. Every host they CONNECT to is answered here, over TLS, and its requests go to the
//! local AWS as they came.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use crate::local_aws::{LocalAws, send};

/// Longer than any CONNECT request.
const LONGEST_HEAD: usize = 16 * 1024;

/// A running proxy.
pub(crate) struct HttpsProxy {
    port: u16,
    authority: PathBuf,
}

/// Who signs the certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// The key of all hosts.
    key: KeyPair,
}

impl HttpsProxy {
    /// Starts it on a free port; the authority's certificate is put into a file in this directory.
    pub(crate) fn start(aws: &LocalAws, directory: &Path) -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "local AWS");
        let file = directory.join("authority.pem");
        std::fs::write(&file, params.self_signed(&key)?.pem())?;
        let authority = Arc::new(Authority { issuer: Issuer::new(params, key), key: KeyPair::generate()? });

        let gateway = aws.port();
        let listener = aws.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let port = listener.local_addr()?.port();
        aws.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let authority = Arc::clone(&authority);
                tokio::spawn(async move {
                    if let Err(error) = serve(stream, &authority, gateway).await {
                        eprintln!("HTTPS proxy: {error:#}");
                    }
                });
            }
        });
        Ok(Self { port, authority: file })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The file with the certificate of its authority.
    pub(crate) fn authority(&self) -> &Path {
        &self.authority
    }

    /// The environment variables that send a client here.
    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        let authority = self.authority.display().to_string();
        vec![("HTTPS_PROXY", self.url()), ("AWS_CA_BUNDLE", authority.clone()), ("SSL_CERT_FILE", authority)]
    }
}

async fn serve(mut stream: TcpStream, authority: &Authority, gateway: u16) -> Result<()> {
    stream.set_nodelay(true)?;
    let host = read_connect(&mut stream).await?;
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let certificate =
        CertificateParams::new(vec![host.clone()])?.signed_by(&authority.key, &authority.issuer)?;
    let key = PrivatePkcs8KeyDer::from(authority.key.serialize_der());
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let tls = TlsAcceptor::from(Arc::new(config))
        .accept(stream)
        .await
        .with_context(|| format!("a client does not go on with {host}"))?;
    let service = service_fn(|request| pass_on(request, &host, gateway));
    // An error here is a client that went away.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(tls), service).await;
    Ok(())
}

/// Reads `CONNECT host:443 HTTP/1.1` and its headers.
async fn read_connect(stream: &mut TcpStream) -> Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        ensure!(head.len() < LONGEST_HEAD, "a CONNECT request does not end");
        head.push(stream.read_u8().await.context("read a CONNECT request")?);
    }
    let head = String::from_utf8_lossy(&head);
    let mut words = head.split_whitespace();
    match (words.next(), words.next().and_then(|target| target.rsplit_once(':'))) {
        (Some("CONNECT"), Some((host, _))) => Ok(host.to_owned()),
        _ => bail!("not a CONNECT request: {}", head.lines().next().unwrap_or_default()),
    }
}

async fn pass_on(request: Request<Incoming>, host: &str, gateway: u16) -> Result<Response<Full<Bytes>>> {
    let (mut head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let (host, path) = path_style(host, path);
    head.uri = path.parse()?;
    head.headers.insert(HOST, host.parse()?);
    head.headers.remove(TRANSFER_ENCODING);
    head.headers.insert(CONTENT_LENGTH, body.len().into());
    let response = send(gateway, Request::from_parts(head, Full::new(body))).await?;
    Ok(response.map(Full::new))
}

/// The emulator reads a bucket's name from the path only.
fn path_style(host: &str, path: &str) -> (String, String) {
    match host.split_once(".s3.") {
        Some((bucket, rest)) if rest.ends_with("amazonaws.com") => {
            (format!("s3.{rest}"), format!("/{bucket}{path}"))
        }
        _ => (host.to_owned(), path.to_owned()),
    }
}
