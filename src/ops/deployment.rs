//! From a template at hand to the end of the stack's operation, in words about what the stack is for.

use super::outcome::Outcome;
use super::subject::Subject;
use crate::error::{Error, Kind, Result};
use crate::report::Console;
use crate::stack::change_set::{self, Proposed};
use crate::stack::follow::{self, Advice, Verdict};
use crate::stack::port::CloudFormation;
use crate::stack::status::StackStatus;
use crate::stack::{self, ManagedStack, Update};

/// What is deployed, and how.
pub(crate) struct Deployment<'a, C> {
    pub managed: &'a ManagedStack<'a, C>,
    pub update: &'a Update<'a>,
    pub subject: &'a Subject,
    /// The command that deploys it again.
    pub command: &'a str,
    /// Return once the change set is executing.
    pub detach: bool,
    /// References that were pushed and that the next run uses when there is nothing to change.
    pub pushed: Vec<String>,
}

/// Proposes the change, executes it and follows it to its end.
pub(crate) async fn run<C: CloudFormation>(
    deployment: Deployment<'_, C>,
    console: &Console<'_>,
) -> Result<Outcome> {
    let Deployment { managed, update, subject, command, detach, pushed } = deployment;
    let stack = managed.name;
    let not_deployed = |error: Error| match error.kind() {
        // It says itself what was not done.
        Kind::Interrupted => error,
        _ => error.context(subject.was_not_deployed()),
    };
    let executed = match change_set::propose(managed, update, console).await.map_err(not_deployed)? {
        Proposed::Executing(executed) => executed,
        Proposed::Unchanged => {
            if update.existing.is_some_and(|stack| stack.status.is("UPDATE_FAILED")) {
                console.warn(format!(
                    "the last update of stack {stack} failed and was not rolled back (UPDATE_FAILED); CloudFormation sees nothing to \
                     change in it",
                ));
            }
            return Ok(Outcome::Unchanged { stack: stack.to_owned(), pushed });
        }
    };
    if detach {
        return Ok(Outcome::Detached {
            stack: stack.to_owned(),
            id: executed.stack_id,
            attach: managed.resume_with.to_owned(),
        });
    }
    let ended = stack::follow_change_set(managed, update, &executed, console).await?;
    let rollback_role = managed.options.no_rollback.then_some(update.role_arn);
    let verdict = follow::verdict(stack, &ended, Advice { command, rollback_role });
    conclude(subject, stack, &ended.status, verdict)?;
    Ok(Outcome::Deployed { what: subject.clone().deployable(), express: executed.express })
}

/// Says what the end of the stack's operation means.
fn conclude(subject: &Subject, stack: &str, status: &StackStatus, verdict: Verdict) -> Result<()> {
    Err(match verdict {
        Verdict::Succeeded => return Ok(()),
        Verdict::SucceededNevertheless => Error::interrupted(format!(
            "interrupted too late: {} (stack {stack} is {status})",
            subject.is_deployed()
        )),
        Verdict::Deleted => Error::interrupted(format!(
            "interrupted: stack {stack} was deleted again; {}",
            subject.is_not_deployed()
        )),
        Verdict::RolledBack => Error::interrupted(format!(
            "interrupted: the update of stack {stack} was rolled back; {subject} is as it was before"
        )),
        Verdict::Failed(error) => error.context(subject.was_not_deployed()),
    })
}
