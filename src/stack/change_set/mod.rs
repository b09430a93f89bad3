//! The change set: created, awaited, confirmed, executed; removed again when it is not executed.

mod consent;
pub mod hazards;
mod pending;
mod wait;

use uuid::Uuid;

use super::port::{ChangeSetRequest, CloudFormation};
use super::settle::{leftover, only_express};
use super::status::Presence;
use super::{ManagedStack, Update};
use crate::error::{Error, Result};
use crate::report::Console;
use crate::report::events::{Event, Proposal};
use pending::PendingChangeSet;

/// A change set that is being executed.
#[derive(Debug)]
pub struct Executed {
    /// The stack is new.
    pub create: bool,
    /// It runs in Express mode.
    pub express: bool,
    /// Id (an ARN) of the stack.
    pub stack_id: String,
    /// When the change set was created, in seconds since 1970; older events belong to the past.
    pub since: f64,
    /// Logical ids of the resources it touches.
    pub resources: Vec<String>,
}

/// What became of a proposal.
#[derive(Debug)]
pub enum Proposed {
    /// The change set is being executed.
    Executing(Executed),
    /// There was nothing to change.
    Unchanged,
}

/// Creates a change set and executes it; deletes what an earlier attempt left over before.
///
/// # Errors
/// When CloudFormation refuses it, when the user does not agree to what it replaces or deletes, or when the user
/// interrupts it. Nothing is changed then, and the change set is removed.
pub async fn propose<C: CloudFormation>(
    managed: &ManagedStack<'_, C>,
    update: &Update<'_>,
    console: &Console<'_>,
) -> Result<Proposed> {
    if let (Presence::Remnant, Some(existing)) = (update.presence(), update.existing) {
        leftover::remove(managed, existing, console).await?;
    }
    let stack = || managed.name.to_owned();
    console.report(Event::Proposing { stack: stack() });
    let result = create_and_execute(managed, update, console).await;
    let outcome = match &result {
        Ok(Proposed::Executing(_)) => Proposal::Executed,
        Ok(Proposed::Unchanged) => Proposal::Empty,
        Err(_) => Proposal::Failed,
    };
    console.report(Event::Proposed { stack: stack(), outcome });
    result
}

async fn create_and_execute<C: CloudFormation>(
    managed: &ManagedStack<'_, C>,
    update: &Update<'_>,
    console: &Console<'_>,
) -> Result<Proposed> {
    let (cloudformation, stack) = (managed.cloudformation, managed.name);
    let presence = update.presence();
    let create = presence != Presence::Live;
    if console.interrupt().is_set() {
        return Err(Error::interrupted("interrupted: nothing was deployed"));
    }
    let request = ChangeSetRequest {
        stack: stack.to_owned(),
        name: format!("copilot-{}", Uuid::new_v4()),
        create,
        template: update.template.clone(),
        parameters: update.parameters.to_vec(),
        kept_parameters: update.kept_parameters.iter().map(|name| (*name).to_owned()).collect(),
        tags: update.tags.clone(),
        role_arn: update.role_arn.to_owned(),
        express: managed.options.express || only_express(update.existing),
    };
    let pending = PendingChangeSet {
        cloudformation,
        stack,
        created_stack: create && presence != Presence::InReview,
        request: &request,
        limit: managed.options.timeout,
    };
    console
        .note_pending(format!("change set {} of stack {stack} may remain there, not executed", request.name));
    // Never dropped half-way: a change set whose creation was cut off could not be removed.
    let id = match cloudformation.create_change_set(&request).await {
        Ok(id) => id,
        Err(e) => return Err(pending.discard_unclear(e).await),
    };
    let change_set = match pending.wait(&id, console.interrupt()).await {
        Ok(change_set) => change_set,
        Err(e) => return Err(pending.discard(&id, e).await),
    };
    if change_set.status == "FAILED" {
        let reason = change_set.reason.unwrap_or_default();
        if is_empty(&reason) {
            // Only tidying up: the stack is as it should be either way.
            let _ = cloudformation.delete_change_set(&id, stack).await;
            console.clear_pending();
            return Ok(Proposed::Unchanged);
        }
        let error = Error::new(format!("CloudFormation refuses the change set for stack {stack}: {reason}"))
            .details(pending.validation_failures(&id, &reason).await);
        return Err(pending.discard(&id, error).await);
    }
    if let Err(e) = consent::confirm_hazards(managed, update, &change_set, console).await {
        return Err(pending.discard(&id, e).await);
    }
    if let Err(e) = cloudformation.execute_change_set(&id, stack, managed.options.no_rollback).await {
        let executed = cloudformation.change_set(&id, stack).await;
        let status = executed.map(|set| set.execution_status).unwrap_or_default();
        // Nobody else executes it: where it is executing, only the answer was lost.
        if !status.starts_with("EXECUTE_") {
            return Err(match pending.overtaken(&e).await {
                true => {
                    let error = e.hint(pending.overtaken_hint()).overtaken();
                    PendingChangeSet { created_stack: false, ..pending }.discard(&id, error).await
                }
                false => pending.discard(&id, e).await,
            });
        }
    }
    console.note_pending(format!("the deployment of stack {stack} continues in AWS"));
    let stack_id = match change_set.stack_id.is_empty() {
        true => stack.to_owned(),
        false => change_set.stack_id.clone(),
    };
    Ok(Proposed::Executing(Executed {
        create,
        express: request.express,
        stack_id,
        since: change_set.created,
        resources: change_set.resources(),
    }))
}

/// CloudFormation's ways to say that a change set is empty.
fn is_empty(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}
