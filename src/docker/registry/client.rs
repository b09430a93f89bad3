//! What is asked of an image registry directly, because the Docker Engine would do it the long way: which
//! digest a tag stands for, and one more tag for an image that is there already.
//!
//! Every answer may be missing (a proxy in between, a permission that is not given): the engine then pushes
//! as usual, so nothing here is an error.
//! Interface: <https://github.com/opencontainers/distribution-spec/blob/main/spec.md>.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::ops::port::RegistryCredentials;

/// Longest wait for a connection and for an answer; the engine is the way around a slow one.
const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(10);
/// Manifests are a few kilobytes; registries take at most this.
const LARGEST_MANIFEST: usize = 4 << 20;
/// Kinds of manifests that an image can have.
const KINDS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
                     application/vnd.docker.distribution.manifest.list.v2+json, \
                     application/vnd.docker.distribution.manifest.v2+json";
const DIGEST: &str = "docker-content-digest";
/// Variable with which tests reach a registry on this machine that goes by another name. Set to `1`, a registry
/// whose name stands for a loopback address is spoken to without encryption, at that very address: nothing
/// leaves the machine, whatever the name comes to stand for.
pub(crate) const PLAIN_LOOPBACK: &str = "COPILOT_TEST_PLAIN_LOOPBACK_REGISTRY";

/// One repository of a registry, with a login for it.
pub(crate) struct Registry {
    connector: Connector,
    /// `https://<registry>/v2/<name>/manifests/`
    manifests: String,
    /// The registry's own name, where the address has another one.
    host: Option<String>,
    authorization: String,
}

/// An image's manifest as the registry holds it.
pub(crate) struct Manifest {
    kind: String,
    body: Vec<u8>,
}

impl Registry {
    /// The repository `<registry>/<name>`; `None` when that is not what it is called.
    ///
    /// The login is only given away over an encrypted connection or within this machine. Whether the registry is
    /// on this machine is told by its name alone, unless a test says that `any_name` may stand for it: what a
    /// name stands for is told by the network.
    pub(crate) async fn open(repository: &str, login: &RegistryCredentials, any_name: bool) -> Option<Self> {
        let (host, name) = repository.split_once('/')?;
        let local = if any_name || is_local(host) { loopback(host).await } else { None };
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).read_timeout(ANSWER).build();
        let connector = Connector::builder()
            .connector_settings(settings)
            .sleep_impl(TokioSleep::new())
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
            .proxy_config(if local.is_some() { ProxyConfig::disabled() } else { ProxyConfig::from_env() })
            .build();
        let login = STANDARD.encode(format!("{}:{}", login.username, login.password));
        let server = local.map_or_else(|| format!("https://{host}"), |address| format!("http://{address}"));
        Some(Self {
            connector,
            manifests: format!("{server}/v2/{name}/manifests/"),
            host: local.map(|_| host.to_owned()),
            authorization: format!("Basic {login}"),
        })
    }

    /// The digest of what a tag, or a digest, stands for; `None` when it is not there or not told.
    pub(crate) async fn digest(&self, reference: &str) -> Option<String> {
        let response = self.send("HEAD", reference, None).await?;
        let found = response.status().is_success();
        response.headers().get(DIGEST).filter(|_| found).map(str::to_owned)
    }

    /// The manifest with a digest; `None` when it is not there or its content is not what the digest says.
    pub(crate) async fn manifest(&self, digest: &str) -> Option<Manifest> {
        let response = self.send("GET", digest, None).await?;
        if !response.status().is_success() {
            return None;
        }
        let kind = response.headers().get("content-type")?.to_owned();
        let body = bounded(response.into_body(), ANSWER).await?;
        (sha256(&body) == digest).then_some(Manifest { kind, body })
    }

    /// Lets a tag stand for an image that the repository has; tells whether it does now.
    pub(crate) async fn tag(&self, tag: &str, manifest: &Manifest) -> bool {
        let response = self.send("PUT", tag, Some(manifest)).await;
        response.is_some_and(|response| {
            let digest = response.headers().get(DIGEST);
            response.status().is_success() && digest.is_none_or(|digest| digest == sha256(&manifest.body))
        })
    }

    async fn send(&self, method: &str, reference: &str, manifest: Option<&Manifest>) -> Option<HttpResponse> {
        let body = manifest.map_or_else(SdkBody::empty, |manifest| SdkBody::from(manifest.body.clone()));
        let mut request = HttpRequest::new(body);
        request.set_method(method).ok()?;
        request.set_uri(format!("{}{reference}", self.manifests)).ok()?;
        let headers = request.headers_mut();
        if let Some(host) = &self.host {
            headers.try_insert("host", host.clone()).ok()?;
        }
        headers.try_insert("authorization", self.authorization.clone()).ok()?;
        headers.try_insert("accept", KINDS).ok()?;
        if let Some(manifest) = manifest {
            headers.try_insert("content-type", manifest.kind.clone()).ok()?;
        }
        self.connector.call(request).await.ok()
    }
}

