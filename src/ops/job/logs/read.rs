//! Events that are there already, by time: all of them from the earliest on, or the newest ones.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use futures_util::StreamExt as _;
use futures_util::future::{FutureExt as _, LocalBoxFuture, join_all};
use futures_util::stream::FuturesUnordered;

use super::port::{LogEvent, LogReader, StreamQuery};
use super::streams::{Cursor, LATE};
use crate::error::{Error, Result};

/// Streams whose first page is asked for before its turn comes.
const AHEAD: usize = 3;

/// Streams whose newest events are read at once.
const SIDE_BY_SIDE: usize = 4;

/// A stream to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Source {
    pub cursor: Cursor,
    /// No event is earlier; in milliseconds since 1970.
    pub opens: i64,
    /// Time of the last event, as far as AWS has told it.
    pub last: Option<i64>,
}

/// The events of several streams by time, and of one stream in its order. A stream is read page by page, the next one being
/// asked for while one is printed, and not before the others have come to the time of its first event: the memory this takes
/// depends on how many streams are written at the same time, and not on how long they are.
pub(crate) struct Merge<'a, R> {
    reader: &'a R,
    group: &'a str,
    /// By the time of the first event.
    streams: Vec<Stream>,
    /// How many of them are open.
    opened: usize,
    fetches: FuturesUnordered<LocalBoxFuture<'a, Fetched>>,
    /// Time of the next event of each open stream.
    heads: BinaryHeap<Reverse<(i64, usize)>>,
    /// The stream whose page has just been used up.
    drained: Option<usize>,
}

struct Stream {
    opens: i64,
    page: Page,
    events: std::vec::IntoIter<LogEvent>,
}

/// The next page of a stream.
enum Page {
    /// Not asked for.
    Idle(Cursor),
    Asked,
    Here(Cursor, Vec<LogEvent>),
    Failed(Error),
    /// There is none.
    Ended(Cursor),
}

struct Fetched {
    index: usize,
    page: Page,
}

impl<'a, R: LogReader> Merge<'a, R> {
    pub(crate) fn new(reader: &'a R, group: &'a str, mut sources: Vec<Source>) -> Self {
        sources.sort_by_key(|source| source.opens);
        let stream = |source: Source| Stream {
            opens: source.opens,
            page: Page::Idle(source.cursor),
            events: Vec::new().into_iter(),
        };
        Self {
            reader,
            group,
            streams: sources.into_iter().map(stream).collect(),
            opened: 0,
            fetches: FuturesUnordered::new(),
            heads: BinaryHeap::new(),
            drained: None,
        }
    }

    /// Whether the next event may have to be waited for.
    pub(crate) fn waits(&self) -> bool {
        self.drained.is_some()
    }

    /// The next event; `None` at the end of all streams.
    ///
    /// # Errors
    /// When AWS does not answer.
    pub(crate) async fn next(&mut self) -> Result<Option<LogEvent>> {
        if let Some(index) = self.drained.take() {
            self.refill(index).await?;
        }
        while let Some(stream) = self.streams.get(self.opened) {
            // A stream that may have an earlier event than all others comes first.
            if self.heads.peek().is_some_and(|Reverse((time, _))| *time < stream.opens) {
                break;
            }
            let index = self.opened;
            self.opened += 1;
            for ahead in index..(index + AHEAD).min(self.streams.len()) {
                self.ask(ahead).await;
            }
            self.refill(index).await?;
        }
        let Some(Reverse((_, index))) = self.heads.pop() else { return Ok(None) };
        let Some(stream) = self.streams.get_mut(index) else { return Ok(None) };
        let event = stream.events.next();
        match stream.events.as_slice().first() {
            Some(next) => self.heads.push(Reverse((next.timestamp, index))),
            None => self.drained = Some(index),
        }
        Ok(event)
    }

    /// Where the streams have been left.
    pub(crate) fn cursors(self) -> Vec<Cursor> {
        let cursor = |stream: Stream| match stream.page {
            Page::Idle(cursor) | Page::Here(cursor, _) | Page::Ended(cursor) => Some(cursor),
            Page::Asked | Page::Failed(_) => None,
        };
        self.streams.into_iter().filter_map(cursor).collect()
    }

