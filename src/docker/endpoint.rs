//! Where the Docker Engine may be, in the order the `docker` program looks.
//!
//! `DOCKER_HOST`, then `DOCKER_CONTEXT`, then `currentContext` of Docker's configuration; without
//! any of them the usual sockets are tried. What the user chose is the only candidate: falling
//! back to another engine would build in the wrong place.

use std::path::{Path, PathBuf};

use super::context_store;
use super::ssh::SshTarget;
use super::tls::TlsFiles;
use crate::error::{Error, Result};
use crate::text::sanitize;

/// Reads an environment variable.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// One place to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// How to get there.
    pub endpoint: Endpoint,
    /// Why this place is tried, for messages: `DOCKER_HOST`, `the docker context "ci"`.
    pub origin: String,
}

/// How to reach an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A Unix socket.
    Unix(PathBuf),
    /// Plain HTTP: host and port.
    Tcp(String),
    /// HTTP within TLS.
    Tls {
        /// Host and port.
        address: String,
        /// Certificates to use.
        files: TlsFiles,
    },
    /// The engine of another machine, through its SSH server.
    Ssh(SshTarget),
}

impl Endpoint {
    /// What HTTP calls the host.
    pub(super) fn host(&self) -> &str {
        match self {
            Self::Unix(_) => "docker",
            Self::Tcp(address) | Self::Tls { address, .. } => address,
            Self::Ssh(target) => &target.host,
        }
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp://{address}"),
            Self::Tls { address, .. } => write!(f, "tcp://{address} (TLS)"),
            Self::Ssh(SshTarget { user, host, port, socket }) => {
                let user = user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
                let port = port.as_ref().map(|port| format!(":{port}")).unwrap_or_default();
                write!(f, "ssh://{user}{host}{port}{}", socket.as_deref().unwrap_or_default())
            }
        }
    }
}

/// The directory of Docker's configuration.
pub(super) fn config_directory(env: Lookup<'_>) -> Option<PathBuf> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let home = || Some(Path::new(&set("HOME")?).join(".docker"));
    set("DOCKER_CONFIG").map(PathBuf::from).or_else(home)
}

/// Lists the places to try, best first.
///
/// # Errors
/// A choice of the user's that cannot be followed: an address that is malformed or of an
/// unsupported kind, a context that does not exist, configuration that cannot be read.
pub fn candidates(env: Lookup<'_>) -> Result<Vec<Candidate>> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let config = config_directory(env);
    if let Some(host) = set("DOCKER_HOST") {
        let tls = tls_of_environment(&set, config.as_deref(), &host)?;
        return Ok(vec![Candidate {
            endpoint: parse(&host, tls, "DOCKER_HOST")?,
            origin: "DOCKER_HOST".into(),
        }]);
    }
    let chosen = match (set("DOCKER_CONTEXT"), &config) {
        (Some(name), _) => Some((name, "DOCKER_CONTEXT".to_owned())),
        (None, Some(config)) => {
            let file = config.join("config.json");
            let source = format!("`currentContext` in {}", file.display());
            context_store::current(&file)?.map(|name| (name, source))
        }
        (None, None) => None,
    };
    if let Some((name, source)) = chosen.filter(|(name, _)| name != "default") {
        let config = config.ok_or_else(|| {
            Error::new(format!("{source} names the docker context \"{name}\", but HOME is not set"))
        })?;
        return Ok(vec![context_store::candidate(&config, &name, &source)?]);
    }
    Ok(usual_places(&set))
}

/// Sockets of the engines people run, Docker's own first.
fn usual_places(set: &dyn Fn(&str) -> Option<String>) -> Vec<Candidate> {
    let mut found = vec![candidate("/var/run/docker.sock", "default socket")];
    let runtime = set("XDG_RUNTIME_DIR").map(PathBuf::from);
    if let Some(runtime) = &runtime {
        found.push(candidate(runtime.join("docker.sock"), "rootless engine"));
    }
    if let Some(home) = set("HOME").map(PathBuf::from) {
        for (path, origin) in [
            (".docker/run/docker.sock", "Docker Desktop"),
            (".docker/desktop/docker.sock", "Docker Desktop"),
            (".orbstack/run/docker.sock", "OrbStack"),
            (".rd/docker.sock", "Rancher Desktop"),
            (".colima/default/docker.sock", "Colima"),
            (".config/colima/default/docker.sock", "Colima"),
            (".lima/docker/sock/docker.sock", "Lima"),
            (".local/share/containers/podman/machine/podman.sock", "Podman machine"),
        ] {
            found.push(candidate(home.join(path), origin));
        }
    }
    if let Some(runtime) = runtime {
        found.push(candidate(runtime.join("podman/podman.sock"), "rootless Podman"));
    }
    for (path, origin) in [
        ("/run/podman/podman.sock", "Podman"),
        ("/var/run/finch.sock", "Finch"),
        ("/Applications/Finch/lima/data/finch/sock/finch.sock", "Finch"),
    ] {
        found.push(candidate(path, origin));
    }
    found
}

