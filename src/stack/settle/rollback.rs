//! A rollback that got stuck (`UPDATE_ROLLBACK_FAILED`): continued on the user's word, if need be without the resources that
//! cannot go back.

use crate::error::{Error, Result};
use crate::report::Console;
use crate::stack::follow::{self, OnInterrupt, Operation};
use crate::stack::port::{CloudFormation, Stack, StackEvent};
use crate::stack::status::StackStatus;
use crate::stack::{ManagedStack, NOTHING_DEPLOYED, before_deployment};
use crate::text::one_line;

/// A resource that could not be rolled back.
#[derive(Clone, Debug, PartialEq)]
struct Stuck {
    /// As CloudFormation wants it named: the logical id, for one in a nested stack behind the nested stack's name.
    name: String,
    /// CloudFormation skips only what failed to be updated back, not what failed to be deleted.
    skippable: bool,
    /// `TaskRole (AWS::IAM::Role): reason`
    line: String,
}

/// Asks, continues the rollback and follows it to its end.
pub(super) async fn continue_rollback<C: CloudFormation>(
    managed: &ManagedStack<'_, C>,
    stack: &Stack,
    console: &Console<'_>,
) -> Result<()> {
    let (name, cloudformation) = (managed.name, managed.cloudformation);
    let mut skip = managed.options.resources_to_skip.clone();
    let mut stuck = console.guard(NOTHING_DEPLOYED, stuck(cloudformation, &stack.id)).await?;
    console.warn(described(name, &stuck));
    if !managed.options.continue_rollback {
        let question = "Continue the rollback, then deploy?";
        if !console.confirm(NOTHING_DEPLOYED, question, "--continue-rollback").await? {
            return Err(Error::new(format!(
                "the rollback of stack {name} is stuck, and nothing was deployed"
            ))
            .hint("Deploy with --continue-rollback, or continue it in the CloudFormation console."));
        }
    }
    loop {
        let status = attempt(managed, stack, &skip, console).await?;
        if !status.is("UPDATE_ROLLBACK_FAILED") {
            return Ok(());
        }
        stuck = console.guard(NOTHING_DEPLOYED, self::stuck(cloudformation, &stack.id)).await?;
        let more: Vec<String> = stuck.iter().filter(|s| s.skippable).map(|s| s.name.clone()).collect();
        if more.is_empty() || more.iter().all(|name| skip.contains(name)) {
            return Err(stuck_error(name, &stuck, &skip));
        }
        console.warn(described(name, &stuck));
        let question = format!(
            "Continue without {}? What is skipped stays as it is until the deployment updates it.",
            more.join(", ")
        );
        let flag = format!("--continue-rollback --resources-to-skip {}", more.join(","));
        if !console.confirm(NOTHING_DEPLOYED, &question, &flag).await? {
            return Err(stuck_error(name, &stuck, &skip));
        }
        skip.extend(more);
    }
}

/// Continues the rollback once; the status it ends with.
async fn attempt<C: CloudFormation>(
    managed: &ManagedStack<'_, C>,
    stack: &Stack,
    skip: &[String],
    console: &Console<'_>,
) -> Result<StackStatus> {
    let (name, cloudformation) = (managed.name, managed.cloudformation);
    let before = console.guard(NOTHING_DEPLOYED, cloudformation.last_operation(&stack.id)).await?;
    cloudformation.continue_rollback(&stack.id, skip).await?;
    console.note_pending(format!("the rollback of stack {name} continues in AWS"));
    let without = match skip {
        [] => String::new(),
        skip => format!(" without {}", skip.join(", ")),
    };
    let operation = Operation {
        since: before.last().map_or(0.0, |event| event.time),
        after: before.last().map(|event| event.id.clone()),
        title: format!("Continuing the rollback of stack {name}{without}"),
        ..managed.operation(&stack.id, OnInterrupt::Leave(NOTHING_DEPLOYED))
    };
    let ended = follow::follow(cloudformation, &operation, console).await;
    Ok(ended.map_err(before_deployment)?.status)
}

fn described(name: &str, stuck: &[Stuck]) -> String {
    let mut text =
        format!("the last update of stack {name} failed, and so did its rollback (UPDATE_ROLLBACK_FAILED).");
    if !stuck.is_empty() {
        text.push_str(" Not rolled back:");
    }
    for resource in stuck {
        text.push_str(&format!("\n  {}", resource.line));
    }
    text
}

