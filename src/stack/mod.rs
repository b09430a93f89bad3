//! One CloudFormation stack, from how it is to how it shall be. The engine knows stacks, not what they are for: a command
//! describes the stack ([`ManagedStack`], [`Update`]) and says in its own words what the engine returns.
//!
//! [`settle::unblock`] brings a stack into a state that takes a change set, [`change_set::propose`] creates, confirms and
//! executes one, [`follow::follow`] reports its events until it has ended.

pub mod advice;
mod apply;
pub mod change_set;
pub mod console_url;
mod delete;
pub mod follow;
pub mod port;
pub mod set;
pub mod settle;
mod spec;
pub mod status;
pub mod timeout;

pub use apply::{Applied, Wording, apply, apply_saying};
pub use delete::{Deletion, delete};
pub use spec::{ManagedStack, Options, Update};

use crate::error::{Error, Kind, Result};
use crate::report::Console;
use crate::report::events::TreeResource;
use change_set::Executed;
use follow::{Ended, OnInterrupt, Operation};
use port::CloudFormation;

/// What an interrupt or an error before the change set is executed means.
pub const NOTHING_DEPLOYED: &str = "nothing was deployed";

/// Says that an error came before the deployment; an interrupt says so itself.
fn before_deployment(error: Error) -> Error {
    if error.kind() == Kind::Interrupted { error } else { error.context(NOTHING_DEPLOYED) }
}

/// Follows an executed change set until its operation has ended.
///
/// # Errors
/// When it cannot be followed to its end.
pub async fn follow_change_set<C: CloudFormation>(
    managed: &ManagedStack<'_, C>,
    update: &Update<'_>,
    executed: &Executed,
    console: &Console<'_>,
) -> Result<Ended> {
    let verb = if executed.create { "Creating" } else { "Updating" };
    let row = |id: &String| {
        let found = update.descriptions.iter().find(|row| row.id == *id)?;
        Some(TreeResource { logical_id: id.clone(), description: found.description.clone() })
    };
    let operation = Operation {
        since: executed.since,
        title: format!("{verb} the infrastructure for stack {}", managed.name),
        resources: executed.resources.iter().filter_map(row).collect(),
        ..managed.operation(&executed.stack_id, OnInterrupt::Stop { create: executed.create })
    };
    follow::follow(managed.cloudformation, &operation, console).await
}
