//! Which streams hold the lines that were asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::known::{RunTasks, Runs};
use super::port::{EventQuery, LogReader, LogStream, Streams};
use super::read::Source;
use super::streams::{Cursor, LATE, STATE_MACHINE, of_task, origin};
use crate::error::{Error, Result};

/// How far clocks of AWS are apart at most: a line may be a little older than its stream.
const SLACK: i64 = 60_000;

/// Streams that one call of `FilterLogEvents` takes.
const NAMES: usize = 100;

/// Runs that are named when there is none of a name.
const NAMED: usize = 5;

/// The streams of a group, read as far as needed.
pub(crate) struct Listing<'a, R> {
    reader: &'a R,
    group: &'a str,
    /// Those with the newest events first.
    pub streams: Vec<LogStream>,
    next: Option<String>,
    /// Containers of the job.
    pub containers: BTreeSet<String>,
}

impl<'a, R: LogReader> Listing<'a, R> {
    /// A listing that begins with this page.
    pub(crate) fn new(
        reader: &'a R,
        group: &'a str,
        job: &str,
        streams: Vec<LogStream>,
        next: Option<String>,
    ) -> Self {
        let containers = BTreeSet::from([job.to_owned()]);
        let mut listing = Self { reader, group, streams: Vec::new(), next, containers };
        listing.add(streams);
        listing
    }

    fn add(&mut self, streams: Vec<LogStream>) {
        let containers =
            streams.iter().filter_map(|stream| origin(&stream.name)).map(|(name, _)| name.to_owned());
        self.containers.extend(containers);
        self.streams.extend(streams);
    }

    /// Reads one more page; `false` when there is none.
    async fn more(&mut self) -> Result<bool> {
        let Some(next) = self.next.take() else { return Ok(false) };
        let page = self.reader.log_streams(self.group, None, Some(&next)).await?.unwrap_or_default();
        self.next = page.next;
        self.add(page.streams);
        Ok(true)
    }

