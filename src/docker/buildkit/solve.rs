//! A build by BuildKit's own interface (`moby.buildkit.v1.Control`), as Docker's current clients make it:
//! with a session for everything the build needs, and errors that know their line of the Dockerfile.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bollard_buildkit_proto::moby::buildkit::v1::control_client::ControlClient;
use bollard_buildkit_proto::moby::buildkit::v1::{
    CacheOptions, CacheOptionsEntry, SolveRequest, StatusRequest, StatusResponse,
};
use sha2::{Digest, Sha256};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status, Streaming};

use super::session::files::{Directories, OnSize, Served};
use super::session::{Offers, Session};
use crate::docker::connection::Opened;
use crate::docker::engine::Engine;
use crate::docker::registry::logins::Keyring;
use crate::error::{Context as _, Error, Result};
use crate::image::context::Failure;
use crate::image::plan::{BuildNetwork, BuildPlan, CacheTarget, NamedContext};
use crate::image::secrets::SecretValues;
use crate::image::sending::Warnings;

/// What the exporter of Docker's image store is called.
const EXPORTER: &str = "moby";
/// Where BuildKit's answer names the image: what the containerd image store calls it, and what the older
/// store does.
const IMAGE_KEYS: [&str; 2] = ["containerimage.digest", "containerimage.config.digest"];
/// How long the last messages of a finished build may take.
const LAST_MESSAGES: Duration = Duration::from_secs(3);
/// The same when there has not been any: the build did not get that far.
const NO_MESSAGES: Duration = Duration::from_millis(200);
/// Bytes of one message; Docker's clients use the same bound.
const LARGEST_MESSAGE: usize = 16 << 20;

/// What a build may use besides its plan.
pub(crate) struct Solve<'a> {
    pub(crate) plan: &'a BuildPlan,
    pub(crate) keyring: Keyring,
    pub(crate) secrets: Arc<SecretValues>,
    pub(crate) failure: Failure,
    pub(crate) warnings: Warnings,
    pub(crate) on_size: OnSize,
}

