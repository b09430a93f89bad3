//! The connection to a Docker Engine.

use std::path::PathBuf;
use std::time::Duration;

use bollard::query_parameters::TagImageOptions;
use bollard::{BollardRequest, Docker};

use super::connection::Connector;
use super::endpoint::candidates::{candidates, config_directory};
use super::endpoint::{Candidate, Endpoint, Lookup};
use super::registry::client::PLAIN_LOOPBACK;
use super::registry::logins::Logins;
use crate::error::{Error, Result};
use crate::programs::Programs;

/// Pauses before a push that broke off is repeated; layers that arrived are not sent again. Two
/// repetitions are enough, because the engine itself sends a failing layer five times.
const PUSH_PAUSES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(8)];

/// How long an engine may take to answer the first request.
const ANSWER_SECONDS: u64 = 15;
/// Limit of every later request until its response starts. Classic builds respond only after the
/// whole context is uploaded, so this must be longer than any upload.
const REQUEST_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
/// First engine API version that opens BuildKit's own interface without an experimental switch.
const FIRST_BUILDKIT_API: (usize, usize) = (1, 40);
/// How an engine that speaks Docker's API but has its own builder calls itself.
const PODMAN: &str = "Podman Engine";

/// A Docker Engine that answered.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) docker: Docker,
    pub(crate) connector: Connector,
    pub(crate) logins: Logins,
    /// The engine's address by which `config.json` may have settings for it.
    pub(crate) settings: String,
    /// Whether registries on this machine are known by other names, which only tests have.
    pub(crate) plain_loopback: bool,
    /// Socket of the user's SSH agent.
    pub(crate) ssh_agent: Option<PathBuf>,
    endpoint: Endpoint,
    platform: String,
    builder: Builder,
    name: String,
    pub(crate) push_pauses: Vec<Duration>,
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
    /// # Errors
    /// The environment names an engine that is not supported, or nothing answers; the error lists
    /// what was tried and what each said.
    pub async fn connect(env: Lookup<'_>) -> Result<Self> {
        let classic_wanted = env("DOCKER_BUILDKIT").is_some_and(|value| is_off(&value));
        let mut tried = Vec::new();
        let mut denied = false;
        let mut by_ssh = None;
        let programs = Programs::of(env("PATH").as_deref());
        for candidate in candidates(env)? {
            let connector = Connector::new(&candidate.endpoint, programs.clone())?;
            match open(&candidate, connector).await {
                Ok(mut engine) => {
                    if classic_wanted {
                        engine.builder = Builder::Classic;
                    }
                    engine.logins = Logins::new(config_directory(env), programs);
                    engine.plain_loopback = env(PLAIN_LOOPBACK).is_some_and(|value| value == "1");
                    engine.ssh_agent =
                        env("SSH_AUTH_SOCK").filter(|path| !path.is_empty()).map(PathBuf::from);
                    return Ok(engine);
                }
                Err(why) => {
                    denied |= is_permission_denied(&why);
                    if let Endpoint::Ssh(target) = &candidate.endpoint {
                        by_ssh = Some(target.host.clone());
                    }
                    tried.push(format!("{} ({}): {}", candidate.endpoint, candidate.origin, describe(&why)));
                }
            }
        }
        let error = match tried.as_slice() {
            [only] => Error::new(format!("no Docker Engine answers; tried {only}")),
            _ => Error::new("no Docker Engine answers; tried, in this order").details(tried),
        };
        if let Some(host) = by_ssh {
            return Err(error.hint(format!(
                "`ssh {host} docker version` must work without questions: the engine is reached through the `docker` \
                 program on that machine."
            )));
        }
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

    /// What is wrong with the logins for registries that Docker's configuration names.
    pub fn login_problems(&self) -> Vec<String> {
        self.logins.problems()
    }

    /// What the engine calls itself, with its version: `Docker 26.1.5`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lets a tag of a repository stand for an image in the engine.
    pub(crate) async fn set_tag(&self, id: &str, repository: &str, tag: &str) -> Result<()> {
        let target = TagImageOptions { repo: Some(repository.to_owned()), tag: Some(tag.to_owned()) };
        self.docker.tag_image(id, Some(target)).await.map_err(|error| {
            Error::new(describe(&error)).context(format!("tag the image as {repository}:{tag}"))
        })
    }

    /// Version of the engine's API that is spoken: `(1, 41)`.
    pub(crate) fn api(&self) -> (usize, usize) {
        let version = self.docker.client_version();
        (version.major_version, version.minor_version)
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

async fn open(candidate: &Candidate, connector: Connector) -> Result<Engine, bollard::errors::Error> {
    let docker = connector.client(ANSWER_SECONDS)?;
    // An old engine refuses the newest version's path: settle on a version before anything else.
    let docker = docker.negotiate_version().await?;
    let version = docker.version().await?;
    let os = version.os.unwrap_or_else(|| "linux".to_owned());
    let arch = version.arch.unwrap_or_else(|| "amd64".to_owned());
    let api = docker.client_version();
    let is_podman = version.components.iter().flatten().any(|component| component.name == PODMAN);
    let has_buildkit =
        !is_podman && os != "windows" && (api.major_version, api.minor_version) >= FIRST_BUILDKIT_API;
    let name = if is_podman { "Podman" } else { "Docker" };
    Ok(Engine {
        docker: docker.with_timeout(REQUEST_LIMIT).with_request_modifier(with_url_safe_login),
        connector,
        logins: Logins::default(),
        settings: candidate.settings.clone(),
        plain_loopback: false,
        ssh_agent: None,
        endpoint: candidate.endpoint.clone(),
        platform: format!("{os}/{arch}"),
        builder: if has_buildkit { Builder::BuildKit } else { Builder::Classic },
        name: format!("{name} {}", version.version.unwrap_or_default()).trim().to_owned(),
        push_pauses: PUSH_PAUSES.to_vec(),
    })
}

/// Rewrites the headers that carry registry logins from base64's standard alphabet, which bollard
/// uses, to the URL-safe one. The engine reads only that and takes anything else for "no login".
pub(crate) fn with_url_safe_login(mut request: BollardRequest) -> BollardRequest {
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
pub(crate) fn describe(error: &bollard::errors::Error) -> String {
    use bollard::errors::Error as Bollard;
    match error {
        Bollard::HyperLegacyError { .. } if is_io(error, std::io::ErrorKind::NotFound) => {
            "there is no such socket".to_owned()
        }
        Bollard::RequestTimeoutError => "no answer in time".to_owned(),
        Bollard::DockerStreamError { error } => one_line(error),
        Bollard::DockerResponseServerError { message, .. } if !message.is_empty() => one_line(message),
        other => {
            // The client's own name for itself, and for what it was doing, tells the user nothing.
            let mut cause = std::error::Error::source(other);
            if let Bollard::HyperLegacyError { .. } = other {
                cause = cause.map(|client| client.source().unwrap_or(client));
            }
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

pub(crate) fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn is_permission_denied(error: &bollard::errors::Error) -> bool {
    is_io(error, std::io::ErrorKind::PermissionDenied)
}

/// Whether an I/O error of this kind is among the causes.
fn is_io(error: &bollard::errors::Error, kind: std::io::ErrorKind) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == kind) {
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
    fn engine_text_is_one_line() {
        let error = bollard::errors::Error::DockerStreamError { error: "ab\r\n\n  c".to_owned() };
        assert_eq!(describe(&error), "ab c");
    }
}
