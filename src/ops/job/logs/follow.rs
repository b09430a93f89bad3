//! Events as they come. Each stream is read on from where it was left, by AWS's token: so nothing is read twice, and a line
//! that arrives late is not missed because a later one of another stream was already there.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use super::port::{LogEvent, LogReader, LogStream};
use super::streams::{Cursor, STATE_MACHINE, of_task, origin};
use crate::error::Result;

/// Pages of a stream that one look reads at most, so that a stream with a long past does not fill the memory.
const PAGES: usize = 4;

/// After so many looks without a line a stream is read again only when AWS lists a later event of it.
const QUIET: u32 = 60;

/// Reads the streams of a log group on and on.
pub(crate) struct Follower<'a, R> {
    reader: &'a R,
    group: &'a str,
    /// The only container whose lines are wanted.
    container: Option<&'a str>,
    /// Streams of state machines are wanted too.
    state_machine: bool,
    /// Earlier events of streams that were already there are left out.
    since: Option<i64>,
    /// Known containers of the job.
    containers: BTreeSet<String>,
    tails: BTreeMap<String, Tail>,
    /// The time of the last event that AWS listed for each stream.
    listed: BTreeMap<String, Option<i64>>,
    has_looked: bool,
    calls: u32,
    behind: bool,
}

/// A stream that is read.
#[derive(Debug, Default)]
struct Tail {
    cursor: Cursor,
    /// Events that no look has returned yet.
    fresh: Vec<LogEvent>,
    /// Looks since the last line.
    quiet: u32,
    calls: u32,
    behind: bool,
}

impl Tail {
    async fn read(&mut self, reader: &impl LogReader, group: &str) -> Result<()> {
        self.quiet = self.quiet.saturating_add(1);
        self.behind = true;
        for _ in 0..PAGES {
            self.calls += 1;
            let Some(events) = self.cursor.page(reader, group).await? else {
                self.behind = false;
                return Ok(());
            };
            if !events.is_empty() {
                self.quiet = 0;
            }
            self.fresh.extend(events);
        }
        Ok(())
    }
}

impl<'a, R: LogReader> Follower<'a, R> {
    /// A follower of the tasks of a job, from their first line on.
    pub(crate) fn new(reader: &'a R, group: &'a str, job: &str) -> Self {
        Self {
            reader,
            group,
            container: None,
            state_machine: false,
            since: None,
            containers: BTreeSet::from([job.to_owned()]),
            tails: BTreeMap::new(),
            listed: BTreeMap::new(),
            has_looked: false,
            calls: 0,
            behind: false,
        }
    }

    /// Leaves out earlier events of streams that were there before this time.
    #[must_use]
    pub(crate) fn since(mut self, time: i64) -> Self {
        self.since = Some(time);
        self
    }

    /// Takes the lines of one container only.
    #[must_use]
    pub(crate) fn of_container(mut self, container: Option<&'a str>) -> Self {
        self.container = container;
        self
    }

    /// Takes the events of state machines too.
    #[must_use]
    pub(crate) fn with_state_machine(mut self, wanted: bool) -> Self {
        self.state_machine = wanted;
        self
    }

    /// Reads these streams on from places where somebody else has stopped.
    #[must_use]
    pub(crate) fn resume(mut self, cursors: Vec<Cursor>) -> Self {
        for cursor in cursors {
            let tail = Tail { cursor, ..Tail::default() };
            self.tails.insert(tail.cursor.stream.clone(), tail);
        }
        self
    }

    /// How many calls the last look made.
    pub(crate) fn calls(&self) -> u32 {
        self.calls
    }

    /// Whether there is more already than the last look returned.
    pub(crate) fn is_behind(&self) -> bool {
        self.behind
    }

    /// The lines of these tasks that came since the last look, by time. The tasks may become more, and fewer; the late lines of
    /// a task that has stopped are found as long as it is named.
    ///
    /// # Errors
    /// When AWS does not answer. The next look returns what this one would have.
    pub(crate) async fn look(&mut self, tasks: &[String]) -> Result<Vec<LogEvent>> {
        let streams = self.list().await?;
        let listed = streams
            .into_iter()
            .map(|stream| stream.name)
            .filter(|name| origin(name).is_some_and(|(_, task)| tasks.iter().any(|wanted| wanted == task)));
        let names = listed.chain(self.expected(tasks)).collect();
        self.read(names).await
    }

