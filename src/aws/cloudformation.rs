//! CloudFormation: stacks, change sets, events, and the application's stack set.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    Capability, ChangeSetType, DeploymentConfig, DeploymentConfigMode, Parameter, Stack as SdkStack, Tag,
};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bytes::Bytes;

use super::change_sets;
use super::errors::{code, failed, message};
use super::session::{EnvironmentSession, Session};
use crate::error::{Error, Result};
use crate::ops::port::{Artifacts, RegionalResources, SecretParameters, Stored, Subnets};
use crate::stack::port::{
    ChangeSet, ChangeSetRequest, ChangeSets, Stack, StackControl, StackEvent, Stacks, TemplateSource,
};
use crate::stack::status::StackStatus;
use crate::template::cfn::artifacts::S3Object;

/// A stack given by name or by id (an ARN), as messages call it.
pub(super) fn target(stack: &str) -> String {
    let name = stack.split_once(":stack/").and_then(|(_, rest)| rest.split('/').next());
    format!("stack {}", name.unwrap_or(stack))
}

/// Whether CloudFormation says that the stack is not there.
fn is_missing<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    code(error) == Some("ValidationError") && message(error).is_some_and(|m| m.contains("does not exist"))
}

/// Express mode, with the rollback that it would otherwise leave out
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-express-mode.html>).
fn express_mode() -> DeploymentConfig {
    DeploymentConfig::builder().mode(DeploymentConfigMode::Express).disable_rollback(false).build()
}

impl EnvironmentSession {
    pub(super) fn failed<E, R>(&self, operation: &str, target: &str, error: SdkError<E, R>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        failed(&self.session.who, operation, target, error)
    }
}

impl Stacks for EnvironmentSession {
    async fn stack(&self, stack: &str) -> Result<Option<Stack>> {
        describe(&self.cloudformation, &self.session.who, stack).await
    }

    async fn template(&self, stack: &str) -> Result<Option<String>> {
        match self.cloudformation.get_template().stack_name(stack).send().await {
            Ok(output) => Ok(output.template_body.filter(|body| !body.is_empty())),
            Err(e) if is_missing(&e) => Ok(None),
            Err(e) => Err(self.failed("cloudformation:GetTemplate", &target(stack), e)),
        }
    }

    async fn template_metadata(&self, stack: &str) -> Result<Option<String>> {
        match self.cloudformation.get_template_summary().stack_name(stack).send().await {
            Ok(output) => Ok(Some(output.metadata.unwrap_or_default())),
            Err(e) if is_missing(&e) => Ok(None),
            Err(e) => Err(self.failed("cloudformation:GetTemplateSummary", &target(stack), e)),
        }
    }

    async fn events(&self, stack: &str, since: f64, seen: Option<&str>) -> Result<Vec<StackEvent>> {
        self.events_until(stack, |event| Some(event.id.as_str()) == seen || event.time < since).await
    }

    async fn last_operation(&self, stack: &str) -> Result<Vec<StackEvent>> {
        let mut begun = false;
        let older = |event: &StackEvent| {
            // The beginning itself still belongs to it.
            let older = begun;
            begun |= event.begins_operation();
            older
        };
        self.events_until(stack, older).await
    }
}

impl ChangeSets for EnvironmentSession {
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
            .role_arn(&proposal.role_arn)
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
        change_sets::describe(&self.cloudformation, &self.session.who, id, stack).await
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

impl StackControl for EnvironmentSession {
    async fn delete_stack(&self, stack: &str) -> Result<()> {
        self.cloudformation
            .delete_stack()
            .stack_name(stack)
            .send()
            .await
            .map(|_| ())
            .map_err(|e| self.failed("cloudformation:DeleteStack", &target(stack), e))
    }

    async fn cancel_update(&self, stack: &str) -> Result<bool> {
        match self.cloudformation.cancel_update_stack().stack_name(stack).send().await {
            Ok(_) => Ok(true),
            // It has ended, or is being rolled back already.
            Err(e) if code(&e) == Some("ValidationError") => Ok(false),
            Err(e) => Err(self.failed("cloudformation:CancelUpdateStack", &target(stack), e)),
        }
    }

    async fn continue_rollback(&self, stack: &str, skip: &[String]) -> Result<()> {
        let token = uuid::Uuid::new_v4().to_string();
        let request = |client: &Client| {
            client
                .continue_update_rollback()
                .stack_name(stack)
                .set_resources_to_skip((!skip.is_empty()).then(|| skip.to_vec()))
                .client_request_token(&token)
        };
        let Err(refusal) = request(&self.cloudformation).send().await else { return Ok(()) };
        // The environment manager role's policy does not allow this call; the user may.
        let denied = code(&refusal).is_some_and(|code| code.contains("AccessDenied"));
        if denied && request(&self.own_cloudformation).send().await.is_ok() {
            return Ok(());
        }
        let error = self.failed("cloudformation:ContinueUpdateRollback", &target(stack), refusal);
        Err(if denied {
            error.hint("Your own credentials were tried as well and may not do it either.")
        } else {
            error
        })
    }
}

impl Artifacts for EnvironmentSession {
    async fn put_artifact(&self, object: &S3Object, body: impl Into<Bytes>) -> Result<Stored> {
        self.put_unless_same(object, body.into()).await
    }

    async fn artifact(&self, object: &S3Object) -> Result<Option<Vec<u8>>> {
        self.get_template_object(object).await
    }
}

impl Subnets for EnvironmentSession {
    async fn subnets(&self, vpc: Option<&str>, tags: &BTreeMap<String, Vec<String>>) -> Result<Vec<String>> {
        self.find_subnets(vpc, tags).await
    }
}

impl SecretParameters for EnvironmentSession {
    async fn secret_parameter(&self, name: &str) -> Result<String> {
        self.session.read_parameter(name).await
    }
}

async fn describe(client: &Client, who: &str, stack: &str) -> Result<Option<Stack>> {
    match client.describe_stacks().stack_name(stack).send().await {
        Ok(output) => Ok(output.stacks.unwrap_or_default().into_iter().next().map(stack_of)),
        Err(e) if is_missing(&e) => Ok(None),
        Err(e) => Err(failed(who, "cloudformation:DescribeStacks", &target(stack), e)),
    }
}

fn stack_of(stack: SdkStack) -> Stack {
    Stack {
        id: stack.stack_id.unwrap_or_default(),
        status: stack.stack_status.map(|s| StackStatus::new(s.as_str())).unwrap_or_default(),
        change_set: stack.change_set_id.filter(|id| !id.is_empty()),
        express: stack.deployment_config.is_some_and(|c| c.mode == Some(DeploymentConfigMode::Express)),
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
        tags: stack
            .tags
            .unwrap_or_default()
            .into_iter()
            .filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())))
            .collect(),
    }
}

/// Finds the application's stack in a region through its stack set.
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
