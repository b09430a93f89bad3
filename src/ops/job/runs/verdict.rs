//! How a run ended: as its main container says, with a word where Step Functions sees it otherwise. Pure.

use super::event::Status;
use super::run::{Attempt, Run};
use super::task::{Container, Task};

/// How a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It goes on.
    Running,
    /// The main container ended with 0.
    Succeeded,
    /// The main container ended otherwise.
    Failed,
    /// The main container never ran.
    NeverStarted,
    /// It took longer than the job may.
    TimedOut,
    /// Somebody stopped it.
    Stopped,
    /// How it ended cannot be told any more.
    Unknown,
}

impl Verdict {
    /// For people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::NeverStarted => "never started",
            Self::TimedOut => "timed out",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it ended and not well.
    pub(crate) fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::NeverStarted | Self::TimedOut | Self::Stopped)
    }
}

/// A verdict with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// How it ended.
    pub verdict: Verdict,
    /// The main container's exit code in the last attempt.
    pub exit_code: Option<i64>,
    /// Why, in a clause.
    pub why: Option<String>,
    /// Why Step Functions sees it otherwise, as a sentence.
    pub disagreement: Option<String>,
}

/// Judges a run by its last attempt. `main` is the name of the job's container.
pub(crate) fn judge(run: &Run, main: &str) -> Judgement {
    let last = run.attempts.last();
    let task = last.and_then(|attempt| attempt.task.as_ref());
    let container = task.and_then(|task| task.container(main));
    let exit_code = container.and_then(|container| container.exit_code);
    let judged = |verdict, why: Option<String>| Judgement { verdict, exit_code, why, disagreement: None };
    match run.status {
        Status::Running => judged(Verdict::Running, None),
        // Only when all containers end with 0 is an attempt a success for Step Functions.
        Status::Succeeded => Judgement { exit_code: Some(0), ..judged(Verdict::Succeeded, None) },
        Status::TimedOut => judged(Verdict::TimedOut, words(&run.cause)),
        Status::Aborted => judged(Verdict::Stopped, words(&run.cause)),
        Status::Failed => match (exit_code, task.and_then(|task| failed_beside(task, main))) {
            (Some(0), Some(other)) => Judgement {
                disagreement: Some(format!(
                    "Step Functions counts the run as failed, because container {} {}; the job's own container ended with 0.",
                    other.name,
                    ended(other)
                )),
                ..judged(Verdict::Succeeded, None)
            },
            (Some(code), _) => {
                let reason = container.and_then(|container| container.reason.as_deref());
                judged(Verdict::Failed, Some(with_reason(code, reason)))
            }
            (None, _) => {
                let verdict = match task {
                    Some(task)
                        if task.started.is_some()
                            && task.stop_code.as_deref() != Some("TaskFailedToStart") =>
                    {
                        Verdict::Failed
                    }
                    _ => Verdict::NeverStarted,
                };
                judged(
                    verdict,
                    never_ran(last, task, main).or_else(|| words(&run.cause)).or_else(|| words(&run.error)),
                )
            }
        },
    }
}

/// What an attempt came to, in a clause; `None` while it goes on.
pub(crate) fn attempt_ended(attempt: &Attempt, main: &str) -> Option<String> {
    let task = attempt.task.as_ref();
    let container = task.and_then(|task| task.container(main));
    let code = container.and_then(|container| container.exit_code);
    let over = attempt.ended.is_some() || task.is_some_and(Task::has_stopped);
    match code {
        Some(0) => match task.and_then(|task| failed_beside(task, main)) {
            Some(other) => Some(format!("exit code 0, but container {} {}", other.name, ended(other))),
            None => over.then(|| "exit code 0".to_owned()),
        },
        Some(code) => Some(with_reason(code, container.and_then(|container| container.reason.as_deref()))),
        None if over => never_ran(Some(attempt), task, main).or_else(|| Some("no exit code".to_owned())),
        None => None,
    }
}

