//! A stack that is not ready for a change set: busy, stuck in a rollback, half deleted, or left over from a failed
//! creation. The user decides before anything is built; what deletes is done only after that.

pub mod leftover;
mod rollback;

use super::follow::{self, OnInterrupt, Operation};
use super::port::{CloudFormation, Stack, StackEvent};
use super::status::StackStatus;
use super::{ManagedStack, NOTHING_DEPLOYED, before_deployment};
use crate::error::{Error, Result};
use crate::report::Console;
use crate::text::one_line;

/// What keeps a stack from taking a change set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blocker {
    /// Nothing: it takes a change set, or is replaced without a question.
    Nothing,
    /// An operation is under way.
    Operation,
    /// Its rollback is stuck.
    StuckRollback,
    /// It is half deleted; the user must agree to its replacement.
    HalfDeleted,
    /// A failed import, which only a person can repair.
    FailedImport,
}

fn blocker(status: &StackStatus) -> Blocker {
    match status.as_str() {
        "UPDATE_ROLLBACK_FAILED" => Blocker::StuckRollback,
        "DELETE_FAILED" => Blocker::HalfDeleted,
        "IMPORT_ROLLBACK_FAILED" => Blocker::FailedImport,
        _ if status.is_busy() => Blocker::Operation,
        _ => Blocker::Nothing,
    }
}

/// Brings a stack into a state that takes a change set. Returns `true` when `stack` was read again.
///
/// # Errors
/// When the user does not agree to what that takes, or when it fails.
pub async fn unblock<C: CloudFormation>(
    managed: &ManagedStack<'_, C>,
    stack: &mut Option<Stack>,
    console: &Console<'_>,
) -> Result<bool> {
    let name = managed.name;
    let mut refreshed = false;
    // Each blocker is removed by one operation in AWS, which may lead to another blocker.
    while let Some(present) = stack.as_ref() {
        match blocker(&present.status) {
            Blocker::Nothing => break,
            Blocker::Operation => wait(managed, present, console).await?,
            Blocker::StuckRollback => rollback::continue_rollback(managed, present, console).await?,
            Blocker::HalfDeleted => {
                confirm_recreation(managed, present, console).await?;
                break;
            }
            Blocker::FailedImport => {
                return Err(Error::new(format!("stack {name} is stuck: its status is {}", present.status))
                .hint("An import into it failed and could not be undone. Repair it in the CloudFormation console, then run the command again."));
            }
        }
        *stack = console.guard(NOTHING_DEPLOYED, managed.cloudformation.stack(name)).await?;
        refreshed = true;
    }
    let express = only_express(stack.as_ref());
    if express && managed.options.no_rollback {
        return Err(Error::new(format!(
            "the last update of stack {name} failed in Express mode without rollback; CloudFormation takes only Express mode for the \
             next one, which does not go with --no-rollback"
        ))
        .hint("Deploy without --no-rollback."));
    }
    if express && !managed.options.express {
        console.warn(format!(
            "the last update of stack {name} failed in Express mode without rollback; CloudFormation takes only Express mode for \
             the next one, so it is used"
        ));
    }
    Ok(refreshed)
}

/// A stack whose update failed in Express mode without rollback takes no other mode
/// (<https://github.com/aws/aws-cdk-cli/issues/1739>).
pub(super) fn only_express(stack: Option<&Stack>) -> bool {
    stack.is_some_and(|stack| stack.express && stack.status.is("UPDATE_FAILED"))
}

/// Waits for the end of an operation that somebody else started, if the user wants that.
async fn wait<C: CloudFormation>(
    managed: &ManagedStack<'_, C>,
    stack: &Stack,
    console: &Console<'_>,
) -> Result<()> {
    let name = managed.name;
    let events = console.guard(NOTHING_DEPLOYED, managed.cloudformation.last_operation(&stack.id)).await?;
    let (what, status) = (stack.status.operation(), &stack.status);
    let article = if what.starts_with(['i', 'u']) { "an" } else { "a" };
    let since = events.first().map(|event| event.time);
    let begun = since.and_then(clock).map(|time| format!(" since {time}")).unwrap_or_default();
    if !managed.options.wait {
        return Err(Error::new(format!(
            "stack {name} is busy: {article} {what} has been going on{begun} ({status})"
        ))
        .hint("Run the command again when it has ended, or pass --wait-for-stack to wait for it.")
        .hint(format!("Watch it with `{}`.", managed.resume_with)));
    }
    let operation = Operation {
        since: since.unwrap_or_default(),
        title: format!("Waiting for the {what} of stack {name}, going on{begun}"),
        ..managed.operation(&stack.id, OnInterrupt::Leave(NOTHING_DEPLOYED))
    };
    let ended = follow::follow(managed.cloudformation, &operation, console).await;
    let ended = ended.map_err(before_deployment)?;
    console.note(format!("The {what} of stack {name} has ended as {}.", ended.status));
    Ok(())
}

