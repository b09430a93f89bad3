//! The runs of a job in the past: what its state machine has logged, counted by a query of Logs Insights; what ECS remembers;
//! and the list of executions, where somebody may read it.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::event::{Kind, RunEvent, Status};
use super::ladder::Ladder;
use super::logged;
use super::port::{Listed, RunPlace};
use super::run::Run;
use super::target::Target;
use super::task::Task;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::ops::job::logs::port::{InsightsQuery, QueryResults};
use crate::report::Console;
use crate::report::events::{Event, RunProgress};

/// Rows that Logs Insights gives at most.
pub(crate) const MOST: usize = 10_000;

/// Pause between two looks at a query.
const PAUSE: Duration = Duration::from_millis(400);
/// How long a query may go on before that is told.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// How far back names are looked for where they only help a message.
const A_MONTH: i64 = 30 * 24 * 3600 * 1000;

/// What a query counts for each execution.
const COUNTED: [(&str, &str); 5] = [
    ("submitted", "TaskSubmit"),
    ("succeeded", "ExecutionSucceeded"),
    ("failed", "ExecutionFailed"),
    ("timedout", "ExecutionTimedOut"),
    ("aborted", "ExecutionAborted"),
];

/// Events that say why something failed.
const TELLING: [&str; 7] = [
    "TaskFailed",
    "TaskSubmitFailed",
    "TaskStartFailed",
    "TaskTimedOut",
    "ExecutionFailed",
    "ExecutionTimedOut",
    "ExecutionAborted",
];

/// Runs of a job.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// The newest first.
    pub runs: Vec<Past>,
    /// There are more that AWS did not give.
    pub cut: bool,
    /// Why the state machine's log could not be read; then only what ECS and Step Functions tell is there.
    pub without_log: Option<String>,
}

/// A run in a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    pub run: Run,
    /// How many attempts there were; the run itself may know fewer of them.
    pub attempts: usize,
}

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// The earliest start, in milliseconds since 1970.
    pub since: i64,
    /// The time, in milliseconds since 1970.
    pub now: i64,
}

/// All runs since a time.
///
/// # Errors
/// When AWS does not answer. A log that cannot be read is told in the result.
pub(crate) async fn read<P: RunPlace>(
    target: &Target<P>,
    ladder: &Ladder<'_, P>,
    span: Span,
    console: &Console<'_>,
) -> Result<History> {
    let listed = ladder.ask(async |place: &P| place.list_executions(&target.machine, span.since, MOST).await);
    let logged = async {
        let (counting, telling) = (counting(), telling());
        // Both are ended when the user interrupts them.
        let both =
            tokio::join!(query(target, &counting, span, console), query(target, &telling, span, console));
        Ok::<_, Error>((both.0?, both.1?))
    };
    let (listed, logged, tasks) = tokio::join!(listed, logged, recent_tasks(target));
    let listed = listed?.flatten().unwrap_or_default();
    let mut cut = listed.len() >= MOST;
    let mut without_log = None;
    let (counted, telling) = match logged {
        Ok((counted, telling)) => {
            cut |= counted.rows.len() >= MOST;
            (counted.rows, telling.rows)
        }
        Err(error) if error.kind() == ErrorKind::Interrupted => return Err(error),
        Err(error) => {
            without_log = Some(error.to_string());
            (Vec::new(), Vec::new())
        }
    };
    let mut runs = BTreeMap::new();
    counted.iter().for_each(|row| count(row, &mut runs));
    explain(&telling, &mut runs);
    add_listed(&listed, &mut runs);
    for task in tasks? {
        let past = entry(&mut runs, &task.group);
        past.run.learn_tasks(std::slice::from_ref(&task));
        past.run.started = past.run.started.or(task.created);
        past.attempts = past.attempts.max(past.run.attempts.len());
    }
    let mut runs: Vec<Past> =
        runs.into_values().filter(|past| past.run.started >= Some(span.since)).collect();
    runs.sort_by(|a, b| b.run.started.cmp(&a.run.started).then_with(|| b.run.name.cmp(&a.run.name)));
    Ok(History { runs, cut, without_log })
}

/// The newest runs, with little more than their names.
///
/// # Errors
/// When AWS does not answer.
pub(crate) async fn newest<P: RunPlace>(
    target: &Target<P>,
    ladder: &Ladder<'_, P>,
    count: usize,
    now: i64,
    console: &Console<'_>,
) -> Result<Vec<Run>> {
    let listed = ladder.ask(async |place: &P| place.list_executions(&target.machine, 0, count).await);
    if let Some(Some(listed)) = listed.await? {
        let mut runs = BTreeMap::new();
        add_listed(&listed, &mut runs);
        let mut runs: Vec<Run> = runs.into_values().map(|past| past.run).collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.started));
        return Ok(runs);
    }
    let history = read(target, ladder, Span { since: now - A_MONTH, now }, console).await?;
    Ok(history.runs.into_iter().take(count).map(|past| past.run).collect())
}

