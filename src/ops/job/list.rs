//! `copilot job ls`

use serde::Serialize;

use crate::error::Result;
use crate::manifest::JOB_TYPE;
use crate::ops::{null_if_empty, select};
use crate::report::Console;
use crate::store::port::Parameters;
use crate::store::{self, Workload, go_json};
use crate::workspace::Workspace;

/// Whose jobs.
#[derive(Clone, Debug)]
pub struct Request {
    /// Application name; asked for when absent.
    pub app: Option<String>,
    /// The workspace around the working directory.
    pub workspace: Option<Workspace>,
    /// Whether the workspace is the application's.
    pub workspace_is_of_app: bool,
    /// Leave out jobs without a manifest in the workspace.
    pub local: bool,
}

/// The scheduled jobs of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Jobs {
    /// Their records, in AWS's order.
    #[serde(serialize_with = "null_if_empty")]
    pub jobs: Vec<Workload>,
}

impl Jobs {
    /// The jobs among an application's workloads; with `local`, those that are also named there.
    pub fn new(workloads: Vec<Workload>, local: Option<&[String]>) -> Self {
        let wanted = |workload: &Workload| {
            workload.kind == JOB_TYPE && local.is_none_or(|names| names.contains(&workload.name))
        };
        Self { jobs: workloads.into_iter().filter(wanted).collect() }
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        go_json::encode(self)
    }
}

/// Lists an application's registered jobs. Jobs of the workspace that are not registered are told: no other command
/// deploys them.
///
/// # Errors
/// When there is no such application, or they cannot be listed.
pub async fn run(store: &impl Parameters, request: &Request, console: &Console<'_>) -> Result<Jobs> {
    let local = request.workspace.as_ref().map(Workspace::jobs).transpose()?;
    let (app, workloads) = match &request.app {
        Some(app) => {
            let (application, workloads) =
                tokio::join!(store::read_application(store, app), store::workloads(store, app));
            application?;
            (app.clone(), workloads?)
        }
        None => {
            let app = select::application(store, "--app", console).await?.name;
            let workloads = store::workloads(store, &app).await?;
            (app, workloads)
        }
    };
    if request.workspace_is_of_app {
        let registered = |name: &&String| workloads.iter().any(|workload| workload.name == **name);
        let missing: Vec<&str> =
            local.iter().flatten().filter(|name| !registered(name)).map(String::as_str).collect();
        if let Some(first) = missing.first() {
            let names = missing.join(", ");
            console.note(format!(
                "In this workspace, but not registered in application {app}: {names}. Register with `copilot job init --name {first}`."
            ));
        }
    }
    Ok(Jobs::new(workloads, local.as_deref().filter(|_| request.local)))
}
