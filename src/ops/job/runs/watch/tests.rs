use std::sync::Mutex;

use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::*;
use crate::ops::job::logs::port::{
    EventPage, EventQuery, InsightsQuery, LogEvent, LogReader, LogStream, QueryResults, StreamEvents,
    StreamPage, StreamQuery, Streams,
};
use crate::ops::job::runs::logged::STREAMS;
use crate::ops::job::runs::port::{Executions, Listed, Started, Tasks};
use crate::ops::job::runs::task::{Container, Task};
use crate::report::{Check, Interrupt, Prompter, Reporter};
use crate::stack::port::Stack;
use crate::store::Environment;

/// When each run begins, in milliseconds since 1970.
const BEGIN: i64 = 1_795_784_400_000;
const NAME: &str = "manual-1";

/// Time that passes only while somebody waits.
#[derive(Default)]
struct Virtual(Mutex<Duration>);

impl Clock for Virtual {
    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn unix_ms(&self) -> i64 {
        BEGIN + i64::try_from(self.elapsed().as_millis()).unwrap()
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'_, ()> {
        *self.0.lock().unwrap() += pause;
        Box::pin(tokio::task::yield_now())
    }
}

/// An environment in which things happen at certain seconds.
struct Scripted<'a> {
    clock: &'a Virtual,
    /// Seconds, type and details of an event of the execution.
    events: Vec<(f64, &'static str, Value)>,
    /// Seconds, and a task as it is from then on.
    tasks: Vec<(f64, Task)>,
    /// Seconds from which a line can be read, its timestamp in milliseconds after the begin, container and task, its text.
    lines: Vec<(f64, i64, &'static str, String)>,
    /// Executions may be read.
    readable: bool,
    /// From this second on the job is gone.
    deleted: f64,
    /// From this second on credentials have expired.
    expired: f64,
    /// Seconds by which the state machine's log is late; without one nothing is logged.
    log_delay: Option<f64>,
    calls: Mutex<usize>,
}

impl Scripted<'_> {
    fn now(&self) -> f64 {
        self.clock.elapsed().as_secs_f64()
    }

    fn call(&self) -> Result<()> {
        *self.calls.lock().unwrap() += 1;
        match self.now() >= self.expired {
            true => Err(Error::new("ecs:DescribeTasks failed: ExpiredTokenException").expired()),
            false => Ok(()),
        }
    }
}

impl Executions for Scripted<'_> {
    async fn definition(&self, _: &str) -> Result<Option<Value>> {
        self.call()?;
        Ok((self.now() < self.deleted).then(|| json!({})))
    }

    async fn start_execution(&self, _: &str, _: &str) -> Result<Option<String>> {
        unreachable!("it was started")
    }

    async fn list_executions(&self, _: &str, _: i64, _: usize) -> Result<Option<Vec<Listed>>> {
        unreachable!("its name is known")
    }

    async fn execution_events(&self, _: &str) -> Result<Option<Vec<RunEvent>>> {
        self.call()?;
        if !self.readable {
            return Err(Error::new("AccessDeniedException").denied());
        }
        let event = |(at, kind, details): &(f64, &str, Value)| {
            let (first, rest) = kind.split_at(1);
            let timestamp = BEGIN as f64 / 1000.0 + at;
            let details_key = format!("{}{rest}EventDetails", first.to_lowercase());
            RunEvent::of_history(&json!({ "type": kind, "timestamp": timestamp, details_key: details }))
        };
        let past = self.events.iter().filter(|(at, ..)| *at <= self.now());
        Ok((self.now() < self.deleted).then(|| past.filter_map(event).collect()))
    }
}

