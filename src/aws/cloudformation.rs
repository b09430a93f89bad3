//! CloudFormation: stacks, change sets, events, and the application's stack set.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    Capability, ChangeSetType, Parameter, ResourceChange, Stack as SdkStack, Tag,
};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::errors::{code, failed, message};
use super::session::{EnvironmentSession, Session};
use crate::deploy::ports::{
    ChangeSet, ChangeSetRequest, EnvironmentAccount, RegionalResources, Stack, StackEvent,
};
use crate::error::{Error, Result};
use crate::template::inputs::S3Object;

/// Whether CloudFormation says that the stack is not there.
fn is_missing<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    code(error) == Some("ValidationError") && message(error).is_some_and(|m| m.contains("does not exist"))
}

impl EnvironmentSession {
    fn failed<E, R>(&self, operation: &str, target: &str, error: SdkError<E, R>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        failed(&self.session.who, operation, target, error)
    }
}

impl EnvironmentAccount for EnvironmentSession {
    async fn stack(&self, stack: &str) -> Result<Option<Stack>> {
        describe(&self.cloudformation, &self.session.who, stack).await
    }

    async fn template(&self, stack: &str) -> Result<Option<String>> {
        match self.cloudformation.get_template().stack_name(stack).send().await {
            Ok(output) => Ok(output.template_body.filter(|body| !body.is_empty())),
            Err(e) if is_missing(&e) => Ok(None),
            Err(e) => Err(self.failed("cloudformation:GetTemplate", &format!("stack {stack}"), e)),
        }
    }

    async fn template_metadata(&self, stack: &str) -> Result<Option<String>> {
        match self.cloudformation.get_template_summary().stack_name(stack).send().await {
            Ok(output) => Ok(Some(output.metadata.unwrap_or_default())),
            Err(e) if is_missing(&e) => Ok(None),
            Err(e) => Err(self.failed("cloudformation:GetTemplateSummary", &format!("stack {stack}"), e)),
        }
    }

    async fn subnets(&self, vpc: Option<&str>, tags: &BTreeMap<String, Vec<String>>) -> Result<Vec<String>> {
        self.find_subnets(vpc, tags).await
    }

    async fn secret_parameter(&self, name: &str) -> Result<String> {
        self.session.read_parameter(name).await
    }

    async fn put_artifact(&self, object: &S3Object, body: Vec<u8>) -> Result<()> {
        self.put_if_absent(object, body).await
    }

    async fn create_change_set(&self, proposal: &ChangeSetRequest) -> Result<String> {
        let parameters = proposal
            .parameters
            .iter()
            .map(|(k, v)| Parameter::builder().parameter_key(k).parameter_value(v).build())
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
            .template_url(&proposal.template_url)
            .role_arn(&proposal.role_arn)
            .include_nested_stacks(true)
            .capabilities(Capability::CapabilityIam)
            .capabilities(Capability::CapabilityNamedIam)
            .capabilities(Capability::CapabilityAutoExpand);
        let target = format!("stack {}", proposal.stack);
        let output =
            request.send().await.map_err(|e| self.failed("cloudformation:CreateChangeSet", &target, e))?;
        Ok(output.id.unwrap_or_else(|| proposal.name.clone()))
    }

    async fn change_set(&self, id: &str, stack: &str) -> Result<ChangeSet> {
        let mut set = ChangeSet::default();
        let mut token = None;
        loop {
            let page = self
                .cloudformation
                .describe_change_set()
                .change_set_name(id)
                .stack_name(stack)
                .set_next_token(token)
                .send()
                .await
                .map_err(|e| {
                    self.failed(
                        "cloudformation:DescribeChangeSet",
                        &format!("change set {id} of stack {stack}"),
                        e,
                    )
                })?;
            set.status = page.status.map(|s| s.as_str().to_owned()).unwrap_or_default();
            set.reason = page.status_reason;
            set.execution_status = page.execution_status.map(|s| s.as_str().to_owned()).unwrap_or_default();
            set.created = page.creation_time.map_or(0.0, |t| t.as_secs_f64());
            let changes = page.changes.unwrap_or_default().into_iter();
            set.resources.extend(
                changes
                    .filter_map(|c| c.resource_change)
                    .filter_map(|c: ResourceChange| c.logical_resource_id),
            );
            token = page.next_token;
            if token.is_none() {
                return Ok(set);
            }
        }
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
                    &format!("change set {id} of stack {stack}"),
                    e,
                )
            })
    }

    async fn delete_change_set(&self, id: &str, stack: &str) -> Result<()> {
        self.cloudformation
            .delete_change_set()
            .change_set_name(id)
            .stack_name(stack)
            .send()
            .await
            .map(|_| ())
            .map_err(|e| {
                self.failed("cloudformation:DeleteChangeSet", &format!("change set {id} of stack {stack}"), e)
            })
    }

    async fn delete_stack(&self, stack: &str) -> Result<()> {
        self.cloudformation
            .delete_stack()
            .stack_name(stack)
            .send()
            .await
            .map(|_| ())
            .map_err(|e| self.failed("cloudformation:DeleteStack", &format!("stack {stack}"), e))
    }

    async fn events(&self, stack: &str, since: f64, seen: Option<&str>) -> Result<Vec<StackEvent>> {
        let mut events = Vec::new();
        let mut pages = self.cloudformation.describe_stack_events().stack_name(stack).into_paginator().send();
        'pages: while let Some(page) = pages.next().await {
            let page = page.map_err(|e| {
                self.failed("cloudformation:DescribeStackEvents", &format!("stack {stack}"), e)
            })?;
            for event in page.stack_events.unwrap_or_default() {
                let id = event.event_id.unwrap_or_default();
                let time = event.timestamp.map_or(f64::MAX, |t| t.as_secs_f64());
                if Some(id.as_str()) == seen || time < since {
                    break 'pages;
                }
                events.push(StackEvent {
                    id,
                    time,
                    logical_id: event.logical_resource_id.unwrap_or_default(),
                    physical_id: event.physical_resource_id.unwrap_or_default(),
                    resource_type: event.resource_type.unwrap_or_default(),
                    status: event.resource_status.map(|s| s.as_str().to_owned()).unwrap_or_default(),
                    reason: event.resource_status_reason.filter(|reason| !reason.is_empty()),
                });
            }
        }
        events.reverse();
        Ok(events)
    }
}

