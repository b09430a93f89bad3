//! What a failed creation or deletion left over: deleted before the stack is created anew.

use crate::error::{Error, Result};
use crate::report::Console;
use crate::stack::follow::{self, OnInterrupt, Operation};
use crate::stack::port::{CloudFormation, Stack};
use crate::stack::{ManagedStack, NOTHING_DEPLOYED};

/// Deletes what a failed creation or deletion left over, and follows that.
///
/// # Errors
/// When it cannot be deleted.
pub async fn remove<C: CloudFormation>(
    managed: &ManagedStack<'_, C>,
    stack: &Stack,
    console: &Console<'_>,
) -> Result<()> {
    let (name, cloudformation) = (managed.name, managed.cloudformation);
    let what = if stack.status.is_deletion() { "deletion" } else { "creation" };
    console.note(format!(
        "Stack {name} is left over from a failed {what} ({}). It is deleted, then created anew.",
        stack.status
    ));
    let before = console.guard(NOTHING_DEPLOYED, cloudformation.last_operation(&stack.id)).await?;
    cloudformation.delete_stack(&stack.id).await?;
    console.note_pending(format!(
        "the deletion of stack {name}, left over from a failed {what}, continues in AWS"
    ));
    let operation = Operation {
        since: before.last().map_or(0.0, |event| event.time),
        after: before.last().map(|event| event.id.clone()),
        title: format!("Deleting stack {name}, left over from a failed {what}"),
        // Most resources are gone already; the screen shows those that remain when they have events.
        ..managed.operation(&stack.id, OnInterrupt::Leave(NOTHING_DEPLOYED))
    };
    let ended = follow::follow(cloudformation, &operation, console).await?;
    if ended.status.is("DELETE_COMPLETE") {
        return Ok(());
    }
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
    let error = Error::new(format!(
        "stack {name}, left over from a failed {what}, cannot be deleted: it ended as {}{cause}",
        ended.status
    ))
    .details(ended.failures.lines());
    Err(if kept.is_empty() {
        error.hint(format!("See why with `aws cloudformation describe-stack-events --stack-name {name}`."))
    } else {
        error.hint("Remove what keeps them from being deleted, then run the command again.").hint(format!(
            "Or give them up with `aws cloudformation delete-stack --stack-name {name} --retain-resources {}`; they then stay \
             in the account, outside of any stack.",
            kept.join(" ")
        ))
    })
}
