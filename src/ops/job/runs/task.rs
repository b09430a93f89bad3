//! A task as ECS describes it, and as Step Functions quotes it in the cause of a failure. Pure.

use serde_json::Value;

/// Above this a number of time counts milliseconds: in seconds it would be the year 5138.
const MILLISECONDS: f64 = 1e11;

/// A task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    /// Its ARN.
    pub arn: String,
    /// What it was started for: the name of the run.
    pub group: String,
    /// `PROVISIONING`, `PENDING`, `RUNNING`, `STOPPED` and what lies between.
    pub status: String,
    /// Why it stopped, in one word of ECS: `TaskFailedToStart`, `EssentialContainerExited`, …
    pub stop_code: Option<String>,
    /// Why it stopped, in ECS's words.
    pub stopped_reason: Option<String>,
    /// When it was asked for, in milliseconds since 1970.
    pub created: Option<i64>,
    /// When its containers started.
    pub started: Option<i64>,
    /// When it had stopped.
    pub stopped: Option<i64>,
    /// ARN of its task definition.
    pub definition: Option<String>,
    /// Its containers.
    pub containers: Vec<Container>,
}

/// A container of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// `PENDING`, `RUNNING`, `STOPPED`.
    pub status: String,
    /// The exit code; a container that never ran has none.
    pub exit_code: Option<i64>,
    /// What ECS adds, such as that it ran out of memory.
    pub reason: Option<String>,
}

impl Task {
    /// Reads a task. Step Functions writes the names of its fields with a capital.
    pub fn read(value: &Value) -> Option<Self> {
        let text =
            |name: &str| field(value, name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let time = |name: &str| field(value, name).and_then(milliseconds);
        let containers = field(value, "containers").and_then(Value::as_array);
        Some(Self {
            arn: text("taskArn")?,
            group: text("group").unwrap_or_default(),
            status: text("lastStatus").unwrap_or_default(),
            stop_code: text("stopCode"),
            stopped_reason: text("stoppedReason"),
            created: time("createdAt"),
            started: time("startedAt"),
            stopped: time("stoppedAt"),
            definition: text("taskDefinitionArn"),
            containers: containers.into_iter().flatten().filter_map(Container::read).collect(),
        })
    }

    /// The id at the end of its ARN.
    pub fn id(&self) -> &str {
        id(&self.arn)
    }

    /// Whether it has stopped.
    pub fn has_stopped(&self) -> bool {
        self.status == "STOPPED"
    }

    /// A container of that name.
    pub fn container(&self, name: &str) -> Option<&Container> {
        self.containers.iter().find(|container| container.name == name)
    }
}

/// The id at the end of a task's ARN.
pub fn id(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

impl Container {
    fn read(value: &Value) -> Option<Self> {
        let text =
            |name: &str| field(value, name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        Some(Self {
            name: text("name")?,
            status: text("lastStatus").unwrap_or_default(),
            exit_code: field(value, "exitCode").and_then(Value::as_i64),
            reason: text("reason"),
        })
    }
}

/// A field whose name may begin with a capital.
fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).or_else(|| {
        let mut letters = name.chars();
        let first = letters.next()?.to_ascii_uppercase();
        value.get(format!("{first}{}", letters.as_str()))
    })
}

/// A time in milliseconds since 1970, given in seconds or in milliseconds.
pub fn milliseconds(value: &Value) -> Option<i64> {
    let number = value.as_f64()?;
    let milliseconds = if number > MILLISECONDS { number } else { number * 1000.0 };
    #[allow(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
    let whole = milliseconds.round() as i64;
    Some(whole)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_spellings_are_read() {
        let described = json!({
            "taskArn": "arn:aws:ecs:us-west-2:1:task/demo/abc", "group": "r-1", "lastStatus": "STOPPED",
            "stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited",
            "createdAt": 1_700_000_000.123, "containers": [{ "name": "report", "lastStatus": "STOPPED", "exitCode": 3 }],
        });
        let quoted = json!({
            "TaskArn": "arn:aws:ecs:us-west-2:1:task/demo/abc", "Group": "r-1", "LastStatus": "STOPPED",
            "StopCode": "EssentialContainerExited", "StoppedReason": "Essential container in task exited",
            "CreatedAt": 1_700_000_000_123_i64, "Containers": [{ "Name": "report", "LastStatus": "STOPPED", "ExitCode": 3 }],
        });
        let task = Task::read(&described).unwrap();
        assert_eq!(Task::read(&quoted), Some(task.clone()));
        assert_eq!((task.id(), task.created), ("abc", Some(1_700_000_000_123)));
        assert_eq!(task.container("report").and_then(|container| container.exit_code), Some(3));
        assert_eq!(Task::read(&json!({ "group": "r-1" })), None);
    }
}
