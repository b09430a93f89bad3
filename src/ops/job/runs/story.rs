//! What of a run is told as it goes on: each thing once.

use std::time::Duration;

use super::plan::Plan;
use super::run::{Attempt, Run};
use super::task::Task;
use super::verdict::attempt_ended;
use crate::ops::job::logs::port::LogEvent;
use crate::report::Console;
use crate::report::events::{Event, RunProgress};

/// What was told.
pub(crate) struct Story {
    run: String,
    main: String,
    plan: Plan,
    attempts: Vec<Told>,
}

/// What was told of an attempt.
#[derive(Default)]
struct Told {
    status: String,
    containers: Vec<String>,
    ended: bool,
}

impl Story {
    /// Of a run nothing was told of. `main` is the name of the job's container.
    pub(crate) fn new(run: &str, main: &str, plan: &Plan) -> Self {
        Self { run: run.to_owned(), main: main.to_owned(), plan: plan.clone(), attempts: Vec::new() }
    }

    fn report(&self, event: RunProgress, console: &Console<'_>) {
        console.report(Event::Run { run: self.run.clone(), event });
    }

    /// Tells what is new; whether there was anything.
    pub(crate) fn tell(&mut self, run: &Run, console: &Console<'_>) -> bool {
        let mut news = Vec::new();
        let count = run.attempts.len();
        for (index, attempt) in run.attempts.iter().enumerate() {
            let number = index + 1;
            if self.attempts.len() <= index {
                let task = attempt.task.as_ref().map(|task| task.id().to_owned());
                news.push(RunProgress::Attempt { attempt: number, of: self.plan.attempts(), task });
                self.attempts.push(Told::default());
            }
            let Some(told) = self.attempts.get_mut(index) else { continue };
            if let Some(task) = &attempt.task {
                news.extend(told.task(number, task));
            }
            // How it ended is told when the exit code is there, or the run goes on without it.
            let failed = |task: &Task| {
                task.has_stopped()
                    && task.containers.iter().any(|one| one.exit_code.is_some_and(|code| code != 0))
            };
            let failed =
                attempt.failure.is_some() || number < count || attempt.task.as_ref().is_some_and(failed);
            let over = failed || attempt.ended.is_some() || run.has_ended();
            if over
                && !told.ended
                && let Some(result) = attempt_ended(attempt, &self.main)
            {
                told.ended = true;
                let pause =
                    self.plan.pause_after(number).filter(|_| failed && number == count && !run.has_ended());
                let retry_in = pause.map(|pause| pause.as_secs());
                news.push(RunProgress::AttemptEnded { attempt: number, result, retry_in });
            }
        }
        let any = !news.is_empty();
        news.into_iter().for_each(|event| self.report(event, console));
        any
    }

    /// Shows lines that containers have logged.
    pub(crate) fn lines(&self, run: &Run, lines: Vec<LogEvent>, console: &Console<'_>) {
        let several = run.tasks().any(|task| task.containers.len() > 1);
        for LogEvent { stream, timestamp, message, .. } in lines {
            // `copilot/<container>/<task id>`
            let mut parts = stream.rsplit('/');
            let task = parts.next().unwrap_or_default().to_owned();
            let container = parts.next().unwrap_or_default().to_owned();
            self.report(RunProgress::Log { container, task, timestamp, message, several }, console);
        }
    }

    /// Says that it goes on, a while after it began. `now` is in milliseconds since 1970.
    pub(crate) fn still(&self, run: &Run, now: i64, since: Duration, console: &Console<'_>) {
        let still = RunProgress::Still { state: self.state(run, now), seconds: since.as_secs() };
        self.report(still, console);
    }

    /// How far it is, in words: `attempt 1 of 2, task 0a1b RUNNING for 5m`.
    pub(crate) fn state(&self, run: &Run, now: i64) -> String {
        let number = run.attempts.len();
        let Some(attempt) = run.attempts.last() else { return "no task yet".to_owned() };
        let of = self.plan.attempts().filter(|most| *most > 1).map(|most| format!(" of {most}"));
        let of = of.unwrap_or_default();
        match &attempt.task {
            Some(task) if attempt.ended.is_none() => {
                let since = task.stopped.or(task.started).or(task.created).or(attempt.began);
                let since = since.and_then(|since| u64::try_from(now - since).ok());
                let since = since.map(|ms| format!(" for {}", duration(Duration::from_millis(ms))));
                let status = if task.status.is_empty() { "submitted" } else { &task.status };
                format!("attempt {number}{of}, task {} {status}{}", task.id(), since.unwrap_or_default())
            }
            _ => format!("attempt {number}{of} ended"),
        }
    }
}

impl Told {
    fn task(&mut self, attempt: usize, task: &Task) -> Vec<RunProgress> {
        let mut news = Vec::new();
        if !task.status.is_empty() && task.status != self.status {
            self.status.clone_from(&task.status);
            let (task, status) = (task.id().to_owned(), task.status.clone());
            news.push(RunProgress::Task { attempt, task, status });
        }
        for container in &task.containers {
            let over = container.exit_code.is_some() || (task.has_stopped() && container.reason.is_some());
            if over && !self.containers.contains(&container.name) {
                self.containers.push(container.name.clone());
                news.push(RunProgress::Container {
                    attempt,
                    container: container.name.clone(),
                    exit_code: container.exit_code,
                    reason: container.reason.clone(),
                });
            }
        }
        news
    }
}

/// A span of time for people: `45s`, `12m 30s`, `3h 5m`.
pub(crate) fn duration(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => match seconds % 60 {
            0 => format!("{}m", seconds / 60),
            rest => format!("{}m {rest}s", seconds / 60),
        },
        3600..86_400 => match seconds / 60 % 60 {
            0 => format!("{}h", seconds / 3600),
            rest => format!("{}h {rest}m", seconds / 3600),
        },
        _ => format!("{}d {}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// How long a run took; `None` while it goes on.
pub(crate) fn took(run: &Run) -> Option<Duration> {
    let (started, ended) = (run.started?, run.ended?);
    u64::try_from(ended - started).ok().map(Duration::from_millis)
}

/// When an attempt began, in milliseconds since 1970.
pub(crate) fn began(attempt: &Attempt) -> Option<i64> {
    attempt.began.or_else(|| attempt.task.as_ref().and_then(|task| task.created))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time() {
        let told =
            [0, 59, 60, 750, 3600, 11_100, 90_000].map(|seconds| duration(Duration::from_secs(seconds)));
        assert_eq!(told, ["0s", "59s", "1m", "12m 30s", "1h", "3h 5m", "1d 1h"]);
    }
}