fn stuck_error(name: &str, stuck: &[Stuck], skipped: &[String]) -> Error {
    let skippable = stuck.iter().filter(|s| s.skippable && !skipped.contains(&s.name));
    let skippable: Vec<&str> = skippable.map(|s| s.name.as_str()).collect();
    let error = Error::new(format!("the rollback of stack {name} is stuck, and nothing was deployed"))
        .details(stuck.iter().map(|resource| resource.line.clone()));
    let error = error.hint("Remove what keeps these resources from going back, then run the command again.");
    match skippable.is_empty() {
        true => error,
        false => error.hint(format!(
            "Or leave them as they are: --continue-rollback --resources-to-skip {}",
            skippable.join(",")
        )),
    }
}

/// What the stack's newest rollback could not take back, also in nested stacks.
async fn stuck<C: CloudFormation>(cloudformation: &C, stack: &str) -> Result<Vec<Stuck>> {
    let mut found = Vec::new();
    for failed in not_rolled_back(&cloudformation.last_operation(stack).await?) {
        let nested =
            failed.resource_type == "AWS::CloudFormation::Stack" && failed.physical_id.starts_with("arn:");
        let inside = match nested {
            // What the nested stack says of itself is best effort.
            true => cloudformation.last_operation(&failed.physical_id).await.unwrap_or_default(),
            false => Vec::new(),
        };
        let inside = not_rolled_back(&inside);
        let stack_name = failed.physical_id.split('/').nth(1).unwrap_or(&failed.logical_id).to_owned();
        match inside.is_empty() {
            true => found.push(describe(&failed, None)),
            false => found.extend(inside.iter().map(|event| describe(event, Some(&stack_name)))),
        }
    }
    Ok(found)
}

fn describe(event: &StackEvent, nested: Option<&str>) -> Stuck {
    let reason = event.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let name = match nested {
        Some(stack) => format!("{stack}.{}", event.logical_id),
        None => event.logical_id.clone(),
    };
    let line = one_line(&format!("{name} ({}){reason}", event.resource_type));
    Stuck { skippable: event.status.is("UPDATE_FAILED"), name, line }
}

/// The resources that failed since the newest rollback began, once each. A resource that was brought back in the end does not
/// count.
fn not_rolled_back(events: &[StackEvent]) -> Vec<StackEvent> {
    let begun = events.iter().rposition(|e| e.is_of_stack() && e.status.is("UPDATE_ROLLBACK_IN_PROGRESS"));
    let mut failed: Vec<StackEvent> = Vec::new();
    for event in events.iter().skip(begun.unwrap_or(0)).filter(|event| !event.is_of_stack()) {
        failed.retain(|known| known.logical_id != event.logical_id);
        if event.status.failed() {
            failed.push(event.clone());
        }
    }
    failed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::follow::testing::{event, stack_event};

    #[test]
    fn only_what_the_newest_rollback_left_is_stuck() {
        let events = [
            stack_event("UPDATE_IN_PROGRESS", None),
            event("TaskRole", "AWS::IAM::Role", "UPDATE_FAILED", Some("the cause")),
            stack_event("UPDATE_ROLLBACK_IN_PROGRESS", None),
            event("TaskRole", "AWS::IAM::Role", "UPDATE_COMPLETE", None),
            event("Rule", "AWS::Events::Rule", "UPDATE_FAILED", Some("first try")),
            event("Rule", "AWS::Events::Rule", "UPDATE_COMPLETE", None),
            event("Function", "AWS::Lambda::Function", "UPDATE_FAILED", Some("nodejs20.x\nis gone")),
            event("Topic", "AWS::SNS::Topic", "DELETE_FAILED", None),
            stack_event("UPDATE_ROLLBACK_FAILED", None),
        ];
        let stuck: Vec<Stuck> = not_rolled_back(&events).iter().map(|e| describe(e, None)).collect();
        let lines: Vec<_> = stuck.iter().map(|s| (s.name.as_str(), s.skippable, s.line.as_str())).collect();
        assert_eq!(
            lines,
            [
                ("Function", true, "Function (AWS::Lambda::Function): nodejs20.x is gone"),
                ("Topic", false, "Topic (AWS::SNS::Topic)"),
            ]
        );
        let error = stuck_error("s", &stuck, &[]);
        assert!(error.hints().join("").contains("--resources-to-skip Function"), "{error:?}");
        let error = stuck_error("s", &stuck, &["Function".to_owned()]);
        assert!(!error.hints().join("").contains("--resources-to-skip"), "{error:?}");
        assert_eq!(describe(&events[6], Some("s-Addons-1")).name, "s-Addons-1.Function");
        assert!(not_rolled_back(&[]).is_empty());
    }
}
