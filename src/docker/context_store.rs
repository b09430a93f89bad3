//! Docker's contexts: named engines in Docker's configuration directory.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::endpoint::{Candidate, parse};
use super::tls::TlsFiles;
use crate::error::{Context as _, Error, Result};
use crate::text::sanitize;

#[derive(Deserialize)]
struct Config {
    #[serde(rename = "currentContext", default)]
    current_context: Option<String>,
}

/// The context that `config.json` chooses.
pub(super) fn current(file: &Path) -> Result<Option<String>> {
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
struct Meta {
    #[serde(rename = "Endpoints", default)]
    endpoints: HashMap<String, Target>,
}

#[derive(Deserialize)]
struct Target {
    #[serde(rename = "Host", default)]
    host: String,
    #[serde(rename = "SkipTLSVerify", default)]
    unverified: bool,
}

/// Reads a context's endpoint: `contexts/meta/<SHA-256 of name>/`, its certificates are below
/// `contexts/tls/`.
pub(super) fn candidate(config: &Path, name: &str, source: &str) -> Result<Candidate> {
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
    let meta: Meta = serde_json::from_slice(&text)
        .map_err(Error::new)
        .with_context(|| format!("read {}", file.display()))?;
    let target = meta.endpoints.get("docker").filter(|target| !target.host.is_empty()).ok_or_else(|| {
        Error::new(format!("{origin} has no address of a Docker Engine ({})", file.display()))
    })?;
    if target.unverified {
        return Err(Error::new(format!("{origin} asks for TLS without a check of the engine's certificate"))
            .hint("Update the context: `docker context update` with ca=<the authority's certificate>."));
    }
    let certificates = config.join("contexts/tls").join(&id).join("docker");
    let tls = certificates.is_dir().then(|| TlsFiles::in_directory(&certificates));
    Ok(Candidate { endpoint: parse(&target.host, tls, &format!("the address of {origin}"))?, origin })
}
