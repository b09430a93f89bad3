//! A deployed job whose runs a command is about.

use super::port::{RunAccount, RunPlace};
use crate::error::{Error, Result};
use crate::ops::job::chosen::{ChosenJob, Names};
use crate::ops::reading::Resource;
use crate::report::Console;
use crate::stack::port::Stack;
use crate::stack::status::Presence;
use crate::store::Environment;
use crate::template::cfn::names::{env_stack_name, stack_name};
use crate::template::env::ids::CLUSTER_OUTPUT;
use crate::template::job::ids::{STATE_MACHINE, TASK_DEFINITION};

/// A deployed job.
#[derive(Debug)]
pub(crate) struct Target<P> {
    pub app: String,
    pub job: String,
    pub environment: Environment,
    /// The environment, with its manager role.
    pub manager: P,
    /// The same with the user's own credentials, where they belong to its account.
    pub own: Option<P>,
    /// The job's stack.
    pub stack: Stack,
    /// ARN of the state machine.
    pub machine: String,
    /// ARN of the task definition.
    pub task_definition: Option<String>,
    /// The environment's cluster.
    pub cluster: Option<String>,
    /// The group that all logs of the job are in.
    pub log_group: String,
}

impl<P: RunPlace> Target<P> {
    /// Reads which job is meant, and what is deployed of it.
    ///
    /// # Errors
    /// When there is no such job, or it is not deployed to the environment, or something cannot be read.
    pub(crate) async fn read<A: RunAccount<Environment = P>>(
        account: &A,
        names: &Names,
        console: &Console<'_>,
    ) -> Result<Self> {
        let ChosenJob { application, job, environment } = ChosenJob::read(account, names, console).await?;
        let app = application.name.clone();
        let name = stack_name(&app, &environment.name, &job);
        let manager = account.enter(&environment).await?;
        let env_stack = env_stack_name(&app, &environment.name);
        let (stack, resources, env_stack) =
            tokio::join!(manager.stack(&name), manager.resources(&name), manager.stack(&env_stack));
        let stack = stack?.filter(|stack| stack.status.presence() != Presence::InReview);
        let Some(stack) = stack else {
            return Err(Error::new(format!("job {job} is not deployed to environment {}", environment.name))
                .hint(format!(
                    "Deploy it first: `copilot job deploy --name {job} --env {}`.",
                    environment.name
                )));
        };
        let resources = resources?;
        let Some(machine) = physical(&resources, STATE_MACHINE).filter(|id| id.starts_with("arn:")) else {
            return Err(Error::new(format!(
                "stack {name} of job {job} has no state machine; its status is {}",
                stack.status
            ))
            .hint(format!(
                "Deploy the job again: `copilot job deploy --name {job} --env {}`.",
                environment.name
            )));
        };
        let own = (application.account == environment.account_id).then(|| account.own(&environment.region));
        let cluster = env_stack?.and_then(|stack| stack.outputs.get(CLUSTER_OUTPUT).cloned());
        let task_definition = physical(&resources, TASK_DEFINITION);
        let log_group = format!("/copilot/{}-{}-{job}", app, environment.name);
        Ok(Self { app, job, environment, manager, own, stack, machine, task_definition, cluster, log_group })
    }
}

impl<P> Target<P> {
    /// Name of the stack, of the state machine and of the family of the tasks.
    pub(crate) fn family(&self) -> String {
        format!("{}-{}-{}", self.app, self.environment.name, self.job)
    }

    /// ARN of the execution of that name.
    pub(crate) fn execution(&self, name: &str) -> String {
        format!("{}:{name}", self.machine.replacen(":stateMachine:", ":execution:", 1))
    }

    /// The flags that name the job in a command that is suggested.
    pub(crate) fn flags(&self) -> String {
        format!("--name {} --env {}", self.job, self.environment.name)
    }
}

fn physical(resources: &[Resource], logical_id: &str) -> Option<String> {
    let found = resources.iter().find(|resource| resource.logical_id == logical_id)?;
    Some(found.physical_id.clone()).filter(|id| !id.is_empty())
}
