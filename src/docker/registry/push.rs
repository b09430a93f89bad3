//! Pushing an image to a registry.

use bollard::BollardRequest;
use bollard::auth::DockerCredentials;
use bollard::errors::Error as EngineError;
use bollard::models::CreateImageInfo;
use bollard::query_parameters::CreateImageOptions;
use futures_util::StreamExt;
use futures_util::future::join_all;

use super::client::Registry;
use crate::docker::engine::{Engine, describe, with_url_safe_login};
use crate::error::{Error, Result};
use crate::image::events::PushEvent;
use crate::ops::port::{Found, Logins, Pushed, RegistryCredentials, Tagged};

/// How often a push is repeated because the tag came to stand for another image while it was sent.
const MOST_MOVES: usize = 5;

/// Takes the events of a push.
type OnEvent<'a> = &'a (dyn Fn(PushEvent) + Sync);

/// The login as the engine takes it.
pub(crate) fn for_engine(credentials: &RegistryCredentials, registry: &str) -> DockerCredentials {
    DockerCredentials {
        username: Some(credentials.username.clone()),
        password: Some(credentials.password.clone()),
        serveraddress: Some(registry.to_owned()),
        ..DockerCredentials::default()
    }
}

/// Why a push failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// The login was good once.
    Expired,
    /// The registry did not accept the login, or not for this repository.
    Refused,
    /// The repository does not exist.
    NoRepository,
    /// The same push may succeed later.
    Transient,
    Other,
}

impl Engine {
    /// Pushes an image under all its tags. What the registry has is not sent again: neither the image,
    /// when the tags already stand for it, nor, under a further tag, anything but the tag.
    ///
    /// A push that breaks off is repeated a few times, and with a new login when the old one expired.
    ///
    /// # Errors
    /// The registry refuses the login, lacks the repository, stays out of reach, or refuses the
    /// image; each says what to do.
    pub async fn push(
        &self,
        image: &Tagged<'_>,
        logins: &impl Logins,
        on_event: OnEvent<'_>,
    ) -> Result<Pushed> {
        let Some((first, others)) = image.tags.split_first() else {
            return Err(Error::new(format!("the image for {} has no tag to push it by", image.repository)));
        };
        if let Some(pushed) = self.already_there(image, logins, on_event).await {
            return Ok(pushed);
        }
        let digest = self.send(image, first, logins, on_event).await?;
        let untagged = self.add_tags(image, others, &digest, &logins.login().await, on_event).await;
        for tag in untagged {
            self.send(image, tag, logins, on_event).await?;
        }
        Ok(Pushed { digest, sent: true })
    }

    /// Spares the push of an image that the registry has; at most its tags are set.
    async fn already_there(
        &self,
        image: &Tagged<'_>,
        logins: &impl Logins,
        on_event: OnEvent<'_>,
    ) -> Option<Pushed> {
        let login = logins.login().await;
        let (_, Found { digest, missing }) = self.look(image, &login).await?;
        if !missing.is_empty() {
            let untagged = self.add_tags(image, &missing, &digest, &login, on_event).await;
            if !untagged.is_empty() {
                return None;
            }
        }
        for tag in image.tags.iter().filter(|tag| !missing.contains(tag)) {
            let reference = format!("{}:{tag}", image.repository);
            on_event(PushEvent::Present { reference, digest: digest.clone() });
        }
        Some(Pushed { digest, sent: !missing.is_empty() })
    }

    /// Sends what the registry lacks of an image, and one tag; returns the image's digest.
    async fn send(
        &self,
        image: &Tagged<'_>,
        tag: &str,
        logins: &impl Logins,
        on_event: OnEvent<'_>,
    ) -> Result<String> {
        let repository = image.repository;
        let reference = format!("{repository}:{tag}");
        on_event(PushEvent::Started { reference: reference.clone() });
        let mut pauses = self.push_pauses.iter();
        let mut login = logins.login().await;
        let mut renewed = false;
        let mut moved = 0;
        let digest = loop {
            // The engine pushes by name. Another deployment of the same job may have moved the tag, `latest`
            // above all, since the image was built.
            self.set_tag(image.id, repository, tag).await?;
            let error = match self.push_once(repository, tag, &login, on_event).await {
                Ok(digest) if self.is_of(image, tag, digest.as_deref()).await => break digest,
                Ok(_) if moved < MOST_MOVES => {
                    moved += 1;
                    continue;
                }
                Ok(_) => {
                    return Err(Error::new(format!(
                        "the image was pushed, but each time {reference} stood for another image by then"
                    ))
                    .hint("Another deployment of the same job uses this Docker Engine: deploy again when it has ended."));
                }
                Err(error) => error,
            };
            match classify(&error, repository) {
                Cause::Expired if !renewed => {
                    login = logins.renew().await?;
                    renewed = true;
                }
                cause => match pauses.next() {
                    Some(pause) if cause == Cause::Transient => tokio::time::sleep(*pause).await,
                    _ => return Err(explain(cause, &error, repository).context(format!("push {reference}"))),
                },
            }
        };
        let digest = match digest {
            Some(digest) => digest,
            // Engines that do not name it while pushing have it in the image's record.
            None => self.known_digests(image).await.into_iter().next().ok_or_else(|| {
                Error::new(format!("the Docker Engine does not tell the digest of {reference}"))
                    .hint("Deploy again; if it stays so, update the engine.")
            })?,
        };
        on_event(PushEvent::Finished { reference, digest: digest.clone() });
        Ok(digest)
    }

