//! The connection to a Docker Engine.

use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};

use super::endpoint::{Candidate, Endpoint, Lookup, candidates};
use super::push::PAUSES;
use crate::error::{Error, Result};
use crate::text::sanitize;

/// How long an engine may take to answer the first request.
const ANSWER_SECONDS: u64 = 15;
/// Limit of every later request until its response starts. Classic builds respond only after the
/// whole context is uploaded, so this must be longer than any upload.
const REQUEST_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
/// First engine API version with BuildKit behind the build endpoint and no experimental switch.
const FIRST_BUILDKIT_API: (usize, usize) = (1, 39);

/// A Docker Engine that answered.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(super) docker: Docker,
    endpoint: Endpoint,
    platform: String,
    builder: Builder,
    pub(super) push_pauses: Vec<Duration>,
}

/// Which of the engine's builders builds images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builder {
    /// BuildKit.
    BuildKit,
    /// The builder of engines without BuildKit.
    Classic,
}

impl Engine {
    /// Finds the engine the user's environment points to, and asks it what it is.
    ///
    /// The caller has to have installed rustls' process-wide provider if the engine is to be
    /// reached with TLS; nothing here does.
    ///
    /// # Errors
    /// The environment names an engine that is not supported, or nothing answers; the error lists
    /// what was tried.
    pub async fn connect(env: Lookup<'_>) -> Result<Self> {
        let classic_wanted = env("DOCKER_BUILDKIT").is_some_and(|value| is_off(&value));
        let mut tried = Vec::new();
        let mut denied = false;
        for candidate in candidates(env)? {
            match open(&candidate).await {
                Ok(mut engine) => {
                    if classic_wanted {
                        engine.builder = Builder::Classic;
                    }
                    return Ok(engine);
                }
                Err(why) => {
                    denied |= is_permission_denied(&why);
                    tried.push(format!("{} ({}): {}", candidate.endpoint, candidate.origin, describe(&why)));
                }
            }
        }
        let error = Error::new(format!("no Docker Engine answers; tried {}", tried.join(", ")));
        Err(if denied {
            error.hint(
                "Your user may not use the engine's socket: add it to the group `docker` and log in again.",
            )
        } else {
            error.hint(
                "Start the engine (`sudo systemctl start docker`, or Docker Desktop), or set DOCKER_HOST to the one to use.",
            )
        })
    }

    /// The engine's own platform, such as `linux/arm64`: what it runs without emulation.
    pub fn platform(&self) -> &str {
        &self.platform
    }

    /// Where the engine was found.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The builder that builds will use.
    pub fn builder(&self) -> Builder {
        self.builder
    }

    /// Uses the given builder from now on.
    #[must_use]
    pub fn with_builder(mut self, builder: Builder) -> Self {
        self.builder = builder;
        self
    }

    /// Repeats a push that broke off once after each of these pauses.
    #[must_use]
    pub fn with_push_pauses(mut self, pauses: Vec<Duration>) -> Self {
        self.push_pauses = pauses;
        self
    }
}

async fn open(candidate: &Candidate) -> Result<Engine, bollard::errors::Error> {
    let docker = match &candidate.endpoint {
        Endpoint::Unix(path) => {
            Docker::connect_with_unix(&path.to_string_lossy(), ANSWER_SECONDS, API_DEFAULT_VERSION)?
        }
        Endpoint::Tcp(address) => {
            Docker::connect_with_http(&format!("tcp://{address}"), ANSWER_SECONDS, API_DEFAULT_VERSION)?
        }
    };
    // An old engine refuses the newest version's path: settle on a version before anything else.
    let docker = docker.negotiate_version().await?;
    docker.ping().await?;
    let version = docker.version().await?;
    let os = version.os.unwrap_or_else(|| "linux".to_owned());
    let arch = version.arch.unwrap_or_else(|| "amd64".to_owned());
    let api = docker.client_version();
    let has_buildkit = os != "windows" && (api.major_version, api.minor_version) >= FIRST_BUILDKIT_API;
    Ok(Engine {
        docker: docker.with_timeout(REQUEST_LIMIT).with_request_modifier(with_url_safe_login),
        endpoint: candidate.endpoint.clone(),
        platform: format!("{os}/{arch}"),
        builder: if has_buildkit { Builder::BuildKit } else { Builder::Classic },
        push_pauses: PAUSES.to_vec(),
    })
}

/// Rewrites the headers that carry registry logins from base64's standard alphabet, which bollard
/// uses, to the URL-safe one. The engine reads only that and takes anything else for "no login".
pub(super) fn with_url_safe_login(mut request: BollardRequest) -> BollardRequest {
    for name in ["X-Registry-Auth", "X-Registry-Config"] {
        let Some(header) = request.headers_mut().get_mut(name) else { continue };
        let Some(text) = header.to_str().ok().map(|text| text.replace('+', "-").replace('/', "_")) else {
            continue;
        };
        if let Ok(value) = text.try_into() {
            *header = value;
        }
    }
    request
}

fn is_off(value: &str) -> bool {
    matches!(value, "0" | "f" | "F" | "false" | "FALSE" | "False")
}

/// The engine's or the connection's error with its causes, as one line of safe text.
pub(super) fn describe(error: &bollard::errors::Error) -> String {
    use bollard::errors::Error as Bollard;
    match error {
        Bollard::SocketNotFoundError(_) => "there is no such socket".to_owned(),
        Bollard::RequestTimeoutError => "no answer in time".to_owned(),
        Bollard::DockerStreamError { error } => one_line(error),
        Bollard::DockerResponseServerError { message, .. } if !message.is_empty() => one_line(message),
        other => {
            // The client's own name for itself tells the user nothing.
            let mut cause = std::error::Error::source(other);
            let mut text = match (other, cause) {
                (Bollard::HyperLegacyError { .. }, Some(inner)) => inner.to_string(),
                _ => other.to_string(),
            };
            while let Some(error) = cause {
                let message = error.to_string();
                if !text.contains(&message) {
                    text = format!("{text}: {message}");
                }
                cause = error.source();
            }
            one_line(&text)
        }
    }
}

fn one_line(text: &str) -> String {
    sanitize(text).lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn is_permission_denied(error: &bollard::errors::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn says_what_was_tried() {
        let env = |name: &str| (name == "DOCKER_HOST").then(|| "unix:///nonexistent/docker.sock".to_owned());
        let error = Engine::connect(&env).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "no Docker Engine answers; tried unix:///nonexistent/docker.sock (DOCKER_HOST): there is no such socket"
        );
        assert!(error.hints()[0].contains("Start the engine"));
    }

    #[tokio::test]
    async fn refused_connections_are_explained() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("tcp://{}", listener.local_addr().unwrap());
        drop(listener);
        let env = |name: &str| (name == "DOCKER_HOST").then(|| address.clone());
        let error = Engine::connect(&env).await.unwrap_err().to_string();
        assert!(error.contains("refused"), "{error}");
    }

    #[test]
    fn engine_text_is_sanitised() {
        let error = bollard::errors::Error::DockerStreamError { error: "a\u{1b}[31mb\r\n\n  c".to_owned() };
        assert_eq!(describe(&error), "ab c");
    }
}
