//! Following the operation in a job's stack without deploying: `--attach`.

use super::DEPLOY;
use crate::error::{Error, Result};
use crate::ops::adapters::Adapters;
use crate::ops::job::request::Request;
use crate::ops::job::target::Target;
use crate::ops::outcome::Outcome;
use crate::ops::port::{Account, EnvironmentAccount};
use crate::ops::select;
use crate::report::Console;
use crate::report::events::TreeResource;
use crate::stack::follow::{self, Advice, Ended, OnInterrupt, Operation};
use crate::stack::port::{Stack, Stacks as _};
use crate::stack::status::Presence;
use crate::yaml;

/// Follows the operation under way to its end; without one tells how the last one ended. Changes nothing.
pub(crate) async fn attach<W: Adapters>(
    world: &W,
    request: &Request,
    console: &Console<'_>,
) -> Result<Outcome> {
    let nothing = "nothing was changed";
    let account = console.guard(nothing, world.account()).await?;
    let (env, job) = match (&request.env, &request.job) {
        (Some(env), Some(job)) => (env.clone(), job.clone()),
        _ => {
            let names = select::names(&account, request, console);
            let chosen = console.guard(nothing, names).await?;
            (chosen.env, chosen.job)
        }
    };
    let target = Target::new(request, env, job);
    let reading = async {
        let (application, environment) =
            tokio::join!(account.application(&target.app), account.environment(&target.app, &target.env));
        application?;
        let manager = account.assume_manager(&environment?).await?;
        let stack = manager.stack(&target.stack).await?;
        Ok::<_, Error>((manager, stack))
    };
    let (manager, stack) = console.guard(nothing, reading).await?;
    let stack = stack.filter(|stack| stack.status.presence() != Presence::InReview).ok_or_else(|| {
        Error::new(format!(
            "there is nothing to follow: job {} is not deployed to {}",
            target.job, target.env
        ))
        .hint(format!("There is no stack {}.", target.stack))
    })?;
    if stack.status.succeeded() {
        return Ok(Outcome::AtRest { stack: target.stack, status: stack.status.to_string() });
    }
    let events = console.guard(nothing, manager.last_operation(&stack.id)).await?;
    let under_way = stack.status.is_busy();
    let resources = match under_way {
        true => console.guard(nothing, resources(&manager, &target, &stack)).await?,
        false => Vec::new(),
    };
    let (attach, linked) = (target.attach_command(), target.linked());
    let managed = target.managed(&manager, &request.stack, &linked, &attach);
    let operation = Operation {
        since: events.first().map_or(0.0, |event| event.time),
        title: format!("Following the {} of stack {}", stack.status.operation(), target.stack),
        resources,
        ..managed.operation(&stack.id, OnInterrupt::Leave(nothing))
    };
    let ended = match under_way {
        true => follow::follow(&manager, &operation, console).await?,
        // The cause of its bad end is reported nevertheless.
        false => {
            console.note(format!(
                "Stack {} is idle ({}). The last operation failed.",
                target.stack, stack.status
            ));
            let looking = follow::look_back(&manager, &operation, events, &stack.status, console);
            console.guard(nothing, looking).await?
        }
    };
    conclude(target, &ended, stack.express)
}

fn conclude(target: Target, ended: &Ended, express: bool) -> Result<Outcome> {
    match ended.status.as_str() {
        "DELETE_COMPLETE" => Err(Error::new(format!(
            "stack {} was deleted: job {} is not deployed to {} any more",
            target.stack, target.job, target.env
        ))),
        _ if ended.status.succeeded() => Ok(Outcome::Deployed { job: target.job, express }),
        _ => {
            let advice = Advice { command: DEPLOY, rollback_role: None };
            let error = follow::failed(&target.stack, ended, advice);
            Err(error.context(format!("job {} was not deployed to {}", target.job, target.env)))
        }
    }
}

/// The tree's rows: the described resources that the change set touches, or where that is not known all that exist whatever
/// the parameters are.
async fn resources<E: EnvironmentAccount>(
    manager: &E,
    target: &Target,
    stack: &Stack,
) -> Result<Vec<TreeResource>> {
    let change_set = async {
        match &stack.change_set {
            // Rows for a screen: what cannot be read is left out.
            Some(id) => manager.change_set(id, &target.stack).await.ok().map(|set| set.resources()),
            None => None,
        }
    };
    let (template, touched) = tokio::join!(manager.template(&stack.id), change_set);
    let template = template?.unwrap_or_default();
    let mut rows = follow::described(&template);
    match touched.filter(|touched| !touched.is_empty()) {
        Some(touched) => rows.retain(|row| touched.contains(&row.logical_id)),
        None => {
            let document = yaml::load(&template).ok().flatten();
            let resources = document.as_ref().and_then(|document| document.get("Resources"));
            let conditional = |id: &str| resources.and_then(|r| r.get(id)?.get("Condition")).is_some();
            rows.retain(|row| !conditional(&row.logical_id));
        }
    }
    Ok(rows)
}