/// The job's tasks that run, and those that ECS still remembers.
///
/// # Errors
/// When AWS does not answer.
pub(crate) async fn recent_tasks<P: RunPlace>(target: &Target<P>) -> Result<Vec<Task>> {
    let Some(cluster) = &target.cluster else { return Ok(Vec::new()) };
    let family = target.family();
    let (mut arns, stopped) = tokio::try_join!(
        target.manager.task_arns(cluster, &family, false),
        target.manager.task_arns(cluster, &family, true)
    )?;
    arns.extend(stopped);
    match arns.is_empty() {
        true => Ok(Vec::new()),
        false => target.manager.describe_tasks(cluster, &arns).await,
    }
}

fn entry<'a>(runs: &'a mut BTreeMap<String, Past>, name: &str) -> &'a mut Past {
    let new = || Past { run: Run::new(name), attempts: 0 };
    runs.entry(name.to_owned()).or_insert_with(new)
}

fn add_listed(listed: &[Listed], runs: &mut BTreeMap<String, Past>) {
    for one in listed {
        let run = &mut entry(runs, &one.name).run;
        run.started = Some(one.started);
        // What the execution says counts, whatever the log has or lacks.
        if one.status != Status::Running {
            (run.status, run.ended) = (one.status, one.ended.or(run.ended));
        }
    }
}

/// Counts what happened in each execution.
fn counting() -> String {
    let fields =
        COUNTED.map(|(name, event)| format!("strcontains(type, \"{event}\") as is_{name}")).join(", ");
    let sums = COUNTED.map(|(name, _)| format!("sum(is_{name}) as {name}")).join(", ");
    format!(
        "filter @logStream like /^{}/ | fields {fields} | stats min(@timestamp) as started, max(@timestamp) as ended, {sums} by \
         execution_arn | sort started desc | limit {MOST}",
        logged::STREAMS.replace('/', "\\/")
    )
}

/// Finds why executions and their attempts failed.
fn telling() -> String {
    let types = TELLING.map(|kind| format!("\"{kind}\"")).join(", ");
    format!(
        "filter @logStream like /^{}/ and type in [{types}] | fields @message | sort @timestamp desc | limit {MOST}",
        logged::STREAMS.replace('/', "\\/")
    )
}

