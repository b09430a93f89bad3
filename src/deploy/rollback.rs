//! A rollback that got stuck (`UPDATE_ROLLBACK_FAILED`): continued on the user's word, if need be without the resources that
//! cannot go back.

use super::Request;
use super::Target;
use super::events::{Event, Reporter};
use super::follow::{self, OnInterrupt, Operation};
use super::interrupt::Interrupt;
use super::ports::{EnvironmentAccount, Prompter, Stack, StackEvent};
use super::recover::undeployed;
use crate::error::{Error, Result};
use crate::text::sanitize;

const NOTHING: &str = "nothing was deployed";

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
pub(super) async fn finish<E: EnvironmentAccount>(
    request: &Request,
    target: &Target,
    manager: &E,
    stack: &Stack,
    prompter: &impl Prompter,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<()> {
    let name = &target.stack;
    let mut skip = request.stack.resources_to_skip.clone();
    let mut stuck = interrupt.guard(NOTHING, stuck(manager, &stack.id)).await?;
    reporter.report(Event::Warning(described(name, &stuck)));
    if !request.stack.continue_rollback {
        let asked = prompter.confirm("Continue the rollback, then deploy?", "--continue-rollback");
        let agreed = interrupt.guard(NOTHING, asked).await?;
        if !agreed {
            return Err(Error::new(format!(
                "the rollback of stack {name} is stuck, and nothing was deployed"
            ))
            .hint("Deploy with --continue-rollback, or continue it in the CloudFormation console."));
        }
    }
    loop {
        let status = attempt(request, target, manager, stack, &skip, reporter, interrupt).await?;
        if status != "UPDATE_ROLLBACK_FAILED" {
            return Ok(());
        }
        stuck = interrupt.guard(NOTHING, self::stuck(manager, &stack.id)).await?;
        let more: Vec<String> = stuck.iter().filter(|s| s.skippable).map(|s| s.name.clone()).collect();
        if more.is_empty() || more.iter().all(|name| skip.contains(name)) {
            return Err(give_up(name, &stuck, &skip));
        }
        reporter.report(Event::Warning(described(name, &stuck)));
        let question = format!(
            "Continue without {}? What is skipped stays as it is until the deployment updates it.",
            more.join(", ")
        );
        let flag = format!("--continue-rollback --resources-to-skip {}", more.join(","));
        if !interrupt.guard(NOTHING, prompter.confirm(&question, &flag)).await? {
            return Err(give_up(name, &stuck, &skip));
        }
        skip.extend(more);
    }
}

/// Continues the rollback once; the status it ends with.
async fn attempt<E: EnvironmentAccount>(
    request: &Request,
    target: &Target,
    manager: &E,
    stack: &Stack,
    skip: &[String],
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<String> {
    let name = &target.stack;
    let before = interrupt.guard(NOTHING, manager.last_operation(&stack.id)).await?;
    manager.continue_rollback(&stack.id, skip).await?;
    interrupt.leaves(format!("the rollback of stack {name} goes on in AWS"));
    let without = match skip {
        [] => String::new(),
        skip => format!(" without {}", skip.join(", ")),
    };
    let operation = Operation {
        target,
        id: &stack.id,
        since: before.last().map_or(0.0, |event| event.time),
        after: before.last().map(|event| event.id.clone()),
        title: format!("Continuing the rollback of stack {name}{without}"),
        resources: Vec::new(),
        limit: request.stack.timeout,
        on_interrupt: OnInterrupt::Leave(NOTHING),
    };
    let ended = follow::follow(manager, &operation, reporter, interrupt).await;
    Ok(ended.map_err(undeployed)?.status)
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

fn give_up(name: &str, stuck: &[Stuck], skipped: &[String]) -> Error {
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
async fn stuck<E: EnvironmentAccount>(manager: &E, stack: &str) -> Result<Vec<Stuck>> {
    let mut found = Vec::new();
    for failed in not_rolled_back(&manager.last_operation(stack).await?) {
        let nested =
            failed.resource_type == "AWS::CloudFormation::Stack" && failed.physical_id.starts_with("arn:");
        let inside = match nested {
            // More than the nested stack says of itself is welcome, not needed.
            true => manager.last_operation(&failed.physical_id).await.unwrap_or_default(),
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
    let line = sanitize(&format!("{name} ({}){reason}", event.resource_type)).replace('\n', " ");
    Stuck { skippable: event.status == "UPDATE_FAILED", name, line }
}

/// The resources that failed since the newest rollback began, once each. A resource that was brought back in the end does not
/// count.
fn not_rolled_back(events: &[StackEvent]) -> Vec<StackEvent> {
    let begun = events.iter().rposition(|e| e.is_of_stack() && e.status == "UPDATE_ROLLBACK_IN_PROGRESS");
    let mut failed: Vec<StackEvent> = Vec::new();
    for event in events.iter().skip(begun.unwrap_or(0)).filter(|event| !event.is_of_stack()) {
        failed.retain(|known| known.logical_id != event.logical_id);
        if event.status.ends_with("_FAILED") {
            failed.push(event.clone());
        }
    }
    failed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::follow::testing::{event, stack_event};

    #[test]
    fn only_what_the_newest_rollback_left_is_stuck() {
        let events = [
            stack_event("UPDATE_IN_PROGRESS", None),
            event("TaskRole", "AWS::IAM::Role", "UPDATE_FAILED", Some("the cause")),
            stack_event("UPDATE_ROLLBACK_IN_PROGRESS", None),
            event("TaskRole", "AWS::IAM::Role", "UPDATE_COMPLETE", None),
            event("Rule", "AWS::Events::Rule", "UPDATE_FAILED", Some("first try")),
            event("Rule", "AWS::Events::Rule", "UPDATE_COMPLETE", None),
            event("Function", "AWS::Lambda::Function", "UPDATE_FAILED", Some("nodejs20.x\u{1b}[2J\nis gone")),
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
        let error = give_up("s", &stuck, &[]);
        assert!(error.hints().join("").contains("--resources-to-skip Function"), "{error:?}");
        let error = give_up("s", &stuck, &["Function".to_owned()]);
        assert!(!error.hints().join("").contains("--resources-to-skip"), "{error:?}");
        assert_eq!(describe(&events[6], Some("s-Addons-1")).name, "s-Addons-1.Function");
        assert!(not_rolled_back(&[]).is_empty());
    }
}
