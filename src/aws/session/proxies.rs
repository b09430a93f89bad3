//! Which proxy a request goes through: the rules of Go's `http.ProxyFromEnvironment`, which the old tool followed.
//!
//! Two things differ. Addresses that only this machine reaches (link-local, where containers and instances get their
//! credentials) never go through a proxy. `ALL_PROXY`, which Go does not know, stands in for a variable that is not set.

use std::collections::BTreeMap;
use std::net::IpAddr;

use hyper::Uri;

use crate::error::{Error, Result};

/// The proxies of this process's surroundings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Proxies {
    pub http: Option<String>,
    pub https: Option<String>,
    exceptions: Vec<Exception>,
}

/// What a request goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Direct,
    HttpProxy,
    HttpsProxy,
}

/// An entry of `NO_PROXY`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Exception {
    All,
    Network { address: IpAddr, bits: u8 },
    Address { address: IpAddr, port: Option<String> },
    Domain { suffix: String, itself: bool, port: Option<String> },
}

impl Proxies {
    /// Reads `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, also in lower case. Empty ones are like unset ones.
    ///
    /// # Errors
    /// When a proxy cannot be used; the message names the variable but not its value, which may hold a password.
    pub(super) fn from_vars(vars: &BTreeMap<String, String>) -> Result<Self> {
        let set = |upper, lower| {
            let names: [&'static str; 2] = [upper, lower];
            names.into_iter().find_map(|name| Some((name, vars.get(name).filter(|value| !value.is_empty())?)))
        };
        let exceptions = set("NO_PROXY", "no_proxy").map(|(_, value)| exceptions(value)).unwrap_or_default();
        if exceptions == [Exception::All] {
            return Ok(Self { exceptions, ..Self::default() });
        }
        let all = || {
            let (_, value) = set("ALL_PROXY", "all_proxy")?;
            proxy_url(value).ok()
        };
        // A web server passes the header `Proxy` of a request to its scripts as HTTP_PROXY.
        let in_script = vars.get("REQUEST_METHOD").is_some_and(|method| !method.is_empty());
        let http = match set("HTTP_PROXY", "http_proxy") {
            _ if in_script => None,
            Some((name, value)) => Some(proxy_url(value).map_err(|problem| unusable(name, problem))?),
            None => all(),
        };
        let https = match set("HTTPS_PROXY", "https_proxy") {
            Some((name, value)) => Some(proxy_url(value).map_err(|problem| unusable(name, problem))?),
            None => all(),
        };
        Ok(Self { http, https, exceptions })
    }

    /// What a request to this address goes through.
    pub(super) fn route(&self, uri: &Uri) -> Route {
        let (route, proxy, default_port) = match uri.scheme_str() {
            Some("http") => (Route::HttpProxy, &self.http, 80),
            Some("https") => (Route::HttpsProxy, &self.https, 443),
            _ => return Route::Direct,
        };
        let Some(host) = uri.host().filter(|_| proxy.is_some()) else { return Route::Direct };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let address = host.parse::<IpAddr>().ok();
        if host == "localhost" || address.is_some_and(only_from_here) {
            return Route::Direct;
        }
        let port = uri.port_u16().unwrap_or(default_port).to_string();
        let excepted = self.exceptions.iter().any(|exception| exception.covers(&host, address, &port));
        if excepted { Route::Direct } else { route }
    }
}

/// Whether an address means something else on every machine, so that a proxy cannot reach what is meant.
fn only_from_here(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_link_local(),
        // `fd00:ec2::` is the link-local network of EC2: instance metadata (::254) and pod identity (::23).
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unicast_link_local()
                || address.segments()[..2] == [0xfd00, 0x0ec2]
        }
    }
}

impl Exception {
    fn covers(&self, host: &str, address: Option<IpAddr>, port: &str) -> bool {
        let same_port = |wanted: &Option<String>| wanted.as_ref().is_none_or(|wanted| wanted == port);
        match (self, address) {
            (Self::All, _) => true,
            (Self::Network { address, bits }, Some(asked)) => shares_prefix(*address, asked, *bits),
            (Self::Address { address, port }, Some(asked)) => *address == asked && same_port(port),
            (Self::Domain { suffix, itself, port }, None) => {
                (host.ends_with(suffix.as_str()) || (*itself && host == &suffix[1..])) && same_port(port)
            }
            _ => false,
        }
    }
}

