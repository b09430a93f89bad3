//! What there is of the application, read side by side; and whether the job goes together with it.

use std::cmp::Ordering;

use super::Request;
use crate::error::{Error, Result};
use crate::manifest::JOB_TYPE;
use crate::ops::app::port::Home;
use crate::ops::reading::{ApplicationReader, Template};
use crate::report::Console;
use crate::store::port::Parameters;
use crate::store::{self, Application, Environment, Workload, workload_parameter};
use crate::template::app::names;
use crate::template::version::{self, TEMPLATE_VERSION};

/// The application as it is.
pub(super) struct Surroundings {
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
pub(super) async fn read<A: ApplicationReader + Home>(
    account: &A,
    request: &Request,
    job: &str,
    has_manifest: bool,
    console: &Console<'_>,
) -> Result<Surroundings> {
    let app = &request.app;
    let (of_roles, of_set) =
        (Template::Stack(names::roles_stack(app)), Template::StackSet(names::stack_set(app)));
    let (application, environments, registered, roles, set) = tokio::join!(
        store::read_application(account, app),
        store::environments(account, app),
        registered(account, app, job),
        account.metadata(&of_roles),
        account.metadata(&of_set),
    );
    let (application, registered) = (application?, registered?);
    let stamp =
        |metadata: Option<String>| metadata.map(|metadata| version::stamp(&metadata, "TemplateVersion"));
    let set = stamp(set?).ok_or_else(|| {
        Error::new(format!(
            "application {app} is incomplete: there is no stack set {}",
            names::stack_set(app)
        ))
        .hint(format!("`copilot app init {app}` creates what is missing."))
    })?;
    let deployed = version::lower(stamp(roles?).unwrap_or_else(|| set.clone()), set);
    if !request.allow_downgrade && version::compare(&deployed, TEMPLATE_VERSION) == Ordering::Greater {
        return Err(Error::new(format!(
            "application {app} was changed by a newer version: its templates are {deployed}, this program writes {TEMPLATE_VERSION}"
        ))
        .hint("Install the newest version of copilot and run the command again.")
        .hint("Or pass --allow-downgrade; parts that only the newer version knows are then removed or reset."));
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
