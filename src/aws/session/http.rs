//! The HTTP client of all calls to AWS: proxies as the surroundings name them, certificates of `AWS_CA_BUNDLE` or of the system.
//! The system's are read when the first address asks for TLS: from one file where there is one, which takes a tenth of the
//! time that a file for each certificate takes.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use hyper::Uri;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::proxies::{Proxies, Route};
use crate::aws::clock;
use crate::files;

/// Files in which Linux distributions and BSDs keep all certificates that they trust.
const BUNDLES: [&str; 7] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];
/// Variables that name other places for the system's certificates.
pub(super) const PLACES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Which certificates a client trusts.
pub(super) enum Trust {
    /// These alone, in PEM form, checked before.
    Only(Vec<u8>),
    /// The system's, in one of [`BUNDLES`] or else where it has them.
    System,
    /// The system's, in the places of [`PLACES`].
    Named,
}

impl Trust {
    /// The settings of TLS. Nothing is read for [`Trust::Named`], which the library looks after.
    fn context(&self) -> TlsContext {
        let bundle = match self {
            Self::Only(pem) => Some(pem.clone()),
            Self::System => system_bundle(),
            Self::Named => None,
        };
        let mut context = TlsContext::builder();
        if let Some(pem) = bundle {
            context = context.with_trust_store(TrustStore::empty().with_pem_certificate(pem));
        }
        // Nothing that this is made of is refused when it is built.
        context.build().unwrap_or_default()
    }
}

/// The first of the files that can be used as it is.
fn system_bundle() -> Option<Vec<u8>> {
    if cfg!(target_vendor = "apple") {
        // The keychain decides there, whatever files may lie around.
        return None;
    }
    let read = |file: &&str| files::read(Path::new(file), files::TEXT).ok();
    BUNDLES.iter().filter_map(read).find(|pem| check_certificates(pem).is_ok())
}

/// A client that trusts these certificates.
pub(super) fn client(proxies: Proxies, trust: Trust) -> SharedHttpClient {
    let tls = Arc::new(LazyLock::new(Box::new(move || trust.context()) as MakeContext));
    SharedHttpClient::new(Client { proxies: Arc::new(proxies), tls, connectors: Mutex::default() })
}

type MakeContext = Box<dyn FnOnce() -> TlsContext + Send + Sync>;
type Tls = Arc<LazyLock<TlsContext, MakeContext>>;

/// Whether the text holds certificates that can be trusted; tells why not.
pub(super) fn check_certificates(pem: &[u8]) -> Result<(), String> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|_| "is not in PEM form".to_owned())?;
    if certificates.is_empty() {
        return Err("holds no certificate in PEM form".to_owned());
    }
    let mut roots = rustls::RootCertStore::empty();
    for (i, certificate) in certificates.into_iter().enumerate() {
        roots
            .add(certificate)
            .map_err(|e| format!("holds a certificate (number {}) that is none: {e}", i + 1))?;
    }
    Ok(())
}

type Timeouts = (Option<Duration>, Option<Duration>);

/// Keeps one pool of connections for each pair of time limits.
struct Client {
    proxies: Arc<Proxies>,
    tls: Tls,
    connectors: Mutex<HashMap<Timeouts, SharedHttpConnector>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        let connector = connectors.entry(timeouts).or_insert_with(|| {
            SharedHttpConnector::new(Router {
                proxies: Arc::clone(&self.proxies),
                tls: Arc::clone(&self.tls),
                plain: OnceLock::new(),
                settings: settings.clone(),
                sleep: components.sleep_impl(),
                direct: OnceLock::new(),
                http: OnceLock::new(),
                https: OnceLock::new(),
            })
        });
        connector.clone()
    }
}

/// Sends each request the way that its address asks for. A way is only prepared when it is used: reading the system's
/// certificates takes some milliseconds.
struct Router {
    proxies: Arc<Proxies>,
    tls: Tls,
    settings: HttpConnectorSettings,
    sleep: Option<SharedAsyncSleep>,
    /// Directly and without TLS.
    plain: OnceLock<Connector>,
    direct: OnceLock<Connector>,
    http: OnceLock<Connector>,
    https: OnceLock<Connector>,
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router").finish_non_exhaustive()
    }
}

impl Router {
    fn plain(&self) -> Connector {
        let mut builder = ConnectorBuilder::default()
            .connector_settings(self.settings.clone())
            .proxy_config(ProxyConfig::disabled());
        builder.set_sleep_impl(self.sleep.clone());
        builder.build_http()
    }

    fn connector(&self, proxy: ProxyConfig) -> Connector {
        let mut builder = ConnectorBuilder::default()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
            .tls_context(LazyLock::force(&self.tls).clone())
            .connector_settings(self.settings.clone())
            .proxy_config(proxy);
        builder.set_sleep_impl(self.sleep.clone());
        builder.build()
    }

    fn through(
        &self,
        way: &OnceLock<Connector>,
        proxy: Option<&String>,
        config: impl FnOnce(Uri) -> Result<ProxyConfig, aws_smithy_http_client::proxy::ProxyError>,
        request: HttpRequest,
    ) -> HttpConnectorFuture {
        let prepared = match way.get() {
            Some(connector) => Ok(connector),
            // It was parsed before; the message must not hold the address, which may have a password.
            None => proxy
                .and_then(|url| url.parse::<Uri>().ok())
                .and_then(|uri| config(uri).ok())
                .map(|config| way.get_or_init(|| self.connector(config)))
                .ok_or("the proxy cannot be used"),
        };
        match prepared {
            Ok(connector) => connector.call(request),
            Err(problem) => HttpConnectorFuture::ready(Err(ConnectorError::user(problem.into()))),
        }
    }
}

impl HttpConnector for Router {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.send(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            if let Ok(answer) = &answer {
                let header = |name| answer.headers().get(name);
                // What comes out of a cache has an old date.
                if let (Some(date), None) = (header("date"), header("age")) {
                    clock::observe(date);
                }
            }
            answer
        })
    }
}

impl Router {
    /// Sends a request the way that its address asks for.
    fn send(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri = request.uri().parse::<Uri>().unwrap_or_default();
        let proxies = &self.proxies;
        match proxies.route(&uri) {
            Route::Direct if uri.scheme_str() == Some("http") => {
                self.plain.get_or_init(|| self.plain()).call(request)
            }
            Route::Direct => {
                self.direct.get_or_init(|| self.connector(ProxyConfig::disabled())).call(request)
            }
            Route::HttpProxy => self.through(&self.http, proxies.http.as_ref(), ProxyConfig::http, request),
            Route::HttpsProxy => {
                self.through(&self.https, proxies.https.as_ref(), ProxyConfig::https, request)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_checked_before_they_are_used() {
        let key = rcgen::KeyPair::generate().unwrap();
        let own =
            rcgen::CertificateParams::new(vec!["aws.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        assert_eq!(check_certificates(own.pem().as_bytes()), Ok(()));
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let open = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        let told = |text: &str| check_certificates(text.as_bytes()).unwrap_err();
        insta::assert_snapshot!([told(""), told("junk"), told(&key.serialize_pem()), told(broken), told(open)].join("\n"), @"
        holds no certificate in PEM form
        holds no certificate in PEM form
        holds no certificate in PEM form
        holds a certificate (number 1) that is none: invalid peer certificate: BadEncoding
        is not in PEM form
        ");
    }
}