/// Why a container has no exit code.
fn never_ran(attempt: Option<&Attempt>, task: Option<&Task>, main: &str) -> Option<String> {
    let container = task.and_then(|task| task.container(main));
    let reason = container.and_then(|container| container.reason.clone());
    let stopped = task.and_then(|task| task.stopped_reason.clone());
    // The container's reason is the longer story, where there is one.
    reason.or(stopped).or_else(|| {
        let (error, cause) = attempt?.failure.as_ref()?;
        match task.is_some() && cause.starts_with('{') {
            true => words(error),
            false => words(cause).or_else(|| words(error)),
        }
    })
}

/// Another container that failed.
fn failed_beside<'a>(task: &'a Task, main: &str) -> Option<&'a Container> {
    task.containers.iter().find(|one| one.name != main && one.exit_code.is_some_and(|code| code != 0))
}

fn ended(container: &Container) -> String {
    let code = container.exit_code.unwrap_or_default();
    match &container.reason {
        Some(reason) => format!("ended with exit code {code} ({reason})"),
        None => format!("ended with exit code {code}"),
    }
}

fn with_reason(code: i64, reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("exit code {code}: {reason}"),
        None => format!("exit code {code}"),
    }
}

fn words(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(name: &str, exit_code: Option<i64>, reason: Option<&str>) -> Container {
        Container {
            name: name.to_owned(),
            exit_code,
            reason: reason.map(str::to_owned),
            ..Container::default()
        }
    }

    fn run(status: Status, containers: Vec<Container>, started: bool) -> Run {
        let task = Task {
            started: started.then_some(1),
            stop_code: (!started).then(|| "TaskFailedToStart".to_owned()),
            stopped_reason: Some("Essential container in task exited".to_owned()),
            status: "STOPPED".to_owned(),
            containers,
            ..Task::default()
        };
        let attempt = Attempt { task: Some(task), ..Attempt::default() };
        Run { status, cause: "because".to_owned(), attempts: vec![attempt], ..Run::new("r-1") }
    }

    #[test]
    fn the_main_container_decides() {
        let job = |code| container("report", code, None);
        let killed = || container("proxy", Some(137), Some("OutOfMemoryError: killed"));
        let pull = "CannotPullContainerError: not found";
        let cases = [
            ("goes on", run(Status::Running, vec![job(None)], true)),
            ("all well", run(Status::Succeeded, vec![job(Some(0))], true)),
            ("no task known", Run { attempts: Vec::new(), ..run(Status::Succeeded, Vec::new(), true) }),
            ("exit code", run(Status::Failed, vec![job(Some(3))], true)),
            ("sidecar alone", run(Status::Failed, vec![job(Some(0)), killed()], true)),
            ("both", run(Status::Failed, vec![job(Some(1)), killed()], true)),
            ("no image", run(Status::Failed, vec![container("report", None, Some(pull))], false)),
            ("refused", Run { attempts: Vec::new(), ..run(Status::Failed, Vec::new(), false) }),
            ("no code", run(Status::Failed, vec![job(None)], true)),
            ("limit", run(Status::TimedOut, vec![job(Some(137))], true)),
            ("by hand", run(Status::Aborted, vec![job(None)], true)),
        ];
        let told = cases.map(|(what, run)| {
            let Judgement { verdict, exit_code, why, disagreement } = judge(&run, "report");
            let code = exit_code.map_or("-".to_owned(), |code| code.to_string());
            let why = why.unwrap_or_default();
            format!("{what}: {}, {code}. {why} {}", verdict.words(), disagreement.unwrap_or_default())
                .trim_end()
                .to_owned()
        });
        insta::assert_snapshot!(told.join("\n"), @"
        goes on: running, -.
        all well: succeeded, 0.
        no task known: succeeded, 0.
        exit code: failed, 3. exit code 3
        sidecar alone: succeeded, 0.  Step Functions counts the run as failed, because container proxy ended with exit code 137 (OutOfMemoryError: killed); the job's own container ended with 0.
        both: failed, 1. exit code 1
        no image: never started, -. CannotPullContainerError: not found
        refused: never started, -. because
        no code: failed, -. Essential container in task exited
        limit: timed out, 137. because
        by hand: stopped, -. because
        ");
    }
}