/// Whether a registry's name says that it is on this machine.
fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The loopback address that a registry's name stands for, if it stands for nothing else.
async fn loopback(host: &str) -> Option<SocketAddr> {
    let has_port = host.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok());
    let address = if has_port { host.to_owned() } else { format!("{host}:80") };
    let addresses: Vec<_> = tokio::net::lookup_host(address).await.ok()?.collect();
    let only_here = addresses.iter().all(|address| address.ip().is_loopback());
    addresses.into_iter().next().filter(|_| only_here)
}

/// The bytes of a manifest; `None` when they break off, take too long or are more than a manifest has.
async fn bounded(body: SdkBody, limit: Duration) -> Option<Vec<u8>> {
    let read = async {
        let mut stream = ByteStream::new(body);
        let mut bytes = Vec::new();
        while let Some(piece) = stream.try_next().await.ok()? {
            if bytes.len() + piece.len() > LARGEST_MANIFEST {
                return None;
            }
            bytes.extend_from_slice(&piece);
        }
        Some(bytes)
    };
    tokio::time::timeout(limit, read).await.ok()?
}

fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{:x}", Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_of_the_bytes() {
        assert_eq!(sha256(b""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[tokio::test]
    async fn an_answer_that_stops_in_the_middle_is_none() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let repository = format!("{}/app/job", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut asked = [0; 16];
                tokio::io::AsyncReadExt::read_exact(&mut stream, &mut asked).await.unwrap();
                let head = b"HTTP/1.1 200 OK\r\ncontent-type: a/b\r\ncontent-length: 9\r\n\r\nhalf";
                tokio::io::AsyncWriteExt::write_all(&mut stream, head).await.unwrap();
                open.push(stream);
            }
        });
        let login = RegistryCredentials { username: "AWS".into(), password: "secret".into() };
        let registry = Registry::open(&repository, &login, false).await.unwrap();
        let answer = registry.send("GET", "sha256:1", None).await.unwrap();
        assert!(bounded(answer.into_body(), Duration::from_millis(50)).await.is_none());
        assert!(bounded(SdkBody::from(vec![0; LARGEST_MANIFEST]), ANSWER).await.is_some());
        assert!(bounded(SdkBody::from(vec![0; LARGEST_MANIFEST + 1]), ANSWER).await.is_none());
    }

    #[tokio::test]
    async fn only_this_machine_is_spoken_to_without_encryption() {
        let login = RegistryCredentials { username: "AWS".into(), password: "secret".into() };
        let mut shown = String::new();
        for (host, any_name) in [
            ("127.0.0.1:5000", false),
            ("127.9.9.9", false),
            ("[::1]:5000", false),
            ("localhost:5000", false),
            ("localhost", false),
            ("localhost.example:5000", false),
            ("127.0.0.1.example", false),
            ("10.0.0.1:5000", true),
            ("1.dkr.ecr.us-west-2.amazonaws.com", false),
            // A name, not an address, that stands for a loopback address.
            ("127.1:5000", false),
            ("127.1:5000", true),
        ] {
            let registry = Registry::open(&format!("{host}/app/job"), &login, any_name).await.unwrap();
            let host = registry.host.as_deref().unwrap_or("-");
            shown += &format!("{} for {host}\n", registry.manifests);
        }
        insta::assert_snapshot!(shown, @"
        http://127.0.0.1:5000/v2/app/job/manifests/ for 127.0.0.1:5000
        http://127.9.9.9:80/v2/app/job/manifests/ for 127.9.9.9
        http://[::1]:5000/v2/app/job/manifests/ for [::1]:5000
        http://127.0.0.1:5000/v2/app/job/manifests/ for localhost:5000
        http://127.0.0.1:80/v2/app/job/manifests/ for localhost
        https://localhost.example:5000/v2/app/job/manifests/ for -
        https://127.0.0.1.example/v2/app/job/manifests/ for -
        https://10.0.0.1:5000/v2/app/job/manifests/ for -
        https://1.dkr.ecr.us-west-2.amazonaws.com/v2/app/job/manifests/ for -
        https://127.1:5000/v2/app/job/manifests/ for -
        http://127.0.0.1:5000/v2/app/job/manifests/ for 127.1:5000
        ");
    }

    #[tokio::test]
    async fn a_registry_that_is_not_there_gives_no_answers() {
        let login = RegistryCredentials { username: "AWS".into(), password: "secret".into() };
        assert!(Registry::open("no-slash", &login, false).await.is_none());
        let unknown = Registry::open("registry.invalid/app/job", &login, true).await.unwrap();
        assert_eq!((unknown.manifests.starts_with("https:"), unknown.digest("latest").await), (true, None));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let repository = format!("{}/app/job", listener.local_addr().unwrap());
        drop(listener);
        let registry = Registry::open(&repository, &login, false).await.unwrap();
        assert!(registry.manifests.starts_with("http://127.0.0.1:"));
        assert_eq!(registry.digest("latest").await, None);
        assert!(registry.manifest("sha256:1").await.is_none());
        let manifest = Manifest { kind: "a/b".into(), body: Vec::new() };
        assert!(!registry.tag("v1", &manifest).await);
    }
}
