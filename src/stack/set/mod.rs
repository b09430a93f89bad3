//! Stack sets. A change is read, modify, write: the new template is made of the deployed one, and the operation is named
//! after the template's version, so that of two writers who read the same version one has to begin again.

pub mod port;
mod progress;

use std::time::Duration;

use tokio::time::Instant;

use super::follow::polling::{RetryBudget, TOLERANCE};
use super::follow::silence::{self, Silence};
use crate::error::{Error, Result};
use crate::report::Console;
use port::{SetOperation, StackInstances, StackSetRequest, StackSets, Start};
use progress::Shown;

/// Everything that the engine needs.
pub trait CloudFormation: StackSets + StackInstances {}

impl<T: StackSets + StackInstances> CloudFormation for T {}

/// A stack set that a command changes.
pub struct ManagedSet<'a, C> {
    /// Where it is.
    pub cloudformation: &'a C,
    /// Its name.
    pub name: &'a str,
    /// How long to wait for an operation's end, and for other writers.
    pub limit: Duration,
}

/// What a stack set's template shall become.
pub struct Next {
    /// The stack set with its new template.
    pub request: StackSetRequest,
    /// The new template's version, which names the operation.
    pub version: u64,
}

/// What an interrupt means while a stack set is read and changed.
const GOES_ON: &str = "an operation on the stack set that has begun continues in AWS";

