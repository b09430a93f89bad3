//! Ctrl-C while an operation is followed.

use super::cancel::{self, Step};
use super::{Follower, OnInterrupt, Stopping};
use crate::error::{Error, Result};
use crate::stack::port::CloudFormation;
use crate::stack::status::StackStatus;

const AGAIN: &str = "Press Ctrl-C again to exit at once; it then continues in AWS.";

impl<E: CloudFormation> Follower<'_, E> {
    /// The user asked to stop.
    pub(super) async fn stop(&mut self) -> Result<()> {
        let name = self.operation.stack;
        let create = match self.operation.on_interrupt {
            OnInterrupt::Stop { create } => create,
            OnInterrupt::Leave(clause) => return Err(self.leave(clause)),
        };
        let described = match self.cloudformation.stack(self.operation.id).await {
            Ok(stack) => stack,
            Err(e) => return self.poll_failed(e),
        };
        let begun = self.stacks.first().is_some_and(|root| root.status.is_some());
        let status = described.map_or_else(StackStatus::deleted, |stack| stack.status);
        let step = cancel::step(create, begun, &status);
        let done = match step {
            Step::NotYet => return Ok(()),
            Step::Wait => Ok(Some((
                Stopping::Waiting,
                format!("Interrupted: the {} of stack {name} cannot be stopped; waiting for its end. {AGAIN}", status.operation()),
            ))),
            Step::Delete => self.cloudformation.delete_stack(self.operation.id, None).await.map(|()| {
                Some((
                    Stopping::Deleting,
                    format!("Interrupted: deleting stack {name}, which was being created. {AGAIN}"),
                ))
            }),
            Step::CancelUpdate => self.cloudformation.cancel_update(self.operation.id).await.map(|cancelled| {
                cancelled.then(|| {
                    (
                        Stopping::Cancelling,
                        format!("Interrupted: cancelling the update of stack {name}, which is then rolled back. {AGAIN}"),
                    )
                })
            }),
        };
        match done {
            Ok(Some((stopping, message))) => {
                self.stopping = Some(stopping);
                self.console.note(message);
                let continues = match stopping {
                    Stopping::Deleting => "deletion",
                    Stopping::Cancelling => "rollback",
                    Stopping::Waiting => status.operation(),
                };
                self.console.note_pending(format!("the {continues} of stack {name} continues in AWS"));
                Ok(())
            }
            // It has moved on in between: the next poll tells.
            Ok(None) => Ok(()),
            Err(e) if e.is_transient() => self.poll_failed(e),
            Err(e) => {
                self.stopping = Some(Stopping::Waiting);
                self.console
                    .warn(format!("stack {name} cannot be stopped ({e}); waiting for its end. {AGAIN}"));
                Ok(())
            }
        }
    }

    /// The operation continues without being followed.
    fn leave(&self, clause: &str) -> Error {
        let status = self.stacks.first().and_then(|root| root.status.as_ref());
        // Before its first event is seen, what goes on has no name.
        let operation = status.map_or("operation", StackStatus::operation);
        let stack = self.operation.stack;
        Error::interrupted(format!(
            "interrupted: {clause}; the {operation} of stack {stack} continues in AWS"
        ))
        .hint(self.resume_hint())
    }
}
