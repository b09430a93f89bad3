//! `copilot job init`: a manifest in the workspace, a repository for the job's images in every region of the application,
//! and its record, which is written last. Each step finds what an earlier run has done already.

mod checks;
mod dockerfiles;
mod image;
mod placement;
mod repository;
mod schedule;
mod surroundings;

use std::path::PathBuf;

use crate::error::{Error, Kind, Result};
use crate::manifest::JOB_TYPE;
use crate::manifest::job::write::{NewImage, NewJob, write};
use crate::ops::adapters::Adapters;
use crate::ops::app::port::ApplicationAccount;
use crate::ops::new_manifest;
use crate::ops::port::Account;
use crate::ops::reading::ApplicationReader;
use crate::report::Console;
use crate::store::Workload;
use crate::store::port::Created;
use crate::template::app::stack_set::Change;
use crate::workspace::Workspace;

pub use checks::check;
pub(crate) use checks::{name as check_name, own_manifest};
pub(crate) use dockerfiles::find as dockerfiles;
pub(crate) use image::{ask as ask_image, check_dockerfile};
pub(crate) use placement::private as private_environments;
pub(crate) use repository::bring_about;
pub(crate) use surroundings::{Surroundings, read};

/// Which job to set up.
#[derive(Clone, Debug)]
pub struct Request {
    /// The workspace that gets the job's manifest.
    pub workspace: Workspace,
    /// Where the command runs: Dockerfiles are named from here.
    pub cwd: PathBuf,
    /// Application name.
    pub app: String,
    /// Type of the job, of which there is one.
    pub kind: Option<String>,
    /// Job name; asked for when absent.
    pub name: Option<String>,
    /// Where the image comes from; asked for when absent.
    pub image: Option<ImageSource>,
    /// When the job runs; asked for when absent.
    pub schedule: Option<String>,
    /// How long a run may take.
    pub timeout: Option<String>,
    /// How often a failed run is tried again.
    pub retries: u32,
    /// Skip the version check.
    pub allow_downgrade: bool,
    /// Somebody is there to answer questions.
    pub interactive: bool,
}

/// Where a job's image comes from, as the user said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageSource {
    /// A Dockerfile, from the working directory.
    Dockerfile(String),
    /// An image that exists.
    Location(String),
}

/// A job that is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Its name.
    pub job: String,
    /// An environment to deploy it to, as an example.
    pub env: Option<String>,
    /// It was set up before.
    pub existed: bool,
}

/// What an interrupt before the first change means.
const NOTHING_CREATED: &str = "nothing was created";

/// Sets a job up, or completes what an earlier run began. The request has passed [`check`].
///
/// # Errors
/// When something stands in the way or fails; the same command can be run again.
pub async fn run<W: Adapters>(world: &W, request: &Request, console: &Console<'_>) -> Result<Ready>
where
    W::Account: Account + ApplicationAccount + ApplicationReader,
{
    let workspace = &request.workspace;
    let job = match &request.name {
        Some(name) => name.clone(),
        None => console.text("What is the new job called?", "--name", None, &checks::name)?,
    };
    let console = &console.about(&job);
    let has_manifest = checks::own_manifest(workspace, &job)?;
    let new = match has_manifest {
        true => None,
        false => Some(describe(world, request, &job, console).await?),
    };
    if let Some(words) = new.as_ref().and_then(|new| schedule::described(world, &new.schedule)) {
        console.note(format!("Schedule: {words}"));
    }
    let account = console.guard(NOTHING_CREATED, world.account()).await?;
    let found = read(&account, request, &job, has_manifest, console);
    let found = console.guard(NOTHING_CREATED, found).await?;
    console.note(format!(
        "Setting up job {job} of application {}, which is in account {}, {}",
        request.app, found.application.account, found.region
    ));
    let path = workspace.manifest_display(&job);
    match new {
        None => console.note(format!("The manifest {path} is there already and stays as it is")),
        Some(mut new) => {
            new.private_environments =
                console.guard(NOTHING_CREATED, placement::private(&account, &found, console)).await?;
            if let Some(told) = new_manifest::write_job(workspace, &job, &write(&new))? {
                console.note(told);
            }
        }
    }
    let command = format!("copilot job init --name {job}");
    complete(&account, &found, &job, &[], &command, console).await?;
    let existed = found.registered;
    let env = found.environments.into_iter().next().map(|env| env.name);
    Ok(Ready { job, env, existed })
}

/// Registers a job whose manifest is written, together with other changes of the stack set. `command` goes on after a failure.
///
/// # Errors
/// When the repository cannot be created, or the record not be written.
pub(crate) async fn complete<A: Account + ApplicationAccount>(
    account: &A,
    found: &Surroundings,
    job: &str,
    along: &[Change],
    command: &str,
    console: &Console<'_>,
) -> Result<()> {
    let unregistered = |error: Error| match error.kind() {
        Kind::Interrupted => error,
        _ => error
            .context(format!("job {job} was not registered with application {}", found.application.name))
            .hint(format!("Run `{command}` again then: it goes on where it stopped.")),
    };
    repository::bring_about(account, found, job, along, console).await.map_err(unregistered)?;
    if found.registered {
        return Ok(());
    }
    let incomplete = format!("job {job} is not registered yet; the same command completes it");
    console.guard(&incomplete, record(account, found, job)).await.map_err(unregistered)
}

/// What the manifest shall say, as far as the workspace and Docker know.
///
/// # Errors
/// When something would have to be asked and there is nobody to ask.
pub(crate) async fn describe<W: Adapters>(
    world: &W,
    request: &Request,
    job: &str,
    console: &Console<'_>,
) -> Result<NewJob> {
    let image = match &request.image {
        Some(image) => image.clone(),
        None => image::ask(&request.cwd, console)?,
    };
    let image = image::of_manifest(request, &image)?;
    let schedule = match &request.schedule {
        Some(schedule) => schedule.clone(),
        None => console.guard(NOTHING_CREATED, schedule::ask(world, console)).await?,
    };
    let platform = match &image {
        NewImage::Dockerfile(_) => console.guard(NOTHING_CREATED, image::platform(world, console)).await?,
        NewImage::Location(_) => None,
    };
    Ok(NewJob {
        name: job.to_owned(),
        schedule,
        retries: request.retries,
        timeout: request.timeout.clone(),
        image,
        platform,
        private_environments: Vec::new(),
    })
}

/// Writes the job's record, unless somebody else was faster.
async fn record<A: ApplicationAccount>(account: &A, found: &Surroundings, job: &str) -> Result<()> {
    let app = &found.application.name;
    let workload = Workload { app: app.clone(), name: job.to_owned(), kind: JOB_TYPE.to_owned() };
    match account.create(&workload.parameter()).await? {
        Created::New => Ok(()),
        // It may be a service by now.
        Created::Existing => surroundings::registered(account, app, job).await.map(drop),
    }
}
