//! Stacks: read, deleted, stopped.

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{DeploymentConfigMode, Stack as SdkStack, StackResource};

use super::{is_missing, target};
use crate::aws::errors::{code, failed};
use crate::aws::session::RegionSession;
use crate::error::Result;
use crate::ops::reading::{Resource, Template};
use crate::stack::port::{Stack, StackControl, StackEvent, Stacks};
use crate::stack::status::StackStatus;

impl Stacks for RegionSession {
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

impl StackControl for RegionSession {
    async fn delete_stack(&self, stack: &str, role_arn: Option<&str>) -> Result<()> {
        self.cloudformation
            .delete_stack()
            .stack_name(stack)
            .set_role_arn(role_arn.map(str::to_owned))
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

impl RegionSession {
    /// A stack's resources: the first hundred, which is all that the manager role may see.
    pub(in crate::aws) async fn describe_resources(&self, stack: &str) -> Result<Vec<Resource>> {
        match self.cloudformation.describe_stack_resources().stack_name(stack).send().await {
            Ok(output) => {
                Ok(output.stack_resources.unwrap_or_default().into_iter().map(resource_of).collect())
            }
            // What is missing is told by whoever asks for the stack itself.
            Err(e) if is_missing(&e) => Ok(Vec::new()),
            Err(e) => Err(self.failed("cloudformation:DescribeStackResources", &target(stack), e)),
        }
    }
}

fn resource_of(resource: StackResource) -> Resource {
    Resource {
        kind: resource.resource_type.unwrap_or_default(),
        physical_id: resource.physical_resource_id.unwrap_or_default(),
        logical_id: resource.logical_resource_id.unwrap_or_default(),
    }
}

/// The text of the `Metadata` section of a stack's or a stack set's template; `None` when it is not there.
pub(in crate::aws) async fn metadata(config: &SdkConfig, who: &str, of: &Template) -> Result<Option<String>> {
    let request = Client::new(config).get_template_summary();
    let (request, target) = match of {
        Template::Stack(name) => (request.stack_name(name), target(name)),
        Template::StackSet(name) => (request.stack_set_name(name), format!("stack set {name}")),
    };
    match request.send().await {
        Ok(output) => Ok(Some(output.metadata.unwrap_or_default())),
        Err(e) if is_missing(&e) || code(&e) == Some("StackSetNotFoundException") => Ok(None),
        Err(e) => Err(failed(who, "cloudformation:GetTemplateSummary", &target, e)),
    }
}

pub(super) async fn describe(client: &Client, who: &str, stack: &str) -> Result<Option<Stack>> {
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
        protected: stack.enable_termination_protection.unwrap_or_default(),
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
        changed: stack.last_updated_time.or(stack.creation_time).map(|time| time.secs()),
    }
}
