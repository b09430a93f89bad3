//! Runs of deployed jobs: what a test starts, looks at and tells. How they behave is in runs.py.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::Account;
use super::emulator::Emulator;

const RUN_LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);
/// State machines log into the job's group too; the container's streams start like this.
const CONTAINER_STREAMS: &str = "copilot/";
/// So many events fit into one call of `PutLogEvents`.
const BATCH: usize = 10_000;

/// What becomes of a task, told instead of run.
#[derive(Clone, Debug)]
pub(crate) struct TaskStory(Value);

impl TaskStory {
    /// It runs for some time, then all its containers end well.
    pub(crate) fn runs_for(time: Duration) -> Self {
        Self(json!({ "milliseconds": time.as_millis(), "exitCodes": {}, "lines": {}, "reasons": {} }))
    }

    /// With another exit code for a container.
    pub(crate) fn exit(mut self, container: &str, code: i32) -> Self {
        self.0["exitCodes"][container] = json!(code);
        self
    }

    /// With a reason why a container ended, such as `OutOfMemoryError: …`.
    pub(crate) fn reason(mut self, container: &str, reason: &str) -> Self {
        self.0["reasons"][container] = json!(reason);
        self
    }

    /// With lines that a container logs at the beginning.
    pub(crate) fn lines(mut self, container: &str, lines: &[&str]) -> Self {
        self.0["lines"][container] = json!(lines);
        self
    }

    /// It never starts, for this reason: `CannotPullContainerError: …`.
    pub(crate) fn fails_to_start(reason: &str) -> Self {
        Self(json!({ "failsToStart": reason }))
    }

    /// `RunTask` answers with an error.
    pub(crate) fn refused(code: &str, message: &str) -> Self {
        Self(json!({ "refused": { "code": code, "message": message } }))
    }

    /// `RunTask` starts nothing: `RESOURCE:MEMORY`.
    pub(crate) fn unplaced(reason: &str) -> Self {
        Self(json!({ "unplaced": reason }))
    }
}

/// How the next Insights query goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum QueryStory {
    /// So many answers say that it is still running, then it is complete.
    Running(u32),
    /// It runs until it is stopped.
    Never,
    /// It ends in another way: `Failed`, `Timeout`.
    Ends(&'static str),
}