    /// Gives a stream its next events, when there are any.
    async fn refill(&mut self, index: usize) -> Result<()> {
        loop {
            self.ask(index).await;
            while self.streams.get(index).is_some_and(|stream| matches!(stream.page, Page::Asked)) {
                let Some(fetched) = self.fetches.next().await else { return Ok(()) };
                self.store(fetched);
            }
            let Some(stream) = self.streams.get_mut(index) else { return Ok(()) };
            match std::mem::replace(&mut stream.page, Page::Asked) {
                Page::Here(cursor, events) => {
                    stream.page = Page::Idle(cursor);
                    let first = events.first().map(|event| event.timestamp);
                    stream.events = events.into_iter();
                    self.ask(index).await;
                    if let Some(time) = first {
                        self.heads.push(Reverse((time, index)));
                        return Ok(());
                    }
                }
                Page::Failed(error) => return Err(error),
                ended => {
                    stream.page = ended;
                    return Ok(());
                }
            }
        }
    }

    /// Asks for the next page of a stream, unless that was done. The call is sent at once and its answer waited for later.
    async fn ask(&mut self, index: usize) {
        let Some(stream) = self.streams.get_mut(index) else { return };
        if !matches!(stream.page, Page::Idle(_)) {
            return;
        }
        let Page::Idle(mut cursor) = std::mem::replace(&mut stream.page, Page::Asked) else { return };
        let (reader, group) = (self.reader, self.group);
        let fetch = async move {
            let page = match cursor.page(reader, group).await {
                Ok(Some(events)) => Page::Here(cursor, events),
                Ok(None) => Page::Ended(cursor),
                Err(error) => Page::Failed(error),
            };
            Fetched { index, page }
        };
        self.fetches.push(fetch.boxed_local());
        if let std::task::Poll::Ready(Some(fetched)) = futures_util::poll!(self.fetches.next()) {
            self.store(fetched);
        }
    }

    fn store(&mut self, fetched: Fetched) {
        if let Some(stream) = self.streams.get_mut(fetched.index) {
            stream.page = fetched.page;
        }
    }
}

/// The newest events of all streams that are wanted, by time, and where the streams end now.
///
/// # Errors
/// When AWS does not answer.
pub(crate) async fn newest(
    reader: &impl LogReader,
    group: &str,
    mut sources: Vec<Source>,
    limit: usize,
    wanted: &impl Fn(&LogEvent) -> bool,
) -> Result<(Vec<LogEvent>, Vec<Cursor>)> {
    let mut kept: Vec<LogEvent> = Vec::new();
    let mut cursors = Vec::new();
    // Of a stream whose last event is not known yet it may be the newest one.
    sources.sort_by_key(|source| Reverse(source.last.unwrap_or(i64::MAX)));
    for several in sources.chunks(SIDE_BY_SIDE) {
        let oldest = kept.first().filter(|_| kept.len() >= limit).map(|event| event.timestamp);
        let may_be_newer =
            |source: &&Source| source.last.zip(oldest).is_none_or(|(last, oldest)| last + LATE >= oldest);
        let reads = several.iter().filter(may_be_newer);
        let reads = reads.map(|source| backwards(reader, group, source.cursor.clone(), limit, wanted));
        for read in join_all(reads).await {
            let (events, cursor) = read?;
            kept.extend(events);
            cursors.push(cursor);
        }
        kept.sort_by_key(|event| event.timestamp);
        kept.drain(..kept.len().saturating_sub(limit));
    }
    Ok((kept, cursors))
}