    async fn push_once(
        &self,
        repository: &str,
        tag: &str,
        credentials: &RegistryCredentials,
        on_event: OnEvent<'_>,
    ) -> Result<Option<String>, EngineError> {
        let registry = repository.split('/').next().unwrap_or(repository);
        let docker = self.docker.clone().with_request_modifier(to_push(repository, tag));
        let mut messages =
            docker.create_image(None::<CreateImageOptions>, None, Some(for_engine(credentials, registry)));
        let mut digest = None;
        while let Some(message) = messages.next().await {
            let CreateImageInfo { id, status, progress_detail, .. } = message?;
            let Some(status) = status else { continue };
            // bollard drops the message's `aux`; the same digest is in the text for people.
            if let Some(found) = digest_in(&status, tag) {
                digest = Some(found);
                continue;
            }
            let Some(id) = id else { continue };
            let progress = progress_detail
                .and_then(|detail| Some((detail.current?, detail.total?)))
                .and_then(|(sent, total)| Some((u64::try_from(sent).ok()?, u64::try_from(total).ok()?)));
            on_event(PushEvent::Layer { id, status, progress });
        }
        Ok(digest)
    }

    /// Sets further tags of an image that the registry has, all at once; returns those that it could not set.
    async fn add_tags<'t>(
        &self,
        image: &Tagged<'_>,
        tags: &'t [String],
        digest: &str,
        login: &RegistryCredentials,
        on_event: OnEvent<'_>,
    ) -> Vec<&'t String> {
        if tags.is_empty() {
            return Vec::new();
        }
        let registry = Registry::open(image.repository, login, self.plain_loopback).await;
        let manifest = match &registry {
            Some(registry) => registry.manifest(digest).await,
            None => None,
        };
        let (Some(registry), Some(manifest)) = (registry, manifest) else {
            return tags.iter().collect();
        };
        let set = join_all(tags.iter().map(|tag| registry.tag(tag, &manifest))).await;
        let mut unset = Vec::new();
        for (tag, set) in tags.iter().zip(set) {
            if set {
                let reference = format!("{}:{tag}", image.repository);
                on_event(PushEvent::Finished { reference, digest: digest.to_owned() });
            } else {
                unset.push(tag);
            }
        }
        unset
    }
}

/// Turns bollard's request for pulling an image into the one for pushing it.
///
/// The two requests differ in their address only and answer with the same messages, but the type
/// that bollard's `push_image` reads them into has no layer id.
fn to_push(repository: &str, tag: &str) -> impl Fn(BollardRequest) -> BollardRequest + Send + Sync + 'static {
    let path = format!("/images/{repository}/push?tag={tag}");
    move |mut request| {
        if let Ok(uri) = request.uri().to_string().replacen("/images/create", &path, 1).parse() {
            *request.uri_mut() = uri;
        }
        with_url_safe_login(request)
    }
}

/// The digest in `v1: digest: sha256:… size: 528`.
fn digest_in(status: &str, tag: &str) -> Option<String> {
    let rest = status.strip_prefix(tag)?.strip_prefix(": digest: ")?;
    let digest = rest.split_whitespace().next()?;
    let (algorithm, hex) = digest.split_once(':')?;
    let is_digest =
        !algorithm.is_empty() && hex.len() >= 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| digest.to_owned())
}

