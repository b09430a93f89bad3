//! Docker's contexts: named engines in Docker's configuration directory.

use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::tls::TlsFiles;
use super::{Candidate, Endpoint, parse};
use crate::docker::config::Json;
use crate::error::{Context as _, Error, Result};
use crate::files;

/// Reads a context's endpoint: `contexts/meta/<SHA-256 of name>/`, its certificates are below
/// `contexts/tls/`.
pub(crate) fn candidate(config: &Path, name: &str, source: &str) -> Result<Candidate> {
    let id: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
    let file = config.join("contexts/meta").join(&id).join("meta.json");
    let origin = format!("the docker context \"{name}\"");
    let text = files::read(&file, files::TEXT).map_err(|error| {
        let missing = error.kind() == io::ErrorKind::NotFound;
        let error = Error::from(error).context(format!("read {}", file.display()));
        if missing {
            return error
                .context(format!("the docker context that {source} names does not exist"))
                .hint("`docker context ls` lists the contexts; DOCKER_HOST overrides them.");
        }
        error.context(format!("open {origin}"))
    })?;
    let meta = Json::parse(&text).map_err(|error| format!("it is not valid, line {}", error.line()));
    let target = meta.as_ref().map_err(Clone::clone).and_then(|meta| {
        let endpoints = meta.map("Endpoints")?;
        let Some(target) = endpoints.get("docker") else { return Ok(None) };
        let host = target.text("Host")?;
        Ok(Some((host.to_owned(), target.flag("SkipTLSVerify")?)).filter(|_| !host.is_empty()))
    });
    let target = target.map_err(Error::new).with_context(|| format!("read {}", file.display()))?;
    let (host, unverified) = target.ok_or_else(|| {
        Error::new(format!("{origin} has no address of a Docker Engine ({})", file.display()))
    })?;
    if unverified {
        return Err(Error::new(format!("{origin} asks for TLS without a check of the engine's certificate"))
            .hint("Update the context: `docker context update` with ca=<the authority's certificate>."));
    }
    let certificates = config.join("contexts/tls").join(&id).join("docker");
    let files = certificates.is_dir().then(|| TlsFiles::in_directory(&certificates));
    let address = parse(&host, false, &format!("the address of {origin}"))?;
    // Unlike the address in DOCKER_HOST, `docker` leaves this one as it is.
    let settings = if host.starts_with("ssh:") { address.of_settings() } else { host };
    Ok(Candidate { endpoint: Endpoint::to(address, files), origin, settings })
}