impl Account<'_> {
    /// Runs a deployed job (`<app>-<env>-<job>`) once and returns the lines its containers logged.
    pub(crate) fn run_once(&self, job_stack: &str) -> Result<Vec<String>> {
        let name = uuid::Uuid::new_v4().to_string();
        let ended = self.ended_run(&self.start_run(job_stack, &name)?)?;
        ensure!(ended["status"] == "SUCCEEDED", "the execution did not succeed: {ended}");
        self.container_lines(job_stack)
    }

    /// Starts a run of a deployed job (`<app>-<env>-<job>`) and returns the ARN of the execution.
    pub(crate) fn start_run(&self, job_stack: &str, name: &str) -> Result<String> {
        let Emulator { account, region, .. } = self.emulator();
        let machine = format!("arn:aws:states:{region}:{account}:stateMachine:{job_stack}");
        let input = json!({ "stateMachineArn": machine, "name": name });
        let started = self.asks("states", "AWSStepFunctions.StartExecution", input)?;
        Ok(started["executionArn"].as_str().context("StartExecution names no execution")?.to_owned())
    }

    /// Waits for the end of an execution; the answer of `DescribeExecution`.
    pub(crate) fn ended_run(&self, execution: &str) -> Result<Value> {
        let deadline = Instant::now() + RUN_LIMIT;
        loop {
            let input = json!({ "executionArn": execution });
            let state = self.asks("states", "AWSStepFunctions.DescribeExecution", input)?;
            if state["status"] != "RUNNING" {
                return Ok(state);
            }
            ensure!(Instant::now() < deadline, "the execution does not end: {state}");
            std::thread::sleep(POLL);
        }
    }

    /// The events of an execution.
    pub(crate) fn history(&self, execution: &str) -> Result<Vec<Value>> {
        let input = json!({ "executionArn": execution, "maxResults": 1000 });
        let mut answer = self.asks("states", "AWSStepFunctions.GetExecutionHistory", input)?;
        Ok(answer["events"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }

    /// The tasks of a job that ECS knows, the oldest first, as `DescribeTasks` has them.
    pub(crate) fn tasks(&self, job_stack: &str) -> Result<Vec<Value>> {
        let Emulator { account, region, .. } = self.emulator();
        let machine = format!("arn:aws:states:{region}:{account}:stateMachine:{job_stack}");
        let input = json!({ "stateMachineArn": machine });
        let machine = self.asks("states", "AWSStepFunctions.DescribeStateMachine", input)?;
        let definition = machine["definition"].as_str().unwrap_or_default();
        let (_, rest) = definition.split_once("\"Cluster\"").context("the state machine has no cluster")?;
        let cluster = rest.split('"').nth(1).unwrap_or_default();
        let mut arns = Vec::new();
        for status in ["STOPPED", "RUNNING"] {
            let input = json!({ "cluster": cluster, "family": job_stack, "desiredStatus": status });
            let mut found = self.asks("ecs", "AmazonEC2ContainerServiceV20141113.ListTasks", input)?;
            arns.extend(found["taskArns"].as_array_mut().map(std::mem::take).unwrap_or_default());
        }
        if arns.is_empty() {
            return Ok(Vec::new());
        }
        let input = json!({ "cluster": cluster, "tasks": arns });
        let mut answer = self.asks("ecs", "AmazonEC2ContainerServiceV20141113.DescribeTasks", input)?;
        let mut tasks = answer["tasks"].as_array_mut().map(std::mem::take).unwrap_or_default();
        tasks.sort_by(|one, other| {
            one["createdAt"]
                .as_f64()
                .partial_cmp(&other["createdAt"].as_f64())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        Ok(tasks)
    }

    /// What the containers of a job have logged, in the order of time.
    pub(crate) fn container_lines(&self, job_stack: &str) -> Result<Vec<String>> {
        let events = self.events(&format!("/copilot/{job_stack}"), CONTAINER_STREAMS)?;
        Ok(events.into_iter().map(|(_, message)| message).collect())
    }

    /// The messages in the streams of a group whose names start like this, by stream.
    pub(crate) fn log_events(&self, group: &str, streams: &str) -> Result<BTreeMap<String, Vec<String>>> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (stream, message) in self.events(group, streams)? {
            found.entry(stream).or_default().push(message);
        }
        Ok(found)
    }

    fn events(&self, group: &str, streams: &str) -> Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        let mut input = json!({ "logGroupName": group, "logStreamNamePrefix": streams });
        loop {
            let page = self.asks("logs", "Logs_20140328.FilterLogEvents", input.clone())?;
            for event in page["events"].as_array().into_iter().flatten() {
                let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
                found.push((text("logStreamName"), text("message")));
            }
            let Some(token) = page["nextToken"].as_str() else { return Ok(found) };
            input["nextToken"] = json!(token);
        }
    }

    /// Writes events, given by their times in milliseconds and messages, to a stream, and makes what is missing of group and
    /// stream.
    pub(crate) fn put_log_events(
        &self,
        group: &str,
        stream: &str,
        events: impl IntoIterator<Item = (i64, String)>,
    ) -> Result<()> {
        let names = json!({ "logGroupName": group, "logStreamName": stream });
        for target in ["Logs_20140328.CreateLogGroup", "Logs_20140328.CreateLogStream"] {
            match self.asks("logs", target, names.clone()) {
                Err(error) if !error.to_string().contains("AlreadyExists") => bail!(error),
                _ => (),
            }
        }
        let events: Vec<Value> = events
            .into_iter()
            .map(|(timestamp, message)| json!({ "timestamp": timestamp, "message": message }))
            .collect();
        for batch in events.chunks(BATCH) {
            let mut input = names.clone();
            input["logEvents"] = json!(batch);
            self.asks("logs", "Logs_20140328.PutLogEvents", input)?;
        }
        Ok(())
    }

    /// Has executions wait this long before each retry, whatever their state machines say.
    pub(crate) fn retry_wait(&self, time: Duration) -> Result<()> {
        self.tells("RetryWait", json!({ "milliseconds": time.as_millis() }))
    }

    /// ECS forgets the tasks that are stopped, as it does after about an hour.
    pub(crate) fn forget_stopped_tasks(&self) -> Result<()> {
        self.tells("ForgetStoppedTasks", json!({}))
    }

    /// Tells what becomes of the next tasks of a family, which a job's is its stack's name. After them, tasks run.
    pub(crate) fn tell_tasks(
        &self,
        family: &str,
        stories: impl IntoIterator<Item = TaskStory>,
    ) -> Result<()> {
        let stories: Vec<Value> = stories.into_iter().map(|story| story.0).collect();
        self.tells("TellTasks", json!({ "family": family, "stories": stories }))
    }

    /// Tells how the next Insights query goes that nothing is told about yet.
    pub(crate) fn tell_query(&self, story: QueryStory) -> Result<()> {
        self.tells(
            "TellQuery",
            match story {
                QueryStory::Running(answers) => json!({ "running": answers }),
                QueryStory::Never => json!({ "never": true }),
                QueryStory::Ends(status) => json!({ "end": status }),
            },
        )
    }

    fn tells(&self, call: &str, input: Value) -> Result<()> {
        self.asks("local-aws", &format!("LocalAws.{call}"), input).map(drop)
    }

    /// A call of a JSON service past the gateway.
    pub(crate) fn asks(&self, service: &str, target: &str, input: Value) -> Result<Value> {
        let (emulator, service, target) = (self.emulator(), service.to_owned(), target.to_owned());
        self.aws.block_on(async move { emulator.json(&service, &target, &input).await })
    }
}