impl<C: CloudFormation> ManagedSet<'_, C> {
    /// Changes the template and waits until all instances have it. `next` makes the new template of the deployed one; `None`
    /// when there is nothing to change. It is asked again when another writer was faster. Returns whether it was changed.
    ///
    /// # Errors
    /// When the stack set is gone, cannot be changed in time, or an instance cannot be updated.
    pub async fn change(
        &self,
        next: impl Fn(&str) -> Result<Option<Next>>,
        console: &Console<'_>,
    ) -> Result<bool> {
        let deployed = self.deployed().await?;
        self.change_from(deployed, next, console).await
    }

    async fn deployed(&self) -> Result<String> {
        self.cloudformation.stack_set_template(self.name).await?.ok_or_else(|| {
            Error::new(format!("stack set {} does not exist", self.name))
                .hint("Create the application's resources again with `copilot app init`.")
        })
    }

    /// Like [`Self::change`], with the template that was read a moment ago: it is not overwritten if it has changed since.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub async fn change_from(
        &self,
        mut deployed: String,
        next: impl Fn(&str) -> Result<Option<Next>>,
        console: &Console<'_>,
    ) -> Result<bool> {
        let started = Instant::now();
        let pause = Pause::new();
        loop {
            let Some(next) = next(&deployed)? else {
                // What another writer, or this one before an answer was lost, has begun is part of what the caller relies on.
                self.idle(console).await?;
                return Ok(false);
            };
            let operation = next.version.to_string();
            let title = format!("Updating the resources of stack set {} in all regions", self.name);
            match self.cloudformation.update_stack_set(&next.request, &operation).await? {
                Start::Operation(id) => return self.wait(&id, &title, console).await.map(|()| true),
                // The answer to an update that was accepted may have been lost. Its repetition then meets the update itself.
                Start::Busy if self.is_made(&next.request, &operation).await? => {
                    return self.wait(&operation, &title, console).await.map(|()| true);
                }
                Start::Busy => self.again(started, &pause, console).await?,
            }
            deployed = self.deployed().await?;
        }
    }

    /// Whether the stack set got this template by this operation.
    async fn is_made(&self, request: &StackSetRequest, operation: &str) -> Result<bool> {
        let deployed = self.cloudformation.stack_set_template(self.name).await?;
        let is_deployed = deployed.is_some_and(|deployed| deployed.trim_end() == request.template.trim_end());
        Ok(is_deployed && self.cloudformation.operation(self.name, operation).await.is_ok())
    }

    /// Starts an operation, as soon as the stack set is free for it, and waits for its end. `title` says what it does.
    ///
    /// # Errors
    /// When it cannot be started in time, or when it fails.
    pub async fn operate(
        &self,
        title: &str,
        start: impl AsyncFn(&C) -> Result<Start>,
        console: &Console<'_>,
    ) -> Result<()> {
        self.operate_unless(title, async |set: &C| start(set).await.map(Some), console).await
    }

    /// The same for an operation that others may have made meanwhile: `start` answers `None` when there is nothing to do.
    ///
    /// # Errors
    /// As [`Self::operate`].
    pub async fn operate_unless(
        &self,
        title: &str,
        start: impl AsyncFn(&C) -> Result<Option<Start>>,
        console: &Console<'_>,
    ) -> Result<()> {
        let started = Instant::now();
        let pause = Pause::new();
        loop {
            match start(self.cloudformation).await? {
                None => return Ok(()),
                Some(Start::Operation(id)) => return self.wait(&id, title, console).await,
                Some(Start::Busy) => self.again(started, &pause, console).await?,
            }
        }
    }

    /// Waits until no operation is under way, however it ends.
    ///
    /// # Errors
    /// When that cannot be told, or takes longer than the limit.
    pub async fn idle(&self, console: &Console<'_>) -> Result<()> {
        let started = Instant::now();
        let pause = Pause::new();
        while let Some(id) = self.cloudformation.running_operation(self.name).await? {
            if started.elapsed() > self.limit {
                return Err(self.too_long(&id));
            }
            pause.sleep(console).await?;
        }
        Ok(())
    }

    async fn again(&self, started: Instant, pause: &Pause, console: &Console<'_>) -> Result<()> {
        if started.elapsed() > self.limit {
            return Err(Error::new(format!("stack set {} is changed by others all the time", self.name))
                .hint("Wait until they have finished, then run the command again."));
        }
        self.idle(console).await?;
        pause.sleep(console).await
    }

    /// Waits for the end of an operation.
    async fn wait(&self, id: &str, title: &str, console: &Console<'_>) -> Result<()> {
        let started = Instant::now();
        let (pause, mut budget) = (Pause::new(), RetryBudget::new(TOLERANCE));
        let mut shown = Shown::new(self.name, title, console);
        let mut silence = Silence::new(silence::LONGEST, started);
        console.note_pending(format!("operation {id} of stack set {} continues in AWS", self.name));
        loop {
            match self.cloudformation.operation(self.name, id).await {
                Ok(progress) => {
                    budget.succeeded();
                    shown.tell(&progress);
                    match progress.state {
                        SetOperation::Running => {}
                        SetOperation::Succeeded => {
                            console.clear_pending();
                            return Ok(());
                        }
                        ended => {
                            console.clear_pending();
                            return Err(self.failure(id, ended).await);
                        }
                    }
                }
                Err(error) => drop(budget.failed(error, Instant::now())?),
            }
            if started.elapsed() > self.limit {
                return Err(self.too_long(id));
            }
            if let Some(minutes) = silence.minutes(Instant::now()) {
                console.note(format!(
                    "Operation {id} of stack set {} goes on after {minutes} minutes. How far each region is: `aws cloudformation \
                     list-stack-set-operation-results --stack-set-name {} --operation-id {id}`",
                    self.name, self.name
                ));
            }
            pause.sleep(console).await?;
        }
    }

    fn too_long(&self, id: &str) -> Error {
        let minutes = self.limit.as_secs() / 60;
        Error::new(format!(
            "operation {id} of stack set {} has not ended within {minutes} minutes",
            self.name
        ))
        .hint("It continues in AWS. Run the command again once it has ended.")
    }

    async fn failure(&self, id: &str, ended: SetOperation) -> Error {
        let how = if ended == SetOperation::Stopped { "was stopped" } else { "failed" };
        // The reasons only help the message.
        let reasons = self.cloudformation.failures(self.name, id).await.unwrap_or_default();
        Error::new(format!("operation {id} of stack set {} {how}", self.name)).details(reasons).hint(format!(
            "Look at it with `aws cloudformation list-stack-set-operation-results --stack-set-name {} --operation-id {id}`, \
             remove the cause and run the command again.",
            self.name
        ))
    }
}

/// Pauses between looks at a stack set: an eighth of the time that has passed, so that little is lost after the end of a short
/// operation, and a long one is looked at seldom.
struct Pause {
    since: Instant,
}

impl Pause {
    const SHORTEST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(3);

    fn new() -> Self {
        Self { since: Instant::now() }
    }

    async fn sleep(&self, console: &Console<'_>) -> Result<()> {
        let pause = (self.since.elapsed() / 8).clamp(Self::SHORTEST, Self::LONGEST);
        console
            .guard(GOES_ON, async {
                tokio::time::sleep(pause).await;
                Ok(())
            })
            .await
    }
}
