//! Following what goes on in a job's stack without deploying: `--attach`.

use super::events::{Event, Reporter, TreeResource};
use super::follow::{self, Ended, OnInterrupt, Operation, doing};
use super::interrupt::Interrupt;
use super::ports::{Account, EnvironmentAccount, Prompter, Stack};
use super::{Outcome, Request, Target, World, choose};
use crate::error::{Error, Result};
use crate::yaml;

/// Follows the operation under way to its end; without one tells how the last one ended. Changes nothing.
pub(super) async fn attach<W: World>(
    world: &W,
    request: &Request,
    prompter: &impl Prompter,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<Outcome> {
    let nothing = "nothing was changed";
    let account = interrupt.guard(nothing, world.account()).await?;
    let (env, job) = match (&request.env, &request.job) {
        (Some(env), Some(job)) => (env.clone(), job.clone()),
        _ => {
            let names = choose::names(&account, request, prompter, reporter);
            let chosen = interrupt.guard(nothing, names).await?;
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
    let (manager, stack) = interrupt.guard(nothing, reading).await?;
    let stack = stack.filter(|stack| stack.status != "REVIEW_IN_PROGRESS").ok_or_else(|| {
        Error::new(format!(
            "there is nothing to follow: job {} is not deployed to {}",
            target.job, target.env
        ))
        .hint(format!("There is no stack {}.", target.stack))
    })?;
    if follow::succeeded(&stack.status) {
        return Ok(Outcome::AtRest { stack: target.stack, status: stack.status });
    }
    let events = interrupt.guard(nothing, manager.last_operation(&stack.id)).await?;
    let under_way = stack.status.ends_with("_IN_PROGRESS");
    let resources = match under_way {
        true => interrupt.guard(nothing, resources(&manager, &target, &stack)).await?,
        false => Vec::new(),
    };
    let operation = Operation {
        target: &target,
        id: &stack.id,
        since: events.first().map_or(0.0, |event| event.time),
        after: None,
        title: format!("Following the {} of stack {}", doing(&stack.status), target.stack),
        resources,
        limit: request.stack.timeout,
        on_interrupt: OnInterrupt::Leave(nothing),
    };
    let ended = match under_way {
        true => follow::follow(&manager, &operation, reporter, interrupt).await?,
        // What made it end badly is told all the same.
        false => {
            reporter.report(Event::Note(format!(
                "Nothing goes on in stack {}: its status is {}. The last operation failed.",
                target.stack, stack.status
            )));
            let looking = follow::look_back(&manager, &operation, events, &stack.status, interrupt);
            interrupt.guard(nothing, looking).await?
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
        _ if ended.succeeded() => Ok(Outcome::Deployed { job: target.job, express }),
        _ => Err(follow::failed(&target, ended, None)),
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
