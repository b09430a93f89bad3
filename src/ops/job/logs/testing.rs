//! Logs in memory, for unit tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use super::port::{
    EventPage, EventQuery, InsightsQuery, LogEvent, LogReader, LogStream, QueryResults, StreamEvents,
    StreamPage, StreamQuery, Streams,
};
use crate::error::{Error, Result};

/// A log group.
#[derive(Default)]
pub(crate) struct Logs(Mutex<State>);

#[derive(Default)]
struct State {
    now: i64,
    page: usize,
    streams: BTreeMap<String, Stream>,
    /// Tasks whose streams are not listed.
    hidden: BTreeSet<String>,
    failing: BTreeMap<String, u32>,
    missing: BTreeMap<String, u32>,
    /// Empty pages that still come.
    empty: BTreeMap<String, u32>,
    calls: u32,
}

#[derive(Default)]
struct Stream {
    created: i64,
    events: Vec<LogEvent>,
}

impl Logs {
    /// One that answers in pages of so many events.
    pub(crate) fn with_pages_of(events: usize) -> Self {
        let logs = Self::default();
        logs.0.lock().unwrap().page = events;
        logs
    }

    /// Sets the clock.
    pub(crate) fn time(&self, now: i64) {
        self.0.lock().unwrap().now = now;
    }

    /// Adds events to a stream.
    pub(crate) fn put(&self, stream: &str, events: &[(i64, &str)]) {
        let mut state = self.0.lock().unwrap();
        let created = state.now;
        let found =
            state.streams.entry(stream.to_owned()).or_insert_with(|| Stream { created, events: Vec::new() });
        found.events.extend(events.iter().map(|(timestamp, message)| LogEvent {
            stream: Arc::from(stream),
            timestamp: *timestamp,
            message: (*message).to_owned(),
            ..LogEvent::default()
        }));
    }

    /// Does not list the streams of a task.
    pub(crate) fn hide(&self, task: &str) {
        self.0.lock().unwrap().hidden.insert(task.to_owned());
    }

    /// Throttles the next calls about a stream.
    pub(crate) fn fail(&self, stream: &str, times: u32) {
        self.0.lock().unwrap().failing.insert(stream.to_owned(), times);
    }

    /// Lets the next pages of a stream but the first be empty.
    pub(crate) fn skip_pages(&self, stream: &str, pages: u32) {
        self.0.lock().unwrap().empty.insert(stream.to_owned(), pages);
    }

    /// How many calls for events of streams there were.
    pub(crate) fn calls(&self) -> u32 {
        self.0.lock().unwrap().calls
    }

    /// Says of a stream that there is none, at the next calls about it.
    pub(crate) fn lose(&self, stream: &str, times: u32) {
        self.0.lock().unwrap().missing.insert(stream.to_owned(), times);
    }
}

/// Counts one down, as long as there is something to count.
fn counted(counts: &mut BTreeMap<String, u32>, name: &str) -> bool {
    counts.get_mut(name).is_some_and(|left| {
        let met = *left > 0;
        *left = left.saturating_sub(1);
        met
    })
}

impl LogReader for Logs {
    async fn filtered_events(&self, query: &EventQuery<'_>, _: Option<&str>) -> Result<Option<EventPage>> {
        let state = self.0.lock().unwrap();
        let wanted = |name: &str| match query.streams {
            Streams::All => true,
            Streams::Prefix(prefix) => name.starts_with(prefix),
            Streams::Named(names) => names.iter().any(|one| one == name),
        };
        let inside = |event: &&LogEvent| query.start.is_none_or(|start| event.timestamp >= start);
        let streams = state.streams.iter().filter(|(name, _)| wanted(name));
        let events = streams.flat_map(|(_, stream)| stream.events.iter().filter(inside).cloned());
        Ok(Some(EventPage { events: events.collect(), next: None }))
    }