impl Tasks for Scripted<'_> {
    async fn task_arns(&self, _: &str, _: &str, stopped: bool) -> Result<Vec<String>> {
        let tasks = self.describe_tasks("", &[]).await?;
        Ok(tasks.into_iter().filter(|task| task.has_stopped() == stopped).map(|task| task.arn).collect())
    }

    async fn describe_tasks(&self, _: &str, arns: &[String]) -> Result<Vec<Task>> {
        self.call()?;
        let mut found: Vec<Task> = Vec::new();
        for (_, task) in self.tasks.iter().filter(|(at, _)| *at <= self.now()) {
            found.retain(|known| known.arn != task.arn);
            found.push(task.clone());
        }
        found.retain(|task| arns.is_empty() || arns.contains(&task.arn));
        Ok(found)
    }

    async fn run_task(&self, _: &Value) -> Result<Started> {
        unreachable!("it was started")
    }
}

impl LogReader for Scripted<'_> {
    async fn filtered_events(&self, query: &EventQuery<'_>, _: Option<&str>) -> Result<Option<EventPage>> {
        self.call()?;
        assert!(matches!(query.streams, Streams::Prefix(STREAMS)));
        let delay = self.log_delay.unwrap_or(f64::INFINITY);
        let past = self.events.iter().filter(|(at, ..)| at + delay <= self.now());
        let event = |(at, kind, details): &(f64, &str, Value)| {
            LogEvent {
            message: json!({
                "type": kind, "details": details, "event_timestamp": format!("{:.0}", BEGIN as f64 + at * 1000.0),
                "execution_arn": format!("arn:aws:states:us-west-2:1:execution:demo-test-report:{NAME}"),
            })
            .to_string(),
            ..LogEvent::default()
        }
        };
        Ok(Some(EventPage { events: past.map(event).collect(), next: None }))
    }

    async fn log_streams(&self, _: &str, _: Option<&str>, _: Option<&str>) -> Result<Option<StreamPage>> {
        self.call()?;
        let mut names: Vec<&str> =
            self.lines.iter().filter(|(at, ..)| *at <= self.now()).map(|(_, _, stream, _)| *stream).collect();
        names.dedup();
        let streams = names.iter().map(|name| LogStream { name: (*name).to_owned(), ..LogStream::default() });
        Ok(Some(StreamPage { streams: streams.collect(), ..StreamPage::default() }))
    }

    async fn stream_events(
        &self,
        query: &StreamQuery<'_>,
        token: Option<&str>,
    ) -> Result<Option<StreamEvents>> {
        self.call()?;
        let seen: usize = token.map_or(0, |token| token.parse().unwrap());
        let all: Vec<LogEvent> = self
            .lines
            .iter()
            .filter(|(at, _, stream, _)| *at <= self.now() && *stream == query.stream)
            .map(|(_, timestamp, stream, message)| LogEvent {
                stream: (*stream).into(),
                timestamp: BEGIN + timestamp,
                message: message.clone(),
                ..LogEvent::default()
            })
            .collect();
        let forward = all.len().to_string();
        Ok(Some(StreamEvents {
            events: all.into_iter().skip(seen).collect(),
            backward: forward.clone(),
            forward,
        }))
    }

    async fn start_query(&self, _: &InsightsQuery<'_>) -> Result<Option<String>> {
        unreachable!("nothing is searched")
    }

    async fn query_results(&self, _: &str) -> Result<QueryResults> {
        unreachable!("nothing is searched")
    }

    async fn stop_query(&self, _: &str) -> Result<()> {
        unreachable!("nothing is searched")
    }
}

/// Writes down what is told, with the second.
struct Notes<'a>(&'a Virtual, Mutex<Vec<String>>);