fn shares_prefix(network: IpAddr, address: IpAddr, bits: u8) -> bool {
    let same = |a: &[u8], b: &[u8]| {
        let (whole, rest) = (usize::from(bits / 8), bits % 8);
        let mask = if rest == 0 { 0 } else { 0xff_u8 << (8 - rest) };
        a[..whole] == b[..whole] && (rest == 0 || a[whole] & mask == b[whole] & mask)
    };
    match (network, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(&a.octets(), &b.octets()),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(&a.octets(), &b.octets()),
        _ => false,
    }
}

/// The entries of `NO_PROXY`. An asterisk alone makes all others superfluous.
fn exceptions(text: &str) -> Vec<Exception> {
    let mut found = Vec::new();
    for entry in text.split(',').map(|entry| entry.trim().to_lowercase()).filter(|entry| !entry.is_empty()) {
        if entry == "*" {
            return vec![Exception::All];
        }
        found.extend(network(&entry).or_else(|| place(&entry)));
    }
    found
}

/// `10.0.0.0/8`
fn network(entry: &str) -> Option<Exception> {
    let (address, bits) = entry.split_once('/')?;
    let (address, bits): (IpAddr, u8) = (address.parse().ok()?, bits.parse().ok()?);
    let most = if address.is_ipv4() { 32 } else { 128 };
    (bits <= most).then_some(Exception::Network { address, bits })
}

/// `10.1.2.3`, `10.1.2.3:80`, `[::1]:80`, `example.com`, `.example.com:8443`, `*.example.com`
fn place(entry: &str) -> Option<Exception> {
    let with_port = match entry.strip_prefix('[') {
        Some(rest) => rest.split_once("]:"),
        None => entry.split_once(':').filter(|(_, port)| !port.contains(':')),
    };
    let (host, port) = match with_port {
        Some((host, port)) => (host, Some(port.to_owned()).filter(|port| !port.is_empty())),
        None => (entry, None),
    };
    if let Ok(address) = host.parse() {
        return Some(Exception::Address { address, port });
    }
    let domain = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
    match domain {
        "" => None,
        domain if domain.starts_with('.') => {
            Some(Exception::Domain { suffix: domain.to_owned(), itself: false, port })
        }
        domain => Some(Exception::Domain { suffix: format!(".{domain}"), itself: true, port }),
    }
}

/// A proxy's URL; a host alone means plain HTTP.
fn proxy_url(text: &str) -> Result<String, &'static str> {
    let usable = |text: &str| {
        let uri: Uri = text.parse().ok()?;
        (uri.scheme().is_some() && uri.host().is_some_and(|host| !host.is_empty())).then_some(uri)
    };
    let text = text.trim();
    let (uri, whole) = match usable(text) {
        Some(uri) => (uri, text.to_owned()),
        None => {
            let whole = format!("http://{text}");
            (usable(&whole).ok_or("is not the URL of a proxy")?, whole)
        }
    };
    match uri.scheme_str() {
        Some("http" | "https") => Ok(whole),
        Some("socks5" | "socks5h" | "socks4" | "socks") => {
            Err("names a SOCKS proxy, and this program speaks to HTTP proxies only")
        }
        _ => Err("is not the URL of an HTTP proxy"),
    }
}