async fn describe(client: &Client, who: &str, stack: &str) -> Result<Option<Stack>> {
    match client.describe_stacks().stack_name(stack).send().await {
        Ok(output) => Ok(output.stacks.unwrap_or_default().into_iter().next().map(stack_of)),
        Err(e) if is_missing(&e) => Ok(None),
        Err(e) => Err(failed(who, "cloudformation:DescribeStacks", &format!("stack {stack}"), e)),
    }
}

fn stack_of(stack: SdkStack) -> Stack {
    Stack {
        id: stack.stack_id.unwrap_or_default(),
        status: stack.stack_status.map(|s| s.as_str().to_owned()).unwrap_or_default(),
        parameters: stack
            .parameters
            .unwrap_or_default()
            .into_iter()
            .filter_map(|p| Some((p.parameter_key?, p.parameter_value.unwrap_or_default())))
            .collect(),
        outputs: stack
            .outputs
            .unwrap_or_default()
            .into_iter()
            .filter_map(|o| Some((o.output_key?, o.output_value.unwrap_or_default())))
            .collect(),
    }
}

/// Finds the application's stack in a region through its stack set (`spec/deploy.md §4`).
pub(super) async fn regional_resources(
    session: &Session,
    app: &str,
    account: &str,
    region: &str,
) -> Result<RegionalResources> {
    let stack_set = format!("{app}-infrastructure");
    let client = Client::new(&session.config);
    let mut pages = client
        .list_stack_instances()
        .stack_set_name(&stack_set)
        .stack_instance_account(account)
        .stack_instance_region(region)
        .into_paginator()
        .send();
    let mut instance = None;
    while let (None, Some(page)) = (&instance, pages.next().await) {
        let page = page.map_err(|e| {
            failed(&session.who, "cloudformation:ListStackInstances", &format!("stack set {stack_set}"), e)
        })?;
        instance = page.summaries.unwrap_or_default().into_iter().next();
    }
    let repair = format!(
        "Run `copilot env deploy` of the tool that manages application {app} for an environment in {region}; it creates them."
    );
    let instance = instance.ok_or_else(|| {
        Error::new(format!("application {app} has no regional resources in {region}: stack set {stack_set} has no instance there"))
            .hint(&repair)
    })?;
    let id = instance.stack_id.filter(|id| !id.is_empty()).ok_or_else(|| {
        Error::new(format!("stack set {stack_set} is still creating its stack in {region}"))
            .hint("Wait until the stack set's operation has ended, then run the command again.")
    })?;
    let client = Client::new(&session.in_region(region).config);
    let outputs = describe(&client, &session.who, &id)
        .await?
        .ok_or_else(|| {
            Error::new(format!("stack {id} of stack set {stack_set} does not exist any more")).hint(&repair)
        })?
        .outputs;
    let output = |key: &str| {
        outputs
            .get(key)
            .cloned()
            .ok_or_else(|| Error::new(format!("stack {id} has no output {key}")).hint(&repair))
    };
    Ok(RegionalResources {
        kms_key_arn: output("KMSKeyARN")?,
        bucket: output("PipelineBucket")?,
        repositories: repositories(&outputs),
    })
}

/// Repository ARNs by output key: `ECRRepo` and the workload's name with `-` written as `DASH`.
fn repositories(outputs: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    outputs
        .iter()
        .filter_map(|(key, arn)| Some((key.strip_prefix("ECRRepo")?.replace("DASH", "-"), arn.clone())))
        .collect()
}
