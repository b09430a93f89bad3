//! Following a stack operation by its events until it has ended.

use std::time::Duration;

use tokio::time::Instant;

use super::events::{Event, Reporter, ResourceEvent, StackTree, TreeResource};
use super::interrupt::Interrupt;
use super::ports::{EnvironmentAccount, StackEvent};
use super::propose::{Executed, Proposal};
use crate::error::{Context as _, Error, Result};
use crate::text::sanitize;

/// The longest wait for the end of an operation.
const LIMIT: Duration = Duration::from_secs(90 * 60);

/// Reports the operation's events and returns when the stack has reached its new state.
pub(super) async fn to_the_end<E: EnvironmentAccount>(
    proposal: &Proposal<'_, E>,
    executed: &Executed,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<()> {
    let stack = &proposal.target.stack;
    reporter.report(Event::StackStarted(tree(proposal, executed)));
    let followed = follow(proposal, executed, reporter, interrupt).await;
    reporter.report(Event::StackFinished { stack: stack.clone() });
    let ended = followed?;
    if ended.succeeded() {
        return Ok(());
    }
    let error = Error::new(ended.explain(stack))
        .context(format!("job {} was not deployed to {}", proposal.target.job, proposal.target.env));
    Err(if proposal.request.no_rollback {
        let role = &proposal.state.environment.execution_role_arn;
        error.hint(format!(
            "The stack was not rolled back (--no-rollback). Fix the cause and deploy again, or go back with \
             `aws cloudformation rollback-stack --stack-name {stack} --role-arn {role}`."
        ))
    } else {
        error.hint(format!("All events: `aws cloudformation describe-stack-events --stack-name {stack}`."))
    })
}

fn tree<E>(proposal: &Proposal<'_, E>, executed: &Executed) -> StackTree {
    let stack = proposal.target.stack.clone();
    let verb = if executed.create { "Creating" } else { "Updating" };
    let described = |id: &String| {
        let described = proposal.rendered.descriptions.iter().find(|d| d.id == *id)?;
        Some(TreeResource { logical_id: id.clone(), description: described.description.clone() })
    };
    StackTree {
        title: format!("{verb} the infrastructure for stack {stack}"),
        resources: executed.resources.iter().filter_map(described).collect(),
        parent: None,
        stack,
    }
}

/// How an operation ended.
#[derive(Debug)]
struct Ended {
    status: String,
    reason: Option<String>,
    /// The first resource that failed by itself.
    cause: Option<StackEvent>,
}

impl Ended {
    fn succeeded(&self) -> bool {
        matches!(self.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE")
    }

    fn explain(&self, stack: &str) -> String {
        let mut text = format!("stack {stack} ended as {}", self.status);
        let detail = match &self.cause {
            Some(cause) => Some(format!(
                "{} ({}) is {}{}",
                cause.logical_id,
                cause.resource_type,
                cause.status,
                cause.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default()
            )),
            None => self.reason.clone(),
        };
        if let Some(detail) = detail {
            text.push_str(": ");
            text.push_str(&sanitize(&detail));
        }
        text
    }
}

async fn follow<E: EnvironmentAccount>(
    proposal: &Proposal<'_, E>,
    executed: &Executed,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<Ended> {
    let stack = &proposal.target.stack;
    let started = Instant::now();
    let mut seen: Option<String> = None;
    let mut cause = None;
    loop {
        let events =
            proposal.state.manager.events(stack, executed.since, seen.as_deref()).await.with_context(
                || format!("the progress of stack {stack} cannot be read; its deployment goes on in AWS"),
            )?;
        if let Some(last) = events.last() {
            seen = Some(last.id.clone());
        }
        for event in events {
            reporter.report(Event::Stack(ResourceEvent {
                stack: stack.clone(),
                logical_id: event.logical_id.clone(),
                resource_type: event.resource_type.clone(),
                status: event.status.clone(),
                reason: event.reason.clone(),
                time: event.time,
            }));
            if event.logical_id == *stack && event.resource_type == "AWS::CloudFormation::Stack" {
                if !event.status.ends_with("_IN_PROGRESS") {
                    return Ok(Ended { status: event.status, reason: event.reason, cause });
                }
            } else if cause.is_none() && is_root_failure(&event) {
                cause = Some(event);
            }
        }
        if started.elapsed() > LIMIT {
            return Err(Error::new(format!("stack {stack} has not reached its new state after 90 minutes"))
                .hint("The deployment goes on in AWS; see it in the CloudFormation console."));
        }
        tokio::select! {
            () = interrupt.wait() => {
                return Err(Error::interrupted(format!("interrupted: the deployment of stack {stack} goes on in AWS"))
                    .hint(format!("Stop it with `aws cloudformation cancel-update-stack --stack-name {stack}` (an update) or `aws cloudformation delete-stack --stack-name {stack}` (a new stack).")));
            }
            () = tokio::time::sleep(pause(started.elapsed())) => {}
        }
    }
}

/// Whether a resource failed by itself, not because another one did.
fn is_root_failure(event: &StackEvent) -> bool {
    let consequence = event.reason.as_ref().is_some_and(|r| {
        r.contains("Resource creation cancelled") || r.contains("Resource update cancelled")
    });
    event.status.ends_with("_FAILED") && !consequence
}

/// Looks are close together while a user watches the first minute, then further apart.
fn pause(elapsed: Duration) -> Duration {
    match elapsed.as_secs() {
        0..10 => Duration::from_millis(500),
        10..60 => Duration::from_secs(1),
        _ => Duration::from_secs(3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(status: &str, reason: Option<&str>) -> StackEvent {
        StackEvent {
            id: "1".into(),
            logical_id: "TaskRole".into(),
            physical_id: String::new(),
            resource_type: "AWS::IAM::Role".into(),
            status: status.into(),
            reason: reason.map(str::to_owned),
            time: 0.0,
        }
    }

    #[test]
    fn consequences_are_not_causes() {
        assert!(is_root_failure(&event("CREATE_FAILED", Some("role name too long"))));
        assert!(is_root_failure(&event("UPDATE_FAILED", None)));
        assert!(!is_root_failure(&event("CREATE_FAILED", Some("Resource creation cancelled"))));
        assert!(!is_root_failure(&event("CREATE_COMPLETE", None)));
    }

    #[test]
    fn the_end_names_the_cause() {
        let ended = Ended {
            status: "ROLLBACK_COMPLETE".into(),
            reason: Some("The following resource(s) failed to create: [TaskRole].".into()),
            cause: Some(event("CREATE_FAILED", Some("role name \u{1b}[31mtoo long"))),
        };
        assert_eq!(
            ended.explain("demo-test-report"),
            "stack demo-test-report ended as ROLLBACK_COMPLETE: TaskRole (AWS::IAM::Role) is CREATE_FAILED: role name too long"
        );
    }
}