/// One execution of the counting query.
fn count(row: &[(String, String)], runs: &mut BTreeMap<String, Past>) {
    let text = |name: &str| row.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    let is =
        |name: &str| text(name).and_then(|text| text.parse::<f64>().ok()).is_some_and(|count| count > 0.0);
    let Some(name) = text("execution_arn").and_then(|arn| arn.rsplit(':').next()) else { return };
    let past = entry(runs, name);
    past.run.started = text("started").and_then(moment);
    past.attempts = text("submitted").and_then(|text| text.parse::<f64>().ok()).map_or(0, whole);
    past.run.status = match () {
        () if is("succeeded") => Status::Succeeded,
        () if is("timedout") => Status::TimedOut,
        () if is("aborted") => Status::Aborted,
        () if is("failed") => Status::Failed,
        () => Status::Running,
    };
    past.run.ended = text("ended").and_then(moment).filter(|_| past.run.has_ended());
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats saturate")]
fn whole(number: f64) -> usize {
    number.round() as usize
}

/// A time as Logs Insights writes it: in milliseconds since 1970, or in words.
fn moment(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<f64>() {
        return super::task::milliseconds(&serde_json::Value::from(number));
    }
    let time: jiff::civil::DateTime = text.replacen(' ', "T", 1).parse().ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// Adds why runs failed. Of each, only attempts that failed are known.
fn explain(rows: &[Vec<(String, String)>], runs: &mut BTreeMap<String, Past>) {
    let message = |row: &Vec<(String, String)>| {
        row.iter().find(|(field, _)| field == "@message").and_then(|(_, text)| RunEvent::of_log(text))
    };
    let mut events: BTreeMap<String, Vec<RunEvent>> = BTreeMap::new();
    for (arn, event) in rows.iter().filter_map(message) {
        let name = arn.rsplit(':').next().unwrap_or(&arn).to_owned();
        events.entry(name).or_default().push(event);
    }
    for (name, mut events) in events {
        let Some(past) = runs.get_mut(&name) else { continue };
        events.sort_by_key(|event| event.at);
        let (status, ended) = (past.run.status, past.run.ended);
        past.run.learn_events(&events);
        // A run that failed once and was tried again has not ended by that.
        if !events.iter().any(|event| matches!(event.kind, Kind::Ended { .. })) {
            (past.run.status, past.run.ended) = (status, ended);
        }
    }
}

/// Runs a query to its end.
async fn query<P: RunPlace>(
    target: &Target<P>,
    text: &str,
    span: Span,
    console: &Console<'_>,
) -> Result<QueryResults> {
    let group = &target.log_group;
    let query = InsightsQuery {
        group: &target.log_group,
        text,
        start: span.since / 1000,
        // The newest events count, whatever this machine's clock says.
        end: span.now / 1000 + 3600,
        limit: MOST,
    };
    let Some(id) = target.manager.start_query(&query).await? else { return Ok(QueryResults::default()) };
    let ended = async {
        let begun = Instant::now();
        let mut told = begun;
        loop {
            let results = target.manager.query_results(&id).await?;
            match results.status.as_str() {
                "Complete" => return Ok(results),
                "Scheduled" | "Running" => {}
                status => {
                    return Err(Error::new(format!("the query of log group {group} ended as {status}")));
                }
            }
            if told.elapsed() >= SIGN_OF_LIFE {
                told = Instant::now();
                console.report(Event::Run {
                    run: String::new(),
                    event: RunProgress::Still {
                        state: "Logs Insights is searching".to_owned(),
                        seconds: begun.elapsed().as_secs(),
                    },
                });
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        biased;
        () = console.interrupt().wait() => {
            // It would go on, and cost, for nobody.
            let _ = target.manager.stop_query(&id).await;
            Err(Error::interrupted("interrupted: nothing was changed"))
        }
        result = ended => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries() {
        insta::assert_snapshot!(format!("{}\n{}", counting(), telling()), @r#"
        filter @logStream like /^states\// | fields strcontains(type, "TaskSubmit") as is_submitted, strcontains(type, "ExecutionSucceeded") as is_succeeded, strcontains(type, "ExecutionFailed") as is_failed, strcontains(type, "ExecutionTimedOut") as is_timedout, strcontains(type, "ExecutionAborted") as is_aborted | stats min(@timestamp) as started, max(@timestamp) as ended, sum(is_submitted) as submitted, sum(is_succeeded) as succeeded, sum(is_failed) as failed, sum(is_timedout) as timedout, sum(is_aborted) as aborted by execution_arn | sort started desc | limit 10000
        filter @logStream like /^states\// and type in ["TaskFailed", "TaskSubmitFailed", "TaskStartFailed", "TaskTimedOut", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"] | fields @message | sort @timestamp desc | limit 10000
        "#);
    }

    #[test]
    fn rows_become_runs() {
        let arn = |name: &str| format!("arn:aws:states:us-west-2:1:execution:demo-test-report:{name}");
        let row =
            |name: &str, submitted: &str, end: &str| {
                let mut row = vec![
                    ("execution_arn".to_owned(), arn(name)),
                    ("started".to_owned(), "1700000000000".to_owned()),
                    ("ended".to_owned(), "2023-11-14 22:13:30.000".to_owned()),
                    ("submitted".to_owned(), submitted.to_owned()),
                ];
                row.extend(COUNTED.iter().skip(1).map(|(count, _)| {
                    ((*count).to_owned(), if *count == end { "1" } else { "0" }.to_owned())
                }));
                row
            };
        let mut runs = BTreeMap::new();
        for row in [row("r-1", "1", "succeeded"), row("r-2", "2.0", "failed"), row("r-3", "1", "")] {
            count(&row, &mut runs);
        }
        let cause = r#"{\"TaskArn\":\"arn:aws:ecs:us-west-2:1:task/demo/abc\",\"StartedAt\":1,\"Containers\":[{\"Name\":\"report\",\"ExitCode\":3}]}"#;
        let message = |name: &str, kind: &str, cause: &str| {
            let text = format!(
                r#"{{"type":"{kind}","event_timestamp":"1700000009000","execution_arn":"{}","details":{{"error":"States.TaskFailed","cause":"{cause}"}}}}"#,
                arn(name)
            );
            vec![("@message".to_owned(), text)]
        };
        let rows = [
            message("r-2", "ExecutionFailed", cause),
            message("r-2", "TaskFailed", cause),
            message("r-9", "TaskFailed", ""),
        ];
        explain(&rows, &mut runs);
        let listed = Listed { name: "r-3".to_owned(), status: Status::Aborted, started: 5, ended: Some(6) };
        add_listed(&[listed], &mut runs);
        let told: Vec<String> = runs
            .values()
            .map(|Past { run, attempts }| {
                let judged = super::super::verdict::judge(run, "report");
                format!(
                    "{} {:?}..{:?} {attempts} {} {:?}",
                    run.name,
                    run.started,
                    run.ended,
                    judged.verdict.words(),
                    judged.why
                )
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        r-1 Some(1700000000000)..Some(1700000010000) 1 succeeded None
        r-2 Some(1700000000000)..Some(1700000009000) 2 failed Some("exit code 3")
        r-3 Some(5)..Some(6) 1 stopped None
        "#);
    }
}
