//! What there is of an application, read before anything is deleted, and what stands in the way.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;

use crate::error::{Error, Result};
use crate::ops::app::regional::{self, Region, SetState};
use crate::ops::env::delete::command;
use crate::ops::env::delete::survey::{Target, obstacle};
use crate::ops::job::delete::deployed::Deployed;
use crate::ops::removal::access;
use crate::ops::removal::port::{Belongings as _, OwnAccount, Place};
use crate::ops::workloads::{Workloads, by_kind};
use crate::report::Console;
use crate::stack::port::{Stack, Stacks as _};
use crate::store::{self, Application, Environment, Workload, application_parameter};
use crate::template::app::names;
use crate::template::cfn::names::env_stack_name;
use crate::template::tags::APPLICATION;

/// Everything of an application that is to be deleted.
pub(super) struct Plan<A: OwnAccount> {
    pub app: String,
    /// The application's account.
    pub account: String,
    /// There is a record.
    pub recorded: bool,
    /// Registered jobs, as they are deployed.
    pub jobs: Vec<Deployed<A::Environment>>,
    pub environments: Vec<Target<A::Environment>>,
    pub regions: Vec<Region<A::Environment>>,
    /// There is a stack set.
    pub set: bool,
    /// The stack of the application's roles.
    pub roles: Option<Stack>,
    /// Repositories that are named like the application's, and that it did not make.
    pub foreign: Vec<String>,
}

/// What is known of an application by its name alone.
struct Found {
    application: Option<Application>,
    environments: Vec<Environment>,
    workloads: Vec<Workload>,
    pipelines: Vec<String>,
    set: SetState,
    roles: Option<Stack>,
}

/// Reads everything, and refuses what cannot be deleted. `None` when there is nothing.
///
/// # Errors
/// When something cannot be read or stands in the way.
pub(super) async fn plan<A: OwnAccount>(
    account: &A,
    app: &str,
    console: &Console<'_>,
) -> Result<Option<Plan<A>>> {
    let found = find(account, app, console).await?;
    let Found { application, environments, workloads, pipelines, set, roles } = found;
    let recorded = application.is_some();
    let application = match application {
        Some(application) => application,
        None if environments.is_empty() && set.template.is_none() && roles.is_none() => return Ok(None),
        None => {
            console.warn(format!("There is no record of application {app}. What is left of it is deleted."));
            let id = account.identity().await?.account;
            Application { name: app.to_owned(), account: id, ..Application::default() }
        }
    };
    let kinds = by_kind(workloads.clone());
    let mut obstacles = parts(app, &kinds, &pipelines);
    let names: Vec<&str> = kinds.jobs.iter().map(|job| job.name.as_str()).collect();
    let jobs = kinds.jobs.iter().map(|job| {
        let (application, environments) = (&application, &environments);
        async move {
            let mut found = Vec::new();
            let job = (job.name.as_str(), true);
            let deployed =
                Deployed::read(account, application, job, environments, None, &mut found, console).await?;
            Ok::<_, Error>((deployed, found))
        }
    });
    let targets = environments.iter().map(|environment| {
        let (workloads, along, console) = (&workloads, &names, console.about(&environment.name));
        async move {
            let environment = Environment { app: app.to_owned(), ..environment.clone() };
            let (stack, again) = (env_stack_name(app, &environment.name), command(&environment));
            let access = access::enter(account, &environment, &stack, None, &again, &console).await?;
            let mut found = Vec::new();
            let target = Target::read(environment, access, workloads, along, &mut found, &console).await?;
            Ok::<_, Error>((target, found))
        }
    });
    let regions = async {
        let regions = try_join_all(set.instances.iter().map(|one| Region::read(account, one))).await?;
        let instances: Vec<_> = set.instances.iter().collect();
        let found = regional::obstacles(account, &application, &instances, &regions).await?;
        Ok::<_, Error>((foreign(app, &regions).await, regions, found))
    };
    let (targets, regions, jobs) = tokio::join!(try_join_all(targets), regions, try_join_all(jobs));
    let (targets, (foreign, regions, found), jobs) = (targets?, regions?, jobs?);
    obstacles.extend(unrecorded(account, app, &targets, &regions).await?);
    obstacles.extend(
        roles.as_ref().and_then(|stack| obstacle(stack, &names::roles_stack(app), &account.home_region())),
    );
    obstacles.extend(found);
    let mut deployed = Vec::new();
    for (job, found) in jobs {
        obstacles.extend(found);
        deployed.push(job);
    }
    let mut environments = Vec::new();
    for (target, found) in targets {
        obstacles.extend(found);
        environments.push(target);
    }
    Error::all("things are in the way", obstacles)
        .map_err(|error| error.context(format!("application {app} was not deleted")))?;
    Ok(Some(Plan {
        app: app.to_owned(),
        account: application.account,
        recorded,
        jobs: deployed,
        environments,
        regions,
        set: set.template.is_some(),
        roles,
        foreign,
    }))
}