fn candidate(path: impl Into<PathBuf>, origin: &str) -> Candidate {
    Candidate { endpoint: Endpoint::Unix(path.into()), origin: origin.to_owned() }
}

/// The certificates that `DOCKER_TLS_VERIFY` asks for.
fn tls_of_environment(
    set: &dyn Fn(&str) -> Option<String>,
    config: Option<&Path>,
    host: &str,
) -> Result<Option<TlsFiles>> {
    if ["unix:", "ssh:"].iter().any(|scheme| host.starts_with(scheme)) {
        return Ok(None);
    }
    if set("DOCKER_TLS_VERIFY").is_none() {
        if set("DOCKER_TLS").is_some() {
            return Err(Error::new("DOCKER_TLS asks for TLS without a check of the engine's certificate")
                .hint("Set DOCKER_TLS_VERIFY=1, with the authority's certificate as ca.pem in DOCKER_CERT_PATH."));
        }
        return Ok(None);
    }
    let chosen = set("DOCKER_CERT_PATH").map(PathBuf::from);
    if let Some(directory) = chosen.as_ref().filter(|directory| !directory.is_dir()) {
        let path = directory.display().to_string();
        let shown = sanitize(&path);
        return Err(Error::new(format!("DOCKER_CERT_PATH is {shown}, and there is no such directory"))
            .hint("It holds ca.pem, cert.pem and key.pem for the engine at DOCKER_HOST."));
    }
    let directory = chosen.or_else(|| config.map(Path::to_owned));
    Ok(Some(directory.map(|directory| TlsFiles::in_directory(&directory)).unwrap_or_default()))
}

/// Parses an engine address; `source` says where it was found.
pub(super) fn parse(address: &str, tls: Option<TlsFiles>, source: &str) -> Result<Endpoint> {
    let shown = sanitize(address);
    let refuse = |what: &str| {
        Err(Error::new(format!("{source} is `{shown}`: {what}"))
            .hint("Write unix:///path/docker.sock, tcp://host:port or ssh://user@host."))
    };
    match address.split_once("://") {
        Some(("unix", path)) if path.starts_with('/') => Ok(Endpoint::Unix(path.into())),
        Some((scheme @ ("tcp" | "http" | "https"), rest)) => {
            let authority = rest.trim_end_matches('/');
            if authority.is_empty() || authority.contains(['/', '@', '?', '#', ' ']) {
                return refuse("this is not a host and a port");
            }
            let has_port = authority
                .rsplit_once(':')
                .is_some_and(|(_, port)| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()));
            let with_port =
                |port: &str| if has_port { authority.to_owned() } else { format!("{authority}:{port}") };
            Ok(match tls.or_else(|| (scheme == "https").then(TlsFiles::default)) {
                Some(files) => Endpoint::Tls { address: with_port("2376"), files },
                None => Endpoint::Tcp(with_port("2375")),
            })
        }
        Some(("ssh", rest)) => match ssh_target(rest) {
            Some(target) => Ok(Endpoint::Ssh(target)),
            None => refuse("this is not user@host, user@host:port or user@host/path/docker.sock"),
        },
        Some(("npipe", _)) => refuse("named pipes exist on Windows only"),
        _ => refuse("this is not an address of a Docker Engine"),
    }
}

/// `[user@]host[:port][/path of the socket]`; no password, and nothing that a shell would read.
fn ssh_target(text: &str) -> Option<SshTarget> {
    let (authority, socket) = match text.split_once('/') {
        Some((authority, path)) => (authority, Some(format!("/{path}")).filter(|path| path != "/")),
        None => (text, None),
    };
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user.to_owned()), host),
        None => (None, authority),
    };
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') => (host, Some(port.to_owned())),
        _ => (host, None),
    };
    let plain = |text: &str, also: &str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c) || also.contains(c))
    };
    let fits = plain(host, "[]:%")
        && user.as_deref().is_none_or(|user| plain(user, "+\\"))
        && port.as_deref().is_none_or(|port| port.parse::<u16>().is_ok())
        && socket.as_deref().is_none_or(|path| plain(path, "/"));
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    fits.then_some(SshTarget { user, host, port, socket })
}

#[cfg(test)]
#[path = "endpoint_tests.rs"]
mod tests;
