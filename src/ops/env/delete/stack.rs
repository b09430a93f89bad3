//! The environment's stack: prepared for its deletion, and deleted.

use bytes::Bytes;

use super::survey::Target;
use super::waiting;
use crate::custom_resources::EnvironmentFunction;
use crate::diff::meaning::Comparison;
use crate::error::{Context as _, Error, Result};
use crate::ops::artifact;
use crate::ops::removal::port::Place;
use crate::ops::removal::{empty_bucket, obstructed};
use crate::report::Console;
use crate::stack::change_set::hazards::Hazards;
use crate::stack::port::{Stack, TemplateSource};
use crate::stack::status::Presence;
use crate::stack::{self, Applied, Deletion, ManagedStack, Options, Update};
use crate::template::cfn::artifacts::{S3Object, custom_resource_key, object_url, template_key};
use crate::template::cfn::template::descriptions;
use crate::template::env::deletion;
use crate::template::env::ids::BUCKET_CLEANER;
use crate::yaml;

/// The longest template that CloudFormation takes with a call, in bytes.
const LONGEST_INLINE: usize = 51_200;

/// What an interrupt means while the stack is deleted.
const INTERRUPTED: &str = "run the command again to delete the rest";

/// What a deletion works with besides the environment's own.
#[derive(Debug)]
pub(crate) struct Means<'a, P> {
    /// The artifact bucket of the environment's region.
    pub bucket: Option<&'a str>,
    /// The environment's region with the user's own credentials, when they belong to the environment's account and are not in
    /// use anyway.
    pub own: Option<P>,
    /// The command that goes on after an interrupt.
    pub again: &'a str,
}

/// Deletes the stack, and leaves the environment's roles.
///
/// # Errors
/// When it cannot be deleted; names what stands in the way.
pub(crate) async fn delete<P: Place>(
    target: &Target<P>,
    means: &Means<'_, P>,
    console: &Console<'_>,
) -> Result<()> {
    let Some(stack) = &target.stack else { return Ok(()) };
    let name = target.stack_name();
    let managed = ManagedStack {
        cloudformation: &target.place,
        name: &name,
        options: &Options::default(),
        linked: &[],
        resume_with: means.again,
    };
    let role = target.role_arn();
    prepare(target, stack, &managed, role, means.bucket, console).await?;
    if let Some(logs) = &target.log_bucket
        && let Err(error) = empty_bucket(means.own.as_ref().unwrap_or(&target.place), logs).await
    {
        // The manager role may not delete objects. The stack has a function of its own for it, which may.
        console.note(format!("Bucket {logs} of access logs is left to the stack's own function: {error}."));
    }
    let deletion = Deletion {
        role_arn: role,
        described: format!("stack {name}"),
        title: format!("Deleting stack {name}"),
        resources: target.rows.clone(),
        interrupted: INTERRUPTED,
    };
    let deleted = stack::delete(&managed, stack, &deletion, console);
    match waiting::told(&format!("stack {name}"), console, deleted).await {
        Ok(()) => Ok(()),
        Err(error) => {
            let error = obstructed::explain(&target.place, &stack.id, error).await;
            Err(match role {
                Some(_) => error,
                None => obstructed::without_role(error, &target.environment.execution_role_arn),
            })
        }
    }
}

/// Updates the stack, when its template does not let it be deleted.
async fn prepare<P: Place>(
    target: &Target<P>,
    stack: &Stack,
    managed: &ManagedStack<'_, P>,
    role: Option<&str>,
    bucket: Option<&str>,
    console: &Console<'_>,
) -> Result<()> {
    let name = managed.name;
    // A stack in any other state takes no update.
    let takes_update = stack.status.presence() == Presence::Live && !stack.status.failed();
    let Some(template) = target.template.as_deref().filter(|_| takes_update && !stack.status.is_deletion())
    else {
        return Ok(());
    };
    let cleaner = match bucket {
        Some(bucket) => cleaner(target, template, bucket, console).await?,
        None => None,
    };
    let Some(prepared) =
        deletion::prepare(template, cleaner.as_ref()).with_context(|| format!("stack {name}"))?
    else {
        return Ok(());
    };
    console.note(format!("Stack {name} is updated before it is deleted: {}.", prepared.reasons.join("; ")));
    let text = yaml::emit(&prepared.body);
    let source = match bucket {
        Some(bucket) if text.len() > LONGEST_INLINE => {
            let object = S3Object { bucket: bucket.to_owned(), key: template_key(name, &text) };
            artifact::store(&target.place, &object, Bytes::from(text), console).await?;
            TemplateSource::Url(object_url(&target.environment.region, &object))
        }
        _ => TemplateSource::Inline(text),
    };
    let deployed = yaml::load(template).ok().flatten();
    let parameters: Vec<(String, String)> = stack.parameters.clone().into_iter().collect();
    let update = Update {
        existing: Some(stack),
        role_arn: role.unwrap_or_default(),
        template: &source,
        parameters: &parameters,
        tags: &stack.tags,
        comparison: &Comparison::new(deployed.as_ref(), &prepared.body),
        kept_parameters: &[],
        hazards: Hazards::default(),
        descriptions: &descriptions(&prepared.body),
    };
    match stack::apply(managed, &update, managed.resume_with, console).await? {
        Applied::Created | Applied::Updated => Ok(()),
        Applied::Unchanged => Err(Error::new(format!(
            "CloudFormation sees no change where the roles of stack {name} are to be retained, so the stack cannot be deleted"
        ))
        .hint("Deploy the environment once with `copilot env deploy`, then run the command again.")),
    }
}

/// Uploads the function that empties the bucket of access logs, when the deployed one cannot.
async fn cleaner<P: Place>(
    target: &Target<P>,
    template: &str,
    bucket: &str,
    console: &Console<'_>,
) -> Result<Option<S3Object>> {
    let body = yaml::load(template).ok().flatten();
    if !body.is_some_and(|body| deletion::has_broken_cleaner(&body)) {
        return Ok(None);
    }
    let Some(function) = EnvironmentFunction::named(BUCKET_CLEANER) else { return Ok(None) };
    let zip = function.zip()?;
    let object = S3Object { bucket: bucket.to_owned(), key: custom_resource_key(BUCKET_CLEANER, &zip) };
    artifact::store(&target.place, &object, Bytes::from(zip), console).await?;
    Ok(Some(object))
}
