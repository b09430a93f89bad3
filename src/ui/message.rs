//! Final words: the outcome, or the error with its hints. The only place that renders errors.

use super::paint::{ERROR, Paint, SUCCESS};
use super::{Output, clean, github, line};
use crate::context::{Progress, Terminal};
use crate::error::{Error, Kind};
use crate::ops::outcome::Outcome;

/// How many of a failed step's last lines are told again where they were told as they came.
const TOLD_AGAIN: usize = 40;

/// Writes an error and what to do next. What a failed step of a build printed comes first, all of it unless it
/// was written as progress, so that the error itself is not scrolled away.
pub fn error(error: &Error, output: Output, terminal: Terminal) {
    let shown = clean::error(error);
    let in_github = terminal.progress == Progress::GitHub;
    let told = output == Output::Progress && terminal.progress != Progress::Live;
    if !told {
        for text in &shown.log {
            let text = format!("  | {text}");
            line(&if in_github { github::neutral(&text) } else { text.as_str().into() });
        }
    }
    let again = if told { last_lines(&shown.log) } else { Vec::new() };
    if in_github {
        github::error(&shown, &again).iter().for_each(|text| line(text));
        return;
    }
    let paint = Paint(terminal.colors);
    let mark = if error.kind() == Kind::Interrupted { paint.yellow("!") } else { paint.red(ERROR) };
    line(&format!("{mark} {}", shown.message));
    for detail in shown.details.iter().chain(&again) {
        line(&format!("  | {detail}"));
    }
    for hint in &shown.hints {
        line(&format!("  {hint}"));
    }
}

/// The end of what a failed step of a build printed.
pub(super) fn last_lines(log: &[String]) -> Vec<String> {
    let before = log.len().saturating_sub(TOLD_AGAIN);
    let left_out = (before > 0).then(|| "…".to_owned());
    left_out.into_iter().chain(log.iter().skip(before).cloned()).collect()
}

/// Writes that a command did what it was run for, and what may come next.
pub fn done(text: &str, next: &[&str], terminal: Terminal) {
    let github = terminal.progress == Progress::GitHub;
    let text = format!("{} {}", Paint(terminal.colors).green(SUCCESS), clean::text(text));
    for text in std::iter::once(text).chain(next.iter().map(|next| format!("  {}", clean::text(next)))) {
        line(&if github { github::neutral(&text) } else { text.as_str().into() });
    }
}

/// Writes lines that are neither an outcome nor an error. They may be for copying, so they are not wrapped.
pub fn note(text: &str, terminal: Terminal) {
    let github = terminal.progress == Progress::GitHub;
    for text in text.lines() {
        let text = clean::text(text);
        line(&if github { github::neutral(&text) } else { text });
    }
}

/// Writes what continues, or remains, when the process ends at once.
pub fn exited(pending: &str, terminal: Terminal) {
    let text = format!("{} Exited; {}", Paint(terminal.colors).yellow("!"), clean::text(pending));
    let github = terminal.progress == Progress::GitHub;
    line(&if github { github::neutral(&text) } else { text.as_str().into() });
}

/// How a deployment ended, in words.
pub(super) fn outcome_text(outcome: &Outcome, paint: Paint) -> String {
    let text = outcome.to_string();
    let text = clean::text(&text);
    match outcome {
        Outcome::Deployed { .. }
        | Outcome::Deleted { .. }
        | Outcome::RunStarted { .. }
        | Outcome::RunStopped { .. }
        | Outcome::RunSucceeded { .. } => format!("{} {text}", paint.green(SUCCESS)),
        Outcome::Unchanged { .. }
        | Outcome::Declined { .. }
        | Outcome::Detached { .. }
        | Outcome::AtRest { .. } => text.into_owned(),
    }
}
