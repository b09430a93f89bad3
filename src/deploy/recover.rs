//! A job's stack that is not ready for a change set: busy, stuck in a rollback, half deleted, or left over from a failed
//! creation. What the user has to decide is asked before anything is built; what deletes is done only after that.

use super::events::{Event, Reporter};
use super::follow::{self, OnInterrupt, Operation, doing};
use super::interrupt::Interrupt;
use super::ports::{EnvironmentAccount, Prompter, Stack, StackEvent};
use super::propose::Proposal;
use super::rollback;
use super::state::State;
use super::{Request, Target};
use crate::error::{Error, Kind, Result};
use crate::text::sanitize;

const NOTHING: &str = "nothing was deployed";

/// Says that an error came before the deployment; an interrupt says so itself.
pub(super) fn undeployed(error: Error) -> Error {
    if error.kind() == Kind::Interrupted { error } else { error.context(NOTHING) }
}

/// What a stack needs before a change set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Nothing: it takes a change set, or is replaced without a question.
    Nothing,
    /// Its operation must end first.
    Rest,
    /// Its rollback must be brought to an end.
    Rollback,
    /// The user must agree to its replacement.
    Consent,
    /// Nothing here can help.
    Hopeless,
}

fn need(status: &str) -> Need {
    match status {
        "REVIEW_IN_PROGRESS" => Need::Nothing,
        "UPDATE_ROLLBACK_FAILED" => Need::Rollback,
        "DELETE_FAILED" => Need::Consent,
        "IMPORT_ROLLBACK_FAILED" => Need::Hopeless,
        _ if status.ends_with("_IN_PROGRESS") => Need::Rest,
        _ => Need::Nothing,
    }
}

