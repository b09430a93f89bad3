//! Names of streams, and places in them.

use super::port::{LogEvent, LogReader, StreamQuery};
use crate::error::Result;

/// How late AWS may tell the time of a stream's last event, in milliseconds.
pub(crate) const LATE: i64 = 60 * 60 * 1000;

/// How names of containers' streams begin, and those of state machines.
const CONTAINERS: &str = "copilot/";
pub(crate) const STATE_MACHINE: &str = "states/";

/// Whose stream it is: a container's, and of which task. `None` for any other stream.
pub(crate) fn origin(stream: &str) -> Option<(&str, &str)> {
    stream.strip_prefix(CONTAINERS)?.split_once('/')
}

/// The stream of a task's container.
pub(crate) fn of_task(container: &str, task: &str) -> String {
    format!("{CONTAINERS}{container}/{task}")
}

/// A place in a stream, from which it is read on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub stream: String,
    /// Events before this time are left out.
    pub start: Option<i64>,
    /// Events at and after this time are left out.
    pub end: Option<i64>,
    /// Where the next page begins.
    pub token: Option<String>,
}

impl Cursor {
    /// The stream's beginning.
    pub(crate) fn new(stream: &str) -> Self {
        Self { stream: stream.to_owned(), ..Self::default() }
    }

    /// The next page, which may be empty; `None` at the end of what the stream has so far, or when there is no such stream. A
    /// call that fails leaves the place as it is.
    pub(crate) async fn page(
        &mut self,
        reader: &impl LogReader,
        group: &str,
    ) -> Result<Option<Vec<LogEvent>>> {
        let Self { stream, start, end, token } = self;
        let query = StreamQuery { group, stream, start: *start, end: *end, ..StreamQuery::default() };
        let Some(page) = reader.stream_events(&query, token.as_deref()).await? else { return Ok(None) };
        // Only a token that is repeated is the end: pages in between may be empty.
        if page.forward.is_empty() || token.as_deref() == Some(page.forward.as_str()) {
            return Ok(None);
        }
        self.token = Some(page.forward);
        Ok(Some(page.events))
    }
}

/// What lines for people begin with: the first 25 characters of the stream's name, as the old tool has it, or more, where they
/// would not tell containers and tasks apart.
pub fn short_name(stream: &str) -> &str {
    const SHORT: usize = 25;
    const OF_TASK: usize = 6;
    let task = origin(stream).map_or(0, |(_, task)| stream.len() - task.len() + OF_TASK);
    stream.get(..task.max(SHORT)).unwrap_or(stream)
}
