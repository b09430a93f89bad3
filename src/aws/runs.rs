//! Runs of jobs: executions of state machines (Step Functions) and their tasks (ECS), listed and ended.

use serde_json::{Value, json};

use super::executions::LIST_EXECUTIONS;
use super::operation::{JSON_1_0, JSON_1_1, Operation};
use super::session::RegionSession;
use crate::error::Result;
use crate::ops::job::runs::port::Tasks as _;
use crate::ops::removal::port::Runs;

impl Runs for RegionSession {
    async fn executions(&self, state_machine: &str) -> Result<Vec<String>> {
        let input =
            json!({ "stateMachineArn": state_machine, "statusFilter": "RUNNING", "maxResults": 1000 });
        let target = format!("state machine {}", last_part(state_machine));
        let read = |page: &Value| texts(&page["executions"], |one| &one["executionArn"]);
        LIST_EXECUTIONS.pages(&self.session, &target, input, read).await
    }

    async fn stop_execution(&self, execution: &str, cause: &str) -> Result<()> {
        let input = json!({ "executionArn": execution, "cause": cause });
        let target = format!("execution {}", last_part(execution));
        STOP_EXECUTION.ask(&self.session, &target, &input).await.map(drop)
    }

    async fn tasks(&self, cluster: &str, family: &str) -> Result<Vec<String>> {
        self.task_arns(cluster, family, false).await
    }

    async fn stop_task(&self, cluster: &str, task: &str, reason: &str) -> Result<()> {
        let input = json!({ "cluster": cluster, "task": task, "reason": reason });
        let target = format!("task {} in cluster {cluster}", task.rsplit('/').next().unwrap_or(task));
        STOP_TASK.ask(&self.session, &target, &input).await.map(drop)
    }
}

const STOP_EXECUTION: Operation = Operation {
    service: "states",
    permission: "states:StopExecution",
    headers: &[JSON_1_0, ("x-amz-target", "AWSStepFunctions.StopExecution")],
    gone: &["ExecutionDoesNotExist", "ValidationException"],
};
const STOP_TASK: Operation = Operation {
    service: "ecs",
    permission: "ecs:StopTask",
    headers: &[JSON_1_1, ("x-amz-target", "AmazonEC2ContainerServiceV20141113.StopTask")],
    // ECS calls a task that it has forgotten an invalid parameter.
    gone: &["ClusterNotFoundException", "referenced task was not found"],
};

fn texts(list: &Value, text: impl Fn(&Value) -> &Value) -> Vec<String> {
    let all = list.as_array().into_iter().flatten();
    all.filter_map(|one| text(one).as_str().map(str::to_owned)).collect()
}

/// The name at the end of an ARN.
fn last_part(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}
