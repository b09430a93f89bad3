//! The application's stack set.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;

use super::stacks::describe;
use crate::aws::errors::failed;
use crate::aws::session::Session;
use crate::error::{Error, Result};
use crate::ops::port::RegionalResources;

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