/// Judges by the text: the engine has no codes for what a registry answered. Names the user chose
/// are taken out first, they may contain anything.
fn classify(error: &EngineError, repository: &str) -> Cause {
    let text = match error {
        EngineError::DockerStreamError { error } => error,
        EngineError::DockerResponseServerError { message, .. } => message,
        _ => return Cause::Other,
    };
    let (registry, name) = repository.split_once('/').unwrap_or((repository, repository));
    let text = text.replace(registry, "").replace(name, "").to_ascii_lowercase();
    let has = |needles: &[&str]| needles.iter().any(|needle| text.contains(needle));
    if has(&["name unknown", "repository does not exist"])
        || (text.contains("repository with name") && text.contains("does not exist"))
    {
        Cause::NoRepository
    } else if text.contains("authorization token has expired") {
        Cause::Expired
    } else if has(&[
        "unauthorized",
        "denied",
        "no basic auth credentials",
        "authentication required",
        "incorrect username or password",
        "forbidden",
    ]) {
        Cause::Refused
    } else if text.ends_with("eof")
        || has(&[
            "connection reset",
            "connection refused",
            "broken pipe",
            "closed network connection",
            // Go's words for a connection that ended between or within requests.
            "server closed idle connection",
            "transport connection broken",
            "client connection lost",
            "server sent goaway",
            "no route to host",
            "timeout",
            "timed out",
            "deadline exceeded",
            "no such host",
            "temporary failure",
            "network is unreachable",
            "toomanyrequests",
            "too many requests",
            "unexpected http status: 5",
            "internal server error",
            "bad gateway",
            "service unavailable",
            "server misbehaving",
            "unknown blob",
            "blob upload unknown",
            "blob upload invalid",
        ])
    {
        Cause::Transient
    } else {
        Cause::Other
    }
}

fn explain(cause: Cause, error: &EngineError, repository: &str) -> Error {
    let registry = repository.split('/').next().unwrap_or(repository);
    let engine = Error::new(describe(error));
    match cause {
        Cause::Refused | Cause::Expired => engine.context(format!("the registry {registry} refused the login")).hint(format!(
            "Check that your AWS credentials belong to the application's account, may call \
             ecr:GetAuthorizationToken and may push to {repository}; registry logins expire after 12 hours."
        )),
        Cause::NoRepository => engine.context(format!("the repository {repository} does not exist")).hint(
            "The application's resources lack this repository: initialise the job again (`copilot job init`).",
        ),
        Cause::Transient => engine
            .context("the push was interrupted")
            .hint("Nothing is lost: deploy again, layers that arrived are not sent again."),
        Cause::Other => engine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream_error(text: &str) -> EngineError {
        EngineError::DockerStreamError { error: text.to_owned() }
    }

    #[test]
    fn digests_come_from_the_tags_own_line() {
        let hex = "a".repeat(64);
        let line = format!("v1: digest: sha256:{hex} size: 528");
        assert_eq!(digest_in(&line, "v1"), Some(format!("sha256:{hex}")));
        assert_eq!(digest_in(&line, "v"), None);
        assert_eq!(digest_in("v1: digest: sha256:nonsense size: 1", "v1"), None);
        assert_eq!(digest_in("Pushed", "v1"), None);
    }

    #[test]
    fn causes() {
        for (text, cause) in [
            ("no basic auth credentials", Cause::Refused),
            ("unauthorized: authentication required", Cause::Refused),
            ("denied: Your authorization token has expired. Reauthenticate and try again.", Cause::Expired),
            (
                "denied: User: arn:aws:iam::1:user/x is not authorized to perform: ecr:PutImage",
                Cause::Refused,
            ),
            (
                "name unknown: The repository with name 'a/b' does not exist in the registry with id '1'",
                Cause::NoRepository,
            ),
            ("EOF", Cause::Transient),
            ("Put \"https://r/v2/\": read tcp 1:2->3:4: read: connection reset by peer", Cause::Transient),
            ("received unexpected HTTP status: 503 Service Unavailable", Cause::Transient),
            ("received unexpected HTTP status: 502 from app/denied-eof", Cause::Transient),
            ("tag invalid: 1.dkr.ecr.aws/app/denied-eof", Cause::Other),
            ("Get \"http://r/v2/\": http: server closed idle connection", Cause::Transient),
            ("http2: client connection lost", Cause::Transient),
            ("net/http: TLS handshake timeout", Cause::Transient),
            ("toomanyrequests: Rate exceeded", Cause::Transient),
            ("tag invalid: The image tag 'v1' already exists", Cause::Other),
            ("An image does not exist locally with the tag: r/x", Cause::Other),
        ] {
            assert_eq!(classify(&stream_error(text), "1.dkr.ecr.aws/app/denied-eof"), cause, "{text}");
        }
    }

    #[test]
    fn errors_say_what_to_do() {
        let error = explain(Cause::Refused, &stream_error("unauthorized"), "1.dkr.ecr/a/b");
        assert_eq!(error.to_string(), "the registry 1.dkr.ecr refused the login: unauthorized");
        assert!(error.hints()[0].contains("ecr:GetAuthorizationToken"));
        assert!(explain(Cause::Transient, &stream_error("EOF"), "r/b").hints()[0].contains("deploy again"));
    }

    #[test]
    fn passwords_stay_out_of_debug_output() {
        let login = RegistryCredentials { username: "AWS".to_owned(), password: "secret".to_owned() };
        let shown = format!("{login:?}");
        assert!(shown.contains("AWS") && !shown.contains("secret"), "{shown}");
    }
}
