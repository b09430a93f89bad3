//! Which application, environment and job: the flags, the only choice, or the user's answer.

use super::job::Request;
use crate::error::{Error, Result};
use crate::manifest::JOB_TYPE;
use crate::ops::port::Account;
use crate::report::Console;
use crate::store::port::Parameters;
use crate::store::{self, Application, Environment, Workload};
use crate::workspace::Workspace;

/// What to deploy where.
pub(crate) struct Chosen {
    pub env: String,
    pub job: String,
    /// All environments, if they had to be listed.
    pub environments: Vec<String>,
}

/// Environment and job to deploy.
pub(crate) async fn names<A: Account>(
    account: &A,
    request: &Request,
    console: &Console<'_>,
) -> Result<Chosen> {
    // A job that is not in the workspace is told before anything is asked or listed.
    if let Some(job) = &request.job {
        request.workspace.read_manifest(job)?;
    }
    let registered = async {
        match &request.job {
            Some(_) => Ok(Vec::new()),
            None => account.jobs(&request.app).await,
        }
    };
    let environments = async {
        match &request.env {
            Some(_) => Ok(Vec::new()),
            None => account.environments(&request.app).await,
        }
    };
    let (application, registered, environments) =
        tokio::join!(account.application(&request.app), registered, environments);
    application?;
    let job = match &request.job {
        Some(job) => job.clone(),
        None => choose_job(request, &registered?, console)?,
    };
    let environments = environments?;
    let env = match &request.env {
        Some(env) => env.clone(),
        None => {
            let none = || {
                Error::new(format!("application {} has no environments", request.app))
                    .hint("Create one first: `copilot env init`.")
            };
            let found = |name: &str| format!("Only found one option, defaulting to: {name}");
            let index = choose(console, &environments, "Select an environment", "--env", found, none)?;
            environments.get(index).cloned().unwrap_or_default()
        }
    };
    Ok(Chosen { env, job, environments })
}

/// An application of this account and region; `flag` would have named it.
pub(crate) async fn application(
    store: &impl Parameters,
    flag: &str,
    console: &Console<'_>,
) -> Result<Application> {
    let mut applications = store::applications(store).await?;
    let place = match applications.is_empty() {
        true => store.place().await,
        false => String::new(),
    };
    let none = || {
        Error::new(format!("there is no application in {place}")).hint(
            "Create one with `copilot app init`, or choose another profile (AWS_PROFILE) or region (AWS_REGION): an \
             application's records live in the region it was created in.",
        )
    };
    let names: Vec<String> = applications.iter().map(|application| application.name.clone()).collect();
    let found = |name: &str| format!("Found only one application, defaulting to: {name}");
    let index = choose(console, &names, "Select an application", flag, found, none)?;
    Ok(applications.swap_remove(index))
}

/// The application that a command is about.
pub(crate) struct ChosenApplication {
    pub name: String,
    /// Known when it was chosen from a list.
    record: Option<Application>,
}

impl ChosenApplication {
    /// The one of this name, or one of those that there are.
    ///
    /// # Errors
    /// When there is none to choose from, or they cannot be listed.
    pub(crate) async fn new(
        store: &impl Parameters,
        name: Option<&str>,
        flag: &str,
        console: &Console<'_>,
    ) -> Result<Self> {
        match name {
            Some(name) => Ok(Self { name: name.to_owned(), record: None }),
            None => {
                let chosen = application(store, flag, console).await?;
                Ok(Self { name: chosen.name.clone(), record: Some(chosen) })
            }
        }
    }

    /// Its record.
    ///
    /// # Errors
    /// When there is none of that name, or it cannot be read.
    pub(crate) async fn record(self, store: &impl Parameters) -> Result<Application> {
        match self.record {
            Some(record) => Ok(record),
            None => store::read_application(store, &self.name).await,
        }
    }
}

/// An environment of the application whose manifest is in the workspace.
pub(crate) async fn local_environment<A: Account>(
    account: &A,
    workspace: &Workspace,
    app: &str,
    console: &Console<'_>,
) -> Result<String> {
    let local = workspace.environments()?;
    let (application, registered) = tokio::join!(account.application(app), account.environments(app));
    application?;
    let registered = registered?;
    let mut both: Vec<String> = registered.iter().filter(|name| local.contains(name)).cloned().collect();
    let none = || {
        let error =
            Error::new(format!("no environment of application {app} has its manifest in the workspace"));
        match registered.first() {
            None => error.hint("The application has no environments. Create one first: `copilot env init`."),
            Some(first) => error.hint(format!(
                "Its environments: {}. Get the manifest of a deployed one: `mkdir -p copilot/environments/{first}`, then `copilot env \
                 show --name {first} --manifest > copilot/environments/{first}/manifest.yml`.",
                registered.join(", ")
            )),
        }
    };
    let found = |name: &str| format!("Found only one environment, defaulting to: {name}");
    let index = choose(console, &both, "Select an environment", "--name", found, none)?;
    Ok(both.swap_remove(index))
}