    /// The lines of all runs that came since the last look, by time. AWS may list a new stream late: those of tasks that are
    /// known to run are looked for by name.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub(crate) async fn look_around(&mut self, running: &[String]) -> Result<Vec<LogEvent>> {
        let before = std::mem::take(&mut self.listed);
        let streams = match self.list().await {
            Ok(streams) => streams,
            Err(error) => {
                self.listed = before;
                return Err(error);
            }
        };
        let newest =
            streams.iter().filter_map(|stream| Some((stream.created, origin(&stream.name)?.1))).max();
        let newest = newest.map(|(_, task)| task.to_owned());
        let mut names: BTreeSet<String> = self.expected(running).collect();
        names.extend(self.tails.iter().filter(|(_, tail)| tail.quiet < QUIET).map(|(name, _)| name.clone()));
        for stream in &streams {
            let is_newest = origin(&stream.name).map(|(_, task)| task) == newest.as_deref();
            // What the first look lists has been there before, and may have ended long ago.
            let changed = self.has_looked && before.get(&stream.name) != Some(&stream.last);
            if changed {
                self.tail(&stream.name, false).quiet = 0;
            }
            if is_newest || changed {
                names.insert(stream.name.clone());
            }
        }
        let read = self.read(names).await;
        self.has_looked = true;
        read
    }

    /// The streams with the newest events, those that are not wanted left out.
    async fn list(&mut self) -> Result<Vec<LogStream>> {
        self.calls = 1;
        let page = self.reader.log_streams(self.group, None, None).await?.unwrap_or_default();
        let wanted = |stream: &LogStream| match origin(&stream.name) {
            Some((container, _)) => self.container.is_none_or(|wanted| wanted == container),
            None => self.state_machine && stream.name.starts_with(STATE_MACHINE),
        };
        let streams: Vec<LogStream> = page.streams.into_iter().filter(wanted).collect();
        for stream in &streams {
            self.listed.insert(stream.name.clone(), stream.last);
            if let Some((container, _)) = origin(&stream.name) {
                self.containers.insert(container.to_owned());
            }
            let existed = !self.has_looked || self.since.is_some_and(|since| stream.created < since);
            self.tail(&stream.name, existed);
        }
        Ok(streams)
    }

    /// Names of the streams that tasks have if every container logs.
    fn expected(&self, tasks: &[String]) -> impl Iterator<Item = String> + use<R> {
        let wanted = |container: &&String| self.container.is_none_or(|wanted| wanted == **container);
        let containers: Vec<&String> = self.containers.iter().filter(wanted).collect();
        let of =
            |task: &String| containers.iter().map(|container| of_task(container, task)).collect::<Vec<_>>();
        tasks.iter().flat_map(of).collect::<Vec<_>>().into_iter()
    }

    fn tail(&mut self, name: &str, existed: bool) -> &mut Tail {
        let start = self.since.filter(|_| existed);
        // It counts as quiet until it is known to be otherwise.
        let new = || Tail { cursor: Cursor { start, ..Cursor::new(name) }, quiet: QUIET, ..Tail::default() };
        self.tails.entry(name.to_owned()).or_insert_with(new)
    }

    /// Reads these streams on.
    async fn read(&mut self, names: BTreeSet<String>) -> Result<Vec<LogEvent>> {
        for name in &names {
            self.tail(name, !self.has_looked);
        }
        let (reader, group) = (self.reader, self.group);
        let mut tails: Vec<&mut Tail> =
            self.tails.iter_mut().filter(|(name, _)| names.contains(*name)).map(|(_, tail)| tail).collect();
        let ends = join_all(tails.iter_mut().map(|tail| tail.read(reader, group))).await;
        self.calls += tails.iter_mut().map(|tail| std::mem::take(&mut tail.calls)).sum::<u32>();
        self.behind = tails.iter().any(|tail| tail.behind);
        // What some streams had stays with them until all have answered.
        ends.into_iter().collect::<Result<()>>()?;
        let mut fresh: Vec<LogEvent> =
            tails.iter_mut().flat_map(|tail| std::mem::take(&mut tail.fresh)).collect();
        fresh.sort_by_key(|event| event.timestamp);
        Ok(fresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::job::logs::testing::{Logs, shown};

    const GROUP: &str = "/copilot/demo-test-report";

    fn tasks(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    async fn look(follower: &mut Follower<'_, Logs>, ids: &[&str]) -> String {
        shown(&follower.look(&tasks(ids)).await.unwrap())
    }

    #[tokio::test]
    async fn lines_of_tasks_come_once_and_late_ones_too() {
        let logs = Logs::default();
        let mut follower = Follower::new(&logs, GROUP, "report");
        assert_eq!(look(&mut follower, &["t1"]).await, "");
        logs.put("copilot/report/t1", &[(10, "a"), (30, "c")]);
        logs.put("copilot/nginx/t1", &[(20, "b")]);
        logs.put("copilot/report/t0", &[(15, "of another run")]);
        assert_eq!(look(&mut follower, &["t1"]).await, "10 report/t1 a, 20 nginx/t1 b, 30 report/t1 c");
        assert_eq!(look(&mut follower, &["t1"]).await, "");
        // It arrives after later lines of the other container.
        logs.put("copilot/nginx/t1", &[(25, "late")]);
        logs.put("copilot/report/t2", &[(5, "second attempt")]);
        assert_eq!(look(&mut follower, &["t1", "t2"]).await, "5 report/t2 second attempt, 25 nginx/t1 late");
        assert_eq!(look(&mut follower, &["t2"]).await, "");
    }

    #[tokio::test]
    async fn streams_that_aws_does_not_list_yet_are_found_by_name() {
        let logs = Logs::default();
        logs.put("copilot/nginx/t0", &[(1, "old")]);
        logs.put("copilot/report/t0", &[(1, "old")]);
        logs.hide("t1");
        logs.put("copilot/nginx/t1", &[(20, "b")]);
        logs.put("copilot/report/t1", &[(10, "a")]);
        let mut follower = Follower::new(&logs, GROUP, "report");
        assert_eq!(look(&mut follower, &["t1"]).await, "10 report/t1 a, 20 nginx/t1 b");
    }

    #[tokio::test]
    async fn a_look_that_fails_loses_nothing() {
        let logs = Logs::default();
        logs.put("copilot/report/t1", &[(10, "a")]);
        logs.put("copilot/nginx/t1", &[(20, "b")]);
        let mut follower = Follower::new(&logs, GROUP, "report");
        logs.fail("copilot/report/t1", 1);
        assert!(follower.look(&tasks(&["t1"])).await.is_err());
        logs.put("copilot/nginx/t1", &[(30, "c")]);
        logs.lose("copilot/report/t1", 1);
        assert_eq!(look(&mut follower, &["t1"]).await, "20 nginx/t1 b, 30 nginx/t1 c");
        assert_eq!(look(&mut follower, &["t1"]).await, "10 report/t1 a");
    }

    #[tokio::test]
    async fn following_goes_on_with_the_next_run() {
        let logs = Logs::default();
        logs.put("copilot/report/t0", &[(1, "yesterday")]);
        logs.put("copilot/report/t1", &[(90, "before")]);
        logs.time(100);
        let mut follower = Follower::new(&logs, GROUP, "report").since(100);
        assert_eq!(shown(&follower.look_around(&[]).await.unwrap()), "");
        logs.time(110);
        logs.put("copilot/report/t1", &[(110, "first run")]);
        logs.put("copilot/report/t2", &[(99, "second run, whose first line is older than its stream")]);
        let told = shown(&follower.look_around(&[]).await.unwrap());
        assert_eq!(
            told,
            "99 report/t2 second run, whose first line is older than its stream, 110 report/t1 first run"
        );
        assert_eq!(shown(&follower.look_around(&[]).await.unwrap()), "");
    }

    #[tokio::test]
    async fn old_streams_cost_no_calls() {
        let logs = Logs::default();
        for old in 0..500 {
            logs.put(&format!("copilot/report/old{old}"), &[(old, "x")]);
        }
        let mut follower = Follower::new(&logs, GROUP, "report").since(1000);
        follower.look_around(&[]).await.unwrap();
        let mut most = 0;
        for _ in 0..5 {
            follower.look_around(&[]).await.unwrap();
            most = most.max(follower.calls());
        }
        assert_eq!(most, 2);
        logs.put("copilot/report/old3", &[(2000, "again")]);
        assert_eq!(shown(&follower.look_around(&[]).await.unwrap()), "2000 report/old3 again");
    }

    #[tokio::test]
    async fn a_long_past_is_read_in_parts() {
        let logs = Logs::with_pages_of(10);
        let events: Vec<(i64, &str)> = (0..100).map(|time| (time, "x")).collect();
        logs.put("copilot/report/t1", &events);
        let mut follower = Follower::new(&logs, GROUP, "report");
        let (mut read, mut looks) = (0, 0);
        loop {
            looks += 1;
            read += follower.look(&tasks(&["t1"])).await.unwrap().len();
            if !follower.is_behind() {
                break;
            }
        }
        assert_eq!((read, looks), (100, 3));
    }
}
