//! Docker Engines: their addresses, and how to get there.

pub(super) mod address;
pub(super) mod candidates;
mod context_store;
pub(super) mod ssh;
pub(super) mod tls;

use std::path::PathBuf;

use crate::error::{Error, Result};
use address::{Address, HostPort};
use ssh::SshTarget;
use tls::TlsFiles;

/// Reads an environment variable.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// One place to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// How to get there.
    pub endpoint: Endpoint,
    /// Why this place is tried, for messages: `DOCKER_HOST`, `the docker context "ci"`.
    pub origin: String,
    /// The engine's address as the `docker` program writes it: the name of its settings in `config.json`.
    pub settings: String,
}

/// How to reach an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A Unix socket.
    Unix(PathBuf),
    /// Plain HTTP.
    Tcp(HostPort),
    /// HTTP within TLS.
    Tls {
        /// Where it is.
        address: HostPort,
        /// Certificates to use.
        files: TlsFiles,
    },
    /// The engine of another machine, through its SSH server.
    Ssh(SshTarget),
}

impl Endpoint {
    /// What HTTP calls the host.
    pub(crate) fn host(&self) -> &str {
        match self {
            Self::Unix(_) => "docker",
            Self::Tcp(address) | Self::Tls { address, .. } => &address.authority,
            Self::Ssh(target) => &target.host,
        }
    }

    /// What stands before the paths of the engine's API.
    pub(crate) fn base_path(&self) -> &str {
        match self {
            Self::Tcp(address) | Self::Tls { address, .. } => address.path.trim_end_matches('/'),
            Self::Unix(_) | Self::Ssh(_) => "",
        }
    }

    /// The way to an address; `files` are for TLS, if that was asked for.
    pub(crate) fn to(address: Address, files: Option<TlsFiles>) -> Self {
        match address {
            Address::Unix(path) => Self::Unix(path),
            Address::Ssh(target) => Self::Ssh(target),
            Address::Tcp { at, secure } => match files.or_else(|| secure.then(TlsFiles::default)) {
                Some(files) => Self::Tls { address: at, files },
                None => Self::Tcp(at),
            },
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

/// Reads an engine's address; `source` says where it was found. The address itself is not shown: it may hold a
/// password.
pub(crate) fn parse(address: &str, tls: bool, source: &str) -> Result<Address> {
    Address::parse(address, tls).map_err(|why| {
        Error::new(format!("{source} cannot be used: {why}"))
            .hint("Write unix:///path/docker.sock, tcp://host:port or ssh://user@host.")
    })
}
