//! The HTTP client of all calls to AWS: proxies as the surroundings name them, certificates of `AWS_CA_BUNDLE`.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
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
use crate::error::{Error, Result};

/// A client; `certificates` in PEM form replace those of the system.
pub(super) fn client(proxies: Proxies, certificates: Option<Vec<u8>>) -> Result<SharedHttpClient> {
    let mut context = TlsContext::builder();
    if let Some(certificates) = certificates {
        let only = TrustStore::empty().with_pem_certificate(certificates);
        context = context.with_trust_store(only);
    }
    let tls = context.build().map_err(|e| Error::new(format!("cannot set TLS up: {e}")))?;
    Ok(SharedHttpClient::new(Client { proxies: Arc::new(proxies), tls, connectors: Mutex::default() }))
}

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
    tls: TlsContext,
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
                tls: self.tls.clone(),
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
    tls: TlsContext,
    settings: HttpConnectorSettings,
    sleep: Option<SharedAsyncSleep>,
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
    fn connector(&self, proxy: ProxyConfig) -> Connector {
        let mut builder = ConnectorBuilder::default()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
            .tls_context(self.tls.clone())
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
        let route = request.uri().parse::<Uri>().map_or(Route::Direct, |uri| self.proxies.route(&uri));
        let proxies = &self.proxies;
        match route {
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
