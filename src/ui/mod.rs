//! What the user sees: talk on stderr, never on stdout.
//!
//! [`Deployment`] takes the pipeline's events. On a terminal it draws a block that is redrawn while
//! things move and leaves one line for each finished thing; elsewhere each change of state becomes one
//! plain line, without escape codes.

mod build_view;
mod confirm;
mod live;
pub mod message;
mod paint;
mod plain;
pub mod prompt;
mod quiet;
mod stack_view;

use crate::context::Terminal;
use crate::deploy::events::{Event, Reporter};

/// The view of one deployment.
pub enum Deployment {
    /// Redrawn on a terminal.
    Live(live::Live),
    /// One line per change.
    Plain(plain::Plain),
    /// Warnings about this deployment only.
    Quiet(quiet::Quiet),
}

impl Deployment {
    /// Chooses the view that fits stderr; `quiet` when only what went wrong shall be seen.
    pub fn new(terminal: Terminal, quiet: bool) -> Self {
        if quiet {
            Self::Quiet(quiet::Quiet::new(terminal))
        } else if terminal.stderr {
            Self::Live(live::Live::start(terminal))
        } else {
            Self::Plain(plain::Plain::new(terminal))
        }
    }

    /// Stops drawing; what is on the screen stays.
    pub fn finish(&self) {
        if let Self::Live(live) = self {
            live.finish();
        }
    }
}

impl Reporter for Deployment {
    fn report(&self, event: Event) {
        match self {
            Self::Live(live) => live.report(event),
            Self::Plain(plain) => plain.report(event),
            Self::Quiet(quiet) => quiet.report(event),
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
