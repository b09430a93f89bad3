//! The record of a job, which `copilot job init` writes last.

use crate::error::{Error, Result};
use crate::manifest::JOB_TYPE;
use crate::store::port::Parameters;
use crate::store::{self, Workload};
use crate::workspace::Workspace;

/// The record of a job.
///
/// # Errors
/// When there is none, with the command that writes it if the job's manifest is in the workspace and else with the jobs that
/// there are; when it is not that of a job, or cannot be read.
pub(crate) async fn record(
    store: &impl Parameters,
    app: &str,
    name: &str,
    workspace: Option<&Workspace>,
) -> Result<Workload> {
    let parameter = store::workload_parameter(app, name);
    if let Some(text) = store.read(&parameter).await? {
        let workload: Workload = store::parse(&parameter, &text)?;
        if workload.kind == JOB_TYPE {
            return Ok(workload);
        }
        let error =
            Error::new(format!("{name} of application {app} is a {}, not a scheduled job", workload.kind));
        return Err(error
            .hint("This program deals with scheduled jobs only; `copilot app show` lists all workloads."));
    }
    let error = Error::new(format!(
        "there is no job {name} registered in application {app} in {}",
        store.place().await
    ));
    if workspace.is_some_and(|workspace| workspace.manifest_path(name).is_file()) {
        return Err(error.hint(format!(
            "Its manifest is in this workspace: register it with `copilot job init --app {app} --name {name}`."
        )));
    }
    // The list only helps the message.
    let jobs: Vec<String> = store::workloads(store, app)
        .await
        .unwrap_or_default()
        .into_iter()
        .filter(|workload| workload.kind == JOB_TYPE)
        .map(|workload| workload.name)
        .collect();
    Err(match jobs.as_slice() {
        [] => error.hint("Create one first: `copilot job init`."),
        jobs => error.hint(format!("Jobs of {app}: {}.", jobs.join(", "))),
    })
}