    async fn log_streams(
        &self,
        _: &str,
        prefix: Option<&str>,
        after: Option<&str>,
    ) -> Result<Option<StreamPage>> {
        let state = self.0.lock().unwrap();
        let hidden = |name: &str| state.hidden.iter().any(|task| name.ends_with(task.as_str()));
        let listed = state
            .streams
            .iter()
            .filter(|(name, _)| !hidden(name) && prefix.is_none_or(|prefix| name.starts_with(prefix)));
        let mut streams: Vec<LogStream> = listed
            .map(|(name, stream)| LogStream {
                name: name.clone(),
                created: stream.created,
                first: stream.events.iter().map(|event| event.timestamp).min(),
                last: stream.events.iter().map(|event| event.timestamp).max(),
            })
            .collect();
        if prefix.is_none() {
            streams.sort_by_key(|stream| std::cmp::Reverse(stream.last));
        }
        let from: usize = after.map_or(0, |token| token.parse().unwrap());
        let next = (from + 50 < streams.len()).then(|| (from + 50).to_string());
        let streams = streams.into_iter().skip(from).take(50).collect();
        Ok(Some(StreamPage { streams, next, answered: Some(state.now) }))
    }

    async fn stream_events(
        &self,
        query: &StreamQuery<'_>,
        token: Option<&str>,
    ) -> Result<Option<StreamEvents>> {
        let mut state = self.0.lock().unwrap();
        state.calls += 1;
        if counted(&mut state.failing, query.stream) {
            return Err(Error::new("Rate exceeded").transient());
        }
        if counted(&mut state.missing, query.stream) {
            return Ok(None);
        }
        let skipped = token.is_some() && counted(&mut state.empty, query.stream);
        let page = if state.page == 0 { 10_000 } else { state.page };
        let page = query.limit.map_or(page, |limit| limit.min(page));
        let Some(stream) = state.streams.get(query.stream) else { return Ok(None) };
        let inside = |event: &LogEvent| {
            query.start.is_none_or(|start| event.timestamp >= start)
                && query.end.is_none_or(|end| event.timestamp < end)
        };
        let all = &stream.events;
        let wanted: Vec<usize> = (0..all.len()).filter(|index| inside(&all[*index])).collect();
        // A token is the number of events before the place, and something that makes it another one.
        let place = token.map(|token| token.trim_end_matches('+').parse::<usize>().unwrap());
        if let Some(token) = token.filter(|_| skipped) {
            let (forward, backward) = (format!("{token}+"), format!("{token}+"));
            return Ok(Some(StreamEvents { events: Vec::new(), forward, backward }));
        }
        let place = place.unwrap_or(if query.newest_first { all.len() } else { 0 });
        let chosen: Vec<usize> = match query.newest_first {
            true => {
                let before: Vec<usize> = wanted.into_iter().filter(|index| *index < place).collect();
                before[before.len().saturating_sub(page)..].to_vec()
            }
            false => wanted.into_iter().filter(|index| *index >= place).take(page).collect(),
        };
        let same = || token.map_or_else(|| place.to_string(), str::to_owned);
        let forward = chosen.last().map_or_else(same, |last| (last + 1).to_string());
        let backward = chosen.first().map_or_else(same, ToString::to_string);
        let events = chosen.iter().map(|index| all[*index].clone()).collect();
        Ok(Some(StreamEvents { events, forward, backward }))
    }

    async fn start_query(&self, _: &InsightsQuery<'_>) -> Result<Option<String>> {
        Ok(None)
    }

    async fn query_results(&self, _: &str) -> Result<QueryResults> {
        Ok(QueryResults::default())
    }

    async fn stop_query(&self, _: &str) -> Result<()> {
        Ok(())
    }
}

/// Events as `10 report/t1 text`.
pub(crate) fn shown(events: &[LogEvent]) -> String {
    let one = |event: &LogEvent| {
        let stream = event.stream.trim_start_matches("copilot/");
        format!("{} {stream} {}", event.timestamp, event.message)
    };
    events.iter().map(one).collect::<Vec<_>>().join(", ")
}
