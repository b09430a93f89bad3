//! A run as data: for tables, and for programs. The keys of its JSON are stable.

use serde::Serialize;

use super::event::Status;
use super::history::Past;
use super::run::{Run, Trigger};
use super::story::{began, duration, took};
use super::verdict::{Verdict, attempt_ended, judge};
use crate::manifest::schedule::words;

/// How times are shown.
#[derive(Clone, Copy)]
pub struct Times<'a> {
    /// The time, in milliseconds since 1970.
    pub now: i64,
    /// How many seconds local time is ahead of UTC at an instant.
    pub utc_offset: &'a dyn Fn(i64) -> i32,
}

impl Times<'_> {
    /// An instant in milliseconds, in UTC and in local time where it differs.
    pub(crate) fn shown(&self, instant: i64) -> String {
        let seconds = instant.div_euclid(1000);
        words::in_both_times(seconds, (self.utc_offset)(seconds))
    }
}

/// An instant in milliseconds as `2026-11-23T09:00:00Z`.
pub(crate) fn timestamp(instant: i64) -> String {
    words::timestamp(instant.div_euclid(1000))
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRecord {
    /// Its name.
    pub name: String,
    /// What began it.
    pub trigger: Trigger,
    /// When: `2026-11-23T09:00:00Z`.
    pub started: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
    /// How many seconds it took, or takes until now.
    pub seconds: Option<u64>,
    /// How many attempts there were.
    pub attempts: usize,
    /// How it ended, by the job's own container.
    pub verdict: Verdict,
    /// Exit code of that container in the last attempt.
    pub exit_code: Option<i64>,
    /// Why it ended so.
    pub why: Option<String>,
    /// How Step Functions sees it; `None` for a task that was started directly, and where it is not known.
    pub step_functions: Option<&'static str>,
    /// Why Step Functions sees it otherwise.
    pub disagreement: Option<String>,
    /// When it began, for a person.
    #[serde(skip)]
    pub started_shown: String,
    /// How long it took, for a person.
    #[serde(skip)]
    pub took_shown: String,
}

impl RunRecord {
    /// Of a run in a list. `main` is the name of the job's container.
    pub(crate) fn of_past(past: &Past, main: &str, times: Times<'_>) -> Self {
        Self { attempts: past.attempts.max(past.run.attempts.len()), ..Self::new(&past.run, main, times) }
    }

    /// Of a run of which everything is known.
    pub(crate) fn new(run: &Run, main: &str, times: Times<'_>) -> Self {
        let judged = judge(&whole(run), main);
        let span = took(run).or_else(|| {
            let until_now = run.started.filter(|_| judged.verdict == Verdict::Running)?;
            u64::try_from(times.now - until_now).ok().map(std::time::Duration::from_millis)
        });
        Self {
            name: run.name.clone(),
            trigger: run.trigger,
            started: run.started.map(timestamp),
            ended: run.ended.map(timestamp),
            seconds: span.map(|span| span.as_secs()),
            attempts: run.attempts.len(),
            verdict: judged.verdict,
            exit_code: judged.exit_code,
            why: judged.why,
            step_functions: step_functions(run),
            disagreement: judged.disagreement,
            started_shown: run.started.map_or_else(|| "unknown".to_owned(), |at| times.shown(at)),
            took_shown: span.map_or_else(|| "-".to_owned(), duration),
        }
    }
}

/// A task that was started directly has nobody who calls it ended: its own end is the run's.
pub(crate) fn whole(run: &Run) -> Run {
    let mut run = run.clone();
    let task = run.tasks().last().cloned();
    if let Some(task) = task.filter(|task| run.trigger == Trigger::Direct && task.has_stopped()) {
        let well = task.containers.iter().all(|container| container.exit_code == Some(0));
        run.status = if well { Status::Succeeded } else { Status::Failed };
        run.ended = run.ended.or(task.stopped);
    }
    run.started = run.started.or_else(|| run.attempts.first().and_then(began));
    run
}

fn step_functions(run: &Run) -> Option<&'static str> {
    Some(match run.status {
        _ if run.trigger == Trigger::Direct => return None,
        Status::Running => "RUNNING",
        Status::Succeeded => "SUCCEEDED",
        Status::Failed => "FAILED",
        Status::TimedOut => "TIMED_OUT",
        Status::Aborted => "ABORTED",
    })
}

/// One attempt of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptRecord {
    /// Its number, from 1 on.
    pub attempt: usize,
    /// Id of its task; `None` when ECS took none.
    pub task: Option<String>,
    /// When it began.
    pub started: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
    /// How far its task is, in ECS's word; `None` when ECS has forgotten it.
    pub status: Option<String>,
    /// How it ended, in a clause; `None` while it goes on.
    pub result: Option<String>,
    /// Its containers.
    pub containers: Vec<ContainerRecord>,
    /// When it began, for a person.
    #[serde(skip)]
    pub started_shown: String,
}

/// A container of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerRecord {
    /// Its name.
    pub name: String,
    /// Its exit code; one that never ran has none.
    pub exit_code: Option<i64>,
    /// What ECS says about it.
    pub reason: Option<String>,
    /// The last lines that it has logged.
    pub log: Vec<String>,
}

impl AttemptRecord {
    /// The attempts of a run.
    pub(crate) fn all(run: &Run, main: &str, times: Times<'_>) -> Vec<Self> {
        let record = |(index, attempt): (usize, &super::run::Attempt)| {
            let task = attempt.task.as_ref();
            let ended = attempt.ended.or_else(|| task.and_then(|task| task.stopped));
            let containers = task.into_iter().flat_map(|task| &task.containers);
            Self {
                attempt: index + 1,
                task: task.map(|task| task.id().to_owned()),
                started: began(attempt).map(timestamp),
                ended: ended.map(timestamp),
                status: task.map(|task| task.status.clone()).filter(|status| !status.is_empty()),
                result: attempt_ended(attempt, main),
                containers: containers
                    .map(|container| ContainerRecord {
                        name: container.name.clone(),
                        exit_code: container.exit_code,
                        reason: container.reason.clone(),
                        log: Vec::new(),
                    })
                    .collect(),
                started_shown: began(attempt).map_or_else(|| "unknown".to_owned(), |at| times.shown(at)),
            }
        };
        run.attempts.iter().enumerate().map(record).collect()
    }
}
