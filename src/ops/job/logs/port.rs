//! What reading logs needs from outside.
#![allow(async_fn_in_trait, reason = "used generically, never boxed")]

use std::io;
use std::sync::Arc;

use crate::error::Result;
use crate::store::go_json;

/// The logs of an environment's region, with its manager role or with the user's own credentials.
pub trait LogReader {
    /// A page of the events of a group's streams, as far as AWS got in one call: an empty page with a token is not the
    /// last one, and later pages may hold earlier events. `None` when there is no such group, or no such stream of those named.
    async fn filtered_events(&self, query: &EventQuery<'_>, after: Option<&str>)
    -> Result<Option<EventPage>>;
    /// A page of a group's streams: those with the newest events first, or all whose names have a prefix, by name. `None` when
    /// there is no such group.
    async fn log_streams(
        &self,
        group: &str,
        prefix: Option<&str>,
        after: Option<&str>,
    ) -> Result<Option<StreamPage>>;
    /// A page of one stream's events, in their order; `None` when there is no such stream. The end is reached when the token
    /// of the direction that is read in is the one that was sent.
    async fn stream_events(
        &self,
        query: &StreamQuery<'_>,
        token: Option<&str>,
    ) -> Result<Option<StreamEvents>>;
    /// Starts a query of Logs Insights and returns its id; `None` when there is no such group.
    async fn start_query(&self, query: &InsightsQuery<'_>) -> Result<Option<String>>;
    /// What a query has found so far.
    async fn query_results(&self, id: &str) -> Result<QueryResults>;
    /// Ends a query, if it is still under way.
    async fn stop_query(&self, id: &str) -> Result<()>;
}

/// Takes the events that a command shows.
pub trait Sink {
    /// Takes an event.
    ///
    /// # Errors
    /// When nobody reads any more, or nothing can be written.
    fn write(&mut self, event: &LogEvent) -> io::Result<()>;
    /// Hands over what was taken.
    ///
    /// # Errors
    /// As [`Self::write`].
    fn flush(&mut self) -> io::Result<()>;
}

/// Which events of a group.
#[derive(Clone, Copy, Debug, Default)]
pub struct EventQuery<'a> {
    /// Name of the log group.
    pub group: &'a str,
    /// Which of its streams.
    pub streams: Streams<'a>,
    /// The earliest time, in milliseconds since 1970.
    pub start: Option<i64>,
    /// The latest time, in milliseconds since 1970.
    pub end: Option<i64>,
    /// A filter pattern of CloudWatch Logs; empty for all events.
    pub pattern: &'a str,
    /// The largest number of events in a page; AWS's own without one.
    pub limit: Option<usize>,
}

/// Streams of a group.
#[derive(Clone, Copy, Debug, Default)]
pub enum Streams<'a> {
    /// All of them.
    #[default]
    All,
    /// Those whose names begin like this.
    Prefix(&'a str),
    /// Those of these names, a hundred at most.
    Named(&'a [String]),
}

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogEvent {
    /// Name of its stream.
    pub stream: Arc<str>,
    /// When it happened, in milliseconds since 1970.
    pub timestamp: i64,
    /// When CloudWatch got it, in milliseconds since 1970.
    pub ingestion: i64,
    /// Its id; empty where AWS tells none.
    pub id: String,
    /// Its text, as it was logged.
    pub message: String,
}

impl LogEvent {
    /// One line of JSON, with the keys that the old tool has, in its order.
    pub fn json(&self) -> String {
        #[derive(serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Record<'a> {
            log_stream_name: &'a str,
            ingestion_time: i64,
            message: &'a str,
            timestamp: i64,
        }
        go_json::encode(&Record {
            log_stream_name: &self.stream,
            ingestion_time: self.ingestion,
            message: &self.message,
            timestamp: self.timestamp,
        })
    }
}

/// Some events of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPage {
    /// In AWS's order.
    pub events: Vec<LogEvent>,
    /// Where the next page begins, when there is one.
    pub next: Option<String>,
}

/// Some streams of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamPage {
    /// In AWS's order.
    pub streams: Vec<LogStream>,
    /// Where the next page begins, when there is one.
    pub next: Option<String>,
    /// AWS's clock when it answered, in milliseconds since 1970.
    pub answered: Option<i64>,
}

/// A stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogStream {
    /// Its name: `copilot/<container>/<task id>` of a container.
    pub name: String,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// Time of its first event; AWS tells this and the next late, after up to an hour.
    pub first: Option<i64>,
    /// Time of its last event.
    pub last: Option<i64>,
}

/// Which events of a stream.
#[derive(Clone, Copy, Debug, Default)]
pub struct StreamQuery<'a> {
    /// Name of the log group.
    pub group: &'a str,
    /// Name of the stream.
    pub stream: &'a str,
    /// The earliest time, in milliseconds since 1970.
    pub start: Option<i64>,
    /// The time before which they happened, in milliseconds since 1970.
    pub end: Option<i64>,
    /// The largest number of events in a page; AWS's own without one.
    pub limit: Option<usize>,
    /// Pages begin with the newest events.
    pub newest_first: bool,
}

/// Some events of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamEvents {
    /// The earliest first, in either direction.
    pub events: Vec<LogEvent>,
    /// Token of the page with later events.
    pub forward: String,
    /// Token of the page with earlier events.
    pub backward: String,
}

/// A query of Logs Insights.
#[derive(Clone, Copy, Debug, Default)]
pub struct InsightsQuery<'a> {
    /// Name of the log group.
    pub group: &'a str,
    /// The query.
    pub text: &'a str,
    /// The earliest time, in seconds since 1970.
    pub start: i64,
    /// The latest time, in seconds since 1970.
    pub end: i64,
    /// The largest number of rows.
    pub limit: usize,
}

/// What a query has found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryResults {
    /// `Scheduled`, `Running`, `Complete`, `Failed`, `Cancelled`, `Timeout` or `Unknown`.
    pub status: String,
    /// Fields and values.
    pub rows: Vec<Vec<(String, String)>>,
    /// How many events match; more than there are rows when the limit cut them.
    pub matched: f64,
}
