//! `copilot job delete`: everything is read and checked first, then what the job consists of is deleted in an order in which a
//! run that breaks off can be repeated: its runs and its stack in each environment, side by side; its images; its place in the
//! stack set; its record.

pub(crate) mod deployed;
mod repositories;
mod running;
mod shared;
mod survey;
mod target;

use crate::error::{Kind, Result};
use crate::ops::env::delete::{NOTHING_DELETED, REPEAT, confirm};
use crate::ops::outcome::Outcome;
use crate::ops::removal::port::OwnAccount;
use crate::report::Console;
use crate::store::{Environment, workload_parameter};
use crate::template::cfn::names::stack_name;
use deployed::Means;
use shared::Shared;
use survey::Plan;

/// Which job to delete.
#[derive(Debug)]
pub struct Request<A> {
    /// Application name; asked for when absent.
    pub app: Option<String>,
    /// The only environment to delete it from.
    pub env: Option<String>,
    /// Job name; asked for when absent.
    pub name: Option<String>,
    /// Delete without asking.
    pub yes: bool,
    /// Credentials of an environment's account, to use in place of its manager role.
    pub profile: Option<A>,
}

/// Deletes a job. `None` when it was not there, in the environment that was named.
///
/// # Errors
/// When there is no such job, the user does not agree, or something cannot be deleted.
pub async fn run<A: OwnAccount>(
    account: &A,
    request: &Request<A>,
    console: &Console<'_>,
) -> Result<Option<Outcome>> {
    let plan = console.guard(NOTHING_DELETED, survey::plan(account, request, console)).await?;
    let Plan { application, job, .. } = &plan;
    let app = &application.name;
    let (question, what) = match &plan.env {
        Some(env) if plan.deployed.targets.is_empty() => {
            let stack = stack_name(app, env, job);
            console.note(format!("Nothing was deleted: there is no stack {stack}, and nothing else of job {job} in environment {env}."));
            return Ok(None);
        }
        Some(env) => {
            (format!("Delete job {job} from environment {env}?"), format!("job {job} from environment {env}"))
        }
        None => {
            (format!("Delete job {job} of application {app}?"), format!("job {job} of application {app}"))
        }
    };
    if request.yes {
        let (runs, gone) = plan.deployed.consequences();
        runs.into_iter().chain(gone).for_each(|line| console.note(line));
    } else {
        announce(&plan, console);
        confirm(&question, console).await?;
    }
    console.note_pending(REPEAT);
    let again = command(app, job);
    let means = Means { asked: !request.yes, buckets: Some(&plan.share.buckets), again: &again };
    plan.deployed.delete(&means, console).await.map_err(|error| match (error.kind(), &plan.env) {
        (Kind::Failure, None) => error.hint(
            "The job's images and its record stay until its stacks are gone. Run the command again then.",
        ),
        _ => error,
    })?;
    if plan.env.is_none() {
        let shared = plan.share.delete(account, application, job, console).await;
        shared.map_err(|error| match error.kind() {
            Kind::Interrupted => error.hint("Run the command again then to delete the rest."),
            _ => error.context(format!("job {job} was not deleted")),
        })?;
        console.guard(REPEAT, account.delete(&workload_parameter(app, job))).await?;
    }
    console.clear_pending();
    kept(&plan).into_iter().for_each(|kept| console.note(format!("Kept: {kept}.")));
    if !plan.pipelines.is_empty() && plan.env.is_none() {
        console.note(format!(
            "If a pipeline deploys the job ({}), it does so again until it is updated: `copilot pipeline deploy` of AWS Copilot CLI, \
             which set it up.",
            plan.pipelines.join(", ")
        ));
    }
    Ok(Some(Outcome::Deleted { what }))
}

/// The command that deletes a job.
fn command(app: &str, job: &str) -> String {
    format!("copilot job delete --app {app} --name {job}")
}

/// Says what goes and what stays.
fn announce<A: OwnAccount>(plan: &Plan<A>, console: &Console<'_>) {
    let (app, job) = (&plan.application.name, &plan.job);
    console.note(format!("Job {job} of application {app}. To be deleted:"));
    for target in &plan.deployed.targets {
        let Environment { name: env, account_id, region, .. } = &target.environment;
        let place = format!("environment {env}, account {account_id}, {region}");
        if target.stack.is_some() {
            console.note(format!(
                "- {place}: stack {} with everything in it, such as the schedule, the state machine and the logs",
                target.stack_name
            ));
        }
        if let Some(runs) = target.running.described() {
            console.note(format!("- {place}: {runs}"));
        }
        for gone in target.shared.iter().filter_map(Shared::released) {
            console.note(format!("- {gone}"));
        }
    }
    if plan.env.is_none() {
        plan.share.described().into_iter().for_each(|line| console.note(format!("- {line}")));
        if plan.share.listed {
            console.note("- its place in the application's stack set");
        }
        if plan.recorded {
            console.note(format!("- its record {}", workload_parameter(app, job)));
        }
    }
    console.note("Kept:");
    console.note(format!("- files in the workspace, such as copilot/{job}/manifest.yml"));
    if plan.env.is_some() {
        console.note("- its images, and the job in other environments");
    }
    kept(plan).into_iter().for_each(|kept| console.note(format!("- {kept}")));
}

/// What of the job stays in AWS.
fn kept<A: OwnAccount>(plan: &Plan<A>) -> Vec<String> {
    let mut kept: Vec<String> = plan.deployed.kept().collect();
    if plan.env.is_none() {
        kept.extend(plan.share.kept(&plan.application.name));
    }
    kept
}
