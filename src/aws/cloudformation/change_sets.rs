//! Change sets: created, executed, deleted, and read with all their pages and those that CloudFormation made for nested
//! stacks.

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    Capability, ChangeAction, ChangeSetType, DeploymentConfig, DeploymentConfigMode, EvaluationType,
    Parameter, PolicyAction, Replacement as SdkReplacement, RequiresRecreation, ResourceChange,
    ResourceChangeDetail, Tag,
};

use super::{is_missing, target};
use crate::aws::errors::{code, failed};
use crate::aws::session::RegionSession;
use crate::error::Result;
use crate::stack::port::{
    Action, Change, ChangeSet, ChangeSetRequest, ChangeSets, Detail, Recreation, Replacement, TemplateSource,
};

/// Express mode, with the rollback that it would otherwise leave out
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-express-mode.html>).
fn express_mode() -> DeploymentConfig {
    DeploymentConfig::builder().mode(DeploymentConfigMode::Express).disable_rollback(false).build()
}

impl ChangeSets for RegionSession {
    async fn create_change_set(&self, proposal: &ChangeSetRequest) -> Result<String> {
        let parameters = proposal
            .parameters
            .iter()
            .map(|(key, value)| {
                let parameter = Parameter::builder().parameter_key(key);
                match proposal.kept_parameters.contains(key) {
                    true => parameter.use_previous_value(true).build(),
                    false => parameter.parameter_value(value).build(),
                }
            })
            .collect();
        let tags = proposal.tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect();
        let request = self
            .cloudformation
            .create_change_set()
            .stack_name(&proposal.stack)
            .change_set_name(&proposal.name)
            // Makes a repetition after a lost answer the same request, not a second one of the same name.
            .client_token(&proposal.name)
            .change_set_type(if proposal.create { ChangeSetType::Create } else { ChangeSetType::Update })
            .set_parameters(Some(parameters))
            .set_tags(Some(tags))
            .set_role_arn((!proposal.role_arn.is_empty()).then(|| proposal.role_arn.clone()))
            .include_nested_stacks(true)
            .set_deployment_config(proposal.express.then(express_mode))
            .capabilities(Capability::CapabilityIam)
            .capabilities(Capability::CapabilityNamedIam)
            .capabilities(Capability::CapabilityAutoExpand);
        let request = match &proposal.template {
            TemplateSource::Inline(text) => request.template_body(text),
            TemplateSource::Url(url) => request.template_url(url),
        };
        let target = format!("stack {}", proposal.stack);
        let output =
            request.send().await.map_err(|e| self.failed("cloudformation:CreateChangeSet", &target, e))?;
        Ok(output.id.unwrap_or_else(|| proposal.name.clone()))
    }

    async fn change_set(&self, id: &str, stack: &str) -> Result<ChangeSet> {
        describe(&self.cloudformation, &self.session.who, id, stack).await
    }

    async fn execute_change_set(&self, id: &str, stack: &str, disable_rollback: bool) -> Result<()> {
        // The change set's own, unique part of its ARN; there is only one reason to execute it.
        let token = id.rsplit('/').next().unwrap_or(id);
        self.cloudformation
            .execute_change_set()
            .change_set_name(id)
            .stack_name(stack)
            .set_disable_rollback(disable_rollback.then_some(true))
            // As for the creation: without it a repetition finds the change set already executed.
            .client_request_token(token)
            .send()
            .await
            .map(|_| ())
            .map_err(|e| {
                self.failed(
                    "cloudformation:ExecuteChangeSet",
                    &format!("change set {id} of {}", target(stack)),
                    e,
                )
            })
    }

    async fn delete_change_set(&self, id: &str, stack: &str) -> Result<()> {
        match self.cloudformation.delete_change_set().change_set_name(id).stack_name(stack).send().await {
            Ok(_) => Ok(()),
            Err(e) if is_missing(&e) || code(&e) == Some("ChangeSetNotFound") => Ok(()),
            Err(e) => {
                let target = format!("change set {id} of {}", target(stack));
                Err(self.failed("cloudformation:DeleteChangeSet", &target, e))
            }
        }
    }

    async fn validation_failures(&self, change_set: &str) -> Result<Vec<String>> {
        self.failed_validations(change_set).await
    }
}

/// Reads a change set with everything it would do, in nested stacks too.
async fn describe(client: &Client, who: &str, id: &str, stack: &str) -> Result<ChangeSet> {
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
