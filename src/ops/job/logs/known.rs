//! Which tasks belong to which run. ECS tells it of those that run, and of others for about an hour: a task's group is the name
//! of its run. Of earlier ones the state machine's log tells.

use std::collections::BTreeMap;

use super::port::{EventQuery, LogReader, Streams};
use super::streams::STATE_MACHINE;
use crate::error::Result;
use crate::ops::job::runs::event::RunEvent;
use crate::ops::job::runs::port::Tasks;
use crate::ops::job::runs::run::Run;
use crate::ops::job::runs::task::Task;

/// Events that tell of a run's tasks, its beginning and its end.
const TELLING: &str = r#"{ $.type = "TaskSubmitted" || $.type = "Execution*" }"#;

/// A run of the job and its tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RunTasks {
    /// Its name; of a run that nobody knows any more, the id of its task.
    pub run: String,
    /// When it began, in milliseconds since 1970.
    pub started_ms: i64,
    /// It has ended, as far as is known.
    pub ended: Option<bool>,
    /// Ids of its tasks.
    pub tasks: Vec<String>,
}

/// Knows the runs of a job.
pub(super) struct Runs<'a, P> {
    pub place: &'a P,
    pub group: &'a str,
    /// What ECS remembers.
    pub tasks: Vec<Task>,
}

impl<P: LogReader> Runs<'_, P> {
    /// Runs with tasks since a time, as far as they are known.
    ///
    /// # Errors
    /// When the state machine's log cannot be read.
    pub(super) async fn since(&self, time: i64) -> Result<Vec<RunTasks>> {
        self.read(Some(time), TELLING).await
    }

    /// Runs whose names begin like this.
    ///
    /// # Errors
    /// As [`Self::since`].
    pub(super) async fn named(&self, name: &str) -> Result<Vec<RunTasks>> {
        let pattern = format!(r#"{{ $.execution_arn = "*:{name}*" }}"#);
        let mut runs = self.read(None, &pattern).await?;
        runs.retain(|run| run.run.starts_with(name));
        Ok(runs)
    }

    async fn read(&self, since: Option<i64>, pattern: &str) -> Result<Vec<RunTasks>> {
        let streams = Streams::Prefix(STATE_MACHINE);
        let query = EventQuery { group: self.group, streams, start: since, pattern, ..EventQuery::default() };
        let mut events: BTreeMap<String, Vec<RunEvent>> = BTreeMap::new();
        let mut after: Option<String> = None;
        while let Some(page) = self.place.filtered_events(&query, after.as_deref()).await? {
            for (execution, event) in page.events.iter().filter_map(|event| RunEvent::of_log(&event.message))
            {
                let name = execution.rsplit(':').next().unwrap_or(&execution).to_owned();
                events.entry(name).or_default().push(event);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mut runs: BTreeMap<String, Run> = BTreeMap::new();
        for (name, mut events) in events {
            events.sort_by_key(|event| event.at);
            runs.entry(name.clone()).or_insert_with(|| Run::new(&name)).learn_events(&events);
        }
        for task in self.tasks.iter().filter(|task| !task.group.is_empty()) {
            let run = runs.entry(task.group.clone()).or_insert_with(|| Run::new(&task.group));
            run.learn_tasks(std::slice::from_ref(task));
        }
        let mut runs: Vec<RunTasks> = runs.into_values().filter_map(|run| known(&run)).collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.started_ms));
        Ok(runs)
    }
}

/// A run with its tasks; `None` when it has none, so that it has logged nothing.
fn known(run: &Run) -> Option<RunTasks> {
    let tasks: Vec<String> = run.tasks().map(|task| task.id().to_owned()).collect();
    let attempts = run.attempts.iter();
    let begun = attempts.filter_map(|attempt| attempt.began.or(attempt.task.as_ref()?.created)).min();
    let is_running = run.tasks().any(|task| !task.status.is_empty() && !task.has_stopped());
    let ended = match run.has_ended() {
        true => Some(true),
        false => is_running.then_some(false),
    };
    let started_ms = run.started.into_iter().chain(begun).min()?;
    (!tasks.is_empty()).then(|| RunTasks { run: run.name.clone(), started_ms, ended, tasks })
}

