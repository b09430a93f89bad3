//! Building an image from a plan.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;

use super::buildkit::solve::{Refusal, Solve, is_connection};
use super::buildkit::trace::Trace;
use super::dockerfile_excerpt::{self, Failed, Line};
use super::engine::{Builder, Engine, one_line};
use super::proxies::{self, Proxies};
use super::registry::logins::Keyring;
use super::step::FailedStep;
use crate::error::{Error, Result};
use crate::image::context::Failure;
use crate::image::events::BuildEvent;
use crate::image::hidden;
use crate::image::ignore_file::{IgnoreFile, Links};
use crate::image::plan::{BuildPlan, NamedContext};
use crate::image::secrets::{Mask, SecretValues};
use crate::image::sending::Warnings;
use crate::image::size::Size;
use crate::ops::port::RegistryCredentials;

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
    /// The line of the Dockerfile it failed at, when the builder tells it.
    pub line: Option<Line>,
    /// The Dockerfile, as it is shown.
    pub dockerfile: String,
    /// What went wrong.
    pub cause: Error,
}

/// What a build may use besides its plan; held in memory only.
#[derive(Clone, Debug, Default)]
pub struct Provided {
    /// Logins by registry host, for registries that Docker's configuration has none for.
    pub registries: HashMap<String, RegistryCredentials>,
    /// Values of the plan's secrets.
    pub secrets: Arc<SecretValues>,
}

impl BuildError {
    /// `Dockerfile:3`, or nothing.
    fn place(&self) -> Option<String> {
        self.line.as_ref().map(|line| format!("{}:{}", self.dockerfile, line.number))
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "build the image of container \"{}\"", self.container)?;
        if let Some(place) = self.place() {
            write!(f, ": {place}")?;
        }
        if let Some(step) = &self.step {
            write!(f, ": step {}", step.name)?;
        }
        write!(f, ": {}", self.cause)
    }
}

impl BuildError {
    /// The error for a caller who names the container itself, with the lines of the Dockerfile and the step's
    /// log.
    pub fn without_container(self) -> Error {
        let place = self.place();
        let Self { step, line, cause, .. } = self;
        let mut cause = cause;
        if let Some(step) = &step {
            cause = cause.context(format!("step {}", step.name));
        }
        if let Some(place) = place {
            cause = cause.context(place);
        }
        if let Some(line) = line {
            let numbers = line.number..;
            cause =
                cause.details(numbers.zip(line.text).map(|(number, text)| format!("{number:>4} | {text}")));
        }
        match step {
            Some(step) => cause.log(step.log),
            None => cause,
        }
    }
}

impl Engine {
    /// Builds the plan's image, sets all its tags and returns the image's id.
    ///
    /// Nothing of what is provided is written anywhere. Dropping the future cancels the build in the
    /// engine.
    ///
    /// # Errors
    /// The engine cannot do what the plan asks for, the context cannot be read, the engine refuses, or a
    /// step fails.
    pub async fn build(
        &self,
        plan: &BuildPlan,
        provided: &Provided,
        on_event: OnEvent<'_>,
    ) -> Result<String, BuildError> {
        let shown = plan.dockerfile.strip_prefix(&plan.context).unwrap_or(&plan.dockerfile);
        let dockerfile = shown.display().to_string();
        let fail = |(cause, step, line): Failed| BuildError {
            container: plan.container.clone(),
            step,
            line,
            dockerfile: dockerfile.clone(),
            cause,
        };
        self.check(plan).await.map_err(|error| fail((error, None, None)))?;
        let began = Instant::now();
        on_event(BuildEvent::Started { dockerfile: dockerfile.clone() });
        let plan = &self.with_proxies(plan, on_event);
        let mask = provided.secrets.mask().with(proxies::credentials(&plan.args));
        let keyring = Keyring::new(self.logins.clone(), provided.registries.clone());
        let built = match self.builder() {
            Builder::BuildKit => self.by_buildkit(plan, provided, &keyring, mask, on_event).await,
            Builder::Classic => self.by_classic(plan, &keyring, mask, on_event).await,
        };
        tell_problems(&keyring, on_event);
        let id = built.map_err(|(cause, step, line)| {
            let cause = self.advise(plan, cause, step.as_ref(), &keyring.all_problems());
            let cause = self.advise_on_hidden(plan, cause, step.as_ref());
            fail((cause, step, line))
        })?;
        on_event(BuildEvent::Finished { elapsed: began.elapsed() });
        Ok(id)
    }

    /// The plan with the build arguments that the configuration has for all builds of this engine.
    fn with_proxies(&self, plan: &BuildPlan, on_event: OnEvent<'_>) -> BuildPlan {
        let mut plan = plan.clone();
        let Some(config) = self.logins.config() else { return plan };
        match config.and_then(|config| Proxies::of(config, &self.settings)) {
            Ok(proxies) => proxies.add_to(&mut plan.args, self.builder()),
            Err(why) => on_event(BuildEvent::Warning(format!(
                "the proxies of Docker's configuration are not used: {why}"
            ))),
        }
        plan
    }

