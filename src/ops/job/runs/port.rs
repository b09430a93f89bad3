//! What running jobs and looking at their runs needs from outside.
#![allow(async_fn_in_trait, reason = "used generically, never boxed")]

use serde_json::Value;

use super::event::RunEvent;
use super::task::Task;
use crate::error::Result;
use crate::ops::job::logs::port::LogReader;
use crate::ops::reading::{ApplicationReader, EnvironmentReader};
use crate::ops::removal::port::Runs;

/// The application's account, with the user's own credentials.
pub trait RunAccount: ApplicationReader<Environment: RunPlace> {
    /// A region of this account, with the same credentials.
    fn own(&self, region: &str) -> Self::Environment;
}

/// One region of an account, with an environment's manager role or the user's own credentials.
pub trait RunPlace: EnvironmentReader + Executions + Tasks + Runs + LogReader {}

impl<T: EnvironmentReader + Executions + Tasks + Runs + LogReader> RunPlace for T {}

/// What a run is followed with.
pub trait Followed: Executions + Tasks + LogReader {}

impl<T: Executions + Tasks + LogReader> Followed for T {}

/// State machines and their executions. `None` stands for what is gone.
pub trait Executions {
    /// The definition of a state machine, as JSON.
    async fn definition(&self, state_machine: &str) -> Result<Option<Value>>;
    /// Starts an execution of that name, with an empty object as its input. The same start again starts nothing more.
    /// Returns its ARN.
    async fn start_execution(&self, state_machine: &str, name: &str) -> Result<Option<String>>;
    /// Executions of a state machine, newest first: all that started at `since` (milliseconds since 1970) or later, and at
    /// most `limit`.
    async fn list_executions(
        &self,
        state_machine: &str,
        since: i64,
        limit: usize,
    ) -> Result<Option<Vec<Listed>>>;
    /// What happened in an execution so far, oldest first.
    async fn execution_events(&self, execution: &str) -> Result<Option<Vec<RunEvent>>>;
}

/// An execution in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// How it is.
    pub status: super::event::Status,
    /// When it started, in milliseconds since 1970.
    pub started: i64,
    /// When it ended.
    pub ended: Option<i64>,
}

/// Tasks of ECS.
pub trait Tasks {
    /// ARNs of a family's tasks in a cluster: those that are to run, or those that stopped during the last hour or so. None
    /// without the cluster.
    async fn task_arns(&self, cluster: &str, family: &str, stopped: bool) -> Result<Vec<String>>;
    /// Tasks by their ARNs. What ECS has forgotten is left out.
    async fn describe_tasks(&self, cluster: &str, arns: &[String]) -> Result<Vec<Task>>;
    /// Starts a task. `input` is the request of `RunTask`.
    async fn run_task(&self, input: &Value) -> Result<Started>;
}

/// The answer to the request to start a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Started {
    /// The task that was started.
    pub task: Option<Task>,
    /// Why none was.
    pub failures: Vec<String>,
}
