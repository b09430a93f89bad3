//! `copilot app delete`: everything is read and checked first. Then the jobs go, side by
//! side, then the environments, then what the application has in its regions, its stack set, its roles, its record, and the workspace's word for it.

mod survey;

use futures_util::future::{join_all, try_join_all};

use super::regional::{self, Region};
use crate::error::{Error, Kind, Result};
use crate::ops::env::delete::stack::{self as env_stack, Means};
use crate::ops::env::delete::survey::{Target, log_groups};
use crate::ops::env::delete::{LIMIT, NOTHING_DELETED, REPEAT, confirm, own, roles, waiting};
use crate::ops::job::delete::deployed::{self, Deployed};
use crate::ops::outcome::Outcome;
use crate::ops::removal::port::OwnAccount;
use crate::ops::select;
use crate::report::Console;
use crate::stack::port::Stacks as _;
use crate::stack::{self, Deletion, ManagedStack, Options};
use crate::store::{self, application_parameter, environment_parameter, workload_parameter};
use crate::template::app::names;
use crate::workspace::Workspace;
use survey::Plan;

/// Which application to delete.
#[derive(Debug)]
pub struct Request {
    /// Its name; asked for when absent.
    pub name: Option<String>,
    /// Delete without asking.
    pub yes: bool,
    /// The workspace, which may be the application's.
    pub workspace: Option<Workspace>,
}

/// Deletes an application.
///
/// # Errors
/// When there is no such application, something still belongs to it, the user does not agree, or something cannot be deleted.
pub async fn run<A: OwnAccount>(account: &A, request: &Request, console: &Console<'_>) -> Result<Outcome> {
    let app = match &request.name {
        Some(name) => name.clone(),
        None => console.guard(NOTHING_DELETED, select::application(account, "--name", console)).await?.name,
    };
    let workspace = request.workspace.as_ref().filter(|workspace| workspace.belongs_to(&app));
    let Some(mut plan) = console.guard(NOTHING_DELETED, survey::plan(account, &app, console)).await? else {
        return gone(account, &app, workspace, console).await;
    };
    if request.yes {
        // What an environment has for its jobs goes with it anyway.
        plan.jobs.iter().flat_map(|job| job.consequences().0).for_each(|line| console.note(line));
    } else {
        announce(&plan, workspace, console);
        confirm(&format!("Delete application {app}?"), console).await?;
    }
    console.note_pending(REPEAT);
    jobs(account, &mut plan, !request.yes, console).await?;
    environments(account, &plan, console).await?;
    if plan.set {
        regional::delete(account, &app, &plan.regions, LIMIT, console).await?;
        account.delete_stack_set(&names::stack_set(&app)).await?;
    }
    delete_roles(account, &plan, console).await?;
    account.delete(&application_parameter(&app)).await?;
    if let Some(workspace) = workspace {
        workspace.forget_application()?;
    }
    console.clear_pending();
    for kept in kept(&plan) {
        console.note(format!("Kept: {kept}."));
    }
    Ok(Outcome::Deleted { what: format!("application {app}") })
}

/// Nothing is left in AWS: an earlier run may have been cut off behind its last call.
async fn gone<A: OwnAccount>(
    account: &A,
    app: &str,
    workspace: Option<&Workspace>,
    console: &Console<'_>,
) -> Result<Outcome> {
    let Some(workspace) = workspace else {
        return store::read_application(account, app)
            .await
            .map(|_| Outcome::Deleted { what: format!("application {app}") });
    };
    let place = account.place().await;
    let file = workspace.forget_application()?;
    console.note(format!("There is no application {app} in {place} any more; removed {}.", file.display()));
    Ok(Outcome::Deleted { what: format!("application {app}") })
}

/// Deletes the jobs side by side. Their images go with the application's regions.
async fn jobs<A: OwnAccount>(
    account: &A,
    plan: &mut Plan<A>,
    asked: bool,
    console: &Console<'_>,
) -> Result<()> {
    let again = format!("copilot app delete --name {}", plan.app);
    let means = deployed::Means { asked, buckets: None, again: &again };
    let app = &plan.app;
    let deletions = plan.jobs.iter().map(|job| async {
        job.delete(&means, console).await?;
        console.guard(REPEAT, account.delete(&workload_parameter(app, &job.job))).await
    });
    let mut failed: Vec<Error> = join_all(deletions).await.into_iter().filter_map(Result::err).collect();
    if let Some(interrupted) = failed.iter().position(|error| error.kind() == Kind::Interrupted) {
        return Err(failed.swap_remove(interrupted));
    }
    Error::all("jobs could not be deleted; the application stays", failed)?;
    if plan.jobs.iter().any(|job| !job.targets.is_empty()) {
        // The stacks of jobs change those of their environments.
        let looks = plan.environments.iter().map(|target| async {
            match &target.stack {
                Some(stack) => target.place.stack(&stack.id).await,
                None => Ok(None),
            }
        });
        let stacks = console.guard(REPEAT, try_join_all(looks)).await?;
        for (target, stack) in plan.environments.iter_mut().zip(stacks) {
            target.stack = stack;
        }
    }
    Ok(())
}

