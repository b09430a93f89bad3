//! The environment's first stack: two roles. It is created with the credentials that were chosen, and left alone where the
//! environment is further already.

use super::port::Account;
use super::regional::Artifacts;
use super::roles::{self, Found};
use super::target::Target;
use crate::diff::meaning::Comparison;
use crate::error::{Error, Kind, Result};
use crate::ops::app::roles::refusal;
use crate::report::Console;
use crate::stack::change_set::hazards::Hazards;
use crate::stack::follow::Ended;
use crate::stack::port::{Stack, Stacks as _, TemplateSource};
use crate::stack::settle::{self, leftover};
use crate::stack::status::{self, Presence};
use crate::stack::{self, ManagedStack, Options, Update, Wording};
use crate::store::Environment;
use crate::template::cfn::template::{Template, descriptions};
use crate::template::env::bootstrap::{self, VERSION};
use crate::template::env::inputs::Basics;
use crate::template::tags::{APPLICATION, ENVIRONMENT};
use crate::yaml::{self, Node};

/// How often the stack is looked at again because somebody else creates it at the same moment.
const ATTEMPTS: usize = 5;

/// Refuses a stack of the environment's name that is something else, or that only a person can repair.
pub(super) fn check(target: &Target, stack: Option<&Stack>) -> Result<()> {
    let Some(found) = stack.filter(|stack| stack.status.presence() != Presence::Absent) else {
        return Ok(());
    };
    let Target { app, env, stack, account, region, .. } = target;
    let is = |key: &str, value: &String| found.tags.get(key) == Some(value);
    // A stack whose change set was never executed has no tags yet, and nothing else either.
    if found.status.presence() != Presence::InReview && !(is(APPLICATION, app) && is(ENVIRONMENT, env)) {
        let tags: Vec<String> = found.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let owner = match tags.as_slice() {
            [] => "It has no tags that tell whose it is.".to_owned(),
            tags => format!("Its tags are {}.", tags.join(", ")),
        };
        return Err(Error::new(format!(
            "stack {stack} in account {account}, {region}, is not environment {env} of application {app}, whose stack would have \
             that name ({})",
            found.status
        ))
        .hint(owner)
        .hint("Choose another name for the environment, or delete the stack if nothing needs it."));
    }
    if found.status.is("DELETE_FAILED") {
        return Err(Error::new(format!("stack {stack} is half deleted (DELETE_FAILED)")).hint(format!(
            "Finish its deletion first: `copilot env delete --name {env}`, or `aws cloudformation delete-stack --stack-name {stack} \
             --region {region}`."
        )));
    }
    Ok(())
}

/// Whether the environment is further than this command brings it, or just there.
fn is_ready(stack: &Stack) -> bool {
    let created = !stack.status.is_busy() || stack.status.as_str().starts_with("UPDATE");
    stack.status.presence() == Presence::Live
        && created
        && !stack.status.is("CREATE_FAILED")
        && ["EnvironmentManagerRoleARN", "CFNExecutionRoleARN"]
            .iter()
            .all(|key| stack.outputs.contains_key(*key))
}

/// The stack with its outputs.
pub(super) async fn bring_about<A: Account>(
    place: &A,
    target: &Target,
    artifacts: &Artifacts,
    found: Found,
    console: &Console<'_>,
) -> Result<Stack> {
    let cloudformation = place.home_stacks();
    let options = Options { wait: true, ..Options::default() };
    let managed = ManagedStack {
        cloudformation: &cloudformation,
        name: &target.stack,
        options: &options,
        linked: &[],
        resume_with: &target.command,
    };
    let template = bootstrap::render(&basics(target, artifacts));
    let Found { mut stack, mut stale } = found;
    for attempt in 1.. {
        if let Some(ready) = stack.as_ref().filter(|stack| is_ready(stack)) {
            let read = cloudformation.template(&target.stack);
            let deployed = console.guard(stack::NOTHING_DEPLOYED, read).await?;
            let deployed = deployed.and_then(|text| yaml::load(&text).ok().flatten());
            if ready.status.is_busy()
                || !deployed.as_ref().is_some_and(|deployed| is_outdated(deployed, &template))
            {
                return Ok(ready.clone());
            }
            return update(&managed, target, artifacts, &template, deployed.as_ref(), ready, console).await;
        }
        settle::unblock(&managed, &mut stack, console).await?;
        if stack.as_ref().is_some_and(is_ready) {
            continue;
        }
        if let Some(left) = stack.as_ref().filter(|stack| stack.status.presence() == Presence::Remnant) {
            leftover::remove(&managed, left, console).await?;
        }
        if status::presence(stack.as_ref().map(|stack| &stack.status)) == Presence::Remnant || attempt > 1 {
            let again = console.guard(stack::NOTHING_DEPLOYED, roles::find(place, target)).await?;
            (stack, stale) = (again.stack, again.stale);
            check(target, stack.as_ref())?;
            if status::presence(stack.as_ref().map(|stack| &stack.status)) == Presence::Live {
                continue;
            }
        }
        // They would be in the way of the new ones.
        roles::delete(place, &stale).await?;
        stale.clear();
        let error = match apply(&managed, target, artifacts, &template, None, stack.as_ref(), console).await {
            Ok(()) => return described(&managed, target).await,
            Err(error) if error.kind() == Kind::Interrupted || attempt == ATTEMPTS => return Err(error),
            Err(error) => error,
        };
        // Somebody else may have created it at the same moment.
        stack = cloudformation.stack(&target.stack).await?;
        let others = stack.as_ref().is_some_and(|stack| is_ready(stack) || stack.status.is_busy());
        if !others {
            return Err(error);
        }
    }
    described(&managed, target).await
}

