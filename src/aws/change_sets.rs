//! Reading change sets: all pages of one, and of those CloudFormation made for its nested stacks.

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    ChangeAction, EvaluationType, PolicyAction, Replacement as SdkReplacement, RequiresRecreation,
    ResourceChange, ResourceChangeDetail,
};

use super::errors::failed;
use crate::error::Result;
use crate::stack::port::{Action, Change, ChangeSet, Detail, Recreation, Replacement};

/// Reads a change set with everything it would do, in nested stacks too.
pub(super) async fn describe(client: &Client, who: &str, id: &str, stack: &str) -> Result<ChangeSet> {
    let (mut set, mut nested) = pages(client, who, id, Some(stack), &[]).await?;
    while let Some((within, id)) = nested.pop() {
        let (inner, deeper) = pages(client, who, &id, None, &within).await?;
        set.changes.extend(inner.changes);
        nested.extend(deeper);
    }
    Ok(set)
}

/// The nested stack a change set is for, by the logical ids that lead to it, and the change set's id.
type Nested = (Vec<String>, String);

/// All pages of one change set. An ARN stands for itself; a name needs its stack's.
async fn pages(
    client: &Client,
    who: &str,
    id: &str,
    stack: Option<&str>,
    within: &[String],
) -> Result<(ChangeSet, Vec<Nested>)> {
    let (mut set, mut nested) = (ChangeSet::default(), Vec::new());
    let mut token = None;
    loop {
        let page = client
            .describe_change_set()
            .change_set_name(id)
            .set_stack_name(stack.map(str::to_owned))
            .set_next_token(token)
            .send()
            .await
            .map_err(|e| {
                let target = match stack {
                    Some(stack) => format!("change set {id} of stack {stack}"),
                    None => format!("change set {id} of nested stack {}", within.join("/")),
                };
                failed(who, "cloudformation:DescribeChangeSet", &target, e)
            })?;
        set.status = page.status.map(|s| s.as_str().to_owned()).unwrap_or_default();
        set.reason = page.status_reason;
        set.execution_status = page.execution_status.map(|s| s.as_str().to_owned()).unwrap_or_default();
        set.stack_id = page.stack_id.unwrap_or_default();
        set.created = page.creation_time.map_or(0.0, |t| t.as_secs_f64());
        for change in page.changes.unwrap_or_default().into_iter().filter_map(|c| c.resource_change) {
            // What a new nested stack creates harms nothing, and is not looked at.
            let inner = change.change_set_id.clone().filter(|_| change.action != Some(ChangeAction::Add));
            let change = change_of(change, within);
            if let Some(id) = inner {
                nested.push(([within, std::slice::from_ref(&change.logical_id)].concat(), id));
            }
            set.changes.push(change);
        }
        token = page.next_token;
        if token.is_none() {
            return Ok((set, nested));
        }
    }
}

fn change_of(change: ResourceChange, within: &[String]) -> Change {
    let scope = change.scope.unwrap_or_default();
    Change {
        within: within.to_vec(),
        logical_id: change.logical_resource_id.unwrap_or_default(),
        resource_type: change.resource_type.unwrap_or_default(),
        physical_id: change.physical_resource_id.unwrap_or_default(),
        action: match change.action {
            Some(ChangeAction::Add) => Action::Add,
            Some(ChangeAction::Modify) => Action::Modify,
            Some(ChangeAction::Remove) => Action::Remove,
            Some(ChangeAction::Import) => Action::Import,
            _ => Action::Undecided,
        },
        replacement: match change.replacement {
            None | Some(SdkReplacement::False) => Replacement::No,
            Some(SdkReplacement::True) => Replacement::Yes,
            Some(_) => Replacement::Conditional,
        },
        retained: matches!(change.policy_action, Some(PolicyAction::Retain | PolicyAction::ReplaceAndRetain)),
        scope: scope.iter().map(|attribute| attribute.as_str().to_owned()).collect(),
        details: change.details.unwrap_or_default().into_iter().map(detail_of).collect(),
    }
}

fn detail_of(detail: ResourceChangeDetail) -> Detail {
    let target = detail.target;
    let recreation = target.as_ref().and_then(|target| target.requires_recreation.as_ref());
    Detail {
        recreation: match recreation {
            None | Some(RequiresRecreation::Never) => Recreation::Never,
            Some(RequiresRecreation::Always) => Recreation::Always,
            Some(_) => Recreation::Conditionally,
        },
        attribute: target
            .as_ref()
            .and_then(|target| target.attribute.as_ref())
            .map(|attribute| attribute.as_str().to_owned())
            .unwrap_or_default(),
        property: target.and_then(|target| target.name).filter(|name| !name.is_empty()),
        dynamic: detail.evaluation == Some(EvaluationType::Dynamic),
        cause: detail.causing_entity.filter(|cause| !cause.is_empty()),
    }
}
