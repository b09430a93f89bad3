//! The user's consent to a change set that costs data or identity; every other one needs none.

use super::events::{Event, Proposal as ProposalOutcome, Reporter};
use super::interrupt::Interrupt;
use super::ports::{ChangeSet, EnvironmentAccount, Prompter};
use super::propose::Proposal;
use super::replacement::Review;
use crate::error::{Error, Result};

const FLAG: &str = "--allow-replacement";
/// The environment's parameter that lists the workloads on its managed file system.
const FILE_SYSTEM_USERS: &str = "EFSWorkloads";

/// Tells what would be replaced or deleted and asks whether to go on.
///
/// # Errors
/// When the answer is no, when nobody can be asked, or when the user interrupts the question.
pub(super) async fn obtain<E: EnvironmentAccount>(
    proposal: &Proposal<'_, E>,
    change_set: &ChangeSet,
    prompter: &impl Prompter,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<()> {
    let stack = &proposal.target.stack;
    let users = proposal.state.env_stack.parameters.get(FILE_SYSTEM_USERS);
    let mut users = users.map(String::as_str).unwrap_or_default().split(',').filter(|user| !user.is_empty());
    let review = Review {
        changes: &change_set.changes,
        comparison: proposal.comparison,
        last_on_file_system: users.all(|user| *user == *proposal.target.job),
    };
    let hazards = review.hazards();
    if hazards.is_empty() {
        return Ok(());
    }
    reporter.report(Event::Proposed { stack: stack.clone(), outcome: ProposalOutcome::Questioned });
    let list: String = hazards.iter().map(|hazard| format!("\n  - {hazard}")).collect();
    reporter.report(Event::Warning(format!(
        "this update of stack {stack} replaces or deletes what may hold data or what others refer to:{list}"
    )));
    if proposal.request.allow_replacement {
        return Ok(());
    }
    let question = prompter.confirm("Deploy all the same?", FLAG);
    let undone = "nothing was deployed, the change set was removed";
    if interrupt.guard(undone, question).await? {
        return Ok(());
    }
    Err(Error::new(format!("the update of stack {stack} was declined: {undone}"))
        .hint(format!("Undo what causes the changes above, or pass {FLAG} to accept them.")))
}
