//! A stack of which a command is content with the end: created or updated, and followed until that has ended.

use super::follow::{self, Advice, Ended, Verdict};
use super::port::CloudFormation;
use super::{ManagedStack, Update, change_set, follow_change_set, settle};
use crate::error::{Error, Kind, Result};
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

/// What a command says about an end that is not the one it wants.
pub struct Wording<'a> {
    /// The command to run again after a failure.
    pub command: &'a str,
    /// What that command still does where an interrupt came too late to stop the operation.
    pub completes: Option<&'a str>,
    /// The error for a failure, made of the one that the events tell.
    pub failure: &'a dyn Fn(&Ended, Error) -> Error,
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
    let wording = Wording { command, completes: None, failure: &|_, error| error };
    apply_saying(managed, update, &wording, console).await
}

/// The same with words of the command's own.
///
/// # Errors
/// As [`apply`].
pub async fn apply_saying<C: CloudFormation>(
    managed: &ManagedStack<'_, C>,
    update: &Update<'_>,
    wording: &Wording<'_>,
    console: &Console<'_>,
) -> Result<Applied> {
    let proposed = match change_set::propose(managed, update, console).await {
        // The other command may have done the same. Who waits for others waits for this one too.
        Err(error) if error.is_overtaken() && managed.options.wait => {
            let mut present = managed.cloudformation.stack(managed.name).await?;
            settle::unblock(managed, &mut present, console).await?;
            change_set::propose(managed, update, console).await?
        }
        proposed => proposed?,
    };
    let executed = match proposed {
        change_set::Proposed::Executing(executed) => executed,
        change_set::Proposed::Unchanged => return Ok(Applied::Unchanged),
    };
    let ended = follow_change_set(managed, update, &executed, console).await?;
    console.clear_pending();
    let command = wording.command;
    let (name, status) = (managed.name, &ended.status);
    let rollback_role = managed.options.no_rollback.then_some(update.role_arn);
    Err(match follow::verdict(name, &ended, Advice { command, rollback_role }) {
        Verdict::Succeeded if executed.create => return Ok(Applied::Created),
        Verdict::Succeeded => return Ok(Applied::Updated),
        Verdict::SucceededNevertheless => {
            let rest = wording.completes.map(|what| format!("; `{command}` completes {what}"));
            Error::interrupted(format!(
                "interrupted after stack {name} had reached {status}{}",
                rest.unwrap_or_default()
            ))
        }
        Verdict::Deleted => Error::interrupted(format!("interrupted: stack {name} was deleted again")),
        Verdict::RolledBack => {
            Error::interrupted(format!("interrupted: the update of stack {name} was rolled back"))
        }
        Verdict::Failed(error) if error.kind() == Kind::Interrupted => error,
        Verdict::Failed(error) => (wording.failure)(&ended, error),
    })
}
