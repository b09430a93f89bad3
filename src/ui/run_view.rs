//! A run of a job: what is told of it, and the line that shows how far it is.

use std::io::{self, Write as _};
use std::time::Instant;

use super::log_lines::Painter;
use super::paint::Paint;
use super::{clean, github};
use crate::context::Terminal;
use crate::report::events::RunProgress;

/// How far a run is.
pub(super) struct RunView {
    state: String,
    since: Instant,
}

impl RunView {
    /// The view after an event; `None` when nothing is left to show.
    pub(super) fn after(before: Option<Self>, event: &RunProgress, now: Instant) -> Option<Self> {
        let state = match event {
            RunProgress::Started { .. } => "Waiting for the first task".to_owned(),
            RunProgress::Attempt { attempt, of, .. } => {
                format!("{}: submitted", attempt_words(*attempt, *of))
            }
            RunProgress::Task { attempt, task, status } => {
                format!("Attempt {attempt}: task {task} {}", status.to_lowercase())
            }
            RunProgress::AttemptEnded { attempt, retry_in: Some(seconds), .. } => {
                format!("Attempt {attempt} failed; the next one begins in {seconds}s")
            }
            RunProgress::Ended { .. } => return None,
            RunProgress::Container { .. }
            | RunProgress::AttemptEnded { .. }
            | RunProgress::Log { .. }
            | RunProgress::Still { .. } => return before,
        };
        Some(Self { state, since: now })
    }

    /// Its line.
    pub(super) fn line(&self, now: Instant, spinner: &str) -> String {
        let seconds = now.saturating_duration_since(self.since).as_secs();
        let since = match seconds {
            0..60 => format!("{seconds}s"),
            _ => format!("{}m {}s", seconds / 60, seconds % 60),
        };
        format!("{spinner} {} [{since}]", self.state)
    }
}

/// What stays of an event on a terminal.
pub(super) fn kept(run: &str, event: &RunProgress, paint: Paint) -> Option<String> {
    match event {
        RunProgress::Task { .. } | RunProgress::Still { .. } => None,
        event => told(run, event, paint),
    }
}

/// An event in words; `None` when its words are the outcome's, or the containers'.
pub(super) fn told(run: &str, event: &RunProgress, paint: Paint) -> Option<String> {
    Some(match event {
        RunProgress::Started { url: Some(url) } => format!("Run {run}: {url}"),
        RunProgress::Started { url: None } => format!("Run {run}"),
        RunProgress::Attempt { attempt, of, task: Some(task) } => {
            format!("{}: task {task}", attempt_words(*attempt, *of))
        }
        RunProgress::Attempt { attempt, of, task: None } => {
            format!("{}: ECS took no task", attempt_words(*attempt, *of))
        }
        RunProgress::Task { attempt, task, status } => format!("Attempt {attempt}: task {task} {status}"),
        RunProgress::Container { container, exit_code, reason, .. } => {
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            match exit_code {
                Some(0) => format!("Container {container} ended with exit code 0{reason}"),
                Some(code) => {
                    paint.red(&format!("Container {container} ended with exit code {code}{reason}"))
                }
                None => paint.red(&format!("Container {container} never ran{reason}")),
            }
        }
        RunProgress::AttemptEnded { attempt, result, retry_in: Some(seconds) } => {
            paint.yellow(&format!("Attempt {attempt} failed: {result}; the next one begins in {seconds}s"))
        }
        RunProgress::Still { state, seconds } => format!("Still running after {seconds}s: {state}"),
        RunProgress::AttemptEnded { retry_in: None, .. }
        | RunProgress::Ended { .. }
        | RunProgress::Log { .. } => {
            return None;
        }
    })
}

fn attempt_words(attempt: usize, of: Option<u64>) -> String {
    match of {
        Some(of @ 2..) => format!("Attempt {attempt} of {of}"),
        _ => format!("Attempt {attempt}"),
    }
}

/// Writes a line that a container has logged to stdout; one of several containers with its name.
pub(super) fn logged(container: &str, message: &str, several: bool) {
    let terminal = Terminal::detect();
    let text = Painter::new(terminal).text(message);
    let text = if several { format!("{} | {text}", clean::text(container)) } else { text };
    let text = if terminal.stdout_is_log { github::neutral(&text).into_owned() } else { text };
    // Who does not want to read any more is told the rest on stderr.
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{}", text.trim_end_matches('\n')).and_then(|()| stdout.flush());
}