/// What ECS knows of a family's tasks. It only adds to what the logs tell: without permission there are none.
pub(super) async fn recent_tasks(place: &impl Tasks, cluster: Option<&str>, family: &str) -> Vec<Task> {
    let Some(cluster) = cluster else { return Vec::new() };
    let arns =
        tokio::try_join!(place.task_arns(cluster, family, false), place.task_arns(cluster, family, true));
    let arns = arns.map(|(running, stopped)| [running, stopped].concat()).unwrap_or_default();
    described(place, cluster, &arns).await
}

/// The tasks that run.
pub(super) async fn running_tasks(place: &impl Tasks, cluster: Option<&str>, family: &str) -> Vec<Task> {
    let Some(cluster) = cluster else { return Vec::new() };
    let arns = place.task_arns(cluster, family, false).await.unwrap_or_default();
    described(place, cluster, &arns).await
}

async fn described(place: &impl Tasks, cluster: &str, arns: &[String]) -> Vec<Task> {
    match arns {
        [] => Vec::new(),
        arns => place.describe_tasks(cluster, arns).await.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ops::job::logs::testing::Logs;

    fn line(run: &str, at: i64, kind: &str, task: Option<&str>) -> String {
        let output = json!({ "Tasks": [{ "TaskArn": format!("arn:aws:ecs:us-west-2:1:task/c/{}", task.unwrap_or_default()) }] });
        let details = task.map(|_| json!({ "output": output.to_string() }));
        json!({
            "type": kind, "event_timestamp": at.to_string(), "details": details,
            "execution_arn": format!("arn:aws:states:us-west-2:1:execution:m:{run}"),
        })
        .to_string()
    }

    #[tokio::test]
    async fn runs_of_the_log_and_of_ecs() {
        let logs = Logs::default();
        let told = [
            (10, line("r-1", 10, "ExecutionStarted", None)),
            (11, line("r-1", 11, "TaskSubmitted", Some("t1"))),
            (20, line("r-1", 20, "TaskSubmitted", Some("t2"))),
            (30, line("r-1", 30, "ExecutionSucceeded", None)),
            (40, line("r-2", 40, "ExecutionStarted", None)),
            (41, line("r-2", 41, "TaskSubmitted", Some("t3"))),
            (50, line("r-4", 50, "ExecutionStarted", None)),
        ];
        let events: Vec<(i64, &str)> = told.iter().map(|(time, line)| (*time, line.as_str())).collect();
        logs.put("states/m/1", &events);
        let task = |id: &str, group: &str, status: &str, created: i64| Task {
            arn: format!("arn:aws:ecs:us-west-2:1:task/c/{id}"),
            group: group.to_owned(),
            status: status.to_owned(),
            created: Some(created),
            ..Task::default()
        };
        let tasks = vec![task("t3", "r-2", "RUNNING", 41), task("t9", "direct-1", "STOPPED", 60)];
        let known = Runs { place: &logs, group: "/copilot/demo-test-report", tasks };
        let shown = |runs: Vec<RunTasks>| {
            let one =
                |run: &RunTasks| format!("{} {} {:?} {:?}", run.run, run.started_ms, run.ended, run.tasks);
            runs.iter().map(one).collect::<Vec<_>>().join("\n")
        };
        insta::assert_snapshot!(shown(known.since(0).await.unwrap()), @r#"
        direct-1 60 None ["t9"]
        r-2 40 Some(false) ["t3"]
        r-1 10 Some(true) ["t1", "t2"]
        "#);
        insta::assert_snapshot!(shown(known.named("r-1").await.unwrap()), @r#"r-1 10 Some(true) ["t1", "t2"]"#);
    }
}
