//! One line of a progress tree: what a resource is, how far it is, for how long, why it failed. Pure.

use console::measure_text_width;

use super::paint::{ERROR, Paint, SUCCESS};
use crate::report::events::ResourceEvent;
use crate::text::one_line;

/// The state of a resource, or of a stack as a whole.
pub(super) struct Row {
    /// What it is, for people.
    pub description: String,
    /// The status in brackets.
    pub status_cell: String,
    /// Columns that these two take; every redraw needs them of every row.
    pub widths: (usize, usize),
    /// Why it failed, each reason once, in order.
    pub reasons: Vec<String>,
    status: Option<String>,
    failed: bool,
    failed_by_itself: bool,
    timer: Timer,
}

/// Times are those of the events, in seconds since 1970, so that what lies between two looks counts.
enum Timer {
    Unstarted,
    Running(f64),
    Stopped(f64),
}

/// How far a resource is, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing was heard of it.
    NotStarted,
    /// It is being changed.
    Running,
    /// It has its new state, or its old one again after nothing went wrong.
    Complete,
    /// It failed, now or before.
    Failed,
}

/// What an event changed.
pub(super) struct Changed {
    /// The new status, in words.
    pub status: String,
    /// Seconds since it started, when it just ended.
    pub elapsed: Option<f64>,
    /// Why it failed.
    pub reason: Option<String>,
}

impl Row {
    /// A row of something that has not started.
    pub(super) fn new(description: &str) -> Self {
        let description = one_line(description);
        let status_cell = "[not started]".to_owned();
        Self {
            widths: (measure_text_width(&description), status_cell.len()),
            description,
            status_cell,
            reasons: Vec::new(),
            status: None,
            failed: false,
            failed_by_itself: false,
            timer: Timer::Unstarted,
        }
    }

    /// Takes an event; `None` when the status stays what it was.
    pub(super) fn apply(&mut self, event: &ResourceEvent) -> Option<Changed> {
        if self.status.as_deref() == Some(&event.status) {
            return None;
        }
        self.status = Some(event.status.clone());
        self.status_cell = format!("[{}]", words(&event.status));
        self.widths.1 = measure_text_width(&self.status_cell);
        let mut changed = Changed { status: words(&event.status), elapsed: None, reason: None };
        if event.status.ends_with("_IN_PROGRESS") {
            if !matches!(self.timer, Timer::Running(_)) {
                self.timer = Timer::Running(event.time);
            }
        } else {
            let elapsed = self.elapsed(event.time).unwrap_or_default();
            self.timer = Timer::Stopped(elapsed);
            changed.elapsed = Some(elapsed);
        }
        if is_failure(&event.status) {
            self.failed = true;
            self.failed_by_itself |= event.status.ends_with("_FAILED") && !was_cancelled(event);
            if let Some(reason) = event.reason.as_deref().filter(|reason| !reason.trim().is_empty()) {
                let reason = one_line(reason);
                if !self.reasons.contains(&reason) {
                    self.reasons.push(reason.clone());
                }
                changed.reason = Some(reason);
            }
        }
        Some(changed)
    }

    /// Seconds from its start to its end, or to now, which is in seconds since 1970.
    pub(super) fn elapsed(&self, now: f64) -> Option<f64> {
        match self.timer {
            Timer::Unstarted => None,
            Timer::Running(start) => Some((now - start).max(0.0)),
            Timer::Stopped(elapsed) => Some(elapsed),
        }
    }

    /// How far it is.
    pub(super) fn phase(&self) -> Phase {
        match &self.status {
            _ if self.failed => Phase::Failed,
            None => Phase::NotStarted,
            Some(status) if is_success(status) || !status.ends_with("_IN_PROGRESS") => Phase::Complete,
            Some(_) => Phase::Running,
        }
    }

    /// Whether it is being changed at the moment, be it after a failure.
    pub(super) fn is_moving(&self) -> bool {
        matches!(self.timer, Timer::Running(_))
    }

    /// Whether it failed, and not because something else did.
    pub(super) fn is_cause(&self) -> bool {
        self.failed_by_itself
    }

    /// A mark that says roughly what the status says, where there is no room for it.
    pub(super) fn mark(&self) -> &'static str {
        match self.phase() {
            Phase::NotStarted => "-",
            Phase::Running => ">",
            Phase::Complete => SUCCESS,
            Phase::Failed => ERROR,
        }
    }

    /// Paints a text about the status: red once anything failed, green for success.
    pub(super) fn paint_status(&self, text: &str, paint: Paint) -> String {
        match &self.status {
            _ if self.failed => paint.red(text),
            Some(status) if is_success(status) => paint.green(text),
            _ => paint.faint(text),
        }
    }
}

/// `CREATE_IN_PROGRESS` as `create in progress`.
fn words(status: &str) -> String {
    status.to_lowercase().replace(['_', '\n'], " ")
}

fn is_success(status: &str) -> bool {
    matches!(
        status,
        "CREATE_COMPLETE"
            | "DELETE_COMPLETE"
            | "UPDATE_COMPLETE"
            | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
            | "IMPORT_COMPLETE"
    )
}

fn is_failure(status: &str) -> bool {
    status.ends_with("_FAILED") || status.contains("ROLLBACK")
}

/// CloudFormation stops resources under way when another one fails, and says so in these words.
fn was_cancelled(event: &ResourceEvent) -> bool {
    event.reason.as_deref().is_some_and(|reason| {
        reason.contains("Resource creation cancelled") || reason.contains("Resource update cancelled")
    })
}
