//! Reasons not to deploy that only the deployed state can tell; checked before anything is built.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::manifest::job::{Job, MOST_SUBNETS, Placement, VolumeKind};
use crate::ops::job::plan::surroundings::Surroundings;
use crate::ops::job::request::Request;
use crate::ops::job::target::Target;
use crate::template::tags;
use crate::template::tags::stack_tags;

/// Refuses deployments that cannot succeed or would do harm.
pub(crate) fn check<E>(request: &Request, target: &Target, job: &Job, state: &Surroundings<E>) -> Result<()> {
    if let Some(deployed) = state.deployed.as_ref().filter(|_| !request.allow_downgrade) {
        target.subject().refuse_downgrade(&deployed.version)?;
    }
    if let Some(app_tags) = state.application.tags.as_ref().filter(|tags| !tags.is_empty()) {
        tags(request, app_tags).map_err(|error| {
            let keys: Vec<&str> = app_tags.keys().map(String::as_str).collect();
            error.hint(format!("Application {} has tags of its own: {}.", target.app, keys.join(", ")))
        })?;
    }
    environment_supports(request, target, job, state)?;
    subnets_fit(request, target, state)
}

/// Subnets found by tag can be more than a task can be started in.
fn subnets_fit<E>(request: &Request, target: &Target, state: &Surroundings<E>) -> Result<()> {
    let found = state.subnets.len();
    if found <= MOST_SUBNETS {
        return Ok(());
    }
    Err(Error::new(format!(
        "{}: {found} subnets have the tags of `network.vpc.placement.subnets.from_tags`, and Amazon ECS takes up to {MOST_SUBNETS}",
        request.workspace.manifest_display(&target.job)
    ))
    .hint("Write a tag that fewer subnets have, or the ids of the subnets."))
}

/// Refuses tags that AWS does not take together.
pub(crate) fn tags(request: &Request, app_tags: &BTreeMap<String, String>) -> Result<()> {
    if request.resource_tags.is_empty() {
        return Ok(());
    }
    let tags = stack_tags(app_tags, &request.resource_tags, "", "", "");
    match tags::conflict(&tags) {
        Some(conflict) => Err(Error::usage(format!("--resource-tags cannot be used: {conflict}"))),
        None => Ok(()),
    }
}

/// The environment must be deployed and have the features the job needs.
fn environment_supports<E>(
    request: &Request,
    target: &Target,
    job: &Job,
    state: &Surroundings<E>,
) -> Result<()> {
    let env = &target.env;
    let upgrade = if request.workspace.has_environment_manifest(env) {
        format!("Run `copilot env deploy --name {env}`.")
    } else {
        format!(
            "Write copilot/environments/{env}/manifest.yml (`copilot env show --name {env} --manifest`), then run \
             `copilot env deploy --name {env}`."
        )
    };
    if state.env_version == "bootstrap" {
        return Err(Error::new(format!("environment {env} is not deployed yet")).hint(upgrade));
    }
    let private = job.network.placement == Placement::Private;
    let managed_efs = job.storage.volumes.values().any(|v| matches!(v.kind, VolumeKind::ManagedEfs { .. }));
    for (needed, parameter, feature) in
        [(private, "NATWorkloads", "NAT gateways"), (managed_efs, "EFSWorkloads", "managed EFS volumes")]
    {
        if needed && !state.env_stack.parameters.contains_key(parameter) {
            return Err(Error::new(format!(
                "environment {env} is on version {} and does not support {feature}, which job {} needs (least version: v1.3.0)",
                state.env_version, target.job
            ))
            .hint(upgrade));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