/// Deletes the environments side by side. One that fails does not keep the others.
async fn environments<A: OwnAccount>(account: &A, plan: &Plan<A>, console: &Console<'_>) -> Result<()> {
    let deletions = plan.environments.iter().map(|target| {
        let console = console.about(&target.environment.name);
        async move { environment(account, plan, target, &console).await }
    });
    let mut failed: Vec<Error> = join_all(deletions).await.into_iter().filter_map(Result::err).collect();
    if let Some(interrupted) = failed.iter().position(|error| error.kind() == Kind::Interrupted) {
        return Err(failed.swap_remove(interrupted));
    }
    Error::all("environments could not be deleted; the application stays", failed)
}

async fn environment<A: OwnAccount>(
    account: &A,
    plan: &Plan<A>,
    target: &Target<A::Environment>,
    console: &Console<'_>,
) -> Result<()> {
    let env = &target.environment;
    let region = plan.regions.iter().find(|region| region.name == env.region);
    let again = format!("copilot app delete --name {}", plan.app);
    let own = own(account, &plan.account, target);
    let means = Means { bucket: region.and_then(Region::bucket), own, again: &again };
    env_stack::delete(target, &means, console).await?;
    roles::delete(target, means.own.as_ref(), console).await?;
    account.delete(&environment_parameter(&env.app, &env.name)).await
}

/// Deletes the stack of the application's roles.
async fn delete_roles<A: OwnAccount>(account: &A, plan: &Plan<A>, console: &Console<'_>) -> Result<()> {
    let Some(stack) = &plan.roles else { return Ok(()) };
    let home = account.own(&account.home_region());
    let name = names::roles_stack(&plan.app);
    let again = format!("copilot app delete --name {}", plan.app);
    let managed = ManagedStack {
        cloudformation: &home,
        name: &name,
        options: &Options::default(),
        linked: &[],
        resume_with: &again,
    };
    let deletion = Deletion {
        role_arn: None,
        described: format!("stack {name}"),
        title: format!("Deleting stack {name}"),
        resources: Vec::new(),
        interrupted: REPEAT,
    };
    let deleted = stack::delete(&managed, stack, &deletion, console);
    waiting::told(&format!("stack {name}"), console, deleted).await
}

/// Says what goes and what stays.
fn announce<A: OwnAccount>(plan: &Plan<A>, workspace: Option<&Workspace>, console: &Console<'_>) {
    let Plan { app, account, .. } = plan;
    console.note(format!("Application {app}, account {account}. To be deleted:"));
    for job in &plan.jobs {
        let stacks: Vec<&str> = job.targets.iter().map(|target| target.stack_name.as_str()).collect();
        let stacks = match stacks.as_slice() {
            [] => String::new(),
            [stack] => format!("stack {stack} and "),
            stacks => format!("stacks {} and ", stacks.join(", ")),
        };
        console.note(format!("- job {}: {stacks}its record", job.job));
        job.consequences().0.into_iter().for_each(|line| console.note(format!("  {line}")));
    }
    for target in &plan.environments {
        let env = &target.environment;
        let stack = match target.stack {
            Some(_) => {
                format!("stack {} with everything in it, its roles and its record", target.stack_name())
            }
            None => "its roles and its record".to_owned(),
        };
        console
            .note(format!("- environment {}, account {}, {}: {stack}", env.name, env.account_id, env.region));
    }
    for region in &plan.regions {
        console.note(format!("- what the application has in {}", region.described()));
    }
    let mut rest = Vec::new();
    if plan.set {
        rest.push(format!("stack set {}", names::stack_set(app)));
    }
    if plan.roles.is_some() {
        rest.push(format!("stack {}", names::roles_stack(app)));
    }
    if plan.recorded {
        rest.push(format!("record {}", application_parameter(app)));
    }
    if workspace.is_some() {
        rest.push("copilot/.workspace".to_owned());
    }
    for part in rest {
        console.note(format!("- {part}"));
    }
    console.note("Kept:");
    console.note("- manifests and all other files in the workspace");
    for kept in kept(plan) {
        console.note(format!("- {kept}"));
    }
}

/// What of the application stays in AWS.
fn kept<A: OwnAccount>(plan: &Plan<A>) -> Vec<String> {
    let mut kept: Vec<String> = plan.environments.iter().flat_map(Target::kept).collect();
    kept.extend(plan.jobs.iter().flat_map(Deployed::retained));
    if plan.environments.iter().any(|target| target.stack.is_some()) {
        kept.push(log_groups(&plan.app));
    }
    for region in &plan.regions {
        kept.push(format!("the KMS key in {}, for the 30 days after which AWS deletes it", region.name));
    }
    kept.extend(plan.foreign.iter().cloned());
    kept
}
