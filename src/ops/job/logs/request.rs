//! Which lines of which job.

use std::time::Duration;

use crate::manifest::duration;
use crate::ops::job::chosen::Names;

/// What the user asks for.
pub struct Request<'a> {
    /// Of which job, in which environment.
    pub names: Names,
    /// Which runs.
    pub which: Which,
    /// Which time.
    pub span: Span,
    /// The only container whose lines are shown.
    pub container: Option<String>,
    /// Show the events of the state machine too.
    pub state_machine: bool,
    /// Show the last lines only, this many.
    pub limit: Option<usize>,
    /// Show lines as they come.
    pub follow: bool,
    /// The time, in seconds since 1970.
    pub clock: &'a dyn Fn() -> u64,
}

/// Which runs of the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// The last one; with a time, all that have lines then.
    Usual,
    /// The last ones.
    Last(usize),
    /// The one of this name.
    Run(String),
    /// Those with tasks whose ids begin like this.
    Tasks(Vec<String>),
}

/// Which time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Not longer ago than this.
    pub since: Option<Duration>,
    /// Not before, in milliseconds since 1970.
    pub start: Option<i64>,
    /// Before, in milliseconds since 1970.
    pub end: Option<i64>,
}

impl Span {
    /// Whether there is any limit.
    pub(crate) fn is_limited(&self) -> bool {
        self.since.is_some() || self.start.is_some() || self.end.is_some()
    }

    /// The earliest time, when it is this time now.
    pub(crate) fn start(&self, now: i64) -> Option<i64> {
        let since = self.since.map(|since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        since.map_or(self.start, |since| Some(now.saturating_sub(since)))
    }
}

/// Parses how long ago in Go's notation, with days besides: `30s`, `5m`, `1h30m`, `2d`.
///
/// # Errors
/// When it is none, or negative, as text for the command line.
pub fn since(text: &str) -> Result<Duration, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok());
    if let Some(days) = days {
        return Ok(Duration::from_secs(u64::from(days) * 24 * 60 * 60));
    }
    let nanoseconds = duration::parse(text).ok_or("expected a duration such as 30s, 5m or 1h30m")?;
    let nanoseconds = u64::try_from(nanoseconds).map_err(|_| "must not be negative".to_owned())?;
    Ok(Duration::from_nanos(nanoseconds))
}
