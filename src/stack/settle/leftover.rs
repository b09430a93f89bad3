//! What a failed creation or deletion left over: deleted before the stack is created anew.

use crate::error::Result;
use crate::report::Console;
use crate::stack::delete::{self, Deletion};
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
    let name = managed.name;
    let what = if stack.status.is_deletion() { "deletion" } else { "creation" };
    console.note(format!(
        "Stack {name} is left over from a failed {what} ({}). It is deleted, then created anew.",
        stack.status
    ));
    let described = format!("stack {name}, left over from a failed {what},");
    let deletion = Deletion {
        role_arn: None,
        title: format!("Deleting stack {name}, left over from a failed {what}"),
        // Most resources are gone already; the screen shows those that remain when they have events.
        resources: Vec::new(),
        described,
        interrupted: NOTHING_DEPLOYED,
    };
    delete::delete(managed, stack, &deletion, console).await
}
