//! Building an image from a plan.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::time::Instant;

use bollard::auth::DockerCredentials;
use bollard::errors::Error as EngineError;
use bollard::models::{BuildInfo, BuildInfoAux};
use bollard::query_parameters::{BuildImageOptions, BuilderVersion, TagImageOptions};
use futures_util::StreamExt;

use super::classic::Transcript;
use super::engine::{Builder, Engine, describe};
use super::push::for_engine;
use super::trace::Trace;
use crate::deploy::events::BuildEvent;
use crate::deploy::ports::RegistryCredentials;
use crate::error::Error;
use crate::image::context::{BuildContext, Failure, Upload};
use crate::image::plan::BuildPlan;
use crate::text::sanitize;

/// How many of a failed step's last lines an error keeps.
const KEPT_LINES: usize = 40;
/// Bytes of one kept line; build tools may print megabytes without a line break.
const KEPT_LINE: usize = 2048;

/// Takes the events of a build.
pub type OnEvent<'a> = &'a (dyn Fn(BuildEvent) + Sync);

/// A build that failed.
#[derive(Debug)]
pub struct BuildError {
    /// The container the image was for.
    pub container: String,
    /// The step it failed at; `None` when it failed outside any, for instance because the
    /// Dockerfile is malformed or a file of the context cannot be read.
    pub step: Option<FailedStep>,
    /// What went wrong.
    pub cause: Error,
}

/// The step of the Dockerfile a build failed at. Its texts are sanitised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedStep {
    /// The instruction, such as `[2/4] RUN make`.
    pub name: String,
    /// The last lines it printed, oldest first; at most 40.
    pub log: Vec<String>,
}

impl FailedStep {
    pub(super) fn new(name: &str, log: &Tail) -> Self {
        Self { name: sanitize(name).into_owned(), log: log.lines() }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "build the image of container \"{}\"", sanitize(&self.container))?;
        if let Some(step) = &self.step {
            write!(f, ": step {}", step.name)?;
        }
        write!(f, ": {}", self.cause)
    }
}

/// Loses the log lines: print [`BuildError::step`] first.
impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        let BuildError { container, step, cause } = error;
        let cause = match step {
            Some(step) => cause.context(format!("step {}", step.name)),
            None => cause,
        };
        cause.context(format!("build the image of container \"{}\"", sanitize(&container)))
    }
}

impl Engine {
    /// Builds the plan's image, sets all its tags and returns the image's id.
    ///
    /// `registries` are credentials for pulling base images, by registry host; nothing of them is
    /// written anywhere. Dropping the future cancels the build in the engine.
    ///
    /// # Errors
    /// The context cannot be read, the engine refuses, or a step fails.
    pub async fn build(
        &self,
        plan: &BuildPlan,
        registries: &HashMap<String, RegistryCredentials>,
        on_event: OnEvent<'_>,
    ) -> Result<String, BuildError> {
        let fail = |cause: Error, step| BuildError { container: plan.container.clone(), step, cause };
        let began = Instant::now();
        let shown = plan.dockerfile.strip_prefix(&plan.context).unwrap_or(&plan.dockerfile);
        on_event(BuildEvent::Started { dockerfile: shown.display().to_string() });
        let context =
            BuildContext::open(&plan.context, &plan.dockerfile).map_err(|error| fail(error, None))?;
        let options = self.options(plan, context.dockerfile());
        let upload = context.upload().map_err(|error| fail(error, None))?;
        let id = self
            .run(options, registries, upload, on_event)
            .await
            .map_err(|(cause, step)| fail(cause, step))?;
        for tag in &plan.tags {
            let target = TagImageOptions { repo: Some(plan.repository.clone()), tag: Some(tag.clone()) };
            self.docker.tag_image(&id, Some(target)).await.map_err(|error| {
                let cause = Error::new(describe(&error));
                fail(cause.context(format!("tag the image as {}:{tag}", plan.repository)), None)
            })?;
        }
        on_event(BuildEvent::Finished { elapsed: began.elapsed() });
        Ok(id)
    }

    fn options(&self, plan: &BuildPlan, dockerfile: &str) -> BuildImageOptions {
        let map = |pairs: &std::collections::BTreeMap<String, String>| {
            Some(pairs.iter().map(|(key, value)| (key.clone(), value.clone())).collect::<HashMap<_, _>>())
        };
        let mut options = BuildImageOptions {
            dockerfile: dockerfile.to_owned(),
            buildargs: map(&plan.args),
            labels: map(&plan.labels),
            cachefrom: (!plan.cache_from.is_empty()).then(|| plan.cache_from.clone()),
            target: plan.target.clone().unwrap_or_default(),
            platform: plan.platform.clone(),
            // What a step leaves behind is removed, also when it fails.
            rm: true,
            forcerm: true,
            ..BuildImageOptions::default()
        };
        match self.builder() {
            Builder::BuildKit => {
                options.version = BuilderVersion::BuilderBuildKit;
                // The engine ties a session to one build; using an id twice makes it fail.
                options.session = Some(uuid::Uuid::new_v4().to_string());
            }
            Builder::Classic => options.version = BuilderVersion::BuilderV1,
        }
        options
    }