/// The newest events of a stream, in its order, and its end.
async fn backwards(
    reader: &impl LogReader,
    group: &str,
    mut cursor: Cursor,
    limit: usize,
    wanted: &impl Fn(&LogEvent) -> bool,
) -> Result<(Vec<LogEvent>, Cursor)> {
    let mut pages: Vec<Vec<LogEvent>> = Vec::new();
    let mut token: Option<String> = None;
    let mut left = limit;
    while left > 0 {
        let Cursor { stream, start, end, .. } = &cursor;
        let (start, end) = (*start, *end);
        let query = StreamQuery { group, stream, start, end, limit: Some(left), newest_first: true };
        let Some(page) = reader.stream_events(&query, token.as_deref()).await? else { break };
        if token.is_none() && !page.forward.is_empty() {
            cursor.token = Some(page.forward);
        }
        if page.backward.is_empty() || token.as_deref() == Some(page.backward.as_str()) {
            break;
        }
        token = Some(page.backward);
        let events: Vec<LogEvent> = page.events.into_iter().filter(|event| wanted(event)).collect();
        left = left.saturating_sub(events.len());
        pages.push(events);
    }
    Ok((pages.into_iter().rev().flatten().collect(), cursor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::job::logs::testing::{Logs, shown};

    const GROUP: &str = "/copilot/demo-test-report";

    fn source(stream: &str, opens: i64) -> Source {
        Source { cursor: Cursor::new(stream), opens, last: None }
    }

    async fn all(logs: &Logs, sources: Vec<Source>) -> Vec<LogEvent> {
        let mut merge = Merge::new(logs, GROUP, sources);
        let mut events = Vec::new();
        while let Some(event) = merge.next().await.unwrap() {
            events.push(event);
        }
        events
    }

    #[tokio::test]
    async fn events_of_several_streams_are_in_the_order_of_time() {
        let logs = Logs::with_pages_of(2);
        logs.put("copilot/a/t1", &[(1, "1"), (5, "second"), (5, "third"), (9, "last")]);
        logs.put("copilot/b/t1", &[(3, "2"), (6, "4"), (7, "5")]);
        logs.put("copilot/a/t0", &[(8, "late run")]);
        let sources = vec![source("copilot/b/t1", 0), source("copilot/a/t1", 0), source("copilot/a/t0", 8)];
        let events = all(&logs, sources).await;
        assert_eq!(
            shown(&events),
            "1 a/t1 1, 3 b/t1 2, 5 a/t1 second, 5 a/t1 third, 6 b/t1 4, 7 b/t1 5, 8 a/t0 late run, 9 a/t1 last"
        );
    }

    #[tokio::test]
    async fn empty_pages_are_not_the_end() {
        let logs = Logs::with_pages_of(2);
        logs.put("copilot/a/t1", &[(1, "1"), (2, "2"), (3, "3")]);
        logs.skip_pages("copilot/a/t1", 2);
        assert_eq!(shown(&all(&logs, vec![source("copilot/a/t1", 0)]).await), "1 a/t1 1, 2 a/t1 2, 3 a/t1 3");
        logs.skip_pages("copilot/a/t1", 2);
        let (events, _) = newest(&logs, GROUP, vec![source("copilot/a/t1", 0)], 3, &|_| true).await.unwrap();
        assert_eq!(shown(&events), "1 a/t1 1, 2 a/t1 2, 3 a/t1 3");
    }

    #[tokio::test]
    async fn no_more_streams_are_open_than_overlap() {
        let logs = Logs::with_pages_of(10);
        let names: Vec<String> = (0..200).map(|run| format!("copilot/a/t{run}")).collect();
        for (name, start) in names.iter().zip((0..).step_by(100)) {
            let events: Vec<(i64, &str)> = (start..start + 50).map(|time| (time, "x")).collect();
            logs.put(name, &events);
        }
        let sources: Vec<Source> =
            names.iter().zip((0..).step_by(100)).map(|(name, opens)| source(name, opens)).collect();
        let mut merge = Merge::new(&logs, GROUP, sources);
        let (mut count, mut most) = (0, 0);
        while merge.next().await.unwrap().is_some() {
            count += 1;
            let held = |stream: &Stream| match &stream.page {
                Page::Here(_, events) => events.len() + stream.events.len(),
                _ => stream.events.len(),
            };
            most = most.max(merge.streams.iter().map(held).sum());
        }
        assert_eq!(count, 200 * 50);
        assert!(most <= 60, "{most} events were held");
    }

    #[tokio::test]
    async fn the_newest_events_are_read_from_the_end() {
        let logs = Logs::with_pages_of(4);
        let events: Vec<(i64, &str)> = (0..1000).map(|time| (time, "x")).collect();
        logs.put("copilot/a/t1", &events);
        logs.put("copilot/b/t1", &[(5, "old"), (997, "new")]);
        let sources = vec![source("copilot/a/t1", 0), source("copilot/b/t1", 0)];
        let (events, cursors) = newest(&logs, GROUP, sources, 6, &|_| true).await.unwrap();
        assert_eq!(
            shown(&events),
            "995 a/t1 x, 996 a/t1 x, 997 a/t1 x, 997 b/t1 new, 998 a/t1 x, 999 a/t1 x"
        );
        assert!(logs.calls() < 10, "{} calls", logs.calls());
        logs.put("copilot/a/t1", &[(1000, "next")]);
        let sources = cursors.into_iter().map(|cursor| Source { cursor, ..Source::default() }).collect();
        assert_eq!(shown(&all(&logs, sources).await), "1000 a/t1 next");
    }

    #[tokio::test]
    async fn reading_goes_on_where_it_has_ended() {
        let logs = Logs::default();
        logs.put("copilot/a/t1", &[(1, "1")]);
        let mut merge = Merge::new(&logs, GROUP, vec![source("copilot/a/t1", 0), source("copilot/a/t2", 0)]);
        while merge.next().await.unwrap().is_some() {}
        let cursors = merge.cursors();
        logs.put("copilot/a/t1", &[(2, "2")]);
        logs.put("copilot/a/t2", &[(3, "3")]);
        let sources = cursors.into_iter().map(|cursor| Source { cursor, ..Source::default() }).collect();
        assert_eq!(shown(&all(&logs, sources).await), "2 a/t1 2, 3 a/t2 3");
    }
}
