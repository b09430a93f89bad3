//! What the user sees: talk on stderr, data on stdout.
//!
//! [`Deployment`] takes the pipeline's events. On a terminal it draws a block that is redrawn while
//! things move and leaves one line for each finished thing; elsewhere each change of state becomes one
//! plain line. `--json` writes them to stdout instead.

mod build_view;
mod clean;
mod confirm;
pub mod data;
mod differences;
pub mod findings;
pub mod github;
pub mod json;
pub mod listing;
mod live;
pub mod log_lines;
mod masked;
pub mod message;
mod paint;
mod plain;
pub mod prompt;
mod quiet;
mod row;
mod run_view;
pub mod runs_listing;
mod screen;
mod stack_view;
mod table;
mod tree_lines;
mod wrap;

use crate::context::{Context, Progress, Terminal};
use crate::diff::differences::Differences;
use crate::ops::outcome::Outcome;
use crate::report::Reporter;
use crate::report::events::Event;

/// What a deployment shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Its progress, as it fits stderr.
    Progress,
    /// Only what went wrong.
    Quiet,
    /// Everything, for a program, on stdout.
    Json,
}

impl Output {
    /// What --json and --quiet ask for.
    pub fn of_flags(json: bool, quiet: bool) -> Self {
        match (json, quiet) {
            (true, _) => Self::Json,
            (false, true) => Self::Quiet,
            (false, false) => Self::Progress,
        }
    }
}

/// The view of one deployment.
pub enum Deployment {
    /// Redrawn on a terminal.
    Live(live::Live, paint::Paint),
    /// One line per change.
    Plain(plain::Plain),
    /// Warnings about this deployment only.
    Quiet(quiet::Quiet),
    /// One JSON object per event.
    Json(json::Json),
}

/// Tells the time in seconds since 1970.
type Clock = Box<dyn Fn() -> u64 + Send + Sync>;

impl Deployment {
    /// Chooses the view for that output.
    pub fn new(context: &Context, output: Output) -> Self {
        let terminal = context.terminal;
        let owned = context.clone();
        let clock: Clock = Box::new(move || owned.unix_time());
        match (output, terminal.progress) {
            (Output::Quiet, _) => Self::Quiet(quiet::Quiet::new(terminal)),
            (Output::Json, _) => Self::Json(json::Json::new(clock)),
            (Output::Progress, Progress::Live) => {
                Self::Live(live::Live::start(terminal), paint::Paint(terminal.colors))
            }
            (Output::Progress, _) => Self::Plain(plain::Plain::new(terminal, clock)),
        }
    }

    /// Stops drawing; what is on the screen stays.
    pub fn finish(&self) {
        match self {
            Self::Live(live, _) => live.finish(),
            Self::Plain(plain) => plain.finish(),
            Self::Quiet(_) | Self::Json(_) => {}
        }
    }

    /// Says what continues, or remains, when the process ends at once.
    pub fn exited(&self, pending: &str, terminal: Terminal) {
        self.finish();
        match self {
            Self::Json(json) => json.exited(pending),
            Self::Live(..) | Self::Plain(_) | Self::Quiet(_) => message::exited(pending, terminal),
        }
    }

    /// Says how the deployment ended; call it after [`Self::finish`].
    pub fn outcome(&self, outcome: &Outcome) {
        match self {
            Self::Live(_, paint) => line(&message::outcome_text(outcome, *paint)),
            Self::Plain(plain) => plain.outcome(outcome),
            Self::Quiet(_) => {}
            Self::Json(json) => json.outcome(outcome),
        }
    }
}

impl Reporter for Deployment {
    fn report(&self, subject: &str, event: Event) {
        match self {
            Self::Live(live, _) => live.report(subject, event),
            Self::Plain(plain) => plain.report(subject, event),
            Self::Quiet(quiet) => quiet.report(subject, event),
            Self::Json(json) => json.report(subject, event),
        }
    }

    fn differences(&self, subject: &str, differences: &Differences) -> std::io::Result<()> {
        match self {
            Self::Live(live, _) => live.differences(subject, differences),
            Self::Plain(plain) => plain.differences(subject, differences),
            Self::Quiet(quiet) => quiet.differences(subject, differences),
            Self::Json(json) => json.differences(subject, differences),
        }
    }
}

/// Writes one line to stderr. A closed stderr leaves nobody to tell, so failures are ignored.
fn line(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Seconds as shown everywhere: `12.3s`.
fn seconds(duration: std::time::Duration) -> String {
    format!("{:.1}s", duration.as_secs_f64())
}

/// A time in seconds since 1970 as `2026-11-23T09:00:00Z`.
fn timestamp(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.unwrap_or_default().to_string()
}