/// Brings the job's stack into a state that a deployment can start from; `true` when the state was read again.
pub(super) async fn settle<E: EnvironmentAccount>(
    request: &Request,
    target: &Target,
    state: &mut State<E>,
    prompter: &impl Prompter,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<bool> {
    let mut refreshed = false;
    // Each need is met by one operation in AWS, which may lead to another need.
    while let Some(stack) = &state.stack {
        match need(&stack.status) {
            Need::Nothing => break,
            Need::Rest => wait(request, target, &state.manager, stack, reporter, interrupt).await?,
            Need::Rollback => {
                rollback::finish(request, target, &state.manager, stack, prompter, reporter, interrupt)
                    .await?;
            }
            Need::Consent => {
                consent(request, target, &state.manager, stack, prompter, reporter, interrupt).await?;
                break;
            }
            Need::Hopeless => {
                return Err(Error::new(format!(
                    "stack {} is stuck: its status is {}",
                    target.stack, stack.status
                ))
                .hint("An import into it failed and could not be undone. Repair it in the CloudFormation console, then run the command again."));
            }
        }
        interrupt.guard(NOTHING, state.refresh(target)).await?;
        refreshed = true;
    }
    let express = only_express(state.stack.as_ref());
    if express && request.no_rollback {
        return Err(Error::new(format!(
            "the last update of stack {} failed in Express mode without rollback; CloudFormation takes only Express mode for the \
             next one, which does not go with --no-rollback",
            target.stack
        ))
        .hint("Deploy without --no-rollback."));
    }
    if express && !request.stack.express {
        reporter.report(Event::Warning(format!(
            "the last update of stack {} failed in Express mode without rollback; CloudFormation takes only Express mode for \
             the next one, so it is used",
            target.stack
        )));
    }
    if request.stack.express && production(&target.env) {
        reporter.report(Event::Warning(format!(
            "Express mode (--express) is meant for development: it does not wait until the resources of environment {} are ready",
            target.env
        )));
    }
    Ok(refreshed)
}

/// Whether an environment's name says that it is the one that counts.
fn production(env: &str) -> bool {
    env.split('-').any(|part| matches!(part, "prod" | "production" | "prd" | "live"))
}

/// A stack whose update failed in Express mode without rollback takes no other mode
/// (<https://github.com/aws/aws-cdk-cli/issues/1739>).
pub(super) fn only_express(stack: Option<&Stack>) -> bool {
    stack.is_some_and(|stack| stack.express && stack.status == "UPDATE_FAILED")
}

/// Waits for the end of an operation that somebody else started, if the user wants that.
async fn wait<E: EnvironmentAccount>(
    request: &Request,
    target: &Target,
    manager: &E,
    stack: &Stack,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<()> {
    let name = &target.stack;
    let events = interrupt.guard(NOTHING, manager.last_operation(&stack.id)).await?;
    let (what, status) = (doing(&stack.status), &stack.status);
    let article = if what.starts_with(['i', 'u']) { "an" } else { "a" };
    let since = events.first().map(|event| event.time);
    let begun = since.and_then(clock).map(|time| format!(" since {time}")).unwrap_or_default();
    if !request.stack.wait {
        return Err(Error::new(format!(
            "stack {name} is busy: {article} {what} has been going on{begun} ({status})"
        ))
        .hint("Run the command again when it has ended, or pass --wait-for-stack to wait for it.")
        .hint(format!("Watch it with `{}`.", target.attach_command())));
    }
    let operation = Operation {
        target,
        id: &stack.id,
        since: since.unwrap_or_default(),
        after: None,
        title: format!("Waiting for the {what} of stack {name}, going on{begun}"),
        resources: Vec::new(),
        limit: request.stack.timeout,
        on_interrupt: OnInterrupt::Leave(NOTHING),
    };
    let ended = follow::follow(manager, &operation, reporter, interrupt).await;
    let ended = ended.map_err(undeployed)?;
    reporter.report(Event::Note(format!("The {what} of stack {name} has ended as {}.", ended.status)));
    Ok(())
}

/// `2026-11-23 14:03 UTC`
pub(super) fn clock(time: f64) -> Option<String> {
    // Whole seconds; a time beyond 64 bits is none.
    let time = jiff::Timestamp::from_second(time as i64).ok()?;
    Some(time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// Asks before a stack that has worked once is replaced.
async fn consent<E: EnvironmentAccount>(
    request: &Request,
    target: &Target,
    manager: &E,
    stack: &Stack,
    prompter: &impl Prompter,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<()> {
    let name = &target.stack;
    if request.stack.recreate {
        return Ok(());
    }
    let events = interrupt.guard(NOTHING, manager.events(&stack.id, 0.0, None)).await?;
    let complete = |event: &StackEvent| event.is_of_stack() && follow::succeeded(&event.status);
    if !events.iter().any(complete) {
        return Ok(());
    }
    let mut told = format!("stack {name} is half deleted (DELETE_FAILED).");
    let kept = undeleted(&events);
    if !kept.is_empty() {
        told.push_str(" Not deleted:");
    }
    for resource in kept {
        told.push_str(&format!("\n  {resource}"));
    }
    reporter.report(Event::Warning(told));
    let question = "Delete the rest of the stack, then create it anew?";
    match interrupt.guard(NOTHING, prompter.confirm(question, "--recreate")).await? {
        true => Ok(()),
        false => Err(Error::new(format!("stack {name} is half deleted, and nothing was deployed"))
            .hint("Deploy with --recreate, or finish the deletion in the CloudFormation console first.")),
    }
}

/// Resources that the newest deletion could not delete, with the reasons.
fn undeleted(events: &[StackEvent]) -> Vec<String> {
    let last = events.iter().rposition(StackEvent::begins_operation).unwrap_or(0);
    let failed = events.iter().skip(last).filter(|e| e.status == "DELETE_FAILED" && !e.is_of_stack());
    let line = |event: &StackEvent| {
        let reason = event.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let line = format!("{} ({}){reason}", event.logical_id, event.resource_type);
        sanitize(&line).replace('\n', " ")
    };
    failed.map(line).collect()
}

/// Deletes what a failed creation or deletion left over, and follows that.
pub(super) async fn remove_leftover<E: EnvironmentAccount>(
    proposal: &Proposal<'_, E>,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<()> {
    let (target, manager) = (proposal.target, &proposal.state.manager);
    let name = &target.stack;
    let Some(stack) = &proposal.state.stack else { return Ok(()) };
    let what = if stack.status == "DELETE_FAILED" { "deletion" } else { "creation" };
    reporter.report(Event::Note(format!(
        "Stack {name} is left over from a failed {what} ({}). It is deleted, then created anew.",
        stack.status
    )));
    let before = interrupt.guard(NOTHING, manager.last_operation(&stack.id)).await?;
    manager.delete_stack(&stack.id).await?;
    interrupt.leaves(format!("the deletion of stack {name}, left over from a failed {what}, goes on in AWS"));
    let operation = Operation {
        target,
        id: &stack.id,
        since: before.last().map_or(0.0, |event| event.time),
        after: before.last().map(|event| event.id.clone()),
        title: format!("Deleting stack {name}, left over from a failed {what}"),
        // Most of them are gone already; those that stay show themselves.
        resources: Vec::new(),
        limit: proposal.request.stack.timeout,
        on_interrupt: OnInterrupt::Leave(NOTHING),
    };
    let ended = follow::follow(manager, &operation, reporter, interrupt).await?;
    if ended.status == "DELETE_COMPLETE" {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::follow::testing::{event, stack_event};

    #[test]
    fn every_status_has_its_need() {
        for (status, expected) in [
            ("CREATE_COMPLETE", Need::Nothing),
            ("UPDATE_COMPLETE", Need::Nothing),
            ("UPDATE_ROLLBACK_COMPLETE", Need::Nothing),
            ("UPDATE_FAILED", Need::Nothing),
            ("IMPORT_COMPLETE", Need::Nothing),
            ("IMPORT_ROLLBACK_COMPLETE", Need::Nothing),
            ("REVIEW_IN_PROGRESS", Need::Nothing),
            ("ROLLBACK_COMPLETE", Need::Nothing),
            ("ROLLBACK_FAILED", Need::Nothing),
            ("CREATE_FAILED", Need::Nothing),
            ("CREATE_IN_PROGRESS", Need::Rest),
            ("UPDATE_IN_PROGRESS", Need::Rest),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Need::Rest),
            ("DELETE_IN_PROGRESS", Need::Rest),
            ("ROLLBACK_IN_PROGRESS", Need::Rest),
            ("UPDATE_ROLLBACK_FAILED", Need::Rollback),
            ("DELETE_FAILED", Need::Consent),
            ("IMPORT_ROLLBACK_FAILED", Need::Hopeless),
        ] {
            assert_eq!(need(status), expected, "{status}");
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
            let stack = Stack { status: status.to_owned(), express, ..Stack::default() };
            assert_eq!(only_express(Some(&stack)), expected, "{status} {express}");
        }
        assert!(!only_express(None));
    }

    #[test]
    fn names_of_production() {
        for (env, expected) in
            [("prod", true), ("eu-production", true), ("live-2", true), ("product", false), ("test", false)]
        {
            assert_eq!(production(env), expected, "{env}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(clock(1_795_442_580.9).as_deref(), Some("2026-11-23 14:03 UTC"));
        assert_eq!(clock(f64::MAX), None);
    }
}
