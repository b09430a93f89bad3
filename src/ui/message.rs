//! Final words: the outcome, or the error with its hints. The only place that renders errors.

use super::paint::{ERROR, Paint, SUCCESS};
use super::{github, line};
use crate::context::{Progress, Terminal};
use crate::deploy::Outcome;
use crate::error::{Error, Kind};
use crate::text::sanitize;

/// Writes an error and what to do next.
pub fn error(error: &Error, terminal: Terminal) {
    if terminal.progress == Progress::GitHub {
        github::error(error).iter().for_each(|text| line(text));
        return;
    }
    let paint = Paint(terminal.colors);
    let mark = if error.kind() == Kind::Interrupted { paint.yellow("!") } else { paint.red(ERROR) };
    line(&format!("{mark} {}", sanitize(&error.to_string())));
    for detail in error.detail_lines() {
        line(&format!("  | {}", sanitize(detail)));
    }
    for hint in error.hints() {
        line(&format!("  {}", sanitize(hint)));
    }
}

/// Writes what goes on, or is left, when the process ends at once.
pub fn left_at_once(what: &str, terminal: Terminal) {
    let what = sanitize(what);
    line(&format!("{} left at once: {what}", Paint(terminal.colors).yellow("!")));
}

/// How a deployment ended, in words.
pub(super) fn outcome_text(outcome: &Outcome, paint: Paint) -> String {
    match outcome {
        Outcome::Deployed { .. } => format!("{} {outcome}", paint.green(SUCCESS)),
        Outcome::Unchanged { .. } | Outcome::Detached { .. } | Outcome::AtRest { .. } => outcome.to_string(),
    }
}
