//! Ctrl-C while an operation is followed.

use super::{Follower, OnInterrupt, Stopping, doing};
use crate::deploy::cancel::{self, Step};
use crate::deploy::events::Event;
use crate::deploy::ports::EnvironmentAccount;
use crate::error::{Error, Result};

const AGAIN: &str = "Press Ctrl-C again to leave at once; it then goes on in AWS.";

impl<E: EnvironmentAccount> Follower<'_, E> {
    /// The user asked to stop.
    pub(super) async fn stop(&mut self) -> Result<()> {
        let name = &self.operation.target.stack;
        let create = match self.operation.on_interrupt {
            OnInterrupt::Stop { create } => create,
            OnInterrupt::Leave(clause) => return Err(self.leave(clause)),
        };
        let described = match self.manager.stack(self.operation.id).await {
            Ok(stack) => stack,
            Err(e) => return self.missed(e),
        };
        let begun = self.stacks.first().is_some_and(|root| root.status.is_some());
        let status = described.map_or_else(|| "DELETE_COMPLETE".to_owned(), |stack| stack.status);
        let step = cancel::step(create, begun, &status);
        let done = match step {
            Step::NotYet => return Ok(()),
            Step::Wait => Ok(Some((
                Stopping::Waiting,
                format!("Interrupted: the {} of stack {name} cannot be stopped; waiting for its end. {AGAIN}", doing(&status)),
            ))),
            Step::Delete => self.manager.delete_stack(self.operation.id).await.map(|()| {
                Some((
                    Stopping::Deleting,
                    format!("Interrupted: deleting stack {name}, which was being created. {AGAIN}"),
                ))
            }),
            Step::CancelUpdate => self.manager.cancel_update(self.operation.id).await.map(|cancelled| {
                cancelled.then(|| {
                    (
                        Stopping::Cancelling,
                        format!("Interrupted: cancelling the update of stack {name}, which is then rolled back. {AGAIN}"),
                    )
                })
            }),
        };
        match done {
            Ok(Some((stopping, told))) => {
                self.stopping = Some(stopping);
                self.reporter.report(Event::Note(told));
                let goes_on = match stopping {
                    Stopping::Deleting => "deletion",
                    Stopping::Cancelling => "rollback",
                    Stopping::Waiting => doing(&status),
                };
                self.interrupt.leaves(format!("the {goes_on} of stack {name} goes on in AWS"));
                Ok(())
            }
            // It has moved on in between: the next look tells.
            Ok(None) => Ok(()),
            Err(e) if e.is_transient() => self.missed(e),
            Err(e) => {
                self.stopping = Some(Stopping::Waiting);
                self.reporter.report(Event::Warning(format!(
                    "stack {name} cannot be stopped ({e}); waiting for its end. {AGAIN}"
                )));
                Ok(())
            }
        }
    }

    /// The operation goes on without being followed.
    fn leave(&self, clause: &str) -> Error {
        let status = self.stacks.first().and_then(|root| root.status.as_deref()).unwrap_or_default();
        let (stack, what) = (&self.operation.target.stack, doing(status));
        Error::interrupted(format!("interrupted: {clause}; the {what} of stack {stack} goes on in AWS"))
            .hint(self.attach())
    }
}
