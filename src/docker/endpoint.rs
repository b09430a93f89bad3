//! Where the Docker Engine may be, in the order the `docker` program looks.
//!
//! `DOCKER_HOST`, then `DOCKER_CONTEXT`, then `currentContext` of Docker's configuration; without
//! any of them the usual sockets are tried. What the user chose is the only candidate: falling
//! back to another engine would build in the wrong place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::error::{Context as _, Error, Result};
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
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp://{address}"),
        }
    }
}

/// Lists the places to try, best first.
///
/// # Errors
/// A choice of the user's that cannot be followed: an address that is malformed or of an
/// unsupported kind, a context that does not exist, configuration that cannot be read.
pub fn candidates(env: Lookup<'_>) -> Result<Vec<Candidate>> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    if let Some(host) = set("DOCKER_HOST") {
        let tls = set("DOCKER_TLS_VERIFY").is_some() || set("DOCKER_TLS").is_some();
        return Ok(vec![Candidate {
            endpoint: parse(&host, tls, "DOCKER_HOST")?,
            origin: "DOCKER_HOST".into(),
        }]);
    }
    let home = set("HOME").map(PathBuf::from);
    let config = set("DOCKER_CONFIG").map(PathBuf::from).or_else(|| Some(home.as_ref()?.join(".docker")));
    let chosen = match (set("DOCKER_CONTEXT"), &config) {
        (Some(name), _) => Some((name, "DOCKER_CONTEXT".to_owned())),
        (None, Some(config)) => {
            let file = config.join("config.json");
            current_context(&file)?.map(|name| (name, format!("`currentContext` in {}", file.display())))
        }
        (None, None) => None,
    };
    if let Some((name, source)) = chosen.filter(|(name, _)| name != "default") {
        let config = config.ok_or_else(|| {
            Error::new(format!("{source} names the docker context \"{name}\", but HOME is not set"))
        })?;
        return Ok(vec![from_context(&config, &name, &source)?]);
    }
    let mut found = vec![candidate("/var/run/docker.sock", "default socket")];
    if let Some(runtime) = set("XDG_RUNTIME_DIR") {
        found.push(candidate(Path::new(&runtime).join("docker.sock"), "rootless engine"));
    }
    if let Some(home) = home {
        found.push(candidate(home.join(".docker/run/docker.sock"), "Docker Desktop"));
    }
    Ok(found)
}

fn candidate(path: impl Into<PathBuf>, origin: &str) -> Candidate {
    Candidate { endpoint: Endpoint::Unix(path.into()), origin: origin.to_owned() }
}

/// Parses an engine address; `source` says where it was found.
fn parse(address: &str, tls: bool, source: &str) -> Result<Endpoint> {
    let shown = sanitize(address);
    let refuse = |what: &str| {
        Err(Error::new(format!("{source} is `{shown}`: {what}")).hint(
            "Use the engine's socket (unix:///path/docker.sock) or forward it to this machine, for example with \
             `ssh -L ./docker.sock:/var/run/docker.sock <host>`.",
        ))
    };
    match address.split_once("://") {
        Some(("unix", path)) if path.starts_with('/') => Ok(Endpoint::Unix(path.into())),
        Some(("tcp" | "http", _)) if tls => refuse("engines behind TLS are not supported"),
        Some(("tcp" | "http", rest)) => {
            let authority = rest.trim_end_matches('/');
            if authority.is_empty() || authority.contains(['/', '@', '?', '#', ' ']) {
                return refuse("this is not a host and a port");
            }
            let has_port = authority
                .rsplit_once(':')
                .is_some_and(|(_, port)| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()));
            Ok(Endpoint::Tcp(if has_port { authority.to_owned() } else { format!("{authority}:2375") }))
        }
        Some(("ssh", _)) => refuse("engines behind SSH are not supported"),
        Some(("https", _)) => refuse("engines behind TLS are not supported"),
        Some(("npipe", _)) => refuse("named pipes exist on Windows only"),
        _ => refuse("this is not an address of a Docker Engine"),
    }
}

#[derive(Deserialize)]
struct Config {
    #[serde(rename = "currentContext", default)]
    current_context: Option<String>,
}

fn current_context(file: &Path) -> Result<Option<String>> {
    let text = match fs::read(file) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(|| format!("read {}", file.display())),
    };
    let config: Config = serde_json::from_slice(&text)
        .map_err(|error| Error::new(error).hint("Correct the file, or set DOCKER_HOST."))
        .with_context(|| format!("read {}", file.display()))?;
    Ok(config.current_context.filter(|name| !name.is_empty()))
}

#[derive(Deserialize)]
struct ContextMeta {
    #[serde(rename = "Endpoints", default)]
    endpoints: std::collections::HashMap<String, ContextEndpoint>,
}

#[derive(Deserialize)]
struct ContextEndpoint {
    #[serde(rename = "Host", default)]
    host: String,
}

