//! `copilot job run`: starts a run of a deployed job, and follows it when asked to.

mod direct;

use std::time::Duration;

use super::chosen::Names;
use super::runs::causes::{End, advice};
use super::runs::clock::Clock;
use super::runs::event::Status;
use super::runs::find;
use super::runs::plan::Plan;
use super::runs::port::{Executions as _, RunAccount, RunPlace};
use super::runs::run::{DIRECT, MANUAL, Run};
use super::runs::story::{duration, took};
use super::runs::target::Target;
use super::runs::verdict::Verdict;
use super::runs::watch::{self, Ended, Watch, announce, goes_on};
use crate::error::{Error, Kind, Result};
use crate::ops::outcome::Outcome;
use crate::report::Console;
use crate::report::events::{Event, RunProgress};
use crate::stack::{console_url, timeout};

pub use direct::Overrides;

/// What an interrupt means before anything was started.
const NOTHING_STARTED: &str = "nothing was started";

/// How often a start is tried whose answer cannot be understood.
const TRIES: u32 = 3;

/// What to run, and how.
pub struct Request<'a> {
    /// Which job, in which environment.
    pub names: Names,
    /// Follow the run to its end.
    pub wait: bool,
    /// Follow the run of this name instead of starting one.
    pub attach: Option<String>,
    /// Show what the containers log.
    pub logs: bool,
    /// How long to wait; without one, as long as the job may take and five minutes, or for ever.
    pub timeout: Option<Duration>,
    /// Start the task itself, with these changes.
    pub overrides: Option<Overrides>,
    /// Time as it passes.
    pub clock: &'a dyn Clock,
}

/// Starts a run.
///
/// # Errors
/// When it cannot be started; when it is waited for, also when it does not succeed, or its end is not seen.
pub async fn run<A: RunAccount>(
    account: &A,
    request: &Request<'_>,
    console: &Console<'_>,
) -> Result<Outcome> {
    if let Some(name) = &request.attach {
        find::check_name(name)?;
    }
    let container_overrides = request.overrides.as_ref().map(Overrides::check).transpose()?;
    let read = Box::pin(Target::read(account, &request.names, console));
    let target = console.guard(NOTHING_STARTED, read).await?;
    let plan = async {
        let definition = target.manager.definition(&target.machine).await?;
        Ok(definition.map(|definition| Plan::read(&definition)).unwrap_or_default())
    };
    if let Some(name) = &request.attach {
        let run = find::existing(&target, name, request.clock.unix_ms(), console);
        let (run, plan) = console.guard("nothing was changed", async { tokio::try_join!(run, plan) }).await?;
        return follow(&target, &plan, run, request, console).await;
    }
    let kind = if request.overrides.is_some() { DIRECT } else { MANUAL };
    let name = new_name(kind, request.clock.unix_ms());
    // From here on the run may exist, whatever is heard of the start.
    let pending = format!("run {name} of job {} may have been started", target.job);
    console.note_pending(pending.clone());
    let start = async {
        match container_overrides {
            Some(overrides) => {
                let plan = plan.await?;
                console.note(direct::BYPASSED);
                let task = direct::start(&target, &plan, &name, overrides).await?;
                let url = console_url::task(&task.arn);
                let mut run = Run::new(&name);
                run.learn_tasks(&[task]);
                Ok((run, plan, url))
            }
            None => {
                // The limits of a run only help to tell more of it: none is given up for them.
                let limits = async {
                    match request.wait {
                        true => plan.await.unwrap_or_default(),
                        false => Plan::default(),
                    }
                };
                let (started, plan) = tokio::join!(start(&target, &name), limits);
                let url = console_url::execution(&started?);
                Ok((Run::new(&name), plan, url))
            }
        }
    };
    let (run, plan, url) = console.guard(&pending, start).await?;
    console.clear_pending();
    if !request.wait {
        return Ok(Outcome::RunStarted {
            job: target.job.clone(),
            environment: target.environment.name.clone(),
            follow: format!("copilot job run {} --attach {name}", target.flags()),
            run: name,
            url,
        });
    }
    announce(&name, url, console);
    follow(&target, &plan, run, request, console).await
}

