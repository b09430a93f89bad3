//! A stack of which a command is content with the end: created or updated, and followed until that has ended.

use super::follow::{self, Advice, Verdict};
use super::port::CloudFormation;
use super::{ManagedStack, Update, change_set, follow_change_set};
use crate::error::{Error, Result};
use crate::report::Console;

/// What was done with a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It was created.
    Created,
    /// It was updated.
    Updated,
    /// There was nothing to change.
    Unchanged,
}

/// Brings a stack that takes a change set to its new state and waits for the end. `command` is the one to run again after a
/// failure.
///
/// # Errors
/// When CloudFormation refuses the change, when it fails, or when the user stops it.
pub async fn apply<C: CloudFormation>(
    managed: &ManagedStack<'_, C>,
    update: &Update<'_>,
    command: &str,
    console: &Console<'_>,
) -> Result<Applied> {
    let executed = match change_set::propose(managed, update, console).await? {
        change_set::Proposed::Executing(executed) => executed,
        change_set::Proposed::Unchanged => return Ok(Applied::Unchanged),
    };
    let ended = follow_change_set(managed, update, &executed, console).await?;
    console.clear_pending();
    let (name, status) = (managed.name, &ended.status);
    let rollback_role = managed.options.no_rollback.then_some(update.role_arn);
    match follow::verdict(name, &ended, Advice { command, rollback_role }) {
        Verdict::Succeeded if executed.create => Ok(Applied::Created),
        Verdict::Succeeded => Ok(Applied::Updated),
        Verdict::SucceededNevertheless => {
            Err(Error::interrupted(format!("interrupted after stack {name} had reached {status}")))
        }
        Verdict::Deleted => Err(Error::interrupted(format!("interrupted: stack {name} was deleted again"))),
        Verdict::RolledBack => {
            Err(Error::interrupted(format!("interrupted: the update of stack {name} was rolled back")))
        }
        Verdict::Failed(error) => Err(error),
    }
}