impl Reporter for Notes<'_> {
    fn report(&self, _: &str, event: Event) {
        let text = match event {
            Event::Run { event: RunProgress::Log { container, message, .. }, .. } => {
                format!("{container} | {message}")
            }
            Event::Run { event: RunProgress::Attempt { attempt, of, task }, .. } => {
                format!("attempt {attempt} of {of:?}: {}", task.unwrap_or_else(|| "-".to_owned()))
            }
            Event::Run { event: RunProgress::Task { attempt, status, .. }, .. } => {
                format!("attempt {attempt} {status}")
            }
            Event::Run { event: RunProgress::Container { container, exit_code, reason, .. }, .. } => {
                format!("{container} ended: {exit_code:?} {}", reason.unwrap_or_default())
            }
            Event::Run { event: RunProgress::AttemptEnded { attempt, result, retry_in }, .. } => {
                format!("attempt {attempt} ended: {result}, next in {retry_in:?}")
            }
            Event::Run { event: RunProgress::Still { state, seconds }, .. } => {
                format!("still ({seconds}s): {state}")
            }
            Event::Warning(text) => format!("warning: {text}"),
            other => format!("{other:?}"),
        };
        self.1.lock().unwrap().push(format!("{:>5.0}s {text}", self.0.elapsed().as_secs_f64()));
    }

    fn differences(&self, _: &str, _: &crate::diff::differences::Differences) -> std::io::Result<()> {
        Ok(())
    }
}

/// Asks nobody anything.
struct Nobody;

impl Prompter for Nobody {
    fn select(&self, _: &str, _: &str, _: &[String]) -> Result<usize> {
        unreachable!("nothing is asked")
    }

    fn select_many(&self, _: &str, _: &str, _: &[String], _: &[bool]) -> Result<Vec<usize>> {
        unreachable!("nothing is asked")
    }

    fn text(&self, _: &str, _: &str, _: Option<&str>, _: Check<'_>) -> Result<String> {
        unreachable!("nothing is asked")
    }

    fn secret(&self, _: &str, _: &str) -> Result<String> {
        unreachable!("nothing is asked")
    }

    fn confirm<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<bool>> {
        unreachable!("nothing is asked")
    }
}

fn task(id: &str, status: &str, codes: &[(&str, Option<i64>, &str)]) -> Task {
    let container = |(name, exit_code, reason): &(&str, Option<i64>, &str)| Container {
        name: (*name).to_owned(),
        exit_code: *exit_code,
        reason: (!reason.is_empty()).then(|| (*reason).to_owned()),
        ..Container::default()
    };
    Task {
        arn: format!("arn:aws:ecs:us-west-2:1:task/demo/{id}"),
        group: NAME.to_owned(),
        status: status.to_owned(),
        started: (status != "PENDING").then_some(BEGIN + 1000),
        containers: codes.iter().map(container).collect(),
        ..Task::default()
    }
}

fn submitted(id: &str) -> Value {
    let output = json!({ "Tasks": [{ "TaskArn": format!("arn:aws:ecs:us-west-2:1:task/demo/{id}") }] });
    json!({ "output": output.to_string() })
}

fn failed(id: &str, code: i64) -> Value {
    let task = json!({
        "TaskArn": format!("arn:aws:ecs:us-west-2:1:task/demo/{id}"), "LastStatus": "STOPPED", "StartedAt": BEGIN + 1000,
        "Containers": [{ "Name": "report", "ExitCode": code }],
    });
    json!({ "error": "States.TaskFailed", "cause": task.to_string() })
}

fn scripted(clock: &Virtual) -> Scripted<'_> {
    Scripted {
        clock,
        events: vec![(0.0, "ExecutionStarted", json!({ "input": "{}" }))],
        tasks: Vec::new(),
        lines: Vec::new(),
        readable: true,
        deleted: f64::INFINITY,
        expired: f64::INFINITY,
        log_delay: None,
        calls: Mutex::default(),
    }
}

fn plan(retries: u64, timeout: Option<u64>) -> Plan {
    let state = json!({
        "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Retry": [{ "IntervalSeconds": 10, "MaxAttempts": retries, "BackoffRate": 1.5 }],
    });
    Plan::read(&json!({ "TimeoutSeconds": timeout, "States": { "Run": state } }))
}