fn unusable(name: &str, problem: &str) -> Error {
    Error::new(format!("the environment variable {name} {problem}")).hint(format!(
        "Set it as in `export {name}=http://proxy.example:3128`, remove it with `unset {name}`, or list hosts to reach without it in NO_PROXY."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(vars: &[(&str, &str)]) -> Result<Proxies> {
        Proxies::from_vars(&vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    /// The routes of some addresses, as letters: `-` direct, `p` `HTTP_PROXY`, `q` `HTTPS_PROXY`.
    fn routes(vars: &[(&str, &str)]) -> String {
        let proxies = proxies(vars).unwrap();
        [
            "http://h.example/",
            "https://h.example/",
            "https://sub.h.example/",
            "https://nh.example/",
            "https://h.example:8443/",
            "http://10.1.2.3/",
        ]
        .map(|uri| match proxies.route(&Uri::from_static(uri)) {
            Route::Direct => '-',
            Route::HttpProxy => 'p',
            Route::HttpsProxy => 'q',
        })
        .iter()
        .collect()
    }

    const BOTH: [(&str, &str); 2] = [("HTTP_PROXY", "http://p:1"), ("HTTPS_PROXY", "http://q:2")];

    /// Every row is what Go's `http.ProxyFromEnvironment` (Go 1.26) answers.
    #[test]
    fn exceptions_are_gos() {
        for (no_proxy, expected) in [
            ("", "pqqqqp"),
            ("*", "------"),
            ("a,*,b", "------"),
            ("h.example", "---q-p"),
            (" H.Example , x", "---q-p"),
            (".h.example", "pq-qqp"),
            ("*.h.example", "pq-qqp"),
            ("h.example:8443", "pqqq-p"),
            ("example", "-----p"),
            ("h.example.,x", "pqqqqp"),
            ("h.example *", "pqqqqp"),
            (",", "pqqqqp"),
            ("10.0.0.0/8", "pqqqq-"),
            ("10.1.2.3", "pqqqq-"),
            ("10.1.2.3:80", "pqqqq-"),
            ("10.1.2.3:81", "pqqqqp"),
            ("[::2]:80", "pqqqqp"),
        ] {
            assert_eq!(routes(&[BOTH[0], BOTH[1], ("NO_PROXY", no_proxy)]), expected, "{no_proxy:?}");
        }
        assert_eq!(routes(&[BOTH[0], BOTH[1], ("NO_PROXY", ""), ("no_proxy", "h.example")]), "---q-p");
        assert_eq!(routes(&[BOTH[0], BOTH[1], ("NO_PROXY", "x"), ("no_proxy", "h.example")]), "pqqqqp");
    }

    #[test]
    fn variables_are_gos() {
        assert_eq!(routes(&[]), "------");
        assert_eq!(routes(&[("http_proxy", "http://p:1"), ("https_proxy", "http://q:2")]), "pqqqqp");
        assert_eq!(routes(&[("HTTPS_PROXY", ""), ("https_proxy", "http://q:2")]), "-qqqq-");
        assert_eq!(routes(&[("HTTP_PROXY", "http://p:1"), ("REQUEST_METHOD", "GET")]), "------");
        let both = proxies(&[("HTTPS_PROXY", "http://upper"), ("https_proxy", "http://lower")]).unwrap();
        assert_eq!(both.https.as_deref(), Some("http://upper"));
        for (given, meant) in [
            ("q:2", "http://q:2"),
            ("q", "http://q"),
            ("https://q:1", "https://q:1"),
            ("http://u:p%40@q:1/", "http://u:p%40@q:1/"),
        ] {
            assert_eq!(proxies(&[("HTTPS_PROXY", given)]).unwrap().https.as_deref(), Some(meant));
        }
    }

    #[test]
    fn all_proxy_stands_in() {
        assert_eq!(routes(&[("ALL_PROXY", "http://a:4")]), "pqqqqp");
        assert_eq!(routes(&[("all_proxy", "socks5://a:4")]), "------");
        let https = proxies(&[("HTTPS_PROXY", "http://q"), ("ALL_PROXY", "http://a")]).unwrap();
        assert_eq!((https.http.as_deref(), https.https.as_deref()), (Some("http://a"), Some("http://q")));
    }

    #[test]
    fn what_only_this_machine_reaches_goes_direct() {
        let all = proxies(&[("HTTP_PROXY", "http://p:1"), ("HTTPS_PROXY", "http://q:2")]).unwrap();
        for direct in [
            "http://localhost:4566/",
            "https://LOCALHOST/",
            "http://127.0.0.1/",
            "http://127.8.9.1/",
            "http://[::1]/",
            "http://169.254.169.254/latest/meta-data/",
            "http://169.254.170.2/v2/credentials",
            "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::254]/latest/meta-data/",
            "http://[fd00:ec2::23]/v1/credentials",
        ] {
            assert_eq!(all.route(&Uri::from_static(direct)), Route::Direct, "{direct}");
        }
        for proxied in ["http://169.253.1.1/", "http://[fd01:ec2::1]/", "http://localhost.example/"] {
            assert_eq!(all.route(&Uri::from_static(proxied)), Route::HttpProxy, "{proxied}");
        }
    }

    #[test]
    fn an_unusable_proxy_is_named_without_its_value() {
        let told = |value: &str| proxies(&[("https_proxy", value)]).unwrap_err().to_string();
        insta::assert_snapshot!(
            [told("socks5://user:secret@q:1"), told("ftp://q"), told("http://se cret@q:1/")].join("\n"),
            @r"
        the environment variable https_proxy names a SOCKS proxy, and this program speaks to HTTP proxies only
        the environment variable https_proxy is not the URL of an HTTP proxy
        the environment variable https_proxy is not the URL of a proxy
        "
        );
        // Where nothing goes through a proxy, none has to be usable.
        assert_eq!(proxies(&[("https_proxy", "socks5://q:1"), ("NO_PROXY", "*")]).unwrap().https, None);
    }
}
