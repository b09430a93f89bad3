//! A stack is deleted, and its deletion followed.

use super::ManagedStack;
use super::follow::{self, Ended, OnInterrupt, Operation};
use super::port::{CloudFormation, Stack};
use crate::error::{Error, Result};
use crate::report::Console;
use crate::report::events::TreeResource;

/// Which stack is deleted, and how that is told.
#[derive(Clone, Debug)]
pub struct Deletion<'a> {
    /// Role CloudFormation works with; without one, the role of the stack's last operation.
    pub role_arn: Option<&'a str>,
    /// The stack in messages: `stack demo-test`.
    pub described: String,
    /// First line of the tree.
    pub title: String,
    /// The tree's other lines.
    pub resources: Vec<TreeResource>,
    /// What an interrupt means, as a clause; that the deletion goes on is said besides.
    pub interrupted: &'static str,
}

/// Deletes a stack and waits until it is gone. A deletion that is under way already is followed.
///
/// # Errors
/// When it cannot be deleted or followed; names the resources that stand in the way.
pub async fn delete<C: CloudFormation>(
    managed: &ManagedStack<'_, C>,
    stack: &Stack,
    deletion: &Deletion<'_>,
    console: &Console<'_>,
) -> Result<()> {
    let cloudformation = managed.cloudformation;
    let before = console.guard(deletion.interrupted, cloudformation.last_operation(&stack.id)).await?;
    cloudformation.delete_stack(&stack.id, deletion.role_arn).await?;
    console.note_pending(format!("the deletion of {} continues in AWS", deletion.described));
    let operation = Operation {
        since: before.last().map_or(0.0, |event| event.time),
        after: before.last().map(|event| event.id.clone()),
        title: deletion.title.clone(),
        resources: deletion.resources.clone(),
        ..managed.operation(&stack.id, OnInterrupt::Leave(deletion.interrupted))
    };
    let ended = follow::follow(cloudformation, &operation, console).await?;
    console.clear_pending();
    if ended.status.is("DELETE_COMPLETE") { Ok(()) } else { Err(failed(managed.name, deletion, &ended)) }
}

fn failed(name: &str, deletion: &Deletion<'_>, ended: &Ended) -> Error {
    let kept: Vec<&str> = ended
        .failures
        .cause
        .iter()
        .chain(&ended.failures.others)
        .filter(|failure| failure.place.is_none())
        .map(|failure| failure.event.logical_id.as_str())
        .collect();
    let cause =
        ended.failures.cause.as_ref().map(|cause| format!(": {}", cause.clause())).unwrap_or_default();
    let error =
        Error::new(format!("{} cannot be deleted: it ended as {}{cause}", deletion.described, ended.status))
            .details(ended.failures.lines());
    if kept.is_empty() {
        error.hint(format!("See why with `aws cloudformation describe-stack-events --stack-name {name}`."))
    } else {
        error.hint("Remove what keeps them from being deleted, then run the command again.").hint(format!(
            "Or give them up with `aws cloudformation delete-stack --stack-name {name} --retain-resources {}`; they then stay \
             in the account, outside of any stack.",
            kept.join(" ")
        ))
    }
}