/// A job in an environment that is read with the manager role and, where `own` says so, with the user's own credentials.
fn target<'a>(manager: Scripted<'a>, own: Option<Scripted<'a>>) -> Target<Scripted<'a>> {
    let environment = Environment {
        app: "demo".to_owned(),
        name: "test".to_owned(),
        region: "us-west-2".to_owned(),
        ..Environment::default()
    };
    Target {
        app: "demo".to_owned(),
        job: "report".to_owned(),
        environment,
        manager,
        own,
        stack: Stack::default(),
        machine: "arn:aws:states:us-west-2:1:stateMachine:demo-test-report".to_owned(),
        task_definition: None,
        cluster: Some("demo".to_owned()),
        log_group: "/copilot/demo-test-report".to_owned(),
    }
}

/// Follows the run that was just started; what was told and how it ended.
fn followed(
    target: &Target<Scripted<'_>>,
    plan: &Plan,
    timeout: Option<Duration>,
) -> (Vec<String>, Result<Ended>) {
    followed_from(Run::new(NAME), target, plan, timeout)
}

fn followed_from(
    run: Run,
    target: &Target<Scripted<'_>>,
    plan: &Plan,
    timeout: Option<Duration>,
) -> (Vec<String>, Result<Ended>) {
    let clock = target.manager.clock;
    let (_sender, interrupt) = Interrupt::new();
    let notes = Notes(clock, Mutex::default());
    let console = Console::new(&Nobody, &notes, &interrupt);
    let options = Options { logs: true, timeout, clock };
    let watch = Watch::new(target, plan, run, options, &console).follow();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ended = runtime.block_on(watch);
    (notes.1.into_inner().unwrap(), ended)
}

/// Follows the run, and tells all that was told, how it ended and when.
fn follow(place: impl FnOnce(&mut Scripted<'_>), plan: &Plan, timeout: Option<Duration>) -> String {
    let clock = Virtual::default();
    let mut manager = scripted(&clock);
    place(&mut manager);
    let (mut told, ended) = followed(&target(manager, None), plan, timeout);
    let ended = match ended {
        Ok(Ended { judgement, .. }) => {
            format!("{}, {:?}, {:?}", judgement.verdict.words(), judgement.exit_code, judgement.why)
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Undetermined);
            format!("{error}\n{}", error.hints().join("\n"))
        }
    };
    told.push(format!("{:>5.0}s {ended}", clock.elapsed().as_secs_f64()));
    told.join("\n")
}

/// A run of one task that ends with these exit codes at a second, and its execution one second later.
fn ends(place: &mut Scripted<'_>, at: f64, codes: &[(&str, Option<i64>, &str)], end: (&'static str, Value)) {
    let running: Vec<_> = codes.iter().map(|(name, ..)| (*name, None, "")).collect();
    place.events.extend([(1.0, "TaskSubmitted", submitted("one")), (at + 1.0, end.0, end.1)]);
    place.tasks.extend([(1.0, task("one", "RUNNING", &running)), (at, task("one", "STOPPED", codes))]);
}

