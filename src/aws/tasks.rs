//! ECS: tasks.

use serde_json::{Value, json};

use super::operation::{JSON_1_1, Operation};
use super::session::RegionSession;
use crate::error::Result;
use crate::ops::job::runs::port::{Started, Tasks};
use crate::ops::job::runs::task::Task;

/// Tasks that one call describes.
const PAGE: usize = 100;

const LIST_TASKS: Operation = Operation {
    service: "ecs",
    permission: "ecs:ListTasks",
    headers: &[JSON_1_1, ("x-amz-target", "AmazonEC2ContainerServiceV20141113.ListTasks")],
    gone: &["ClusterNotFoundException"],
};
const DESCRIBE_TASKS: Operation = Operation {
    service: "ecs",
    permission: "ecs:DescribeTasks",
    headers: &[JSON_1_1, ("x-amz-target", "AmazonEC2ContainerServiceV20141113.DescribeTasks")],
    gone: &["ClusterNotFoundException"],
};
const RUN_TASK: Operation = Operation {
    service: "ecs",
    permission: "ecs:RunTask",
    headers: &[JSON_1_1, ("x-amz-target", "AmazonEC2ContainerServiceV20141113.RunTask")],
    gone: &[],
};

impl Tasks for RegionSession {
    async fn task_arns(&self, cluster: &str, family: &str, stopped: bool) -> Result<Vec<String>> {
        let status = if stopped { "STOPPED" } else { "RUNNING" };
        let input = json!({ "cluster": cluster, "family": family, "desiredStatus": status });
        let read = |page: &Value| {
            let arns = page["taskArns"].as_array().into_iter().flatten();
            arns.filter_map(|arn| arn.as_str().map(str::to_owned)).collect()
        };
        LIST_TASKS.pages(&self.session, &format!("cluster {cluster}"), input, read).await
    }

    async fn describe_tasks(&self, cluster: &str, arns: &[String]) -> Result<Vec<Task>> {
        let mut tasks = Vec::new();
        for some in arns.chunks(PAGE) {
            let input = json!({ "cluster": cluster, "tasks": some });
            let answer = DESCRIBE_TASKS.ask(&self.session, &format!("cluster {cluster}"), &input).await?;
            let answer = answer.unwrap_or_default();
            tasks.extend(answer["tasks"].as_array().into_iter().flatten().filter_map(Task::read));
        }
        Ok(tasks)
    }

    async fn run_task(&self, input: &Value) -> Result<Started> {
        let definition = input["taskDefinition"].as_str().unwrap_or_default();
        let name = definition.rsplit('/').next().unwrap_or(definition);
        let answer = RUN_TASK.ask(&self.session, &format!("task definition {name}"), input).await?;
        let answer = answer.unwrap_or_default();
        let failures = answer["failures"].as_array().into_iter().flatten();
        let failure = |failure: &Value| {
            let text = |name: &str| failure[name].as_str().filter(|text| !text.is_empty());
            match (text("reason"), text("detail")) {
                (Some(reason), Some(detail)) => format!("{reason}: {detail}"),
                (Some(only), None) | (None, Some(only)) => only.to_owned(),
                (None, None) => "AWS gives no reason".to_owned(),
            }
        };
        Ok(Started { task: Task::read(&answer["tasks"][0]), failures: failures.map(failure).collect() })
    }
}