/// Reads a context's endpoint from Docker's context store: `contexts/meta/<SHA-256 of name>/`.
fn from_context(config: &Path, name: &str, source: &str) -> Result<Candidate> {
    let id: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
    let file = config.join("contexts/meta").join(&id).join("meta.json");
    let origin = format!("the docker context \"{}\"", sanitize(name));
    let text = fs::read(&file).map_err(|error| {
        let missing = error.kind() == io::ErrorKind::NotFound;
        let error = Error::from(error).context(format!("read {}", file.display()));
        if missing {
            return error
                .context(format!("{origin}, chosen by {source}, does not exist"))
                .hint("`docker context ls` lists the contexts; DOCKER_HOST overrides them.");
        }
        error.context(format!("open {origin}"))
    })?;
    let meta: ContextMeta = serde_json::from_slice(&text)
        .map_err(Error::new)
        .with_context(|| format!("read {}", file.display()))?;
    let host = meta.endpoints.get("docker").map(|endpoint| endpoint.host.as_str()).unwrap_or_default();
    if host.is_empty() {
        return Err(Error::new(format!("{origin} has no address of a Docker Engine ({})", file.display())));
    }
    let tls = config.join("contexts/tls").join(&id).join("docker").is_dir();
    Ok(Candidate { endpoint: parse(host, tls, &format!("the address of {origin}"))?, origin })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(vars: &[(&str, &str)]) -> Result<Vec<String>> {
        let env =
            |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Ok(candidates(&env)?.into_iter().map(|c| format!("{} ({})", c.endpoint, c.origin)).collect())
    }

    fn write_context(config: &Path, name: &str, host: &str, tls: bool) {
        let id: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
        let meta = config.join("contexts/meta").join(&id);
        fs::create_dir_all(&meta).unwrap();
        let text = format!(r#"{{"Name":"{name}","Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
        fs::write(meta.join("meta.json"), text).unwrap();
        if tls {
            fs::create_dir_all(config.join("contexts/tls").join(&id).join("docker")).unwrap();
        }
    }

    #[test]
    fn docker_host_is_the_only_candidate() {
        for (host, found) in [
            ("unix:///x/docker.sock", "unix:///x/docker.sock (DOCKER_HOST)"),
            ("tcp://localhost:2376", "tcp://localhost:2376 (DOCKER_HOST)"),
            ("tcp://build.internal", "tcp://build.internal:2375 (DOCKER_HOST)"),
            ("tcp://[::1]", "tcp://[::1]:2375 (DOCKER_HOST)"),
            ("http://127.0.0.1:80/", "tcp://127.0.0.1:80 (DOCKER_HOST)"),
        ] {
            assert_eq!(find(&[("DOCKER_HOST", host), ("DOCKER_CONTEXT", "x")]).unwrap(), [found]);
        }
    }

    #[test]
    fn unsupported_addresses_are_refused() {
        for (vars, message) in [
            (&[("DOCKER_HOST", "ssh://me@host")][..], "SSH"),
            (&[("DOCKER_HOST", "https://host")][..], "TLS"),
            (&[("DOCKER_HOST", "tcp://host:2376"), ("DOCKER_TLS_VERIFY", "1")][..], "TLS"),
            (&[("DOCKER_HOST", "npipe:////./pipe/docker")][..], "Windows"),
            (&[("DOCKER_HOST", "docker.sock")][..], "not an address"),
            (&[("DOCKER_HOST", "unix://relative")][..], "not an address"),
            (&[("DOCKER_HOST", "tcp://host/path")][..], "not a host"),
        ] {
            let error = find(vars).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
            assert!(!error.hints().is_empty());
        }
    }

    #[test]
    fn contexts_are_followed() {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().to_str().unwrap();
        write_context(dir.path(), "ci", "unix:///ci.sock", false);
        write_context(dir.path(), "remote", "ssh://host", false);
        write_context(dir.path(), "secure", "tcp://host:2376", true);
        fs::write(dir.path().join("config.json"), r#"{"currentContext":"ci","auths":{}}"#).unwrap();

        let ci = ["unix:///ci.sock (the docker context \"ci\")"];
        assert_eq!(find(&[("DOCKER_CONFIG", config)]).unwrap(), ci);
        assert_eq!(find(&[("DOCKER_CONFIG", config), ("DOCKER_CONTEXT", "ci")]).unwrap(), ci);
        let fallback = find(&[("DOCKER_CONFIG", config), ("DOCKER_CONTEXT", "default")]).unwrap();
        assert_eq!(fallback, ["unix:///var/run/docker.sock (default socket)"]);
        for (name, message) in [("remote", "SSH"), ("secure", "TLS"), ("gone", "does not exist")] {
            let error = find(&[("DOCKER_CONFIG", config), ("DOCKER_CONTEXT", name)]).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
        }
        fs::write(dir.path().join("config.json"), "{").unwrap();
        assert!(find(&[("DOCKER_CONFIG", config)]).unwrap_err().to_string().contains("config.json"));
    }

    #[test]
    fn usual_sockets_without_a_choice() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().to_str().unwrap();
        assert_eq!(
            find(&[("HOME", home), ("XDG_RUNTIME_DIR", "/run/user/7")]).unwrap(),
            [
                "unix:///var/run/docker.sock (default socket)".to_owned(),
                "unix:///run/user/7/docker.sock (rootless engine)".to_owned(),
                format!("unix://{home}/.docker/run/docker.sock (Docker Desktop)"),
            ]
        );
    }
}
