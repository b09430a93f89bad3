//! What there is of the application, read side by side; and whether the job goes together with it.

use super::Request;
use crate::error::{Error, Result};
use crate::manifest::JOB_TYPE;
use crate::ops::app::port::Home;
use crate::ops::app::version::{self, Versions, incomplete};
use crate::ops::reading::ApplicationReader;
use crate::report::Console;
use crate::store::port::Parameters;
use crate::store::{self, Application, Environment, Workload, workload_parameter};

/// The application as it is.
pub(crate) struct Surroundings {
    pub application: Application,
    /// The application's region.
    pub region: String,
    pub environments: Vec<Environment>,
    /// The job has a record.
    pub registered: bool,
}

/// Reads what there is.
///
/// # Errors
/// When something cannot be read, or stands in the way.
pub(crate) async fn read<A: ApplicationReader + Home>(
    account: &A,
    request: &Request,
    job: &str,
    has_manifest: bool,
    console: &Console<'_>,
) -> Result<Surroundings> {
    let app = &request.app;
    let (application, environments, registered, versions) = tokio::join!(
        store::read_application(account, app),
        store::environments(account, app),
        registered(account, app, job),
        Versions::read(account, app),
    );
    let (application, registered, versions) = (application?, registered?, versions?);
    if versions.stack_set.is_none() {
        return Err(incomplete(app, &version::stack_set(app)));
    }
    if !request.allow_downgrade {
        versions.refuse_newer(app, true)?;
    }
    if registered && !has_manifest {
        return Err(Error::new(format!(
            "application {app} has a job {job} already, and this workspace has no {}",
            request.workspace.manifest_display(job)
        ))
        .hint("Get the manifest from where the job was set up, or choose another name with --name."));
    }
    let environments = environments?;
    if environments.is_empty() {
        console.note(format!(
            "Application {app} has no environment yet; the first one brings the job's repository."
        ));
    }
    Ok(Surroundings { application, region: account.home_region(), environments, registered })
}

/// Whether the job has a record.
///
/// # Errors
/// When something else has this name.
pub(super) async fn registered(store: &impl Parameters, app: &str, job: &str) -> Result<bool> {
    let name = workload_parameter(app, job);
    let Some(text) = store.read(&name).await? else { return Ok(false) };
    let workload: Workload = store::parse(&name, &text)?;
    if workload.kind == JOB_TYPE {
        return Ok(true);
    }
    Err(Error::new(format!("application {app} has a {} of the name {job}", workload.kind)).hint(
        "Workloads of one application share a repository of images by name; choose another name with --name.",
    ))
}