    async fn run(
        &self,
        options: BuildImageOptions,
        registries: &HashMap<String, RegistryCredentials>,
        upload: Upload,
        on_event: OnEvent<'_>,
    ) -> Result<String, (Error, Option<FailedStep>)> {
        let Upload { body, failure } = upload;
        let body = bollard::body_try_stream(body);
        let credentials: HashMap<String, DockerCredentials> =
            registries.iter().map(|(host, login)| (host.clone(), for_engine(login, host))).collect();
        let mut messages = self.docker.build_image(options, Some(credentials), Some(body));
        let mut progress = Progress::default();
        let mut send = |event| on_event(event);
        while let Some(message) = messages.next().await {
            match message {
                Ok(message) => progress.take(message, &mut send),
                Err(error) => return Err(failed(&error, progress, &failure, &mut send)),
            }
        }
        // A context that broke off may look to the engine like one that ended.
        if let Some(error) = failure.take() {
            return Err((error, None));
        }
        let Progress { id, transcript, .. } = progress;
        transcript.end(None, &mut send);
        id.ok_or_else(|| {
            let cause = Error::new("the engine ended the build without an image")
                .hint("See the engine's log; it may have been restarted.");
            (cause, None)
        })
    }
}

/// What is known about a running build.
#[derive(Default)]
struct Progress {
    id: Option<String>,
    trace: Trace,
    transcript: Transcript,
}

impl Progress {
    fn take(&mut self, message: BuildInfo, send: &mut dyn FnMut(BuildEvent)) {
        match message.aux {
            Some(BuildInfoAux::BuildKit(status)) => self.trace.take(status, send),
            Some(BuildInfoAux::Default(image)) => self.id = image.id.or(self.id.take()),
            None => {}
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
    send: &mut dyn FnMut(BuildEvent),
) -> (Error, Option<FailedStep>) {
    let message = describe(error);
    let classic = progress.transcript.end(Some(&message), send);
    if let Some(cause) = failure.take() {
        return (cause, None);
    }
    let step = progress.trace.failed().or(classic);
    let cause = Error::new(reason(&message));
    let cause = match error {
        EngineError::DockerStreamError { .. } | EngineError::DockerResponseServerError { .. } => cause,
        _ => cause
            .context("the connection to the Docker Engine was lost")
            .hint("Check that the engine is still running, then deploy again."),
    };
    (cause, step)
}

/// BuildKit's message without the names of its own stages in front.
fn reason(message: &str) -> &str {
    let mut reason = message;
    for stage in [
        "failed to solve with frontend dockerfile.v0: ",
        "failed to solve: ",
        "failed to create LLB definition: ",
        "rpc error: code = Unknown desc = ",
    ] {
        while let Some(rest) = reason.strip_prefix(stage) {
            reason = rest;
        }
    }
    reason
}

/// The last lines of a step.
#[derive(Default)]
pub(super) struct Tail(VecDeque<String>);

impl Tail {
    /// Sends a line as an event and remembers it.
    pub(super) fn line(&mut self, id: &str, line: &[u8], send: &mut dyn FnMut(BuildEvent)) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = String::from_utf8_lossy(line).into_owned();
        if self.0.len() == KEPT_LINES {
            self.0.pop_front();
        }
        let kept = text.char_indices().nth(KEPT_LINE).and_then(|(end, _)| text.get(..end)).unwrap_or(&text);
        self.0.push_back(kept.to_owned());
        send(BuildEvent::StepLog { id: id.to_owned(), line: text });
    }

    /// The lines, sanitised, oldest first.
    pub(super) fn lines(&self) -> Vec<String> {
        self.0.iter().map(|line| sanitize(line).into_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_lose_the_engines_stages() {
        for (message, expected) in [
            (
                "failed to solve with frontend dockerfile.v0: failed to create LLB definition: dockerfile parse error line 1",
                "dockerfile parse error line 1",
            ),
            ("failed to solve: rpc error: code = Unknown desc = executor failed", "executor failed"),
            ("exit 1", "exit 1"),
        ] {
            assert_eq!(reason(message), expected);
        }
    }

    #[test]
    fn tails_are_bounded_and_safe() {
        let mut tail = Tail::default();
        let mut sent = 0;
        for number in 0..100 {
            tail.line("x", format!("\u{1b}[31m{number}\r\n").as_bytes(), &mut |_| sent += 1);
        }
        tail.line("x", "é".repeat(10_000).as_bytes(), &mut |_| sent += 1);
        let lines = tail.lines();
        assert_eq!((sent, lines.len(), lines[0].as_str()), (101, KEPT_LINES, "61"));
        assert_eq!(lines[KEPT_LINES - 1].chars().count(), KEPT_LINE);
    }
}
