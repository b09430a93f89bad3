//! A change set that exists and is not executed yet: awaited, or removed again.

use std::time::Duration;

use super::wait::Waiting;
use crate::error::{Error, Result};
use crate::report::Interrupt;
use crate::stack::follow::RetryBudget;
use crate::stack::port::{ChangeSet, ChangeSetRequest, CloudFormation};
use crate::stack::status::Presence;
use crate::stack::timeout;

/// How long polls of the change set may fail one after the other, beyond the retries of each.
const POLLS_MAY_FAIL: Duration = Duration::from_secs(30);

/// How long to try to remove a change set that may not even be there, on a connection that fails.
const UNCLEAR: Duration = Duration::from_secs(30);

/// A change set that exists and is not executed yet.
#[derive(Clone, Copy)]
pub(super) struct PendingChangeSet<'a, C> {
    pub cloudformation: &'a C,
    pub stack: &'a str,
    /// Whether the change set created the stack it belongs to; only then is the empty stack deleted with it.
    pub created_stack: bool,
    pub request: &'a ChangeSetRequest,
    /// How long to wait for it.
    pub limit: Duration,
}

impl<C: CloudFormation> PendingChangeSet<'_, C> {
    /// Waits until the change set is complete or has failed.
    pub(super) async fn wait(&self, id: &str, interrupt: &Interrupt) -> Result<ChangeSet> {
        let mut waiting = Waiting::new(self.limit);
        let mut budget = RetryBudget::new(POLLS_MAY_FAIL);
        loop {
            let change_set = match self.cloudformation.change_set(id, self.stack).await {
                Ok(change_set) => change_set,
                Err(e) => {
                    budget.failed(e, tokio::time::Instant::now())?;
                    tokio::select! {
                        () = interrupt.wait() => return Err(cancelled()),
                        () = waiting.pause() => continue,
                    }
                }
            };
            budget.succeeded();
            match change_set.status.as_str() {
                "CREATE_COMPLETE" | "FAILED" => {
                    return if interrupt.is_set() { Err(cancelled()) } else { Ok(change_set) };
                }
                _ if waiting.expired() => {
                    return Err(Error::new(format!(
                        "the change set {} for stack {} is still {} after {} (--timeout)",
                        self.request.name,
                        self.stack,
                        change_set.status,
                        timeout::words(self.limit)
                    )));
                }
                _ => {}
            }
            tokio::select! {
                () = interrupt.wait() => return Err(cancelled()),
                () = waiting.pause() => {}
            }
        }
    }

    /// What CloudFormation's early validation found, where the reason only says that it found something.
    pub(super) async fn validation_failures(&self, id: &str, reason: &str) -> Vec<String> {
        if !reason.contains("EarlyValidation") && !reason.contains("DescribeEvents") {
            return Vec::new();
        }
        // More about an error that is told anyway; least-privilege policies may not allow the call.
        self.cloudformation.validation_failures(id).await.unwrap_or_default()
    }

    /// Whether another change set of the stack was executed before this one, whose execution was refused like this.
    pub(super) async fn overtaken(&self, refusal: &Error) -> bool {
        let refusal = refusal.to_string();
        if refusal.contains("[OBSOLETE]") || refusal.contains("ChangeSetNotFound") {
            return true;
        }
        let refused = refusal.contains("InvalidChangeSetStatus") || refusal.contains("ValidationError");
        refused
            && matches!(self.cloudformation.stack(self.stack).await, Ok(Some(stack)) if stack.status.is_busy())
    }

    /// What to do when another deployment came first.
    pub(super) fn overtaken_hint(&self) -> String {
        format!(
            "Another deployment of stack {} came first. Run the command again when it has ended, or pass --wait-for-stack to \
             wait for it.",
            self.stack
        )
    }

    /// Removes a change set whose creation failed: without a clear answer it may exist nevertheless.
    pub(super) async fn discard_unclear(&self, error: Error) -> Error {
        if !error.is_transient() {
            return error;
        }
        let name = &self.request.name;
        let left = format!("Change set {name} of stack {} may exist nevertheless, not executed.", self.stack);
        let hints = tokio::time::timeout(UNCLEAR, self.remove(name)).await;
        hints.unwrap_or_else(|_| vec![left]).into_iter().fold(error, Error::hint)
    }

    /// Removes the change set. What cannot be removed is named in the error.
    pub(super) async fn discard(&self, id: &str, error: Error) -> Error {
        self.remove(id).await.into_iter().fold(error, Error::hint)
    }

    /// Removes the change set, and the stack when it is still empty. Returns what cannot be removed, as hints.
    async fn remove(&self, id: &str) -> Vec<String> {
        let mut left = Vec::new();
        if let Err(e) = self.cloudformation.delete_change_set(id, self.stack).await {
            left.push(format!("Change set {} could not be removed ({e}).", self.request.name));
        }
        if !self.created_stack {
            return left;
        }
        // Delete the stack only while it is empty: when it is unclear whether the execution has begun, it may hold
        // resources.
        let unclear = match self.cloudformation.stack(self.stack).await {
            Ok(None) => return left,
            Ok(Some(stack)) if stack.status.presence() == Presence::InReview => None,
            Ok(Some(stack)) => Some(format!("is {}", stack.status)),
            Err(e) => Some(format!("cannot be looked at ({e})")),
        };
        if let Some(unclear) = unclear {
            left.push(format!(
                "Stack {} {unclear}: its deployment may have begun nevertheless. See its events with `aws \
                 cloudformation describe-stack-events --stack-name {}`.",
                self.stack, self.stack
            ));
        } else if let Err(e) = self.cloudformation.delete_stack(self.stack, None).await {
            left.push(format!("The empty stack {} could not be removed ({e}).", self.stack));
        }
        left
    }
}

fn cancelled() -> Error {
    Error::interrupted("interrupted: nothing was deployed, the change set was removed")
}
