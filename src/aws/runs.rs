//! Runs of jobs: executions of state machines (Step Functions) and their tasks (ECS), listed and ended.

use serde_json::{Value, json};

use super::session::RegionSession;
use super::signed::{self, Call};
use crate::error::Result;
use crate::ops::removal::port::Runs;

impl Runs for RegionSession {
    async fn executions(&self, state_machine: &str) -> Result<Vec<String>> {
        let input =
            json!({ "stateMachineArn": state_machine, "statusFilter": "RUNNING", "maxResults": 1000 });
        let target = format!("state machine {}", last_part(state_machine));
        let read = |page: &Value| texts(&page["executions"], |one| &one["executionArn"]);
        self.pages(&LIST_EXECUTIONS, &target, input, read).await
    }

    async fn stop_execution(&self, execution: &str, cause: &str) -> Result<()> {
        let input = json!({ "executionArn": execution, "cause": cause });
        let target = format!("execution {}", last_part(execution));
        self.ask(&STOP_EXECUTION, &target, &input).await.map(drop)
    }

    async fn tasks(&self, cluster: &str, family: &str) -> Result<Vec<String>> {
        let input = json!({ "cluster": cluster, "family": family, "desiredStatus": "RUNNING" });
        let target = format!("cluster {cluster}");
        self.pages(&LIST_TASKS, &target, input, |page| texts(&page["taskArns"], |one| one)).await
    }

    async fn stop_task(&self, cluster: &str, task: &str, reason: &str) -> Result<()> {
        let input = json!({ "cluster": cluster, "task": task, "reason": reason });
        let target = format!("task {} in cluster {cluster}", task.rsplit('/').next().unwrap_or(task));
        self.ask(&STOP_TASK, &target, &input).await.map(drop)
    }
}

/// A call of a service.
struct Operation {
    /// The service's name in signatures and host names.
    service: &'static str,
    permission: &'static str,
    headers: &'static [(&'static str, &'static str)],
    /// What an error holds when the thing that the call is about is gone.
    gone: &'static [&'static str],
}

const STATES_TYPE: (&str, &str) = ("content-type", "application/x-amz-json-1.0");
const ECS_TYPE: (&str, &str) = ("content-type", "application/x-amz-json-1.1");

const LIST_EXECUTIONS: Operation = Operation {
    service: "states",
    permission: "states:ListExecutions",
    headers: &[STATES_TYPE, ("x-amz-target", "AWSStepFunctions.ListExecutions")],
    gone: &["StateMachineDoesNotExist"],
};
const STOP_EXECUTION: Operation = Operation {
    service: "states",
    permission: "states:StopExecution",
    headers: &[STATES_TYPE, ("x-amz-target", "AWSStepFunctions.StopExecution")],
    gone: &["ExecutionDoesNotExist", "ValidationException"],
};
const LIST_TASKS: Operation = Operation {
    service: "ecs",
    permission: "ecs:ListTasks",
    headers: &[ECS_TYPE, ("x-amz-target", "AmazonEC2ContainerServiceV20141113.ListTasks")],
    gone: &["ClusterNotFoundException"],
};
const STOP_TASK: Operation = Operation {
    service: "ecs",
    permission: "ecs:StopTask",
    headers: &[ECS_TYPE, ("x-amz-target", "AmazonEC2ContainerServiceV20141113.StopTask")],
    // ECS calls a task that it has forgotten an invalid parameter.
    gone: &["ClusterNotFoundException", "referenced task was not found"],
};

impl RegionSession {
    /// The answer; `None` when what the call is about is gone.
    async fn ask(&self, operation: &Operation, target: &str, input: &Value) -> Result<Option<Value>> {
        let Operation { service, permission, headers, gone } = *operation;
        let call = Call { service, permission, target, headers, body: input.to_string() };
        match signed::send(&self.session, call, signed::json).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if gone.iter().any(|code| error.to_string().contains(code)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What all pages of an answer hold.
    async fn pages(
        &self,
        operation: &Operation,
        target: &str,
        mut input: Value,
        read: impl Fn(&Value) -> Vec<String>,
    ) -> Result<Vec<String>> {
        let mut found = Vec::new();
        while let Some(page) = self.ask(operation, target, &input).await? {
            found.extend(read(&page));
            match page["nextToken"].as_str().filter(|token| !token.is_empty()) {
                Some(token) => input["nextToken"] = Value::from(token),
                None => break,
            }
        }
        Ok(found)
    }
}

fn texts(list: &Value, text: impl Fn(&Value) -> &Value) -> Vec<String> {
    let all = list.as_array().into_iter().flatten();
    all.filter_map(|one| text(one).as_str().map(str::to_owned)).collect()
}

/// The name at the end of an ARN.
fn last_part(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}
