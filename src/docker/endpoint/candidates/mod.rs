//! Where the Docker Engine may be, in the order the `docker` program looks.
//!
//! `DOCKER_HOST`, then `DOCKER_CONTEXT`, then `currentContext` of Docker's configuration; without
//! any of them the usual sockets are tried. What the user chose is the only candidate: falling
//! back to another engine would build in the wrong place.

use std::path::{Path, PathBuf};

use super::address::{Address, SOCKET};
use super::tls::TlsFiles;
use super::{Candidate, Endpoint, Lookup, context_store, parse};
use crate::docker::config::Config;
use crate::error::{Error, Result};

/// The directory of Docker's configuration.
pub(crate) fn config_directory(env: Lookup<'_>) -> Option<PathBuf> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let home = || Some(Path::new(&set("HOME")?).join(".docker"));
    set("DOCKER_CONFIG").map(PathBuf::from).or_else(home)
}

/// Lists the places to try, best first.
///
/// # Errors
/// A choice of the user's that cannot be followed: an address that is malformed or of an
/// unsupported kind, a context that does not exist, configuration that cannot be read.
pub(crate) fn candidates(env: Lookup<'_>) -> Result<Vec<Candidate>> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let config = config_directory(env);
    if let Some(host) = set("DOCKER_HOST") {
        let address = parse(&host, set("DOCKER_TLS_VERIFY").is_some(), "DOCKER_HOST")?;
        let files = tls_of_environment(&set, config.as_deref(), &address)?;
        let settings = address.of_settings();
        return Ok(vec![Candidate {
            endpoint: Endpoint::to(address, files),
            origin: "DOCKER_HOST".into(),
            settings,
        }]);
    }
    let chosen = match (set("DOCKER_CONTEXT"), &config) {
        (Some(name), _) => Some((name, "DOCKER_CONTEXT".to_owned())),
        (None, Some(directory)) => {
            let source = format!("`currentContext` in {}", directory.join("config.json").display());
            current_context(directory)?.map(|name| (name, source))
        }
        (None, None) => None,
    };
    if let Some((name, source)) = chosen.filter(|(name, _)| name != "default") {
        let config = config
            .ok_or_else(|| Error::new(format!("{source} names a docker context, but HOME is not set")))?;
        return Ok(vec![context_store::candidate(&config, &name, &source)?]);
    }
    Ok(usual_places(&set))
}

/// The context that the configuration chooses.
fn current_context(directory: &Path) -> Result<Option<String>> {
    let config = Config::read(directory);
    let name = config.and_then(|config| config.text("currentContext").map(str::to_owned));
    let name = name.map_err(|why| {
        Error::new(why)
            .context("find out which Docker Engine to use")
            .hint("Correct the file, or set DOCKER_HOST.")
    })?;
    Ok(Some(name).filter(|name| !name.is_empty()))
}

/// Sockets of the engines people run, Docker's own first.
fn usual_places(set: &dyn Fn(&str) -> Option<String>) -> Vec<Candidate> {
    let mut found = vec![candidate(SOCKET, "default socket")];
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
    let endpoint = Endpoint::Unix(path.into());
    let settings = endpoint.to_string();
    Candidate { endpoint, origin: origin.to_owned(), settings }
}

/// The certificates that `DOCKER_TLS_VERIFY` asks for.
fn tls_of_environment(
    set: &dyn Fn(&str) -> Option<String>,
    config: Option<&Path>,
    address: &Address,
) -> Result<Option<TlsFiles>> {
    if !matches!(address, Address::Tcp { .. }) {
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
    let (directory, named) = match (&chosen, config) {
        (Some(directory), _) => (directory.as_path(), "the directory that DOCKER_CERT_PATH names".to_owned()),
        (None, Some(config)) => (config, config.display().to_string()),
        (None, None) => {
            return Err(Error::new("DOCKER_TLS_VERIFY is set, and there is no directory with certificates")
                .hint("Set DOCKER_CERT_PATH to the one with ca.pem, cert.pem and key.pem."));
        }
    };
    let holds = "It holds ca.pem, cert.pem and key.pem for the engine at DOCKER_HOST.";
    if chosen.is_some() && !directory.is_dir() {
        return Err(Error::new("DOCKER_CERT_PATH names a directory that is not there").hint(holds));
    }
    let files = TlsFiles::in_directory(directory);
    // The system's authorities, any of which could vouch for another engine, are not what was asked for.
    if files.ca.is_none() {
        return Err(Error::new(format!("DOCKER_TLS_VERIFY is set, and there is no ca.pem in {named}")).hint(
            "Put the certificate of the authority there that the engine's own certificate comes from.",
        ));
    }
    Ok(Some(files))
}

#[cfg(test)]
mod tests;
