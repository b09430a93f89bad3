//! Stack sets, and the application's resources in a region that stand in one.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    RegionConcurrencyType, StackSetOperationPreferences, StackSetOperationStatus, Tag,
};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::stacks::describe;
use crate::aws::errors::{code, failed};
use crate::aws::session::Session;
use crate::error::{Error, Result};
use crate::ops::port::RegionalResources;
use crate::stack::follow::failures::is_consequence;
use crate::stack::port::{StackEvent, Stacks as _};
use crate::stack::set::port::{
    Instance, Progress, SetOperation, StackInstances, StackSetRequest, StackSets, Start,
};

/// Finds the application's stack in a region through its stack set.
pub(in crate::aws) async fn regional_resources(
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
        "Run `copilot env init --app {app} --region {region}` with the name of an environment there; it creates them."
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
        stack_id: id,
    })
}

/// Repository ARNs by output key: `ECRRepo` and the workload's name with `-` written as `DASH`.
fn repositories(outputs: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    outputs
        .iter()
        .filter_map(|(key, arn)| Some((key.strip_prefix("ECRRepo")?.replace("DASH", "-"), arn.clone())))
        .collect()
}

/// What CloudFormation answers while another writer is at work, or was faster.
const BUSY: [&str; 3] =
    ["OperationInProgressException", "OperationIdAlreadyExistsException", "StaleRequestException"];

/// All regions at a time: none depends on another.
fn preferences() -> StackSetOperationPreferences {
    StackSetOperationPreferences::builder().region_concurrency_type(RegionConcurrencyType::Parallel).build()
}

fn tags(request: &StackSetRequest) -> Vec<Tag> {
    request.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

impl Session {
    fn stack_sets(&self) -> Client {
        Client::new(&self.config)
    }

    fn set_failed<E, R>(&self, operation: &str, set: &str, error: SdkError<E, R>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        failed(&self.who, operation, &format!("stack set {set}"), error)
    }

    /// The id of the operation that was started, or that none was because of another.
    fn start<E, R>(
        &self,
        operation: &str,
        set: &str,
        answer: Result<Option<String>, SdkError<E, R>>,
    ) -> Result<Start>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        match answer {
            Ok(Some(id)) => Ok(Start::Operation(id)),
            Ok(None) => {
                Err(Error::new(format!("{operation} on stack set {set} answered without an operation")))
            }
            Err(e) if code(&e).is_some_and(|code| BUSY.contains(&code)) => Ok(Start::Busy),
            Err(e) => Err(self.set_failed(operation, set, e)),
        }
    }
}

impl Session {
    /// What failed first in the stack of an instance, as a clause, and its reason. It only helps a message: what cannot be read
    /// is left out.
    async fn first_failure(&self, set: &str, account: &str, region: &str) -> Option<(String, String)> {
        let instance = self
            .stack_sets()
            .describe_stack_instance()
            .stack_set_name(set)
            .stack_instance_account(account)
            .stack_instance_region(region)
            .send();
        let stack = instance.await.ok()?.stack_instance?.stack_id.filter(|id| !id.is_empty())?;
        let events = self.stacks_in(region).last_operation(&stack).await.ok()?;
        let failed =
            |event: &&StackEvent| event.status.failed() && !event.is_of_stack() && !is_consequence(event);
        let event = events.iter().find(failed)?;
        let reason = event.reason.clone().unwrap_or_default();
        let line = format!("{} ({}) is {}: {reason}", event.logical_id, event.resource_type, event.status);
        Some((line, reason))
    }
}

impl StackSets for Session {
    async fn stack_set_template(&self, set: &str) -> Result<Option<String>> {
        match self.stack_sets().describe_stack_set().stack_set_name(set).send().await {
            Ok(output) => Ok(output.stack_set.and_then(|set| set.template_body)),
            Err(e) if code(&e) == Some("StackSetNotFoundException") => Ok(None),
            Err(e) => Err(self.set_failed("cloudformation:DescribeStackSet", set, e)),
        }
    }

    async fn create_stack_set(&self, request: &StackSetRequest) -> Result<bool> {
        let call = self
            .stack_sets()
            .create_stack_set()
            .stack_set_name(&request.name)
            .description(&request.description)
            .template_body(&request.template)
            .administration_role_arn(&request.admin_role_arn)
            .execution_role_name(&request.execution_role)
            .set_tags(Some(tags(request)));
        match call.send().await {
            Ok(_) => Ok(true),
            Err(e) if code(&e) == Some("NameAlreadyExistsException") => Ok(false),
            Err(e) => Err(self.set_failed("cloudformation:CreateStackSet", &request.name, e)),
        }
    }

    async fn update_stack_set(&self, request: &StackSetRequest, operation: &str) -> Result<Start> {
        let call = self
            .stack_sets()
            .update_stack_set()
            .stack_set_name(&request.name)
            .description(&request.description)
            .template_body(&request.template)
            .administration_role_arn(&request.admin_role_arn)
            .execution_role_name(&request.execution_role)
            .set_tags(Some(tags(request)))
            .operation_preferences(preferences())
            .operation_id(operation);
        let answer =
            call.send().await.map(|output| output.operation_id.or_else(|| Some(operation.to_owned())));
        self.start("cloudformation:UpdateStackSet", &request.name, answer)
    }

