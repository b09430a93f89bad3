//! What there is of a job, read before anything is deleted, and what stands in the way.

use super::Request;
use super::deployed::Deployed;
use super::repositories::Share;
use crate::error::{Error, Result};
use crate::manifest::JOB_TYPE;
use crate::ops::app::regional;
use crate::ops::removal::port::OwnAccount;
use crate::ops::select;
use crate::report::Console;
use crate::store::{self, Application, Environment, Workload, workload_parameter};

/// Everything of a job that is to be deleted.
pub(super) struct Plan<A: OwnAccount> {
    pub application: Application,
    pub job: String,
    /// The only environment that it is deleted from.
    pub env: Option<String>,
    /// There is a record.
    pub recorded: bool,
    pub deployed: Deployed<A::Environment>,
    pub share: Share<A::Environment>,
    /// The application's pipelines, as far as they can be told.
    pub pipelines: Vec<String>,
}

/// Reads everything, and refuses what cannot be deleted.
///
/// # Errors
/// When something cannot be read, there is no such job, or something stands in the way.
pub(super) async fn plan<A: OwnAccount>(
    account: &A,
    request: &Request<A>,
    console: &Console<'_>,
) -> Result<Plan<A>> {
    let app = match &request.app {
        Some(app) => app.clone(),
        None => select::application(account, "--app", console).await?.name,
    };
    let (application, workloads, environments, set, pipelines) = tokio::join!(
        store::read_application(account, &app),
        store::workloads(account, &app),
        store::environments(account, &app),
        regional::read(account, &app),
        account.pipelines(&app),
    );
    let (application, workloads, environments) = (application?, workloads?, environments?);
    let job = match &request.name {
        Some(name) => name.clone(),
        None => select::registered_job(&app, &workloads, "--name", console)?,
    };
    let recorded = is_job(&app, &job, &workloads)?;
    let environments = chosen(&app, environments, request.env.as_deref())?;
    let profile = match &request.profile {
        Some(profile) => Some((profile, fitting(profile, &environments).await?)),
        None => None,
    };
    let mut obstacles = Vec::new();
    let (deployed, share) = tokio::join!(
        Deployed::read(
            account,
            &application,
            (&job, recorded),
            &environments,
            profile.as_ref().map(|(own, id)| (*own, id.as_str())),
            &mut obstacles,
            console,
        ),
        async { Share::read(account, &app, &job, &set?).await },
    );
    let (deployed, share) = (deployed?, share?);
    if request.env.is_none() {
        obstacles.extend(share.obstacle(&app, &job));
    }
    if !recorded && deployed.targets.is_empty() && (request.env.is_some() || !share.is_there()) {
        return Err(unknown(&app, &job, &workloads));
    }
    Error::all("things are in the way", obstacles)
        .map_err(|error| error.context(format!("job {job} was not deleted")))?;
    if !recorded {
        console.warn(format!("Application {app} has no record of job {job}. What is left of it is deleted."));
    }
    let pipelines = pipelines.unwrap_or_default();
    let env = request.env.clone();
    Ok(Plan { application, job, env, recorded, deployed, share, pipelines })
}

/// Whether there is a record of the job.
fn is_job(app: &str, job: &str, workloads: &[Workload]) -> Result<bool> {
    match workloads.iter().find(|workload| workload.name == job) {
        None => Ok(false),
        Some(found) if found.kind == JOB_TYPE => Ok(true),
        Some(found) => Err(Error::new(format!(
            "{job} is no job: {} says that it is a {}; nothing was deleted",
            workload_parameter(app, job),
            found.kind
        ))
        .hint(format!(
            "Delete services with AWS Copilot CLI, which deployed them: `copilot svc delete --app {app} --name {job}`."
        ))),
    }
}

fn unknown(app: &str, job: &str, workloads: &[Workload]) -> Error {
    let jobs = workloads.iter().filter(|workload| workload.kind == JOB_TYPE);
    let mut names: Vec<&str> = jobs.map(|workload| workload.name.as_str()).collect();
    names.sort_unstable();
    let error = Error::new(format!("there is no job {job} in application {app}"));
    match names.as_slice() {
        [] => error.hint("The application has no jobs."),
        names => error.hint(format!("Jobs of {app}: {}.", names.join(", "))),
    }
}

/// The environments that are meant.
fn chosen(app: &str, all: Vec<Environment>, env: Option<&str>) -> Result<Vec<Environment>> {
    let Some(env) = env else { return Ok(all) };
    if let Some(found) = all.iter().find(|found| found.name == env) {
        return Ok(vec![found.clone()]);
    }
    let names: Vec<&str> = all.iter().map(|env| env.name.as_str()).collect();
    let error = Error::new(format!("there is no environment {env} in application {app}"));
    Err(match names.as_slice() {
        [] => error.hint("The application has no environments."),
        names => error.hint(format!("Environments of {app}: {}.", names.join(", "))),
    })
}

/// The account of the profile's credentials, which must be that of an environment.
async fn fitting<A: OwnAccount>(profile: &A, environments: &[Environment]) -> Result<String> {
    let id = profile.identity().await?.account;
    if environments.iter().any(|environment| environment.account_id == id) {
        return Ok(id);
    }
    let accounts: Vec<String> =
        environments.iter().map(|env| format!("{} is in account {}", env.name, env.account_id)).collect();
    Err(Error::usage(format!("the profile's credentials belong to account {id}; {}", accounts.join(", ")))
        .hint("Pass --profile with a profile of an environment's account, or leave it out to use the manager roles."))
}
