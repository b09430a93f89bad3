//! A build by the engine's classic builder: one request with the whole context as its body.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bollard::auth::DockerCredentials;
use bollard::errors::Error as EngineError;
use bollard::models::BuildInfo;
use bollard::query_parameters::BuildImageOptions;
use futures_util::StreamExt;

use super::transcript::Transcript;
use crate::docker::build::{OnEvent, lost, reason, tell, tell_problems};
use crate::docker::dockerfile_excerpt;
use crate::docker::dockerfile_excerpt::Failed;
use crate::docker::engine::{Engine, describe};
use crate::docker::registry::logins::Keyring;
use crate::docker::registry::push::for_engine;
use crate::error::Error;
use crate::files;
use crate::image::context::{BuildContext, Failure, Upload};
use crate::image::dockerfile;
use crate::image::events::BuildEvent;
use crate::image::plan::{BuildNetwork, BuildPlan};
use crate::image::secrets::Mask;

/// How many milliseconds a build waits before it is begun again because images are removed under it.
const PAUSES: [u64; 6] = [100, 200, 400, 800, 1600, 3200];
const REMOVED_MEANWHILE: &str = "the engine looked through its build cache while something removed an image from it, and gave \
                                 up; the build is begun again";

impl Engine {
    pub(crate) async fn by_classic(
        &self,
        plan: &BuildPlan,
        keyring: &Keyring,
        mask: Mask,
        on_event: OnEvent<'_>,
    ) -> Result<String, Failed> {
        let fail = |error| (error, None, None);
        let mut registries = HashMap::new();
        for host in base_registries(&plan.dockerfile) {
            if let Some(login) = keyring.login(&host).await {
                let key = if host == "docker.io" { "https://index.docker.io/v1/".to_owned() } else { host };
                registries.insert(key.clone(), for_engine(&login, &key));
            }
        }
        tell_problems(keyring, on_event);
        // Every attempt reads the context anew, and would warn of the same.
        let warned = Mutex::new(HashSet::new());
        let once = |event| match &event {
            BuildEvent::Warning(text)
                if !warned.lock().unwrap_or_else(PoisonError::into_inner).insert(text.clone()) => {}
            _ => on_event(event),
        };
        let mut pauses = PAUSES.into_iter();
        let id = loop {
            let context = BuildContext::open(&plan.context, &plan.dockerfile).map_err(fail)?;
            let options = classic_options(plan, context.dockerfile());
            let upload = context.upload().map_err(fail)?;
            match self.run(options, registries.clone(), upload, (plan, mask.clone()), &once).await {
                Err(failed) if lost_its_place(&failed.0.to_string()) => {
                    let Some(pause) = pauses.next() else { return Err(failed) };
                    on_event(BuildEvent::Warning(REMOVED_MEANWHILE.to_owned()));
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                built => break built?,
            }
        };
        for tag in &plan.tags {
            self.set_tag(&id, &plan.repository, tag).await.map_err(fail)?;
        }
        Ok(id)
    }

    async fn run(
        &self,
        options: BuildImageOptions,
        registries: HashMap<String, DockerCredentials>,
        upload: Upload,
        (plan, mask): (&BuildPlan, Mask),
        on_event: OnEvent<'_>,
    ) -> Result<String, Failed> {
        let Upload { body, failure, size, warnings } = upload;
        let body = bollard::body_try_stream(body);
        let mut messages = self.docker.build_image(options, Some(registries), Some(body));
        let mut progress = Progress { id: None, transcript: Transcript::masked(mask.clone()) };
        let mut send = |event| on_event(event);
        while let Some(message) = messages.next().await {
            if let Some(warning) = size.take().and_then(|(size, context)| size.warning(&context)) {
                send(BuildEvent::Warning(warning));
            }
            tell(&warnings, on_event);
            match message {
                Ok(message) => progress.take(message, &mut send),
                Err(error) => return Err(failed(&error, progress, &failure, (plan, &mask), &mut send)),
            }
        }
        // A context that broke off may look to the engine like one that ended.
        if let Some(error) = failure.take() {
            return Err((error, None, None));
        }
        let Progress { id, transcript } = progress;
        transcript.end(None, &mut send);
        id.ok_or_else(|| {
            let cause = Error::new("the engine ended the build without an image")
                .hint("See the engine's log; it may have been restarted.");
            (cause, None, None)
        })
    }
}

/// Whether the engine gave up because an image of its cache, any of all, was removed while it looked for one that fits:
/// `unable to find image "sha256:…"`. The build has no part in that.
fn lost_its_place(message: &str) -> bool {
    message.contains("unable to find image \"sha256:")
}

fn classic_options(plan: &BuildPlan, dockerfile: &str) -> BuildImageOptions {
    let map = |pairs: &std::collections::BTreeMap<String, String>| {
        Some(pairs.iter().map(|(key, value)| (key.clone(), value.clone())).collect::<HashMap<_, _>>())
    };
    BuildImageOptions {
        dockerfile: dockerfile.to_owned(),
        buildargs: map(&plan.args),
        labels: map(&plan.labels),
        cachefrom: (!plan.cache_from.is_empty()).then(|| plan.cache_from.clone()),
        target: plan.target.clone().unwrap_or_default(),
        platform: plan.platform.clone(),
        nocache: plan.no_cache,
        networkmode: match plan.network {
            BuildNetwork::Default => None,
            BuildNetwork::None => Some("none".to_owned()),
            BuildNetwork::Host => Some("host".to_owned()),
        },
        // What a step leaves behind is removed, also when it fails.
        rm: true,
        forcerm: true,
        ..BuildImageOptions::default()
    }
}

/// Hosts of the registries that the Dockerfile's base images come from.
fn base_registries(dockerfile: &Path) -> BTreeSet<String> {
    let content = files::read(dockerfile, files::TEXT).unwrap_or_default();
    let content = String::from_utf8_lossy(&content);
    let mut hosts = BTreeSet::new();
    let mut stages: Vec<String> = Vec::new();
    for instruction in dockerfile::instructions(&content) {
        let mut words = instruction.text.split_whitespace();
        let keyword = words.next().unwrap_or_default().to_ascii_uppercase();
        let image = match keyword.as_str() {
            "FROM" => {
                let mut words = words.skip_while(|word| word.starts_with("--"));
                let image = words.next();
                if words.next().is_some_and(|word| word.eq_ignore_ascii_case("as")) {
                    stages.extend(words.next().map(str::to_ascii_lowercase));
                }
                image
            }
            "COPY" => words.find_map(|word| word.strip_prefix("--from=")),
            _ => None,
        };
        let Some(image) = image else { continue };
        let is_other = image == "scratch" || image.contains('$') || image.bytes().all(|b| b.is_ascii_digit());
        if !is_other && !stages.contains(&image.to_ascii_lowercase()) {
            hosts.insert(registry_of(image).to_owned());
        }
    }
    hosts
}

/// The registry an image's name starts with; Docker Hub without one.
fn registry_of(image: &str) -> &str {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => "docker.io",
    }
}

