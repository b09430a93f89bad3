//! Final words: the outcome, or the error with its hints. The only place that renders errors.

use super::line;
use super::paint::{ERROR, Paint, SUCCESS};
use crate::context::Terminal;
use crate::deploy::Outcome;
use crate::error::{Error, Kind};

/// Writes an error and what to do next.
pub fn error(error: &Error, terminal: Terminal) {
    let paint = Paint(terminal.colors);
    let mark = if error.kind() == Kind::Interrupted { paint.yellow("!") } else { paint.red(ERROR) };
    line(&format!("{mark} {error}"));
    for detail in error.detail_lines() {
        line(&format!("  | {detail}"));
    }
    for hint in error.hints() {
        line(&format!("  {hint}"));
    }
}

/// Writes what goes on, or is left, when the process ends at once.
pub fn left_at_once(what: &str, terminal: Terminal) {
    line(&format!("{} left at once: {what}", Paint(terminal.colors).yellow("!")));
}

/// Writes how a deployment ended.
pub fn outcome(outcome: &Outcome, terminal: Terminal) {
    match outcome {
        Outcome::Deployed { .. } => line(&format!("{} {outcome}", Paint(terminal.colors).green(SUCCESS))),
        Outcome::Unchanged { .. } | Outcome::Detached { .. } | Outcome::AtRest { .. } => {
            line(&outcome.to_string())
        }
    }
}