fn basics(target: &Target, artifacts: &Artifacts) -> Basics {
    Basics {
        app: target.app.clone(),
        env: target.env.clone(),
        region: target.region.clone(),
        app_account_id: target.application.account.clone(),
        artifact_bucket: artifacts.bucket.clone(),
        artifact_key_arn: artifacts.key_arn.clone(),
        permissions_boundary: target.application.permissions_boundary.clone(),
    }
}

/// Whether a deployed template is the first one of an environment, and not as it would be now: made for a bucket that did
/// not come about, or without the boundary that the application has.
fn is_outdated(deployed: &Node, template: &Template) -> bool {
    let version =
        deployed.get("Metadata").and_then(|metadata| metadata.get("Version")).and_then(Node::as_text);
    version == Some(VERSION) && Comparison::new(Some(deployed), &template.body).resources().next().is_some()
}

async fn update<C: stack::port::CloudFormation>(
    managed: &ManagedStack<'_, C>,
    target: &Target,
    artifacts: &Artifacts,
    template: &Template,
    deployed: Option<&Node>,
    existing: &Stack,
    console: &Console<'_>,
) -> Result<Stack> {
    apply(managed, target, artifacts, template, deployed, Some(existing), console).await?;
    described(managed, target).await
}

async fn apply<C: stack::port::CloudFormation>(
    managed: &ManagedStack<'_, C>,
    target: &Target,
    artifacts: &Artifacts,
    template: &Template,
    deployed: Option<&Node>,
    existing: Option<&Stack>,
    console: &Console<'_>,
) -> Result<()> {
    let update = Update {
        existing,
        role_arn: "",
        template: &TemplateSource::Inline(template.to_yaml()),
        parameters: &bootstrap::parameters(&basics(target, artifacts)),
        tags: &target.tags(),
        comparison: &Comparison::new(deployed, &template.body),
        kept_parameters: &[],
        hazards: Hazards::default(),
        descriptions: &descriptions(&template.body),
    };
    let wording = Wording {
        command: &target.command,
        completes: None,
        failure: &|ended, error| refused(target, ended).unwrap_or(error),
    };
    stack::apply_saying(managed, &update, &wording, console).await.map(drop)
}

/// CloudFormation worked with the permissions of whoever runs this command, so a refusal is about these.
fn refused(target: &Target, ended: &Ended) -> Option<Error> {
    let reason = ended.failures.cause.as_ref()?.event.reason.as_deref()?;
    let error = refusal::read(reason)?.error(reason, None, &target.application, &target.command);
    Some(error.details(ended.failures.lines()))
}

/// The stack as it is after the operation.
async fn described<C: stack::port::CloudFormation>(
    managed: &ManagedStack<'_, C>,
    target: &Target,
) -> Result<Stack> {
    let name = managed.name;
    let found = managed.cloudformation.stack(name).await?;
    let missing = || {
        Error::new(format!("stack {name} is gone: somebody deleted it"))
            .hint(format!("Run `{}` again.", target.command))
    };
    found.filter(|stack| stack.status.presence() != Presence::Absent).ok_or_else(missing)
}

/// The record of the environment that the stack makes.
pub(super) fn record(target: &Target, stack: &Stack) -> Result<Environment> {
    Environment::of_stack(&target.app, &target.env, &stack.id, &stack.outputs)
}
