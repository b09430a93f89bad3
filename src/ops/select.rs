//! Which job, to which environment: the flags, the only choice, or the user's answer.

use super::job::Request;
use crate::error::{Error, Result};
use crate::ops::port::Account;
use crate::report::Console;

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
                    .hint("Create one first: `copilot env init` of the tool that manages this application.")
            };
            let found = |name: &str| format!("Only found one option, defaulting to: {name}");
            choose(console, environments.clone(), "Select an environment", "--env", found, none)?
        }
    };
    Ok(Chosen { env, job, environments })
}

fn choose_job(request: &Request, registered: &[String], console: &Console<'_>) -> Result<String> {
    let local = request.workspace.jobs()?;
    let jobs: Vec<String> = registered.iter().filter(|name| local.contains(name)).cloned().collect();
    let none = || {
        let error = Error::new(format!("no job of application {} found in the workspace", request.app));
        if local.is_empty() {
            error.hint("No directory of `copilot/` holds a manifest.yml of type `Scheduled Job`.")
        } else {
            error.hint(format!(
                "In the workspace but not registered with application {}: {}.",
                request.app,
                local.join(", ")
            ))
        }
    };
    let found = |name: &str| format!("Found only one job, defaulting to: {name}");
    choose(console, jobs, "Select a job from your workspace", "--name", found, none)
}

fn choose(
    console: &Console<'_>,
    mut options: Vec<String>,
    question: &str,
    flag: &str,
    found: impl FnOnce(&str) -> String,
    none: impl FnOnce() -> Error,
) -> Result<String> {
    match options.as_slice() {
        [] => Err(none()),
        [only] => {
            console.note(found(only));
            Ok(only.clone())
        }
        _ => {
            let index = console.select(question, flag, &options)?;
            Ok(options.swap_remove(index.min(options.len() - 1)))
        }
    }
}