/// Starts the state machine. The name is made before the first try, so a repetition of the call starts nothing more.
async fn start<P: RunPlace>(target: &Target<P>, name: &str) -> Result<String> {
    let mut tries = 0;
    let started = loop {
        tries += 1;
        match target.manager.start_execution(&target.machine, name).await {
            Err(error) if error.is_transient() && tries < TRIES => {}
            result => break result,
        }
    };
    let started = match (started, &target.own) {
        // The manager role of an environment that the old tool deployed before its version 1.12 may not start runs.
        (Err(error), Some(own)) if error.is_denied() => {
            own.start_execution(&target.machine, name).await.map_err(|_| {
                error.hint(format!(
                    "The environment's template may be too old: `copilot env deploy --name {}` gives the role what it lacks.",
                    target.environment.name
                ))
            })
        }
        (result, _) => result,
    };
    started?.ok_or_else(|| {
        Error::new(format!("the state machine of job {} is gone: {}", target.job, target.machine))
            .hint(format!("Deploy the job again: `copilot job deploy {}`.", target.flags()))
    })
}

async fn follow<P: RunPlace>(
    target: &Target<P>,
    plan: &Plan,
    run: Run,
    request: &Request<'_>,
    console: &Console<'_>,
) -> Result<Outcome> {
    let goes_on = goes_on(&target.flags(), &run);
    let options = watch::Options { logs: request.logs, timeout: request.timeout, clock: request.clock };
    let watch = Watch::new(target, plan, run.clone(), options, console).follow();
    let followed = console.guard(&format!("run {} was not stopped", run.name), Box::pin(watch)).await;
    let Ended { run, judgement } = followed.map_err(|error| match error.kind() {
        Kind::Interrupted => error.hint(goes_on),
        _ => error,
    })?;
    let seconds = took(&run);
    console.report(Event::Run {
        run: run.name.clone(),
        event: RunProgress::Ended {
            verdict: judgement.verdict.words().replace(' ', "_"),
            exit_code: judgement.exit_code,
            why: judgement.why.clone(),
            attempts: run.attempts.len(),
            seconds: seconds.map(|span| span.as_secs()),
            disagreement: judgement.disagreement.clone(),
        },
    });
    if let Some(disagreement) = &judgement.disagreement {
        console.warn(format!("{disagreement} With `retries` in the manifest it would be run again."));
    }
    let mut how = match (run.attempts.len(), plan.attempts()) {
        (attempt @ 2.., Some(of)) => format!(" at attempt {attempt} of {of}"),
        (attempt @ 2.., None) => format!(" at attempt {attempt}"),
        _ => String::new(),
    };
    if let Some(span) = seconds {
        how.push_str(&format!(" after {}", duration(span)));
    }
    let why = judgement.why.as_deref();
    let because = why.map(|why| format!(": {why}")).unwrap_or_default();
    let name = &run.name;
    let error = match judgement.verdict {
        Verdict::Succeeded => return Ok(Outcome::RunSucceeded { run: run.name, how }),
        Verdict::NeverStarted => {
            Error::new(format!("run {name} of job {} never started{because}", target.job))
        }
        Verdict::TimedOut => {
            let limit = plan.timeout.map(|limit| format!(": the job may take {}", timeout::words(limit)));
            Error::new(format!("run {name} of job {} timed out{how}{}", target.job, limit.unwrap_or(because)))
        }
        Verdict::Stopped => Error::new(format!("run {name} of job {} was stopped{how}{because}", target.job)),
        Verdict::Failed => Error::new(format!("run {name} of job {} failed{how}{because}", target.job)),
        Verdict::Running | Verdict::Unknown => {
            return Err(Error::undetermined(format!(
                "how run {name} of job {} ended is not known",
                target.job
            )));
        }
    };
    let end = End {
        why: why.unwrap_or_default(),
        exit_code: judgement.exit_code,
        job: &target.job,
        env: &target.environment.name,
    };
    let error = match advice(end).filter(|_| run.status == Status::Failed) {
        Some(advice) => error.hint(advice),
        None => error,
    };
    Err(error.hint(format!("All about the run: `copilot job runs {} {name}`.", target.flags())))
}

/// A name for a run: what it is, when it was made (UTC), and something that tells it from others of the same second. Step
/// Functions takes 80 characters; for its log only letters, digits, `-` and `_`.
fn new_name(kind: &str, now: i64) -> String {
    let stamp = crate::manifest::schedule::words::timestamp(now / 1000);
    let digits: String = stamp.chars().filter(|c| c.is_ascii_digit() || *c == 'T').collect();
    let unique = uuid::Uuid::new_v4().simple().to_string();
    format!("{kind}{}-{}", digits.replace('T', "-"), unique.get(..6).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_runs_are_short_and_differ() {
        let (one, two) = (new_name(MANUAL, 1_795_784_400_000), new_name(MANUAL, 1_795_784_400_000));
        assert_ne!(one, two);
        assert!(one.starts_with("manual-20261127-130000-"), "{one}");
        assert!(one.len() <= 80 && find::check_name(&one).is_ok());
    }
}
