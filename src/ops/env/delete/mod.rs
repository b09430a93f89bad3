//! `copilot env delete`: everything is read and checked first, then what the environment consists of is deleted in an order
//! in which a run that breaks off can be repeated: the stack, the application's share, the roles, the record.

pub(crate) mod roles;
pub(crate) mod share;
pub(crate) mod stack;
pub(crate) mod survey;
pub(crate) mod waiting;

use std::time::Duration;

use futures_util::future::try_join_all;

use crate::error::{Error, Kind, Result};
use crate::ops::app::regional::{self, Region, SetState};
use crate::ops::outcome::Outcome;
use crate::ops::removal::access;
use crate::ops::removal::port::{OwnAccount, Place};
use crate::ops::select;
use crate::report::Console;
use crate::stack::port::{Stack, Stacks as _};
use crate::stack::timeout;
use crate::store::{self, Application, Environment, environment_parameter};
use crate::template::cfn::names::env_stack_name;
use crate::template::tags::{APPLICATION, ENVIRONMENT};
use share::Unneeded;
use stack::Means;
use survey::Target;

/// What an interrupt means before anything is deleted.
pub(crate) const NOTHING_DELETED: &str = "nothing was deleted";

/// What an interrupt means in the middle.
pub(crate) const REPEAT: &str = "run the command again to delete the rest";

/// How long each operation may take.
pub(crate) const LIMIT: Duration = timeout::DEFAULT;

/// Which environment to delete.
#[derive(Debug)]
pub struct Request<A> {
    /// Application name; asked for when absent.
    pub app: Option<String>,
    /// Environment name; asked for when absent.
    pub name: Option<String>,
    /// Delete without asking.
    pub yes: bool,
    /// Credentials of the environment's account, to use in place of its manager role.
    pub profile: Option<A>,
}

/// What is about to be deleted.
struct Plan<A: OwnAccount> {
    application: Application,
    target: Target<A::Environment>,
    /// What the application has in the environment's region for it alone.
    region: Option<Region<A::Environment>>,
    /// The artifact bucket of the region.
    bucket: Option<String>,
}

/// Deletes an environment.
///
/// # Errors
/// When there is no such environment, something still uses it, the user does not agree, or something cannot be deleted.
pub async fn run<A: OwnAccount>(account: &A, request: &Request<A>, console: &Console<'_>) -> Result<Outcome> {
    let plan = console.guard(NOTHING_DELETED, plan(account, request, console)).await?;
    let Environment { app, name, .. } = plan.target.environment.clone();
    if !request.yes {
        announce(&plan, console);
        let question = format!("Delete environment {name} of application {app}?");
        confirm(&question, console).await?;
    }
    console.note_pending(REPEAT);
    let again = command(&plan.target.environment);
    let own = own(account, &plan.application.account, &plan.target);
    let means = Means { bucket: plan.bucket.as_deref(), own, again: &again };
    stack::delete(&plan.target, &means, console).await?;
    // Others may have come or gone since the beginning.
    let all = console.guard(REPEAT, store::environments(account, &app)).await?;
    share::clean(account, &plan.application, &plan.target.environment, &all, LIMIT, console).await?;
    roles::delete(&plan.target, means.own.as_ref(), console).await?;
    account.delete(&environment_parameter(&app, &name)).await?;
    console.clear_pending();
    for kept in kept(&plan.target) {
        console.note(format!("Kept: {kept}."));
    }
    Ok(Outcome::Deleted { what: format!("environment {name} of application {app}") })
}

/// The command that deletes an environment.
pub(crate) fn command(environment: &Environment) -> String {
    format!("copilot env delete --app {} --name {}", environment.app, environment.name)
}

/// The environment's region with the user's own credentials, when they belong to the environment's account and are not in use
/// anyway; `home` is the application's account, whose they are.
pub(crate) fn own<A: OwnAccount>(
    account: &A,
    home: &str,
    target: &Target<A::Environment>,
) -> Option<A::Environment> {
    let Environment { account_id, region, .. } = &target.environment;
    (!target.own && home == account_id).then(|| account.own(region))
}

/// Asks whether to go on.
///
/// # Errors
/// When the answer is no, or nobody can be asked.
pub(crate) async fn confirm(question: &str, console: &Console<'_>) -> Result<()> {
    match console.confirm(NOTHING_DELETED, question, "--yes").await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::new("cancelled: nothing was deleted")),
        Err(error) if error.kind() == Kind::Failure => {
            Err(Error::usage("--yes is missing and there is no terminal to ask on: nothing was deleted")
                .hint("Pass --yes to delete without a question, or pipe `y` into the command."))
        }
        Err(error) => Err(error),
    }
}

