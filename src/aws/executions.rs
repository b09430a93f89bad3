//! Step Functions: state machines and their executions.

use serde_json::{Value, json};

use super::operation::{JSON_1_0, Operation};
use super::session::RegionSession;
use crate::error::Result;
use crate::ops::job::runs::event::{RunEvent, Status};
use crate::ops::job::runs::port::{Executions, Listed};
use crate::ops::job::runs::task::milliseconds;

/// Executions on a page; AWS gives no more.
const PAGE: usize = 1000;

const DESCRIBE_STATE_MACHINE: Operation = Operation {
    service: "states",
    permission: "states:DescribeStateMachine",
    headers: &[JSON_1_0, ("x-amz-target", "AWSStepFunctions.DescribeStateMachine")],
    gone: &["StateMachineDoesNotExist"],
};
const START_EXECUTION: Operation = Operation {
    service: "states",
    permission: "states:StartExecution",
    headers: &[JSON_1_0, ("x-amz-target", "AWSStepFunctions.StartExecution")],
    gone: &["StateMachineDoesNotExist"],
};
pub(super) const LIST_EXECUTIONS: Operation = Operation {
    service: "states",
    permission: "states:ListExecutions",
    headers: &[JSON_1_0, ("x-amz-target", "AWSStepFunctions.ListExecutions")],
    gone: &["StateMachineDoesNotExist"],
};
const GET_EXECUTION_HISTORY: Operation = Operation {
    service: "states",
    permission: "states:GetExecutionHistory",
    headers: &[JSON_1_0, ("x-amz-target", "AWSStepFunctions.GetExecutionHistory")],
    gone: &["ExecutionDoesNotExist", "StateMachineDoesNotExist"],
};

impl Executions for RegionSession {
    async fn definition(&self, state_machine: &str) -> Result<Option<Value>> {
        let input = json!({ "stateMachineArn": state_machine });
        let answer = DESCRIBE_STATE_MACHINE.ask(&self.session, &machine(state_machine), &input).await?;
        Ok(answer.map(|answer| {
            // A definition is JSON; one that is not tells nothing.
            serde_json::from_str(answer["definition"].as_str().unwrap_or_default()).unwrap_or_default()
        }))
    }

    async fn start_execution(&self, state_machine: &str, name: &str) -> Result<Option<String>> {
        let input = json!({ "stateMachineArn": state_machine, "name": name, "input": "{}" });
        match START_EXECUTION.ask(&self.session, &machine(state_machine), &input).await {
            Ok(answer) => Ok(answer.and_then(|answer| Some(answer["executionArn"].as_str()?.to_owned()))),
            // The name was made for this start: an answer got lost, and the run has ended since.
            Err(error) if error.to_string().contains("ExecutionAlreadyExists") => {
                Ok(Some(format!("{}:{name}", state_machine.replacen(":stateMachine:", ":execution:", 1))))
            }
            Err(error) => Err(error),
        }
    }

    async fn list_executions(
        &self,
        state_machine: &str,
        since: i64,
        limit: usize,
    ) -> Result<Option<Vec<Listed>>> {
        let mut input = json!({ "stateMachineArn": state_machine, "maxResults": limit.clamp(1, PAGE) });
        let mut found = Vec::new();
        loop {
            let answer = LIST_EXECUTIONS.ask(&self.session, &machine(state_machine), &input).await?;
            let Some(page) = answer else { return Ok(None) };
            let listed = page["executions"].as_array().into_iter().flatten().filter_map(listed);
            let before = found.len();
            found.extend(listed.take_while(|one| one.started >= since));
            let whole = page["executions"].as_array().map_or(0, Vec::len) == found.len() - before;
            match page["nextToken"].as_str() {
                Some(token) if whole && found.len() < limit => input["nextToken"] = json!(token),
                _ => break,
            }
        }
        found.truncate(limit);
        Ok(Some(found))
    }

    async fn execution_events(&self, execution: &str) -> Result<Option<Vec<RunEvent>>> {
        let mut input = json!({ "executionArn": execution, "maxResults": PAGE });
        let target = format!("execution {}", execution.rsplit(':').next().unwrap_or(execution));
        let mut events = Vec::new();
        loop {
            let Some(page) = GET_EXECUTION_HISTORY.ask(&self.session, &target, &input).await? else {
                return Ok(None);
            };
            events.extend(page["events"].as_array().into_iter().flatten().filter_map(RunEvent::of_history));
            match page["nextToken"].as_str() {
                Some(token) => input["nextToken"] = json!(token),
                None => return Ok(Some(events)),
            }
        }
    }
}

fn listed(execution: &Value) -> Option<Listed> {
    Some(Listed {
        name: execution["name"].as_str()?.to_owned(),
        status: Status::read(execution["status"].as_str()?),
        started: milliseconds(&execution["startDate"])?,
        ended: milliseconds(&execution["stopDate"]),
    })
}

fn machine(arn: &str) -> String {
    format!("state machine {}", arn.rsplit(':').next().unwrap_or(arn))
}
