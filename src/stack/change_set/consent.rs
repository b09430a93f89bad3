//! The user's consent to a change set that costs data or identity; every other one needs none.

use super::hazards::Review;
use crate::error::{Error, Result};
use crate::report::Console;
use crate::report::events::{Event, Proposal};
use crate::stack::port::ChangeSet;
use crate::stack::{ManagedStack, Update};

const FLAG: &str = "--allow-replacement";

/// Tells what would be replaced or deleted and asks whether to go on.
///
/// # Errors
/// When the change set changes what the command is not about, when the answer is no, when nobody can be asked, or when the user
/// interrupts the question.
pub(super) async fn confirm_hazards<C>(
    managed: &ManagedStack<'_, C>,
    update: &Update<'_>,
    change_set: &ChangeSet,
    console: &Console<'_>,
) -> Result<()> {
    let stack = managed.name;
    let review =
        Review { changes: &change_set.changes, comparison: update.comparison, hazards: update.hazards };
    let unexpected = review.unexpected();
    if !unexpected.is_empty() {
        return Err(Error::new(format!(
            "the change set for stack {stack} would also change what this command is not about; it was removed, and nothing was changed"
        ))
        .details(unexpected)
        .hint("Something that the stack's template refers to, such as a parameter, has another value by now. A deployment brings the stack up to date first."));
    }
    let hazards = review.hazards();
    if hazards.is_empty() {
        return Ok(());
    }
    console.report(Event::Proposed { stack: stack.to_owned(), outcome: Proposal::Questioned });
    let list: String = hazards.iter().map(|hazard| format!("\n  - {hazard}")).collect();
    console.warn(format!(
        "this update of stack {stack} replaces or deletes, or may replace, what may hold data or what others \
         refer to:{list}"
    ));
    if managed.options.allow_replacement {
        return Ok(());
    }
    let undone = "nothing was deployed, the change set was removed";
    if console.confirm(undone, "Deploy anyway?", FLAG).await? {
        return Ok(());
    }
    Err(Error::new(format!("the update of stack {stack} was declined: {undone}"))
        .hint(format!("Undo what causes the changes above, or pass {FLAG} to accept them.")))
}
