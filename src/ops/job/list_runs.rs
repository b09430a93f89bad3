//! `copilot job runs`: the runs of a job, or one of them in full.

use futures_util::future::try_join_all;
use serde::Serialize;

use super::chosen::Names;
use super::logs::port::{LogReader, StreamQuery};
use super::runs::describe::{AttemptRecord, RunRecord, Times};
use super::runs::find;
use super::runs::history::{self, Span};
use super::runs::ladder::Ladder;
use super::runs::port::RunAccount;
use super::runs::target::Target;
use crate::error::{Error, Result};
use crate::manifest::duration;
use crate::report::Console;
use crate::stack::console_url;
use crate::store::go_json;

/// What an interrupt means.
const NOTHING_CHANGED: &str = "nothing was changed";

/// Lines of each container that one run is shown with.
const LINES: usize = 10;

/// Which runs.
pub struct Request<'a> {
    /// Of which job, in which environment.
    pub names: Names,
    /// How far back, in milliseconds.
    pub span: i64,
    /// At most so many of the newest.
    pub last: Option<usize>,
    /// Only those that ended badly.
    pub failed: bool,
    /// How times are shown.
    pub times: Times<'a>,
}

/// Runs of a job. The keys of its JSON are stable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Runs {
    /// The newest first.
    pub runs: Vec<RunRecord>,
    /// AWS has more of them in this time.
    pub cut: bool,
    /// Why older runs may be missing, and what is known of others.
    pub without_log: Option<String>,
}

impl Runs {
    /// One line of JSON.
    pub fn json(&self) -> String {
        go_json::encode(self)
    }
}

/// Reads the runs of a job.
///
/// # Errors
/// When the job is not deployed, or AWS does not answer.
pub async fn list<A: RunAccount>(account: &A, request: &Request<'_>, console: &Console<'_>) -> Result<Runs> {
    // A query under way is ended first when the user interrupts it.
    let target =
        console.guard(NOTHING_CHANGED, Box::pin(Target::read(account, &request.names, console))).await?;
    let ladder = Ladder::new(&target.manager, target.own.as_ref());
    let times = request.times;
    let span = Span { since: times.now - request.span, now: times.now };
    let history = history::read(&target, &ladder, span, console).await?;
    let mut runs: Vec<RunRecord> =
        history.runs.iter().map(|past| RunRecord::of_past(past, &target.job, times)).collect();
    if request.failed {
        runs.retain(|run| run.verdict.is_bad() || run.disagreement.is_some());
    }
    if let Some(last) = request.last {
        runs.truncate(last);
    }
    if history.cut {
        console.warn(format!(
            "AWS gives no more than the newest {} runs; name a shorter time with --since.",
            history::MOST
        ));
    }
    Ok(Runs { runs, cut: history.cut, without_log: history.without_log })
}

impl Runs {
    /// Whether everything that there is to know was read; call it when the runs have been shown.
    ///
    /// # Errors
    /// When it was not.
    pub fn whole(&self) -> Result<()> {
        match &self.without_log {
            None => Ok(()),
            Some(why) => Err(Error::undetermined(format!(
                "the state machine's log could not be read, so attempts, reasons and perhaps runs are missing: {why}"
            ))
            .hint("Run the command again, with a shorter time (--since).")),
        }
    }
}

/// A span of time in milliseconds: one of Go's durations, or whole days (`7d`).
pub fn span(text: &str) -> Option<i64> {
    const MILLISECOND: i64 = 1_000_000;
    const DAY: i64 = 24 * 3600 * 1000;
    let milliseconds = match text.strip_suffix('d') {
        Some(days) => days.parse::<i64>().ok()?.checked_mul(DAY)?,
        None => duration::parse(text)? / MILLISECOND,
    };
    (milliseconds > 0).then_some(milliseconds)
}

/// One run in full. The keys of its JSON are stable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunInFull {
    /// Application name.
    pub app: String,
    /// Environment name.
    pub environment: String,
    /// Job name.
    pub job: String,
    /// The run.
    #[serde(flatten)]
    pub run: RunRecord,
    /// Its page in the AWS console.
    pub url: Option<String>,
    /// Its attempts, with what their containers logged last.
    pub details: Vec<AttemptRecord>,
    /// Where all that they logged is.
    pub log_group: String,
}

impl RunInFull {
    /// One line of JSON.
    pub fn json(&self) -> String {
        go_json::encode(self)
    }
}

/// Reads everything about one run.
///
/// # Errors
/// When there is no such run, or AWS does not answer.
pub async fn show<A: RunAccount>(
    account: &A,
    request: &Request<'_>,
    name: &str,
    console: &Console<'_>,
) -> Result<RunInFull> {
    find::check_name(name)?;
    let target = Target::read(account, &request.names, console).await?;
    let times = request.times;
    let run = super::runs::describe::whole(&find::existing(&target, name, times.now, console).await?);
    let mut details = AttemptRecord::all(&run, &target.job, times);
    add_logs(&target, &mut details).await?;
    let direct_task = run.tasks().last().filter(|_| name.starts_with(super::runs::run::DIRECT));
    let url = match direct_task {
        Some(task) => console_url::task(&task.arn),
        None => console_url::execution(&target.execution(name)),
    };
    Ok(RunInFull {
        app: target.app.clone(),
        environment: target.environment.name.clone(),
        job: target.job.clone(),
        run: RunRecord::new(&run, &target.job, times),
        url,
        details,
        log_group: target.log_group.clone(),
    })
}

/// Adds the last lines of each container. What ECS has forgotten has at least the job's own.
async fn add_logs<P: LogReader>(target: &Target<P>, attempts: &mut [AttemptRecord]) -> Result<()> {
    let mut wanted = Vec::new();
    for attempt in attempts.iter() {
        let Some(task) = &attempt.task else { continue };
        wanted
            .extend(attempt.containers.iter().map(|container| format!("copilot/{}/{task}", container.name)));
    }
    let reads = wanted.iter().map(|stream| async move {
        let query = StreamQuery {
            group: &target.log_group,
            stream,
            limit: Some(LINES),
            newest_first: true,
            ..StreamQuery::default()
        };
        target.manager.stream_events(&query, None).await
    });
    let mut found = try_join_all(reads).await?.into_iter();
    for attempt in attempts.iter_mut().filter(|attempt| attempt.task.is_some()) {
        for container in &mut attempt.containers {
            let Some(events) = found.next().flatten() else { continue };
            container.log = events.events.into_iter().map(|event| event.message).collect();
        }
    }
    Ok(())
}
