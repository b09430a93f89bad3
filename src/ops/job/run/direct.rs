//! Starts the task of a job itself, with another command, other variables or another size than the job has.

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::manifest::shell::{self, SplitError};
use crate::ops::job::runs::causes::{End, advice};
use crate::ops::job::runs::plan::Plan;
use crate::ops::job::runs::port::RunPlace;
use crate::ops::job::runs::target::Target;
use crate::ops::job::runs::task::Task;

/// What such a start leaves out.
pub(super) const BYPASSED: &str = "The task is started directly: the job's `retries` and `timeout` do not apply to it, and `copilot job runs` \
     lists it only while ECS remembers it, for about an hour after its end. Its logs stay.";

/// What is special about it, for people who look at the task in ECS.
const STARTED_BY: &str = "copilot job run";

/// Sizes of CPU that Fargate has, in units of a 1024th.
const CPU: [u32; 7] = [256, 512, 1024, 2048, 4096, 8192, 16_384];

/// What is other than the job's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The container's command, as in a shell.
    pub command: Option<String>,
    /// Environment variables of the container, beside those that it has.
    pub variables: Vec<(String, String)>,
    /// CPU units of the task.
    pub cpu: Option<u32>,
    /// Memory of the task in MiB.
    pub memory: Option<u32>,
}

/// Overrides that make sense.
pub(super) struct Checked {
    command: Option<Vec<String>>,
    variables: Vec<(String, String)>,
    cpu: Option<u32>,
    memory: Option<u32>,
}

impl Overrides {
    /// Checks what can be checked without AWS.
    ///
    /// # Errors
    /// When something cannot be meant.
    pub(super) fn check(&self) -> Result<Checked> {
        let command = match &self.command {
            None => None,
            Some(text) => {
                let words = shell::split(text).map_err(|error| {
                    let what = match error {
                        SplitError::OpenQuote(quote) => format!("the quote {quote} is not closed"),
                        SplitError::TrailingBackslash => "it ends with a backslash".to_owned(),
                    };
                    Error::usage(format!("--command `{text}` cannot be split into words: {what}"))
                })?;
                if words.is_empty() {
                    return Err(Error::usage("--command has no words")
                        .hint("Leave it out to run the command that the job has."));
                }
                Some(words)
            }
        };
        if let Some(cpu) = self.cpu.filter(|cpu| !CPU.contains(cpu)) {
            return Err(Error::usage(format!("--cpu {cpu} is not a size that Fargate has"))
                .hint("Fargate has 256, 512, 1024, 2048, 4096, 8192 and 16384 (1024 is one vCPU)."));
        }
        if let Some(memory) =
            self.memory.filter(|memory| *memory != 512 && memory % 1024 != 0 || *memory == 0)
        {
            return Err(Error::usage(format!("--memory {memory} is not a size that Fargate has"))
                .hint("It is in MiB: 512, or a multiple of 1024."));
        }
        Ok(Checked { command, variables: self.variables.clone(), cpu: self.cpu, memory: self.memory })
    }
}

/// Starts the task as the state machine would, in a group of the run's name.
pub(super) async fn start<P: RunPlace>(
    target: &Target<P>,
    plan: &Plan,
    name: &str,
    overrides: Checked,
) -> Result<Task> {
    let Some(input) = request(plan, &target.job, name, overrides) else {
        return Err(Error::new(format!(
            "the state machine of job {} has no step that runs a task, so it is not known how to start one",
            target.job
        ))
        .hint("Leave out --command, --env-var, --cpu and --memory to start the state machine itself."));
    };
    let started = target.manager.run_task(&input).await?;
    if let Some(task) = started.task {
        // ECS answers before the task has its group.
        return Ok(Task { group: name.to_owned(), ..task });
    }
    let why = match started.failures.as_slice() {
        [] => "ECS gives no reason".to_owned(),
        failures => failures.join("; "),
    };
    let end = End { why: &why, exit_code: None, job: &target.job, env: &target.environment.name };
    let mut error = Error::new(format!("nothing was started: ECS took no task of job {}: {why}", target.job));
    if why.contains("ENI") || why.contains("address") {
        let subnets = input["networkConfiguration"]["awsvpcConfiguration"]["subnets"].as_array();
        let subnets: Vec<&str> = subnets.into_iter().flatten().filter_map(Value::as_str).collect();
        error = error.hint(format!("Its subnets: {}.", subnets.join(", ")));
    }
    Err(match advice(end) {
        Some(advice) => error.hint(advice),
        None => error,
    })
}