    /// Adds what to do when the ignore file leaves out what a step copies.
    fn advise_on_hidden(&self, plan: &BuildPlan, cause: Error, step: Option<&FailedStep>) -> Error {
        let links = match self.builder() {
            Builder::BuildKit => Links::Confined,
            Builder::Classic => Links::Followed,
        };
        let Ok(file) = IgnoreFile::read(&plan.context, &plan.dockerfile, links) else { return cause };
        let instruction =
            step.and_then(|step| step.name.split_once("] ")).map(|(_, instruction)| instruction);
        match hidden::advice(&plan.context, &file, &cause.to_string(), instruction) {
            Some(advice) => cause.hint(advice),
            None => cause,
        }
    }

    async fn by_buildkit(
        &self,
        plan: &BuildPlan,
        provided: &Provided,
        keyring: &Keyring,
        mask: Mask,
        on_event: OnEvent<'_>,
    ) -> Result<String, Failed> {
        // BuildKit reads the patterns itself; here a malformed one is told with its file.
        let checked = check_ignore_files(plan).map_err(|error| (error, None, None))?;
        for warning in checked {
            on_event(BuildEvent::Warning(warning));
        }
        let failure = Failure::default();
        let warnings = Warnings::default();
        let (sizes, mut sized) = mpsc::unbounded_channel::<Size>();
        let solve = Solve {
            plan,
            keyring: keyring.clone(),
            secrets: Arc::clone(&provided.secrets),
            failure: failure.clone(),
            warnings: warnings.clone(),
            on_size: Arc::new(move |size| drop(sizes.send(size))),
        };
        let mut trace = Trace::masked(mask.clone());
        let context = plan.context.display().to_string();
        let mut warned = false;
        let mut warn = |sized: &mut mpsc::UnboundedReceiver<Size>| {
            while let Ok(size) = sized.try_recv() {
                if let Some(warning) = size.warning(&context).filter(|_| !warned) {
                    warned = true;
                    on_event(BuildEvent::Warning(warning));
                }
            }
            tell(&warnings, on_event);
        };
        let mut on_status = |message| {
            warn(&mut sized);
            tell_problems(keyring, on_event);
            trace.take(message, &mut |event| on_event(event));
        };
        let solved = self.solve(solve, &mut on_status).await;
        warn(&mut sized);
        let refusal = match solved {
            Ok(id) => return Ok(id),
            Err(refusal) => refusal,
        };
        // A context that broke off may look to the engine like one that ended.
        if let Some(cause) = failure.take() {
            return Err((cause, None, None));
        }
        let status = match refusal {
            Refusal::Status(status) => status,
            Refusal::Other(error) => return Err((error, None, None)),
        };
        let message = mask.apply(one_line(status.message()));
        let cause = Error::new(reason(&message));
        if is_connection(&status) {
            return Err((lost(cause), trace.failed(), None));
        }
        let step = trace.failed();
        let line = dockerfile_excerpt::of_status(&status)
            .or_else(|| dockerfile_excerpt::of_message(status.message(), &plan.dockerfile))
            .or_else(|| dockerfile_excerpt::of_step(&step.as_ref()?.name, &plan.dockerfile));
        Err(dockerfile_excerpt::within((cause, step, line), plan, &mask))
    }
}

/// Tells which logins could not be read since the last time.
pub(crate) fn tell_problems(keyring: &Keyring, on_event: OnEvent<'_>) {
    for problem in keyring.new_problems() {
        on_event(BuildEvent::Warning(problem));
    }
}

/// Tells what there is to know about files of the context since the last time.
pub(crate) fn tell(warnings: &Warnings, on_event: OnEvent<'_>) {
    for warning in warnings.take() {
        on_event(BuildEvent::Warning(warning));
    }
}

/// Reads the ignore files as BuildKit will, and gives what to warn about.
fn check_ignore_files(plan: &BuildPlan) -> Result<Vec<String>> {
    let file = IgnoreFile::read(&plan.context, &plan.dockerfile, Links::Confined)?;
    for context in plan.contexts.values() {
        if let NamedContext::Directory(path) = context {
            IgnoreFile::check(Path::new(path))?;
        }
    }
    let warning = |path: &PathBuf| {
        format!(
            "{} is a link that leads out of its directory, where BuildKit does not follow it: nothing that it lists \
             is left out of the build context. Put the file itself there",
            path.display()
        )
    };
    Ok(file.unfollowed.iter().map(warning).collect())
}

pub(crate) fn lost(cause: Error) -> Error {
    cause
        .context("the connection to the Docker Engine was lost")
        .hint("Check that the engine is still running, then deploy again.")
}

/// BuildKit's message without the names of its own stages in front.
pub(crate) fn reason(message: &str) -> &str {
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
}