    async fn delete_stack_set(&self, set: &str) -> Result<()> {
        match self.stack_sets().delete_stack_set().stack_set_name(set).send().await {
            Ok(_) => Ok(()),
            Err(e) if code(&e) == Some("StackSetNotFoundException") => Ok(()),
            Err(e) => Err(self.set_failed("cloudformation:DeleteStackSet", set, e)),
        }
    }
}

impl StackInstances for Session {
    async fn instances(&self, set: &str) -> Result<Vec<Instance>> {
        let mut pages = self.stack_sets().list_stack_instances().stack_set_name(set).into_paginator().send();
        let mut instances = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| self.set_failed("cloudformation:ListStackInstances", set, e))?;
            instances.extend(page.summaries.unwrap_or_default().into_iter().map(|instance| Instance {
                account: instance.account.unwrap_or_default(),
                region: instance.region.unwrap_or_default(),
                stack_id: instance.stack_id.filter(|id| !id.is_empty()),
                status: instance.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
                reason: instance.status_reason.filter(|reason| !reason.is_empty()),
            }));
        }
        Ok(instances)
    }

    async fn create_instance(&self, set: &str, account: &str, region: &str) -> Result<Start> {
        let call = self
            .stack_sets()
            .create_stack_instances()
            .stack_set_name(set)
            .accounts(account)
            .regions(region)
            .operation_preferences(preferences());
        let answer = call.send().await.map(|output| output.operation_id);
        self.start("cloudformation:CreateStackInstances", set, answer)
    }

    async fn delete_instances(&self, set: &str, account: &str, regions: &[String]) -> Result<Start> {
        let call = self
            .stack_sets()
            .delete_stack_instances()
            .stack_set_name(set)
            .accounts(account)
            .set_regions(Some(regions.to_vec()))
            .retain_stacks(false)
            .operation_preferences(preferences());
        let answer = call.send().await.map(|output| output.operation_id);
        self.start("cloudformation:DeleteStackInstances", set, answer)
    }

    async fn operation(&self, set: &str, id: &str) -> Result<Progress> {
        let call = self.stack_sets().describe_stack_set_operation().stack_set_name(set).operation_id(id);
        let output = call
            .send()
            .await
            .map_err(|e| self.set_failed("cloudformation:DescribeStackSetOperation", set, e))?;
        let operation = output.stack_set_operation;
        let time = |at: Option<&aws_smithy_types::DateTime>| at.map(aws_smithy_types::DateTime::as_secs_f64);
        Ok(Progress {
            begun: time(operation.as_ref().and_then(|o| o.creation_timestamp())).unwrap_or_default(),
            ended: time(operation.as_ref().and_then(|o| o.end_timestamp())),
            state: match operation.and_then(|operation| operation.status) {
                Some(StackSetOperationStatus::Succeeded) => SetOperation::Succeeded,
                Some(StackSetOperationStatus::Failed) => SetOperation::Failed,
                Some(StackSetOperationStatus::Stopped) => SetOperation::Stopped,
                _ => SetOperation::Running,
            },
        })
    }

    async fn failures(&self, set: &str, id: &str) -> Result<Vec<String>> {
        let mut pages = self
            .stack_sets()
            .list_stack_set_operation_results()
            .stack_set_name(set)
            .operation_id(id)
            .into_paginator()
            .send();
        let mut failures = Vec::new();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|e| self.set_failed("cloudformation:ListStackSetOperationResults", set, e))?;
            for result in page.summaries.unwrap_or_default() {
                let status = result.status.map(|status| status.as_str().to_owned()).unwrap_or_default();
                if status != "SUCCEEDED" {
                    let (account, region) =
                        (result.account.unwrap_or_default(), result.region.unwrap_or_default());
                    let reason = result.status_reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                    let first = self.first_failure(set, &account, &region).await;
                    let first = first.filter(|(_, cause)| !reason.contains(cause.as_str()));
                    let first =
                        first.map(|(line, _)| format!("; first in its stack: {line}")).unwrap_or_default();
                    failures.push(format!("account {account}, {region}: {status}{reason}{first}"));
                }
            }
        }
        Ok(failures)
    }

    async fn running_operation(&self, set: &str) -> Result<Option<String>> {
        // The newest come first, and only one is under way at a time.
        let call = self.stack_sets().list_stack_set_operations().stack_set_name(set).max_results(10);
        let output = call
            .send()
            .await
            .map_err(|e| self.set_failed("cloudformation:ListStackSetOperations", set, e))?;
        let running = |status: &StackSetOperationStatus| {
            matches!(
                status,
                StackSetOperationStatus::Running
                    | StackSetOperationStatus::Queued
                    | StackSetOperationStatus::Stopping
            )
        };
        let mut operations = output.summaries.unwrap_or_default().into_iter();
        Ok(operations
            .find(|operation| operation.status.as_ref().is_some_and(running))
            .and_then(|operation| operation.operation_id))
    }
}