/// The request of `RunTask`; `None` when the definition does not say how.
fn request(plan: &Plan, job: &str, name: &str, overrides: Checked) -> Option<Value> {
    let parameters = plan.parameters.as_ref()?;
    let text = |name: &str| parameters[name].as_str();
    let network = &parameters["NetworkConfiguration"]["AwsvpcConfiguration"];
    let mut container = json!({ "name": job });
    if let Some(command) = overrides.command {
        container["command"] = json!(command);
    }
    if !overrides.variables.is_empty() {
        let variable = |(name, value): &(String, String)| json!({ "name": name, "value": value });
        container["environment"] = overrides.variables.iter().map(variable).collect();
    }
    let mut changes = json!({ "containerOverrides": [container] });
    for (key, value) in [("cpu", overrides.cpu), ("memory", overrides.memory)] {
        if let Some(value) = value {
            changes[key] = json!(value.to_string());
        }
    }
    let mut input = json!({
        "cluster": text("Cluster")?,
        "taskDefinition": text("TaskDefinition")?,
        "launchType": text("LaunchType").unwrap_or("FARGATE"),
        "networkConfiguration": { "awsvpcConfiguration": {
            "subnets": network["Subnets"],
            "assignPublicIp": network["AssignPublicIp"],
            "securityGroups": network["SecurityGroups"],
        } },
        "group": name,
        "startedBy": STARTED_BY,
        // A repetition of the call starts no second task.
        "clientToken": name,
        "overrides": changes,
    });
    if let Some(version) = text("PlatformVersion") {
        input["platformVersion"] = json!(version);
    }
    Some(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_is_started_as_the_state_machine_does_it() {
        let network =
            json!({ "Subnets": ["subnet-1"], "AssignPublicIp": "ENABLED", "SecurityGroups": ["sg-1"] });
        let state = json!({
            "Resource": "arn:aws:states:::ecs:runTask.sync",
            "Parameters": {
                "LaunchType": "FARGATE", "PlatformVersion": "LATEST", "Cluster": "demo", "TaskDefinition": "arn:definition",
                "Group.$": "$$.Execution.Name", "NetworkConfiguration": { "AwsvpcConfiguration": network },
            },
        });
        let plan = Plan::read(&json!({ "States": { "Run": state } }));
        let overrides = Overrides {
            command: Some("python -m app.main --dry-run 'two words'".to_owned()),
            variables: vec![("GREETING".to_owned(), "hello big world".to_owned())],
            cpu: Some(1024),
            memory: None,
        };
        let input = request(&plan, "report", "direct-1", overrides.check().unwrap()).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&input).unwrap(), @r#"
        {
          "cluster": "demo",
          "taskDefinition": "arn:definition",
          "launchType": "FARGATE",
          "networkConfiguration": {
            "awsvpcConfiguration": {
              "subnets": [
                "subnet-1"
              ],
              "assignPublicIp": "ENABLED",
              "securityGroups": [
                "sg-1"
              ]
            }
          },
          "group": "direct-1",
          "startedBy": "copilot job run",
          "clientToken": "direct-1",
          "overrides": {
            "containerOverrides": [
              {
                "name": "report",
                "command": [
                  "python",
                  "-m",
                  "app.main",
                  "--dry-run",
                  "two words"
                ],
                "environment": [
                  {
                    "name": "GREETING",
                    "value": "hello big world"
                  }
                ]
              }
            ],
            "cpu": "1024"
          },
          "platformVersion": "LATEST"
        }
        "#);
        assert_eq!(request(&Plan::default(), "report", "r", overrides.check().unwrap()), None);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let command = |text: &str| Overrides { command: Some(text.to_owned()), ..Overrides::default() };
        let told = [
            command("say 'it"),
            command(" "),
            Overrides { cpu: Some(300), ..Overrides::default() },
            Overrides { memory: Some(600), ..Overrides::default() },
        ]
        .map(|overrides| overrides.check().map(|_| ()).unwrap_err().to_string());
        insta::assert_snapshot!(told.join("\n"), @"
        --command `say 'it` cannot be split into words: the quote ' is not closed
        --command has no words
        --cpu 300 is not a size that Fargate has
        --memory 600 is not a size that Fargate has
        ");
        assert_eq!(command("-v").check().unwrap().command, Some(vec!["-v".to_owned()]));
    }
}
