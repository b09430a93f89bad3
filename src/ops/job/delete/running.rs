//! What of a job runs in an environment. A run is ended before its task: a task that ends while its run goes on is tried again.

use futures_util::future::{join_all, try_join_all};

use crate::error::Result;
use crate::ops::removal::port::Runs;
use crate::report::Console;

/// What people read of the end of a run or a task.
const CAUSE: &str = "copilot job delete: the job is deleted";

/// Where runs are: the environment with its manager role, and with the user's own credentials, when they belong to its account
/// and are not in use anyway. The manager role of an environment that this program has not deployed may not list or stop runs.
#[derive(Debug)]
pub(super) struct Sides<'a, P> {
    pub place: &'a P,
    pub own: Option<&'a P>,
}

impl<P: Runs> Sides<'_, P> {
    async fn either<T>(&self, call: impl AsyncFn(&P) -> Result<T>) -> Result<T> {
        match (call(self.place).await, self.own) {
            (Err(error), Some(own)) if !error.is_transient() => call(own).await.map_err(|_| error),
            (result, _) => result,
        }
    }
}

/// A job's state machine, and the family of its tasks.
#[derive(Clone, Debug, Default)]
pub(super) struct Job {
    /// ARN of the state machine.
    pub machine: Option<String>,
    /// The environment's cluster; one that was never deployed has none.
    pub cluster: Option<String>,
    pub family: String,
}

/// What of it is under way.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// ARNs of runs; `None` when nobody may list them.
    pub executions: Option<Vec<String>>,
    /// ARNs of tasks.
    pub tasks: Vec<String>,
}

impl Running {
    /// Looks what is under way.
    ///
    /// # Errors
    /// When that cannot be told. Runs that nobody may list are none.
    pub(super) async fn read<P: Runs>(job: &Job, sides: &Sides<'_, P>) -> Result<Self> {
        let executions = async {
            let Some(machine) = &job.machine else { return Ok(Some(Vec::new())) };
            match sides.either(async |place| place.executions(machine).await).await {
                Ok(found) => Ok(Some(found)),
                Err(error) if error.is_denied() => Ok(None),
                Err(error) => Err(error),
            }
        };
        let (executions, tasks) = tokio::try_join!(executions, tasks(job, sides))?;
        Ok(Self { executions, tasks })
    }

    /// What is stopped, as a clause.
    pub(super) fn described(&self) -> Option<String> {
        let names: Vec<&str> =
            self.executions.iter().flatten().map(|arn| arn.rsplit(':').next().unwrap_or(arn)).collect();
        match (names.as_slice(), self.tasks.len()) {
            ([], 0) => None,
            ([], 1) => Some("1 task in progress is stopped".to_owned()),
            ([], count) => Some(format!("{count} tasks in progress are stopped")),
            ([name], _) => Some(format!("1 run in progress is stopped: {name}")),
            (names, _) => Some(format!("{} runs in progress are stopped: {}", names.len(), names.join(", "))),
        }
    }

    /// Ends runs, then their tasks. Tasks of runs that could not be ended are left alone: they would be started again.
    ///
    /// # Errors
    /// When AWS does not answer, or a task cannot be stopped.
    pub(super) async fn stop<P: Runs>(
        &self,
        job: &Job,
        sides: &Sides<'_, P>,
        console: &Console<'_>,
    ) -> Result<()> {
        let Some(executions) = &self.executions else { return Ok(()) };
        let stops = executions
            .iter()
            .map(|arn| sides.either(async |place: &P| place.stop_execution(arn, CAUSE).await));
        let mut ended = true;
        for (arn, stopped) in executions.iter().zip(join_all(stops).await) {
            match stopped {
                Ok(()) => {}
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => {
                    ended = false;
                    let name = arn.rsplit(':').next().unwrap_or(arn);
                    console.warn(format!(
                        "Run {name} cannot be stopped ({error}). It ends with its state machine, which is deleted with the stack."
                    ));
                }
            }
        }
        if ended && !(executions.is_empty() && self.tasks.is_empty()) {
            stop_tasks(job, sides).await?;
        }
        Ok(())
    }
}

/// Stops all tasks of the job.
///
/// # Errors
/// When they cannot be listed or stopped.
pub(super) async fn stop_tasks<P: Runs>(job: &Job, sides: &Sides<'_, P>) -> Result<()> {
    let Some(cluster) = &job.cluster else { return Ok(()) };
    let found = tasks(job, sides).await?;
    let stops =
        found.iter().map(|task| sides.either(async |place: &P| place.stop_task(cluster, task, CAUSE).await));
    try_join_all(stops).await.map(drop)
}

async fn tasks<P: Runs>(job: &Job, sides: &Sides<'_, P>) -> Result<Vec<String>> {
    match &job.cluster {
        Some(cluster) => sides.either(async |place| place.tasks(cluster, &job.family).await).await,
        None => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stopped() {
        let arn = |name: &str| format!("arn:aws:states:us-west-2:1:execution:demo-test-report:{name}");
        let running = |runs: &[&str], tasks: usize| Running {
            executions: Some(runs.iter().map(|name| arn(name)).collect()),
            tasks: vec!["task".to_owned(); tasks],
        };
        let told = [
            running(&[], 0),
            running(&[], 1),
            running(&[], 2),
            running(&["r-1"], 1),
            running(&["r-1", "r-2"], 0),
        ];
        let told: Vec<String> =
            told.iter().map(|running| running.described().unwrap_or_else(|| "-".to_owned())).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        -
        1 task in progress is stopped
        2 tasks in progress are stopped
        1 run in progress is stopped: r-1
        2 runs in progress are stopped: r-1, r-2
        ");
    }
}