async fn find<A: OwnAccount>(account: &A, app: &str, console: &Console<'_>) -> Result<Found> {
    let parameter = application_parameter(app);
    let home = account.own(&account.home_region());
    let roles = names::roles_stack(app);
    let (record, environments, workloads, pipelines, set, stack) = tokio::join!(
        account.read(&parameter),
        store::environments(account, app),
        store::workloads(account, app),
        account.pipelines(app),
        regional::read(account, app),
        home.stack(&roles),
    );
    let (record, environments, workloads) = (record?, environments?, workloads?);
    let (pipelines, set) = (pipelines?, set?);
    let roles = stack?.filter(|stack| {
        let ours = stack.tags.get(APPLICATION).is_some_and(|found| found == app);
        if !ours {
            console.warn(format!(
                "Stack {roles} does not carry the tag of application {app}: somebody else made it, and it is kept."
            ));
        }
        ours
    });
    let application = record.map(|text| store::parse(&parameter, &text)).transpose()?;
    Ok(Found { application, environments, workloads, pipelines, set, roles })
}

/// Services and pipelines that are still there.
fn parts(app: &str, workloads: &Workloads, pipelines: &[String]) -> Vec<Error> {
    let names = |workloads: &[Workload]| {
        workloads.iter().map(|workload| workload.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let mut found = Vec::new();
    if let Some(first) = workloads.services.first() {
        found.push(
            Error::new(format!("services still belong to application {app}: {}", names(&workloads.services))).hint(
                format!(
                    "Delete services with AWS Copilot CLI, which deployed them: `copilot svc delete --app {app} --name {}`.",
                    first.name
                ),
            ),
        );
    }
    if let Some(first) = pipelines.first() {
        found.push(
            Error::new(format!("pipelines still belong to application {app}: {}", pipelines.join(", "))).hint(format!(
                "Delete pipelines with AWS Copilot CLI, which set them up: `copilot pipeline delete --app {app} --name {first}`."
            )),
        );
    }
    found
}

/// Stacks of environments that have no record: an `env init` or a deletion that broke off left them, or another tool.
async fn unrecorded<A: OwnAccount>(
    account: &A,
    app: &str,
    targets: &[(Target<A::Environment>, Vec<Error>)],
    regions: &[Region<A::Environment>],
) -> Result<Vec<Error>> {
    let home = account.home_region();
    let names: BTreeSet<&str> =
        regions.iter().map(|region| region.name.as_str()).chain([home.as_str()]).collect();
    let look = |region: &str| {
        let place = account.own(region);
        async move { place.tagged_stacks(app, None).await }
    };
    let found = try_join_all(names.iter().map(|region| look(region))).await?;
    let mut obstacles = Vec::new();
    for (region, stacks) in names.into_iter().zip(found) {
        for stack in stacks {
            let Some(env) = stack.environment else { continue };
            let recorded = targets.iter().any(|(target, _)| target.environment.name == env);
            if recorded || stack.name != env_stack_name(app, &env) {
                continue;
            }
            obstacles.push(
                Error::new(format!(
                    "stack {} in {region} is of environment {env}, of which there is no record",
                    stack.name
                ))
                .hint(format!("Delete it first: `copilot env delete --app {app} --name {env}`.")),
            );
        }
    }
    Ok(obstacles)
}

/// Repositories that are named like the application's, and that its stacks did not make. They only help the user.
async fn foreign<P: Place>(app: &str, regions: &[Region<P>]) -> Vec<String> {
    let prefix = format!("{app}/");
    let look = |region| {
        let (prefix, region): (&str, &Region<P>) = (&prefix, region);
        async move { (region, region.place.repositories(prefix).await.unwrap_or_default()) }
    };
    let mut foreign = Vec::new();
    for (region, names) in futures_util::future::join_all(regions.iter().map(look)).await {
        let own = region.repositories();
        let others = names.into_iter().filter(|name| !own.contains(&name.as_str()));
        foreign.extend(others.map(|name| {
            format!("repository {name} in {}, which this application did not make", region.name)
        }));
    }
    foreign
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_still_there_are_named() {
        let workload = |name: &str| Workload { name: name.to_owned(), ..Workload::default() };
        let workloads =
            Workloads { services: vec![workload("front")], jobs: vec![workload("a"), workload("b")] };
        let told = |found: Vec<Error>| {
            let lines = found.iter().map(|error| format!("{error}\n  {}", error.hints().join("\n  ")));
            lines.collect::<Vec<_>>().join("\n")
        };
        insta::assert_snapshot!(told(parts("demo", &workloads, &["main".to_owned()])), @"
        services still belong to application demo: front
          Delete services with AWS Copilot CLI, which deployed them: `copilot svc delete --app demo --name front`.
        pipelines still belong to application demo: main
          Delete pipelines with AWS Copilot CLI, which set them up: `copilot pipeline delete --app demo --name main`.
        ");
        insta::assert_snapshot!(told(parts("demo", &Workloads { services: vec![], ..workloads }, &[])), @"");
    }
}