/// `2026-11-23 14:03 UTC`
fn clock(time: f64) -> Option<String> {
    // Whole seconds; a time beyond 64 bits is none.
    let time = jiff::Timestamp::UNIX_EPOCH
        .checked_add(jiff::SignedDuration::try_from_secs_f64(time.trunc()).ok()?)
        .ok()?;
    Some(time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// Asks before a stack that has worked once is replaced.
async fn confirm_recreation<C: CloudFormation>(
    managed: &ManagedStack<'_, C>,
    stack: &Stack,
    console: &Console<'_>,
) -> Result<()> {
    let name = managed.name;
    if managed.options.recreate {
        return Ok(());
    }
    let events = managed.cloudformation.events(&stack.id, 0.0, None);
    let events = console.guard(NOTHING_DEPLOYED, events).await?;
    let complete = |event: &StackEvent| event.is_of_stack() && event.status.succeeded();
    if !events.iter().any(complete) {
        return Ok(());
    }
    let mut message = format!("stack {name} is half deleted (DELETE_FAILED).");
    let kept = undeleted(&events);
    if !kept.is_empty() {
        message.push_str(" Not deleted:");
    }
    for resource in kept {
        message.push_str(&format!("\n  {resource}"));
    }
    console.warn(message);
    let question = "Delete the rest of the stack, then create it anew?";
    match console.confirm(NOTHING_DEPLOYED, question, "--recreate").await? {
        true => Ok(()),
        false => Err(Error::new(format!("stack {name} is half deleted, and nothing was deployed"))
            .hint("Deploy with --recreate, or finish the deletion in the CloudFormation console first.")),
    }
}

/// Resources that the newest deletion could not delete, with the reasons.
fn undeleted(events: &[StackEvent]) -> Vec<String> {
    let last = events.iter().rposition(StackEvent::begins_operation).unwrap_or(0);
    let failed = events.iter().skip(last).filter(|e| e.status.is("DELETE_FAILED") && !e.is_of_stack());
    let line = |event: &StackEvent| {
        let reason = event.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let line = format!("{} ({}){reason}", event.logical_id, event.resource_type);
        one_line(&line)
    };
    failed.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::follow::testing::{event, stack_event};

    #[test]
    fn every_status_has_its_blocker() {
        for (status, expected) in [
            ("CREATE_COMPLETE", Blocker::Nothing),
            ("UPDATE_COMPLETE", Blocker::Nothing),
            ("UPDATE_ROLLBACK_COMPLETE", Blocker::Nothing),
            ("UPDATE_FAILED", Blocker::Nothing),
            ("IMPORT_COMPLETE", Blocker::Nothing),
            ("IMPORT_ROLLBACK_COMPLETE", Blocker::Nothing),
            ("REVIEW_IN_PROGRESS", Blocker::Nothing),
            ("ROLLBACK_COMPLETE", Blocker::Nothing),
            ("ROLLBACK_FAILED", Blocker::Nothing),
            ("CREATE_FAILED", Blocker::Nothing),
            ("CREATE_IN_PROGRESS", Blocker::Operation),
            ("UPDATE_IN_PROGRESS", Blocker::Operation),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Blocker::Operation),
            ("DELETE_IN_PROGRESS", Blocker::Operation),
            ("ROLLBACK_IN_PROGRESS", Blocker::Operation),
            ("UPDATE_ROLLBACK_FAILED", Blocker::StuckRollback),
            ("DELETE_FAILED", Blocker::HalfDeleted),
            ("IMPORT_ROLLBACK_FAILED", Blocker::FailedImport),
        ] {
            assert_eq!(blocker(&status.into()), expected, "{status}");
        }
    }

    #[test]
    fn only_the_newest_deletion_counts() {
        let events = [
            stack_event("DELETE_IN_PROGRESS", None),
            event("Old", "AWS::S3::Bucket", "DELETE_FAILED", None),
            stack_event("DELETE_FAILED", None),
            stack_event("DELETE_IN_PROGRESS", None),
            event("Role", "AWS::IAM::Role", "DELETE_FAILED", Some("in use")),
            event("Rule", "AWS::Events::Rule", "DELETE_COMPLETE", None),
            stack_event("DELETE_FAILED", None),
        ];
        assert_eq!(undeleted(&events), ["Role (AWS::IAM::Role): in use"]);
        assert!(undeleted(&[]).is_empty());
    }

    #[test]
    fn express_mode_stays_where_it_failed() {
        for (status, express, expected) in [
            ("UPDATE_FAILED", true, true),
            ("UPDATE_FAILED", false, false),
            ("UPDATE_COMPLETE", true, false),
            ("UPDATE_ROLLBACK_COMPLETE", true, false),
        ] {
            let stack = Stack { status: status.into(), express, ..Stack::default() };
            assert_eq!(only_express(Some(&stack)), expected, "{status} {express}");
        }
        assert!(!only_express(None));
    }

    #[test]
    fn times() {
        assert_eq!(clock(1_795_442_580.9).as_deref(), Some("2026-11-23 14:03 UTC"));
        assert_eq!(clock(f64::MAX), None);
    }
}