/// One of an application's environments; `flag` would have named it.
pub(crate) fn environment(
    app: &str,
    mut environments: Vec<Environment>,
    flag: &str,
    console: &Console<'_>,
) -> Result<Environment> {
    let names: Vec<String> = environments.iter().map(|env| env.name.clone()).collect();
    let found = |name: &str| format!("Found only one environment, defaulting to: {name}");
    let none = || {
        Error::new(format!("application {app} has no environments"))
            .hint("Create one first: `copilot env init`.")
    };
    let index = choose(console, &names, "Select an environment", flag, found, none)?;
    Ok(environments.swap_remove(index))
}

/// One of an application's registered jobs; `flag` would have named it.
pub(crate) fn job(app: &str, mut jobs: Vec<Workload>, flag: &str, console: &Console<'_>) -> Result<Workload> {
    let names: Vec<String> = jobs.iter().map(|job| job.name.clone()).collect();
    let found = |name: &str| format!("Found only one job, defaulting to: {name}");
    let none =
        || Error::new(format!("application {app} has no jobs")).hint("Create one first: `copilot job init`.");
    let index = choose(console, &names, "Select a job", flag, found, none)?;
    Ok(jobs.swap_remove(index))
}

/// A job whose manifest is in the workspace; `flag` would have named it.
pub(crate) fn local_job(workspace: &Workspace, flag: &str, console: &Console<'_>) -> Result<String> {
    let mut jobs = workspace.jobs()?;
    let found = |name: &str| format!("Found only one job, defaulting to: {name}");
    let none = || {
        Error::new("no job found in the workspace")
            .hint("No directory of `copilot/` holds a manifest.yml of type `Scheduled Job`. Create one with `copilot job init`.")
    };
    let index = choose(console, &jobs, "Select a job from your workspace", flag, found, none)?;
    Ok(jobs.swap_remove(index))
}

/// One of an application's registered jobs; `flag` would have named it.
pub(crate) fn registered_job(
    app: &str,
    workloads: &[Workload],
    flag: &str,
    console: &Console<'_>,
) -> Result<String> {
    let jobs = workloads.iter().filter(|workload| workload.kind == JOB_TYPE);
    let mut names: Vec<String> = jobs.map(|workload| workload.name.clone()).collect();
    names.sort();
    let found = |name: &str| format!("Found only one job, defaulting to: {name}");
    let none =
        || Error::new(format!("application {app} has no jobs")).hint("Create one with `copilot job init`.");
    let index = choose(console, &names, "Select a job", flag, found, none)?;
    Ok(names.swap_remove(index))
}

fn choose_job(request: &Request, registered: &[String], console: &Console<'_>) -> Result<String> {
    let local = request.workspace.jobs()?;
    let mut jobs: Vec<String> = registered.iter().filter(|name| local.contains(name)).cloned().collect();
    let none = || {
        let error = Error::new(format!("no job of application {} found in the workspace", request.app));
        if local.is_empty() {
            error.hint("No directory of `copilot/` holds a manifest.yml of type `Scheduled Job`.")
        } else {
            error.hint(format!(
                "In the workspace but not registered with application {}: {}. Register with `copilot job init --name {}`.",
                request.app,
                local.join(", "),
                local.first().map_or("JOB", String::as_str)
            ))
        }
    };
    let found = |name: &str| format!("Found only one job, defaulting to: {name}");
    let index = choose(console, &jobs, "Select a job from your workspace", "--name", found, none)?;
    Ok(jobs.swap_remove(index))
}

/// Which of these names: the only one, or the user's answer.
fn choose(
    console: &Console<'_>,
    options: &[String],
    question: &str,
    flag: &str,
    found: impl FnOnce(&str) -> String,
    none: impl FnOnce() -> Error,
) -> Result<usize> {
    match options {
        [] => Err(none()),
        [only] => {
            console.note(found(only));
            Ok(0)
        }
        _ => {
            let index = console.select(question, flag, options)?;
            Ok(index.min(options.len() - 1))
        }
    }
}
