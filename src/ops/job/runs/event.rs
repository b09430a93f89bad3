//! What happens in a run, as Step Functions tells it: in the history of the execution, and in the log of the state machine.
//! Pure.

use serde_json::Value;

use super::task::{Task, milliseconds};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEvent {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What.
    pub kind: Kind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The execution began.
    Started {
        /// A schedule began it.
        scheduled: bool,
    },
    /// ECS has taken a task.
    Submitted {
        /// ARN of the task.
        task: String,
    },
    /// An attempt ended well.
    TaskSucceeded {
        /// The task at its end.
        task: Option<Task>,
    },
    /// An attempt failed, also before there was a task.
    TaskFailed {
        /// Error name, such as `States.TaskFailed`.
        error: String,
        /// In words; of a task that failed, the task itself as JSON.
        cause: String,
        /// The task at its end, when the cause quotes it.
        task: Option<Task>,
    },
    /// The execution ended.
    Ended {
        /// How.
        status: Status,
        /// Error name.
        error: String,
        /// Why.
        cause: String,
    },
    /// Anything else.
    Other,
}

/// How an execution is, in the terms of Step Functions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Nothing is known of its end.
    #[default]
    Running,
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed,
    /// It took longer than it may.
    TimedOut,
    /// Somebody stopped it.
    Aborted,
}

impl Status {
    /// Reads `SUCCEEDED` and the like.
    pub fn read(text: &str) -> Self {
        match text {
            "SUCCEEDED" => Self::Succeeded,
            "FAILED" => Self::Failed,
            "TIMED_OUT" => Self::TimedOut,
            "ABORTED" => Self::Aborted,
            _ => Self::Running,
        }
    }
}

impl RunEvent {
    /// Reads an event of `GetExecutionHistory`.
    pub fn of_history(event: &Value) -> Option<Self> {
        let kind = event["type"].as_str()?;
        let mut letters = kind.chars();
        let first = letters.next()?.to_ascii_lowercase();
        let details = &event[format!("{first}{}EventDetails", letters.as_str())];
        Some(Self { at: milliseconds(&event["timestamp"])?, kind: Kind::read(kind, details) })
    }

    /// Reads a line of a state machine's log. Returns the execution's ARN with it.
    pub fn of_log(line: &str) -> Option<(String, Self)> {
        let event: Value = serde_json::from_str(line).ok()?;
        let execution = event["execution_arn"].as_str()?.to_owned();
        let at = match &event["event_timestamp"] {
            Value::String(text) => text.parse().ok()?,
            number => number.as_i64()?,
        };
        Some((execution, Self { at, kind: Kind::read(event["type"].as_str()?, &event["details"]) }))
    }
}

impl Kind {
    fn read(kind: &str, details: &Value) -> Self {
        let text = |name: &str| details[name].as_str().unwrap_or_default().to_owned();
        let ended = |status| Self::Ended { status, error: text("error"), cause: text("cause") };
        match kind {
            "ExecutionStarted" => Self::Started { scheduled: is_scheduled(&text("input")) },
            "TaskSubmitted" => {
                let output: Value = serde_json::from_str(&text("output")).unwrap_or_default();
                match Task::read(&output["Tasks"][0]) {
                    Some(task) => Self::Submitted { task: task.arn },
                    None => Self::Other,
                }
            }
            "TaskSucceeded" => {
                let task = serde_json::from_str(&text("output")).ok();
                Self::TaskSucceeded { task: task.as_ref().and_then(Task::read) }
            }
            "TaskFailed" | "TaskSubmitFailed" | "TaskStartFailed" | "TaskTimedOut" => {
                let cause = text("cause");
                let task: Option<Value> = serde_json::from_str(&cause).ok();
                Self::TaskFailed { error: text("error"), task: task.as_ref().and_then(Task::read), cause }
            }
            "ExecutionSucceeded" => ended(Status::Succeeded),
            "ExecutionFailed" => ended(Status::Failed),
            "ExecutionTimedOut" => ended(Status::TimedOut),
            "ExecutionAborted" => ended(Status::Aborted),
            _ => Self::Other,
        }
    }
}

/// Whether a rule's event, or a schedule's, is the input.
fn is_scheduled(input: &str) -> bool {
    let input: Value = serde_json::from_str(input).unwrap_or_default();
    input["detail-type"] == "Scheduled Event" || input["source"] == "aws.events"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn both(kind: &str, details: &Value) -> Kind {
        let lower = format!("{}{}EventDetails", kind[..1].to_lowercase(), &kind[1..]);
        let history = json!({ "type": kind, "timestamp": 1_700_000_000.5, lower: details });
        let execution = "arn:aws:states:us-west-2:1:execution:m:r-1";
        let log = json!({ "type": kind, "event_timestamp": "1700000000500", "execution_arn": execution, "details": details });
        let event = RunEvent::of_history(&history).unwrap();
        assert_eq!(RunEvent::of_log(&log.to_string()), Some((execution.to_owned(), event.clone())));
        assert_eq!(event.at, 1_700_000_000_500);
        event.kind
    }

    #[test]
    fn history_and_log_tell_the_same() {
        let task = json!({ "TaskArn": "arn:aws:ecs:us-west-2:1:task/demo/abc", "Containers": [] });
        let output = json!({ "Tasks": [task], "Failures": [] }).to_string();
        let told = [
            both("ExecutionStarted", &json!({ "input": "{\"detail-type\":\"Scheduled Event\"}" })),
            both("ExecutionStarted", &json!({ "input": "{}" })),
            both("TaskSubmitted", &json!({ "output": output })),
            both("TaskFailed", &json!({ "error": "States.TaskFailed", "cause": "no JSON" })),
            both("ExecutionTimedOut", &json!({ "error": "States.Timeout" })),
            both("TaskStateEntered", &json!({})),
        ];
        insta::assert_snapshot!(told.map(|kind| format!("{kind:?}")).join("\n"), @r#"
        Started { scheduled: true }
        Started { scheduled: false }
        Submitted { task: "arn:aws:ecs:us-west-2:1:task/demo/abc" }
        TaskFailed { error: "States.TaskFailed", cause: "no JSON", task: None }
        Ended { status: TimedOut, error: "States.Timeout", cause: "" }
        Other
        "#);
        let failed = json!({ "error": "States.TaskFailed", "cause": task.to_string() });
        let Kind::TaskFailed { task: Some(task), .. } = both("TaskFailed", &failed) else {
            panic!("no task")
        };
        assert_eq!(task.id(), "abc");
        assert_eq!(RunEvent::of_log("not JSON"), None);
        assert_eq!(RunEvent::of_log("{}"), None);
    }
}
