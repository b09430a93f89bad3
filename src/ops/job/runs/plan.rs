//! What a state machine's definition says about its runs: how long they may take, how often they are tried. Pure.

use std::time::Duration;

use serde_json::Value;

/// What the state's resource ends with that runs the task.
const RUN_TASK: &str = ":ecs:runTask.sync";

/// The limits of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Plan {
    /// How long a run may take with all its attempts.
    pub timeout: Option<Duration>,
    /// How often a failed attempt is repeated; `None` when the definition is not one of a plain job.
    pub retries: Option<u64>,
    /// The definition runs the task and does nothing else: when that succeeds, the run has.
    pub is_plain: bool,
    /// Pause before the first repetition.
    interval: f64,
    /// By what the pause grows.
    backoff: f64,
    /// What the task is started with: the parameters of the state.
    pub parameters: Option<Value>,
}

impl Plan {
    /// Reads a definition.
    pub(crate) fn read(definition: &Value) -> Self {
        let seconds = definition["TimeoutSeconds"].as_f64().filter(|seconds| *seconds > 0.0);
        let timeout = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let states = definition["States"].as_object();
        let runs_task =
            |state: &&Value| state["Resource"].as_str().is_some_and(|text| text.ends_with(RUN_TASK));
        let Some(state) = states.and_then(|states| states.values().find(runs_task)) else {
            return Self { timeout, ..Self::default() };
        };
        let retry = &state["Retry"][0];
        Self {
            timeout,
            is_plain: states.is_some_and(|states| states.len() == 1),
            retries: match retry {
                Value::Null => Some(0),
                retry => Some(retry["MaxAttempts"].as_u64().unwrap_or(3)),
            },
            interval: retry["IntervalSeconds"].as_f64().unwrap_or(1.0),
            backoff: retry["BackoffRate"].as_f64().unwrap_or(2.0),
            parameters: Some(state["Parameters"].clone()),
        }
    }

    /// How many attempts a run may have.
    pub(crate) fn attempts(&self) -> Option<u64> {
        self.retries.map(|retries| retries + 1)
    }

    /// The pause behind the failed attempt of this number (from 1 on); `None` when it was the last one.
    pub(crate) fn pause_after(&self, attempt: usize) -> Option<Duration> {
        let repetition = u64::try_from(attempt).ok()?;
        if repetition > self.retries? {
            return None;
        }
        let exponent = i32::try_from(repetition.saturating_sub(1)).unwrap_or(i32::MAX);
        Duration::try_from_secs_f64(self.interval * self.backoff.powi(exponent)).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn definitions_of_jobs() {
        let state = json!({
            "Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": { "Cluster": "demo" },
            "Retry": [{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 2, "BackoffRate": 1.5 }],
        });
        let plan = Plan::read(&json!({ "TimeoutSeconds": 3600, "States": { "Run": state } }));
        assert_eq!((plan.timeout, plan.attempts()), (Some(Duration::from_hours(1)), Some(3)));
        assert_eq!(plan.parameters, Some(json!({ "Cluster": "demo" })));
        let pauses = [1, 2, 3].map(|attempt| plan.pause_after(attempt).map(|pause| pause.as_secs()));
        assert_eq!(pauses, [Some(10), Some(15), None]);
        let plain = json!({ "States": { "Run": { "Resource": "arn:aws:states:::ecs:runTask.sync" } } });
        assert_eq!((Plan::read(&plain).attempts(), Plan::read(&plain).timeout), (Some(1), None));
        assert_eq!(Plan::read(&json!({})), Plan::default());
        assert_eq!(Plan::read(&json!({})).attempts(), None);
    }
}