/// Why a build failed.
pub(crate) enum Refusal {
    /// BuildKit's answer.
    Status(Status),
    /// Everything before or around it.
    Other(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl Engine {
    /// Builds, sets the tags and gives the image's id.
    pub(crate) async fn solve(
        &self,
        solve: Solve<'_>,
        on_status: &mut (dyn FnMut(StatusResponse) + Send),
    ) -> Result<String, Refusal> {
        let Solve { plan, keyring, secrets, failure, warnings, on_size } = solve;
        let (directories, name) = directories(plan)?;
        let agents = plan.ssh.iter().filter_map(|id| Some((id.clone(), self.ssh_agent.clone()?))).collect();
        let offers = Offers {
            directories: Directories { by_name: directories, failure, warnings, on_size },
            keyring,
            secrets,
            agents,
            shared_key: shared_key(&plan.context),
        };
        let session = Session::open(&self.connector, offers).await?;
        let mut control = self.control().await?;
        let reference = uuid::Uuid::new_v4().simple().to_string();
        let request = request(plan, &name, &reference, session.id());
        let mut watch = control.clone();
        let status = async move { watch.status(StatusRequest { r#ref: reference }).await };
        let answer = control.solve(request);
        tokio::pin!(status, answer);
        let mut messages: Option<Streaming<StatusResponse>> = None;
        let mut seen = false;
        let answer = loop {
            tokio::select! {
                answer = &mut answer => break answer,
                stream = &mut status, if messages.is_none() => match stream {
                    Ok(stream) => messages = Some(stream.into_inner()),
                    // Without progress the build is still a build.
                    Err(_) => break (&mut answer).await,
                },
                message = next(&mut messages), if messages.is_some() => match message {
                    Some(message) => {
                        seen = true;
                        on_status(message);
                    }
                    None => break (&mut answer).await,
                },
            }
        };
        let patience = if seen { LAST_MESSAGES } else { NO_MESSAGES };
        let rest = async {
            while let Some(message) = next(&mut messages).await {
                on_status(message);
            }
        };
        let _ = tokio::time::timeout(patience, rest).await;
        match answer {
            Ok(answer) => Ok(self.image_id(plan, &answer.into_inner().exporter_response).await?),
            Err(status) => Err(Refusal::Status(status)),
        }
    }

    /// What the engine calls the new image. BuildKit's own answer names it differently by image store; a tag
    /// comes last, because another build of the same job may have moved it already.
    async fn image_id(&self, plan: &BuildPlan, answer: &HashMap<String, String>) -> Result<String> {
        for key in IMAGE_KEYS {
            let Some(name) = answer.get(key) else { continue };
            if let Some(id) = self.docker.inspect_image(name).await.ok().and_then(|image| image.id) {
                return Ok(id);
            }
        }
        let reference = plan.references().last().unwrap_or_default();
        let image = self.docker.inspect_image(&reference).await.map_err(|error| {
            Error::new(crate::docker::engine::describe(&error))
                .context(format!("the engine ended the build without the image {reference}"))
                .hint("See the engine's log; it may have been restarted.")
        })?;
        Ok(image.id.unwrap_or_default())
    }

    async fn control(&self) -> Result<ControlClient<Channel>> {
        let stream = self.connector.upgrade("/grpc", &[]).await?;
        let channel = Endpoint::from_static("http://buildkit")
            .connect_with_connector(Opened(Some(stream)))
            .await
            .map_err(Error::new)
            .context("talk to the engine's BuildKit")?;
        Ok(ControlClient::new(channel)
            .max_decoding_message_size(LARGEST_MESSAGE)
            .max_encoding_message_size(LARGEST_MESSAGE))
    }
}

async fn next(messages: &mut Option<Streaming<StatusResponse>>) -> Option<StatusResponse> {
    messages.as_mut()?.message().await.ok().flatten()
}

/// The directories BuildKit may ask for by name, and the Dockerfile's name within its own. The name is the one
/// given: the Dockerfile's own ignore file is found by it, also when it is a link.
fn directories(plan: &BuildPlan) -> Result<(HashMap<String, Served>, String)> {
    let open = |path: &Path, what: &str| {
        path.canonicalize().with_context(|| format!("open the {what} {}", path.display()))
    };
    let whole = |root| Served { root, followed: None };
    let name = plan.dockerfile.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    let name =
        name.ok_or_else(|| Error::new(format!("the name of {} is not UTF-8", plan.dockerfile.display())))?;
    // BuildKit itself does not follow a link that leads out of the directory.
    let target = open(&plan.dockerfile, "Dockerfile")?;
    let followed = plan.dockerfile.is_symlink().then(|| (name.clone(), target));
    let directory = open(plan.dockerfile.parent().unwrap_or(Path::new("/")), "directory")?;
    let mut by_name = HashMap::from([
        ("context".to_owned(), whole(open(&plan.context, "build context")?)),
        ("dockerfile".to_owned(), Served { root: directory, followed }),
    ]);
    for (name, context) in &plan.contexts {
        if let NamedContext::Directory(path) = context {
            let root = open(Path::new(path), &format!("build context {name}"))?;
            by_name.insert(local_name(name), whole(root));
        }
    }
    Ok((by_name, name))
}

fn local_name(context: &str) -> String {
    format!("context-{context}")
}

/// Contexts with one key are compared by size and time of their files, so a key must not be shared by two
/// directories, also not of two machines that use one engine.
fn shared_key(context: &Path) -> String {
    use std::os::unix::fs::MetadataExt;
    let mut hash = Sha256::new();
    hash.update(std::fs::read("/etc/machine-id").unwrap_or_default());
    hash.update(context.as_os_str().as_encoded_bytes());
    if let Ok(metadata) = context.metadata() {
        hash.update(metadata.dev().to_le_bytes());
        hash.update(metadata.ino().to_le_bytes());
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn request(plan: &BuildPlan, dockerfile: &str, reference: &str, session: &str) -> SolveRequest {
    let imports: Vec<_> = plan.cache_from.iter().map(|source| cache_source(source)).collect();
    let exports = plan.cache_to.iter().map(cache_target).collect();
    SolveRequest {
        r#ref: reference.to_owned(),
        session: session.to_owned(),
        frontend: "dockerfile.v0".to_owned(),
        frontend_attrs: attributes(plan, dockerfile, &imports),
        exporter_deprecated: EXPORTER.to_owned(),
        exporter_attrs_deprecated: HashMap::from([(
            "name".to_owned(),
            plan.references().collect::<Vec<_>>().join(","),
        )]),
        cache: Some(CacheOptions { exports, imports, ..CacheOptions::default() }),
        entitlements: match plan.network {
            BuildNetwork::Host => vec!["network.host".to_owned()],
            _ => Vec::new(),
        },
        ..SolveRequest::default()
    }
}

/// The settings of BuildKit's Dockerfile frontend.
fn attributes(plan: &BuildPlan, dockerfile: &str, imports: &[CacheOptionsEntry]) -> HashMap<String, String> {
    let mut attributes = HashMap::from([
        ("filename".to_owned(), dockerfile.to_owned()),
        ("platform".to_owned(), plan.platform.clone()),
        ("image-resolve-mode".to_owned(), "default".to_owned()),
    ]);
    let mut set = |key: String, value: &str| drop(attributes.insert(key, value.to_owned()));
    for (name, value) in &plan.args {
        set(format!("build-arg:{name}"), value);
    }
    for (name, value) in &plan.labels {
        set(format!("label:{name}"), value);
    }
    if let Some(target) = &plan.target {
        set("target".to_owned(), target);
    }
    if plan.no_cache {
        set("no-cache".to_owned(), "");
    }
    match plan.network {
        BuildNetwork::Default => {}
        BuildNetwork::None => set("force-network-mode".to_owned(), "none"),
        BuildNetwork::Host => set("force-network-mode".to_owned(), "host"),
    }
    for (name, context) in &plan.contexts {
        let source = match context {
            NamedContext::Directory(_) => format!("local:{}", local_name(name)),
            NamedContext::Reference(reference) => reference.clone(),
        };
        set(format!("context:{name}"), &source);
    }
    if !plan.contexts.is_empty() {
        set("frontend.caps".to_owned(), "moby.buildkit.frontend.contexts+forward");
    }
    if !imports.is_empty() {
        let imports: Vec<_> = imports
            .iter()
            .map(|entry| {
                let attributes: BTreeMap<_, _> = entry.attrs.iter().collect();
                serde_json::json!({ "Type": entry.r#type, "Attrs": attributes })
            })
            .collect();
        set("cache-imports".to_owned(), &serde_json::Value::Array(imports).to_string());
    }
    attributes
}

/// An image, or BuildKit's `type=…,key=value`.
fn cache_source(source: &str) -> CacheOptionsEntry {
    let mut attrs: HashMap<String, String> = HashMap::new();
    if source.split(',').all(|part| part.contains('=')) {
        let parts = source.split(',').filter_map(|part| part.split_once('='));
        attrs.extend(parts.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())));
    } else {
        attrs.insert("ref".to_owned(), source.to_owned());
    }
    let kind = attrs.remove("type").unwrap_or_else(|| "registry".to_owned());
    CacheOptionsEntry { r#type: kind, attrs }
}

fn cache_target(target: &CacheTarget) -> CacheOptionsEntry {
    match target {
        CacheTarget::Inline => CacheOptionsEntry { r#type: "inline".to_owned(), attrs: HashMap::new() },
        CacheTarget::Registry(attributes) => CacheOptionsEntry {
            r#type: "registry".to_owned(),
            attrs: attributes.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        },
    }
}

/// Whether the connection broke, as opposed to the build.
pub(crate) fn is_connection(status: &Status) -> bool {
    status.code() == Code::Unavailable || status.message().starts_with("transport error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_sources_in_both_spellings() {
        for (text, kind, attribute) in [
            ("repo/app:latest", "registry", ("ref", "repo/app:latest")),
            ("type=registry,ref=r/a", "registry", ("ref", "r/a")),
            ("type=gha,scope=x", "gha", ("scope", "x")),
        ] {
            let entry = cache_source(text);
            assert_eq!(entry.r#type, kind);
            assert_eq!(entry.attrs.get(attribute.0).map(String::as_str), Some(attribute.1));
        }
    }
}