#[test]
fn every_end_on_every_rung() {
    type Case = (&'static str, fn(&mut Scripted<'_>), u64, Option<u64>);
    let cases: [Case; 10] = [
        (
            "success",
            |place| ends(place, 9.0, &[("report", Some(0), "")], ("ExecutionSucceeded", json!({}))),
            0,
            None,
        ),
        (
            "exit code 3",
            |place| ends(place, 9.0, &[("report", Some(3), "")], ("ExecutionFailed", json!({}))),
            0,
            None,
        ),
        (
            "out of memory",
            |place| {
                let codes = [("report", Some(137), "OutOfMemoryError: killed")];
                ends(place, 9.0, &codes, ("ExecutionFailed", json!({})));
            },
            0,
            None,
        ),
        (
            "sidecar fails alone",
            |place| {
                let codes = [("report", Some(0), ""), ("proxy", Some(137), "")];
                ends(place, 9.0, &codes, ("ExecutionFailed", json!({})));
            },
            0,
            None,
        ),
        ("fails, then succeeds", retried, 1, None),
        (
            "job's limit",
            |place| {
                let end = ("ExecutionTimedOut", json!({ "error": "States.Timeout" }));
                ends(place, 60.0, &[("report", Some(143), "")], end);
            },
            0,
            Some(60),
        ),
        (
            "image not pulled",
            |place| {
                let codes = [("report", None, "CannotPullContainerError: not found")];
                ends(place, 9.0, &codes, ("ExecutionFailed", json!({})));
                for (_, task) in &mut place.tasks {
                    task.started = None;
                }
            },
            0,
            None,
        ),
        (
            "no task taken",
            |place| {
                let refused = json!({ "error": "ECS.AmazonECSException", "cause": "RESOURCE:ENI" });
                place
                    .events
                    .extend([(1.0, "TaskSubmitFailed", refused.clone()), (1.0, "ExecutionFailed", refused)]);
            },
            0,
            Some(60),
        ),
        (
            "stopped by hand",
            |place| {
                let end = ("ExecutionAborted", json!({ "cause": "copilot job stop" }));
                ends(place, 9.0, &[("report", Some(143), "")], end);
            },
            0,
            None,
        ),
        (
            "two hours",
            |place| ends(place, 7200.0, &[("report", Some(0), "")], ("ExecutionSucceeded", json!({}))),
            0,
            None,
        ),
    ];
    let mut table = format!("{:<22}", "");
    let rungs = ["execution", "own credentials", "log, 10 s late", "ECS alone"];
    rungs.iter().for_each(|rung| table.push_str(&format!("{rung:<26}")));
    for (what, place, retries, limit) in cases {
        table.push_str(&format!("\n{what:<22}"));
        for rung in rungs {
            let clock = Virtual::default();
            let made = |readable: bool, log_delay: Option<f64>| {
                let mut scripted = scripted(&clock);
                place(&mut scripted);
                (scripted.readable, scripted.log_delay) = (readable, log_delay);
                scripted
            };
            let target = match rung {
                "execution" => target(made(true, None), None),
                "own credentials" => target(made(false, None), Some(made(true, None))),
                "ECS alone" => target(made(false, None), None),
                _ => target(made(false, Some(10.0)), None),
            };
            let (_, ended) = followed(&target, &plan(retries, limit), None);
            let cell = match ended {
                Ok(Ended { judgement, .. }) => {
                    let code = judgement.exit_code.map(|code| format!(" {code}")).unwrap_or_default();
                    let noted = if judgement.disagreement.is_some() { ", noted" } else { "" };
                    format!("{}{code}{noted}", judgement.verdict.words())
                }
                Err(_) => "not known".to_owned(),
            };
            let end = clock.elapsed().as_secs();
            table.push_str(&format!("{:<26}", format!("{cell} ({end} s)")));
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(table.join("\n"), @"
                          execution                 own credentials           log, 10 s late            ECS alone
    success               succeeded 0 (17 s)        succeeded 0 (17 s)        succeeded 0 (17 s)        succeeded 0 (17 s)
    exit code 3           failed 3 (17 s)           failed 3 (17 s)           failed 3 (17 s)           failed 3 (17 s)
    out of memory         failed 137 (17 s)         failed 137 (17 s)         failed 137 (20 s)         failed 137 (29 s)
    sidecar fails alone   succeeded 0, noted (17 s) succeeded 0, noted (17 s) succeeded 0, noted (20 s) succeeded 0, noted (29 s)
    fails, then succeeds  succeeded 0 (67 s)        succeeded 0 (67 s)        succeeded 0 (67 s)        succeeded 0 (67 s)
    job's limit           timed out 143 (68 s)      timed out 143 (68 s)      timed out 143 (75 s)      timed out 143 (80 s)
    image not pulled      never started (10 s)      never started (10 s)      never started (9 s)       never started (9 s)
    no task taken         never started (1 s)       never started (1 s)       never started (15 s)      timed out (120 s)
    stopped by hand       stopped 143 (17 s)        stopped 143 (17 s)        stopped 143 (20 s)        failed 143 (29 s)
    two hours             succeeded 0 (7208 s)      succeeded 0 (7208 s)      succeeded 0 (7208 s)      succeeded 0 (7208 s)
    ");
}

fn retried(place: &mut Scripted<'_>) {
    place.events.extend([
        (1.0, "TaskSubmitted", submitted("one")),
        (20.0, "TaskFailed", failed("one", 1)),
        (30.0, "TaskSubmitted", submitted("two")),
        (60.0, "ExecutionSucceeded", json!({})),
    ]);
    place.tasks.extend([
        (1.0, task("one", "PENDING", &[("report", None, "")])),
        (5.0, task("one", "RUNNING", &[("report", None, "")])),
        (19.0, task("one", "STOPPED", &[("report", Some(1), "")])),
        (30.0, task("two", "PENDING", &[("report", None, "")])),
        (35.0, task("two", "RUNNING", &[("report", None, "")])),
        (59.0, task("two", "STOPPED", &[("report", Some(0), "")])),
    ]);
    place.lines.push((6.0, 5_500, "copilot/report/one", "first try".to_owned()));
    place.lines.push((40.0, 39_000, "copilot/report/two", "second try".to_owned()));
}

#[test]
fn a_second_attempt_that_succeeds() {
    insta::assert_snapshot!(follow(retried, &plan(1, None), None), @"
     1s attempt 1 of Some(2): one
     2s attempt 1 PENDING
     5s attempt 1 RUNNING
     6s report | first try
    19s attempt 1 STOPPED
    19s report ended: Some(1) 
    19s attempt 1 ended: exit code 1, next in Some(10)
    30s attempt 2 of Some(2): two
    31s attempt 2 PENDING
    35s attempt 2 RUNNING
    40s report | second try
    59s attempt 2 STOPPED
    59s report ended: Some(0) 
    60s attempt 2 ended: exit code 0, next in None
    68s succeeded, Some(0), None
    ");
}

#[test]
fn a_second_attempt_without_permission_to_read_the_execution() {
    let told = follow(
        |place| {
            retried(place);
            place.readable = false;
            place.log_delay = Some(10.0);
        },
        &plan(1, None),
        None,
    );
    insta::assert_snapshot!(told, @"
     1s attempt 1 of Some(2): one
     1s attempt 1 PENDING
     5s attempt 1 RUNNING
     6s report | first try
    19s attempt 1 STOPPED
    19s report ended: Some(1) 
    19s attempt 1 ended: exit code 1, next in Some(10)
    30s attempt 2 of Some(2): two
    30s attempt 2 PENDING
    35s attempt 2 RUNNING
    40s report | second try
    59s attempt 2 STOPPED
    59s report ended: Some(0) 
    68s attempt 2 ended: exit code 0, next in None
    68s succeeded, Some(0), None
    ");
}

#[test]
fn a_second_attempt_of_which_only_ecs_tells() {
    let told = follow(
        |place| {
            retried(place);
            place.readable = false;
        },
        &plan(2, None),
        None,
    );
    insta::assert_snapshot!(told, @"
     1s attempt 1 of Some(3): one
     1s attempt 1 PENDING
     5s attempt 1 RUNNING
     6s report | first try
    19s attempt 1 STOPPED
    19s report ended: Some(1) 
    19s attempt 1 ended: exit code 1, next in Some(10)
    30s attempt 2 of Some(3): two
    30s attempt 2 PENDING
    35s attempt 2 RUNNING
    40s report | second try
    59s attempt 2 STOPPED
    59s report ended: Some(0) 
    68s attempt 2 ended: exit code 0, next in None
    68s succeeded, Some(0), None
    ");
}

#[test]
fn the_image_cannot_be_pulled() {
    let pull = "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found";
    let told = follow(
        |place| {
            place.readable = false;
            let stopped = Task {
                started: None,
                stop_code: Some("TaskFailedToStart".to_owned()),
                ..task("one", "STOPPED", &[("report", None, pull)])
            };
            place.tasks.extend([(1.0, task("one", "PENDING", &[("report", None, "")])), (30.0, stopped)]);
        },
        &plan(0, None),
        None,
    );
    insta::assert_snapshot!(told, @r#"
     1s attempt 1 of Some(1): one
     1s attempt 1 PENDING
    30s attempt 1 STOPPED
    30s report ended: None CannotPullContainerError: pull image manifest has been retried 1 time(s): not found
    30s attempt 1 ended: CannotPullContainerError: pull image manifest has been retried 1 time(s): not found, next in None
    30s never started, None, Some("CannotPullContainerError: pull image manifest has been retried 1 time(s): not found")
    "#);
}

#[test]
fn the_exit_code_comes_after_the_stop() {
    let told = follow(
        |place| {
            place.readable = false;
            place.tasks.extend([
                (1.0, task("one", "RUNNING", &[("report", None, "")])),
                (5.0, task("one", "DEPROVISIONING", &[("report", None, "")])),
                (7.0, task("one", "STOPPED", &[("report", None, "")])),
                (12.0, task("one", "STOPPED", &[("report", Some(3), "")])),
            ]);
        },
        &plan(0, None),
        None,
    );
    insta::assert_snapshot!(told, @r#"
     1s attempt 1 of Some(1): one
     1s attempt 1 RUNNING
     5s attempt 1 DEPROVISIONING
     7s attempt 1 STOPPED
    12s report ended: Some(3) 
    12s attempt 1 ended: exit code 3, next in None
    16s failed, Some(3), Some("exit code 3")
    "#);
}

#[test]
fn lines_that_come_after_the_end() {
    let told = follow(
        |place| {
            place.events.extend([
                (1.0, "TaskSubmitted", submitted("one")),
                (11.0, "ExecutionFailed", json!({ "error": "States.TaskFailed" })),
            ]);
            place.tasks.extend([
                (1.0, task("one", "RUNNING", &[("report", None, "")])),
                (10.0, task("one", "STOPPED", &[("report", Some(1), "")])),
            ]);
            // Its first line is from before the task's official start.
            place.lines.push((2.0, 600, "copilot/report/one", "early".to_owned()));
            for line in 1..=3 {
                place.lines.push((18.0, 9_000, "copilot/report/one", format!("late {line}")));
            }
        },
        &plan(0, None),
        None,
    );
    insta::assert_snapshot!(told, @r#"
     1s attempt 1 of Some(1): one
     2s report | early
     2s attempt 1 RUNNING
    10s attempt 1 STOPPED
    10s report ended: Some(1) 
    10s attempt 1 ended: exit code 1, next in None
    18s report | late 1
    18s report | late 2
    18s report | late 3
    20s failed, Some(1), Some("exit code 1")
    "#);
}

#[test]
fn three_hours() {
    let long = |place: &mut Scripted<'_>| {
        place
            .events
            .extend([(1.0, "TaskSubmitted", submitted("one")), (10_800.0, "ExecutionSucceeded", json!({}))]);
        place.tasks.extend([
            (1.0, task("one", "PENDING", &[("report", None, "")])),
            (360.0, task("one", "RUNNING", &[("report", None, "")])),
            (10_799.0, task("one", "STOPPED", &[("report", Some(0), "")])),
        ]);
    };
    let told = follow(long, &plan(0, None), None);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.iter().filter(|line| line.contains("still (")).count(), 35, "{told}");
    insta::assert_snapshot!(format!("{}\n…\n{}", lines[..6].join("\n"), lines[lines.len() - 3..].join("\n")), @"
        1s attempt 1 of Some(1): one
        2s attempt 1 PENDING
      302s still (302s): attempt 1, task one PENDING for 5m 1s
      360s attempt 1 RUNNING
      660s still (660s): attempt 1, task one RUNNING for 10m 59s
      960s still (960s): attempt 1, task one RUNNING for 15m 59s
    …
    10800s report ended: Some(0) 
    10800s attempt 1 ended: exit code 0, next in None
    10808s succeeded, Some(0), None
    ");
    insta::assert_snapshot!(follow(long, &plan(0, None), Some(Duration::from_mins(10))), @"
        1s attempt 1 of Some(1): one
        2s attempt 1 PENDING
      302s still (302s): attempt 1, task one PENDING for 5m 1s
      360s attempt 1 RUNNING
      600s run manual-1 has not ended within 10m; when last seen: attempt 1, task one RUNNING for 9m 59s
    The run goes on in AWS. Follow it again with `copilot job run --name report --env test --attach manual-1`, stop it with `copilot job stop --name report --env test manual-1`.
    ");
}

#[test]
fn the_time_to_wait_for_an_older_run_counts_from_now_on() {
    let clock = Virtual::default();
    let mut manager = scripted(&clock);
    manager.events.push((1.0, "TaskSubmitted", submitted("one")));
    manager.tasks.push((1.0, task("one", "RUNNING", &[("report", None, "")])));
    let run = Run { started: Some(BEGIN - 3_600_000), ..Run::new(NAME) };
    let ten_minutes = Duration::from_mins(10);
    let (_, ended) = followed_from(run, &target(manager, None), &plan(0, Some(86_400)), Some(ten_minutes));
    assert_eq!(ended.map(|_| ()).unwrap_err().kind(), ErrorKind::Undetermined);
    assert_eq!(clock.elapsed(), ten_minutes);
}

#[test]
fn the_job_is_deleted_meanwhile() {
    let told = follow(
        |place| {
            place.events.push((1.0, "TaskSubmitted", submitted("one")));
            place.tasks.push((1.0, task("one", "RUNNING", &[("report", None, "")])));
            place.deleted = 30.0;
        },
        &plan(0, None),
        None,
    );
    insta::assert_snapshot!(told, @"
        1s attempt 1 of Some(1): one
        2s attempt 1 RUNNING
       30s run manual-1 can no longer be followed: job report was deleted
    Its log, if it is still there: log group /copilot/demo-test-report in us-west-2.
    ");
}

#[test]
fn credentials_expire_meanwhile() {
    let told = follow(
        |place| {
            place.events.push((1.0, "TaskSubmitted", submitted("one")));
            place.tasks.push((1.0, task("one", "RUNNING", &[("report", None, "")])));
            place.expired = 30.0;
        },
        &plan(0, None),
        None,
    );
    insta::assert_snapshot!(told, @"
        1s attempt 1 of Some(1): one
        2s attempt 1 RUNNING
       30s the credentials expired at 2026-11-27T13:00:30Z, so the end of run manual-1 is not known; when last seen: attempt 1, task one RUNNING for 29s
    Sign in again. The run goes on in AWS. Follow it again with `copilot job run --name report --env test --attach manual-1`, stop it with `copilot job stop --name report --env test manual-1`.
    ");
}

#[test]
fn a_task_that_hangs_beyond_the_limit() {
    let told = follow(
        |place| {
            place.readable = false;
            place.tasks.push((1.0, task("one", "RUNNING", &[("report", None, "")])));
        },
        &plan(0, Some(120)),
        None,
    );
    insta::assert_snapshot!(told, @"
      1s attempt 1 of Some(1): one
      1s attempt 1 RUNNING
    188s timed out, None, None
    ");
}
