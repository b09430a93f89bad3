//! Final words: the outcome, or the error with its hints. The only place that renders errors.

use super::paint::{ERROR, Paint, SUCCESS};
use super::{Output, github, line};
use crate::context::{Progress, Terminal};
use crate::deploy::Outcome;
use crate::error::{Error, Kind};
use crate::text::sanitize;

/// How many of a failed step's last lines are told again where they were told as they came.
const TOLD_AGAIN: usize = 40;

/// Writes an error and what to do next. What a failed step of a build printed comes first, all of it unless it
/// was written as progress, so that the error itself is not scrolled away.
pub fn error(error: &Error, output: Output, terminal: Terminal) {
    let in_github = terminal.progress == Progress::GitHub;
    let told = output == Output::Progress && terminal.progress != Progress::Live;
    if !told {
        for text in error.log_lines() {
            let text = format!("  | {}", sanitize(text));
            line(&if in_github { github::neutral(&text) } else { text.as_str().into() });
        }
    }
    let again = if told { last_lines(error) } else { Vec::new() };
    if in_github {
        github::error(error, &again).iter().for_each(|text| line(text));
        return;
    }
    let paint = Paint(terminal.colors);
    let mark = if error.kind() == Kind::Interrupted { paint.yellow("!") } else { paint.red(ERROR) };
    line(&format!("{mark} {}", sanitize(&error.to_string())));
    for detail in error.detail_lines().iter().chain(&again) {
        line(&format!("  | {}", sanitize(detail)));
    }
    for hint in error.hints() {
        line(&format!("  {}", sanitize(hint)));
    }
}

/// The end of what a failed step of a build printed.
pub(super) fn last_lines(error: &Error) -> Vec<String> {
    let log = error.log_lines();
    let before = log.len().saturating_sub(TOLD_AGAIN);
    let left_out = (before > 0).then(|| "…".to_owned());
    left_out.into_iter().chain(log.iter().skip(before).cloned()).collect()
}

/// Writes what goes on, or is left, when the process ends at once.
pub fn left_at_once(what: &str, terminal: Terminal) {
    let text = format!("{} left at once: {}", Paint(terminal.colors).yellow("!"), sanitize(what));
    let github = terminal.progress == Progress::GitHub;
    line(&if github { github::neutral(&text) } else { text.as_str().into() });
}

/// How a deployment ended, in words.
pub(super) fn outcome_text(outcome: &Outcome, paint: Paint) -> String {
    match outcome {
        Outcome::Deployed { .. } => format!("{} {outcome}", paint.green(SUCCESS)),
        Outcome::Unchanged { .. }
        | Outcome::Declined { .. }
        | Outcome::Detached { .. }
        | Outcome::AtRest { .. } => outcome.to_string(),
    }
}
