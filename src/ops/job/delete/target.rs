//! A job in one environment, read before anything is deleted.

use super::running::{Job, Running, Sides};
use super::shared::{self, Shared};
use crate::error::{Error, Result};
use crate::ops::env::delete::survey::obstacle;
use crate::ops::removal::access::Access;
use crate::ops::removal::port::Place;
use crate::report::Console;
use crate::report::events::TreeResource;
use crate::stack::follow::described;
use crate::stack::port::Stack;
use crate::stack::status::Presence;
use crate::store::Environment;
use crate::template::cfn::names::{env_stack_name, stack_name};
use crate::template::cfn::retained::{Retained, retained};
use crate::template::env::ids::CLUSTER_OUTPUT;
use crate::template::job::ids::{ADDONS_STACK, ENV_CONTROLLER, STATE_MACHINE};
use crate::template::tags::{APPLICATION, ENVIRONMENT, WORKLOAD};

/// The job in an environment.
#[derive(Debug)]
pub(crate) struct Target<P> {
    pub environment: Environment,
    pub place: P,
    /// The same with the user's own credentials, when they belong to the environment's account and are not in use anyway.
    pub own: Option<P>,
    /// The job's stack.
    pub stack: Option<Stack>,
    /// Its name.
    pub stack_name: String,
    /// Its resources that have a description.
    pub rows: Vec<TreeResource>,
    pub(super) job: Job,
    pub(super) running: Running,
    /// What the environment has for the job and for others.
    pub(super) shared: Vec<Shared>,
    /// Resources that their template retains.
    pub retained: Vec<String>,
    /// Log groups that functions made.
    logs: Option<String>,
}

impl<P: Place> Target<P> {
    /// Reads everything about a job in an environment. What keeps it from being deleted is added to `obstacles`.
    ///
    /// # Errors
    /// When something cannot be read.
    pub(super) async fn read(
        environment: Environment,
        name: &str,
        recorded: bool,
        access: Access<P>,
        own: Option<P>,
        obstacles: &mut Vec<Error>,
        console: &Console<'_>,
    ) -> Result<Self> {
        let Environment { app, name: env, region, .. } = &environment;
        let (place, found) = (access.place, access.stack);
        let found = found.filter(|stack| is_of(stack, &environment, name, console));
        let env_stack = env_stack_name(app, env);
        let (env_stack, content) =
            tokio::try_join!(place.stack(&env_stack), Content::read(&place, found.as_ref(), region))?;
        // Without a record, only its template tells a job's stack from a service's.
        let (stack, content) = match recorded || content.machine.is_some() || found.is_none() {
            true => (found, content),
            false => {
                console
                    .warn(format!("Stack {} is not that of a job, and is kept.", stack_name(app, env, name)));
                (None, Content::default())
            }
        };
        obstacles
            .extend(stack.as_ref().and_then(|stack| obstacle(stack, &stack_name(app, env, name), region)));
        let job = Job {
            machine: content.machine,
            cluster: env_stack.as_ref().and_then(|stack| stack.outputs.get(CLUSTER_OUTPUT).cloned()),
            family: format!("{app}-{env}-{name}"),
        };
        let running = Running::read(&job, &Sides { place: &place, own: own.as_ref() }).await?;
        let shared = env_stack.map(|stack| shared::of(&stack, env, name)).unwrap_or_default();
        let Content { rows, kept: retained, logs, .. } = content;
        let stack_name = stack_name(app, env, name);
        Ok(Self { environment, place, own, stack, stack_name, rows, job, running, shared, retained, logs })
    }

    /// Whether there is anything of the job.
    pub(super) fn is_there(&self) -> bool {
        self.stack.is_some() || self.running.described().is_some() || !self.shared.is_empty()
    }

    /// Where its runs are.
    pub(super) fn sides(&self) -> Sides<'_, P> {
        Sides { place: &self.place, own: self.own.as_ref() }
    }

    /// What of it stays.
    pub(super) fn kept(&self) -> Vec<String> {
        let shared = self.shared.iter().filter_map(Shared::kept);
        self.retained.iter().chain(&self.logs).cloned().chain(shared).collect()
    }
}

/// Whether a stack of the job's name is the job's. An empty one that waits for its first change set has no tags yet.
fn is_of(stack: &Stack, environment: &Environment, job: &str, console: &Console<'_>) -> bool {
    let Environment { app, name: env, .. } = environment;
    let has = |(key, value): (&str, &str)| stack.tags.get(key).is_some_and(|found| found == value);
    let tagged =
        [(APPLICATION, app.as_str()), (ENVIRONMENT, env.as_str()), (WORKLOAD, job)].into_iter().all(has);
    let ours = tagged || (stack.tags.is_empty() && stack.status.presence() == Presence::InReview);
    if !ours {
        console.warn(format!(
            "Stack {} does not carry the tags of job {job} in environment {env}: somebody else made it, and it is kept.",
            stack_name(app, env, job)
        ));
    }
    ours
}

/// What a job's stack is made of.
#[derive(Debug, Default)]
struct Content {
    rows: Vec<TreeResource>,
    /// ARN of the state machine.
    machine: Option<String>,
    kept: Vec<String>,
    logs: Option<String>,
}

impl Content {
    async fn read(place: &impl Place, stack: Option<&Stack>, region: &str) -> Result<Self> {
        let Some(stack) = stack else { return Ok(Self::default()) };
        let (template, resources) = tokio::try_join!(place.template(&stack.id), place.resources(&stack.id))?;
        let template = template.unwrap_or_default();
        let physical = |id: &str| {
            let found = resources.iter().find(|resource| resource.logical_id == id)?;
            Some(found.physical_id.clone()).filter(|id| !id.is_empty())
        };
        let there = |id: &str| resources.iter().any(|resource| resource.logical_id == id);
        let rows = described(&template).into_iter().filter(|row| there(&row.logical_id)).collect();
        let line = |one: &Retained, physical: Option<String>| {
            let name = physical.unwrap_or_else(|| one.id.clone());
            let what = format!("{} {name} in {region}", one.kind);
            if one.snapshot { format!("a snapshot of {what}") } else { what }
        };
        let own = retained(&template);
        let mut kept: Vec<String> =
            own.iter().filter(|one| there(&one.id)).map(|one| line(one, physical(&one.id))).collect();
        if let Some(addons) = physical(ADDONS_STACK) {
            let (template, resources) = tokio::try_join!(place.template(&addons), place.resources(&addons))?;
            for one in retained(&template.unwrap_or_default()) {
                let found = resources.iter().find(|resource| resource.logical_id == one.id);
                kept.extend(found.map(|found| line(&one, Some(found.physical_id.clone()))));
            }
        }
        let machine = physical(STATE_MACHINE).filter(|id| id.starts_with("arn:"));
        let logs = there(ENV_CONTROLLER).then(|| {
            let name = stack.id.split('/').nth(1).unwrap_or_default();
            format!("log groups of functions in {region}, below /aws/lambda/{name}-")
        });
        Ok(Self { rows, machine, kept, logs })
    }
}