    /// Runs that the streams tell of, the newest first: each task that is not of a known run counts as one.
    fn runs(&self, known: &[RunTasks]) -> Vec<RunTasks> {
        let of_known: BTreeSet<&str> =
            known.iter().flat_map(|run| run.tasks.iter().map(String::as_str)).collect();
        let mut others: BTreeMap<&str, i64> = BTreeMap::new();
        for stream in &self.streams {
            let Some((_, task)) = origin(&stream.name).filter(|(_, task)| !of_known.contains(task)) else {
                continue;
            };
            let begun = others.entry(task).or_insert(i64::MAX);
            *begun = opens(stream).min(*begun);
        }
        let others = others.into_iter().map(|(task, begun)| RunTasks {
            run: task.to_owned(),
            started_ms: begun,
            ended: None,
            tasks: vec![task.to_owned()],
        });
        let mut runs: Vec<RunTasks> = known.iter().cloned().chain(others).collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.started_ms));
        runs
    }

    /// The newest runs, as many as there are of that number.
    ///
    /// # Errors
    /// When AWS does not answer.
    pub(crate) async fn last(&mut self, known: &Runs<'_, R>, count: usize) -> Result<Vec<RunTasks>> {
        loop {
            // A run may have begun with another task than the first one that is listed.
            let oldest = self.streams.iter().map(opens).min().unwrap_or_default() - LATE;
            let mut runs = self.runs(&known.since(oldest).await?);
            if runs.len() > count || !self.more().await? {
                runs.truncate(count);
                return Ok(runs);
            }
        }
    }

    /// The run of a name, or of a unique beginning of it; `latest` and `previous` are the last one and the one before. The id of
    /// a task stands for its run.
    ///
    /// # Errors
    /// When there is none, with the newest ones.
    pub(crate) async fn run(&mut self, known: &Runs<'_, R>, name: &str, job: &str) -> Result<RunTasks> {
        let nth = match name {
            "latest" => Some(0),
            "previous" => Some(1),
            _ => None,
        };
        if let Some(nth) = nth {
            let runs = self.last(known, nth + 1).await?;
            return runs.get(nth).cloned().ok_or_else(|| unknown(&runs, name, job));
        }
        let mut found = known.named(name).await?;
        let newest = match found.is_empty() {
            true => self.last(known, NAMED).await?,
            false => Vec::new(),
        };
        if found.is_empty() {
            let (_, tasks) = self.of_tasks(&[name.to_owned()]).await?;
            let of_task = |task: String| {
                let run = newest.iter().find(|run| run.tasks.contains(&task)).cloned();
                run.unwrap_or_else(|| RunTasks {
                    run: task.clone(),
                    tasks: vec![task],
                    ..RunTasks::default()
                })
            };
            found = tasks.into_iter().map(of_task).collect();
        }
        if let Some(exact) = found.iter().find(|run| run.run == name) {
            return Ok(exact.clone());
        }
        match found.as_slice() {
            [only] => Ok(only.clone()),
            [] => Err(unknown(&newest, name, job)),
            several => Err(Error::new(format!(
                "{} runs of job {job} have names that begin with {name}",
                several.len()
            ))
            .details(several.iter().take(NAMED).map(|run| run.run.clone()))
            .hint("Write more of the name.")),
        }
    }

    /// What is known of a stream.
    fn known(&self, name: &str) -> Option<&LogStream> {
        self.streams.iter().find(|stream| stream.name == name)
    }

    /// Streams of runs.
    pub(crate) fn of_runs(&self, runs: &[RunTasks]) -> Vec<Source> {
        let mut sources = Vec::new();
        for run in runs {
            for (task, container) in
                run.tasks.iter().flat_map(|task| self.containers.iter().map(move |c| (task, c)))
            {
                let name = of_task(container, task);
                let known = self.known(&name);
                sources.push(Source {
                    opens: known.map_or(run.started_ms - SLACK, opens),
                    last: known.and_then(|stream| stream.last),
                    cursor: Cursor::new(&name),
                });
            }
        }
        sources
    }

    /// Streams of tasks whose ids begin like this, with the ids.
    pub(crate) async fn of_tasks(&self, beginnings: &[String]) -> Result<(Vec<Source>, Vec<String>)> {
        let (mut sources, mut tasks) = (Vec::new(), BTreeSet::new());
        for beginning in beginnings {
            for container in &self.containers {
                for stream in self.named(&of_task(container, beginning)).await? {
                    tasks.extend(origin(&stream.name).map(|(_, task)| task.to_owned()));
                    sources.push(source(&stream));
                }
            }
        }
        Ok((sources, tasks.into_iter().collect()))
    }

    /// Streams whose names begin like this.
    async fn named(&self, prefix: &str) -> Result<Vec<LogStream>> {
        let mut found = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let page =
                self.reader.log_streams(self.group, Some(prefix), next.as_deref()).await?.unwrap_or_default();
            found.extend(page.streams);
            match page.next {
                Some(token) => next = Some(token),
                None => return Ok(found),
            }
        }
    }

    /// Streams of containers that may have events in a time.
    pub(crate) async fn within(&mut self, start: Option<i64>, end: Option<i64>) -> Result<Vec<Source>> {
        // AWS tells the time of a last event late, so streams that seem to have ended shortly before are looked at.
        let oldest = start.map(|start| start - LATE);
        let may_reach =
            |stream: &LogStream| stream.last.zip(oldest).is_none_or(|(last, oldest)| last >= oldest);
        while self.streams.last().is_none_or(may_reach) && self.more().await? {}
        let begins = |stream: &LogStream| end.is_none_or(|end| opens(stream) < end);
        let candidates = self
            .streams
            .iter()
            .filter(|stream| origin(&stream.name).is_some() && may_reach(stream) && begins(stream));
        let is_sure = |stream: &&LogStream| stream.last.zip(start).is_none_or(|(last, start)| last >= start);
        let (sure, unsure): (Vec<&LogStream>, Vec<&LogStream>) = candidates.partition(is_sure);
        let names: Vec<String> = unsure.iter().map(|stream| stream.name.clone()).collect();
        let reaching = self.reaching(&names, start, end).await?;
        let unsure = unsure.into_iter().filter(|stream| reaching.contains(&stream.name));
        Ok(sure.into_iter().chain(unsure).map(source).collect())
    }

    /// Which of these streams have events in a time.
    async fn reaching(
        &self,
        names: &[String],
        start: Option<i64>,
        end: Option<i64>,
    ) -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        for streams in names.chunks(NAMES) {
            let query = EventQuery {
                group: self.group,
                streams: Streams::Named(streams),
                start,
                end,
                ..EventQuery::default()
            };
            let mut next: Option<String> = None;
            loop {
                let Some(page) = self.reader.filtered_events(&query, next.as_deref()).await? else {
                    // One of them has just been deleted: the others are looked at one by one.
                    found.extend(streams.iter().cloned());
                    break;
                };
                found.extend(page.events.iter().map(|event| event.stream.to_string()));
                match page.next {
                    Some(token) => next = Some(token),
                    None => break,
                }
            }
        }
        Ok(found)
    }

    /// Streams of the state machine that may have events since a time.
    pub(crate) async fn of_state_machine(&self, since: i64) -> Result<Vec<Source>> {
        let streams = self.named(STATE_MACHINE).await?;
        let reaches = |stream: &&LogStream| stream.last.is_none_or(|last| last + LATE >= since);
        Ok(streams.iter().filter(reaches).map(source).collect())
    }
}

fn source(stream: &LogStream) -> Source {
    Source { cursor: Cursor::new(&stream.name), opens: opens(stream), last: stream.last }
}

/// The earliest time that an event of a stream can have.
fn opens(stream: &LogStream) -> i64 {
    stream.first.unwrap_or(stream.created).min(stream.created) - SLACK
}

fn unknown(runs: &[RunTasks], name: &str, job: &str) -> Error {
    let error = match name {
        "previous" => Error::new(format!("job {job} has no run before its last one")),
        "latest" => Error::new(format!("job {job} has no run")),
        _ => Error::new(format!("job {job} has no run {name}")),
    };
    let newest: Vec<&str> = runs.iter().take(NAMED).map(|run| run.run.as_str()).collect();
    match newest.as_slice() {
        [] => error.hint("Nothing of a run is in its log group. Logs are kept for as long as `logging.retention` of the manifest says."),
        newest => error.hint(format!("The newest runs: {}.", newest.join(", "))),
    }
}