/// What is known about a running build of the classic builder.
struct Progress {
    id: Option<String>,
    transcript: Transcript,
}

impl Progress {
    fn take(&mut self, message: BuildInfo, send: &mut dyn FnMut(BuildEvent)) {
        if let Some(image) = message.aux {
            self.id = image.id.or(self.id.take());
        }
        if let Some(text) = message.stream {
            self.transcript.take(&text, send);
        } else if let (Some(status), None) = (&message.status, &message.progress_detail) {
            // The classic builder pulling a base image; progress bars are left out.
            let line = match &message.id {
                Some(id) if !id.is_empty() => format!("{id}: {status}\n"),
                _ => format!("{status}\n"),
            };
            self.transcript.take(&line, send);
        }
    }
}

/// The error of a build, with the step it belongs to.
fn failed(
    error: &EngineError,
    progress: Progress,
    failure: &Failure,
    (plan, mask): (&BuildPlan, &Mask),
    send: &mut dyn FnMut(BuildEvent),
) -> Failed {
    let message = mask.apply(describe(error));
    let step = progress.transcript.end(Some(&message), send);
    if let Some(cause) = failure.take() {
        return (cause, None, None);
    }
    let cause = Error::new(reason(&message));
    let cause = match error {
        EngineError::DockerStreamError { .. } | EngineError::DockerResponseServerError { .. } => cause,
        _ => lost(cause),
    };
    let line = dockerfile_excerpt::of_message(&message, &plan.dockerfile)
        .or_else(|| dockerfile_excerpt::of_step(&step.as_ref()?.name, &plan.dockerfile));
    dockerfile_excerpt::within((cause, step, line), plan, mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_registries_of_base_images_are_looked_up() {
        let dir = tempfile::tempdir().unwrap();
        let dockerfile = dir.path().join("Dockerfile");
        let text = "ARG BASE=x\nFROM --platform=linux/amd64 ghcr.io/a/b:1 AS build\nFROM scratch\nFROM $BASE\nFROM build\n\
                    from node:24 as Web\nCOPY --from=web /a /b\nCOPY --from=0 /a /b\nCOPY --from=localhost:5000/tool /a /b\n\
                    FROM registry/app\n# FROM quay.io/x\n\
                    FROM \\\n  --platform=linux/amd64 \\\n  public.ecr.aws/c\n";
        std::fs::write(&dockerfile, text).unwrap();
        let hosts: Vec<_> = base_registries(&dockerfile).into_iter().collect();
        assert_eq!(hosts, ["docker.io", "ghcr.io", "localhost:5000", "public.ecr.aws"]);
    }
}