/// Reads everything, and refuses what cannot be deleted.
async fn plan<A: OwnAccount>(account: &A, request: &Request<A>, console: &Console<'_>) -> Result<Plan<A>> {
    let app = match &request.app {
        Some(app) => app.clone(),
        None => select::application(account, "--app", console).await?.name,
    };
    let (application, environments, workloads, pipelines, set) = tokio::join!(
        store::read_application(account, &app),
        store::environments(account, &app),
        store::workloads(account, &app),
        survey::pipelines(account, &app),
        regional::read(account, &app),
    );
    let (application, environments) = (application?, environments?);
    let (workloads, pipelines, set) = (workloads?, pipelines?, set?);
    let environment = match &request.name {
        Some(name) => match environments.iter().find(|env| env.name == *name) {
            Some(found) => found.clone(),
            None => unrecorded(account, &app, name, (&environments, &set), console).await?,
        },
        None => select::environment(&app, environments.clone(), "--name", console)?,
    };
    // Stacks are named after the application that was asked for, whatever an old record holds.
    let environment = Environment { app: app.clone(), ..environment };
    let mut obstacles: Vec<Error> = survey::deploying(&pipelines, &environment).into_iter().collect();
    let unneeded = Unneeded::of(&environment, &environments);
    let target = async {
        let (stack, again) = (env_stack_name(&app, &environment.name), command(&environment));
        let profile = request.profile.as_ref();
        let access = access::enter(account, &environment, &stack, profile, &again, console).await?;
        let mut found = Vec::new();
        let target = Target::read(environment.clone(), access, &workloads, &[], &mut found, console).await?;
        Ok::<_, Error>((target, found))
    };
    let region = async {
        let region = share::region(account, &environment, &set).await?;
        let instances: Vec<_> = set.instances.iter().filter(|one| one.region == environment.region).collect();
        let found = match unneeded.region {
            true => regional::obstacles(account, &application, &instances, region.as_slice()).await?,
            false => Vec::new(),
        };
        Ok::<_, Error>((region, found))
    };
    let (target, region) = tokio::join!(target, region);
    let (target, region) = (target?, region?);
    obstacles.extend(target.1);
    obstacles.extend(region.1);
    Error::all("things are in the way", obstacles)
        .map_err(|error| error.context(format!("environment {} was not deleted", environment.name)))?;
    let bucket = region.0.as_ref().and_then(Region::bucket).map(str::to_owned);
    let region = region.0.filter(|_| unneeded.region);
    Ok(Plan { application, target: target.0, region, bucket })
}

/// The environment that a stack without a record is, as an `env init` or a deletion that broke off may leave it.
async fn unrecorded<A: OwnAccount>(
    account: &A,
    app: &str,
    name: &str,
    (known, set): (&[Environment], &SetState),
    console: &Console<'_>,
) -> Result<Environment> {
    let stack_name = env_stack_name(app, name);
    let mut regions: Vec<String> = set.instances.iter().map(|instance| instance.region.clone()).collect();
    regions.push(account.home_region());
    regions.sort();
    regions.dedup();
    let look = |region: &String| {
        let (place, stack) = (account.own(region), &stack_name);
        async move { place.stack(stack).await }
    };
    let found = try_join_all(regions.iter().map(look)).await?;
    let ours = |stack: &Stack| {
        let has = |key: &str, value: &str| stack.tags.get(key).is_some_and(|found| found == value);
        has(APPLICATION, app) && has(ENVIRONMENT, name)
    };
    let found =
        regions.into_iter().zip(found).find_map(|(region, stack)| Some((region, stack.filter(ours)?)));
    let Some((region, stack)) = found else {
        let names: Vec<&str> = known.iter().map(|env| env.name.as_str()).collect();
        let error = Error::new(format!("there is no environment {name} in application {app}"));
        return Err(match names.as_slice() {
            [] => error.hint("The application has no environments."),
            names => error.hint(format!("Environments of {app}: {}.", names.join(", "))),
        });
    };
    console.warn(format!(
        "Application {app} has no record of environment {name}, but there is its stack {stack_name} in {region}."
    ));
    let role = |output: &str| stack.outputs.get(output).cloned().unwrap_or_default();
    Ok(Environment {
        app: app.to_owned(),
        name: name.to_owned(),
        account_id: stack.id.split(':').nth(4).unwrap_or_default().to_owned(),
        region,
        execution_role_arn: role("CFNExecutionRoleARN"),
        manager_role_arn: role("EnvironmentManagerRoleARN"),
        ..Environment::default()
    })
}

/// Says what goes and what stays.
fn announce<A: OwnAccount>(plan: &Plan<A>, console: &Console<'_>) {
    let target = &plan.target;
    let Environment { app, name, account_id, region, .. } = &target.environment;
    console.note(format!(
        "Environment {name} of application {app}, account {account_id}, {region}. To be deleted:"
    ));
    if target.stack.is_some() {
        console.note(format!("- stack {} with everything in it", target.stack_name()));
    }
    let roles: Vec<&str> =
        [&target.execution_role, &target.manager_role].into_iter().flatten().map(String::as_str).collect();
    if !roles.is_empty() {
        console.note(format!("- its roles {}", roles.join(" and ")));
    }
    if let Some(region) = &plan.region {
        console.note(format!(
            "- what application {app} has in {}, as no other environment is there",
            region.described()
        ));
    }
    console.note(format!("- its record {}", environment_parameter(app, name)));
    console.note("Kept:");
    console.note(format!("- files in the workspace, such as copilot/environments/{name}/manifest.yml"));
    for kept in kept(target) {
        console.note(format!("- {kept}"));
    }
}

/// What of the environment stays in AWS.
fn kept<P: Place>(target: &Target<P>) -> Vec<String> {
    let mut kept = target.kept();
    if target.stack.is_some() {
        kept.push(survey::log_groups(&target.stack_name()));
    }
    kept
}
