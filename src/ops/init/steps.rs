//! The steps behind the answer, one after the other: files, application, job, environment, deployment.

use super::beside::Build;
use super::known::{Everything, Known};
use super::surroundings::{Found, Place, State};
use super::{Done, Request};
use crate::error::{Error, Kind, Result};
use crate::manifest::env::write::{self as env_manifest, NewEnvironment};
use crate::manifest::job::write::{NewJob, write};
use crate::ops::adapters::Adapters;
use crate::ops::env::init::NetworkFlags;
use crate::ops::env::init::credentials::Credentials;
use crate::ops::job::ahead::Buildable;
use crate::ops::new_manifest;
use crate::ops::{app, env, job};
use crate::report::Console;
use crate::stack::Options;
use crate::template::app::stack_set::{Change, Config};

/// Everything that is known by now.
pub(super) struct Steps<'a, W: Adapters>
where
    W::Account: Everything,
{
    world: &'a Known<'a, W>,
    request: &'a Request,
    found: Found<W::Account>,
    buildable: Option<Buildable<W::Engine>>,
    /// The command that goes on where this run stops.
    command: String,
    console: &'a Console<'a>,
}

impl<'a, W: Adapters> Steps<'a, W>
where
    W::Account: Everything,
{
    pub(super) fn new(
        world: &'a Known<'a, W>,
        request: &'a Request,
        found: Found<W::Account>,
        buildable: Option<Buildable<W::Engine>>,
        command: String,
        console: &'a Console<'a>,
    ) -> Self {
        Self { world, request, found, buildable, command, console }
    }

    /// Runs them all.
    pub(super) async fn run(self) -> Result<Done> {
        let Self { world, request, found, buildable, command, console } = self;
        let Found { chosen, app: application, job: registration, env: place } = found;
        let mut so_far = SoFar { command: &command, there: Vec::new(), console };
        let (app_name, job_name) = (&chosen.app, &chosen.job);
        // The files come first: the image may be built from a directory that they are in.
        let new = place.as_ref().filter(|place| place.state == State::Absent && !place.has_manifest);
        so_far.check(write_files(request, app_name, chosen.new.as_ref(), new, console))?;
        so_far.add("the files in the directory copilot");
        let record = application.application.clone();
        let image = async {
            match (&buildable, &place) {
                (Some(buildable), Some(place)) if buildable.builds() => {
                    let build = buildable.build(&world.account, &record, &place.region, console);
                    console.guard("the build of the image was stopped", build).await
                }
                _ => Ok(()),
            }
        };
        let mut build = Build::new(image, console);
        let account = &world.account;
        // One operation of the stack set for everything that is new in it.
        let in_place = place.as_ref().filter(|place| place.state.is_to_init());
        let along: Vec<Change> = in_place
            .map(|place| Change::AddEnvironment { account: place.account.clone() })
            .into_iter()
            .collect();
        let all = Change::Together([&[Change::AddJob(job_name.clone())], along.as_slice()].concat());
        let config = Config::default().apply(&all).unwrap_or_default();
        let about = console.about(app_name);
        let step = app::init::complete(account, &request.workspace, application, &config, &command, &about);
        so_far.check(build.beside(step).await)?;
        so_far.add(format!("application {app_name}"));
        so_far.check(build.failure())?;
        let about = console.about(job_name);
        let step = job::init::complete(account, &registration, job_name, &along, &command, &about);
        so_far.check(build.beside(step).await)?;
        so_far.add(format!("job {job_name}"));
        so_far.check(build.failure())?;
        let Some(place) = &place else {
            console.clear_pending();
            let env = registration.environments.into_iter().next().map(|env| env.name);
            return Ok(Done::SetUp { app: app_name.clone(), job: job_name.clone(), env });
        };
        let about = console.about(&place.name);
        if place.state.is_to_init() {
            let wanted = env_init(request, place, &command);
            let step = env::init::run(world, &wanted, &about);
            so_far.check(build.beside(step).await)?;
            so_far.add(format!("environment {}, without its network and cluster", place.name));
            so_far.check(build.failure())?;
        }
        if place.state != State::Deployed {
            let wanted = env_deploy(request, app_name, place);
            let step = env::deploy::run(world, &wanted, &about);
            so_far.check(build.beside(step).await)?;
            so_far.there.retain(|there| !there.starts_with("environment "));
        }
        so_far.add(format!("environment {}", place.name));
        so_far.check(build.end().await)?;
        let wanted = job_deploy(request, app_name, job_name, &place.name);
        let outcome = Box::pin(job::deploy::run(world, &wanted, &console.about(job_name))).await;
        let outcome = so_far.check(outcome)?;
        console.clear_pending();
        Ok(Done::Deployed { outcome, job: job_name.clone(), env: place.name.clone() })
    }
}

/// Writes what the workspace shall hold; what is there stays.
fn write_files(
    request: &Request,
    app: &str,
    new_job: Option<&NewJob>,
    new_environment: Option<&Place>,
    console: &Console<'_>,
) -> Result<()> {
    let workspace = &request.workspace;
    workspace.register(app)?;
    if let Some(new) = new_job
        && let Some(told) = new_manifest::write_job(workspace, &new.name, &write(new))?
    {
        console.note(told);
    }
    if let Some(Place { name, .. }) = new_environment {
        let text = env_manifest::write(&NewEnvironment { name: name.clone(), ..NewEnvironment::default() });
        if let Some(told) = new_manifest::write_environment(workspace, name, &text)? {
            console.note(told);
        }
    }
    Ok(())
}

fn env_init(request: &Request, place: &Place, command: &str) -> env::init::Request {
    env::init::Request {
        workspace: request.workspace.clone(),
        app: None,
        name: Some(place.name.clone()),
        credentials: Some(Credentials::Own),
        region: Some(place.region.clone()),
        network: NetworkFlags { default_config: true, ..NetworkFlags::default() },
        certificates: Vec::new(),
        container_insights: false,
        allow_downgrade: false,
        interactive: false,
        within: Some(command.to_owned()),
    }
}

fn env_deploy(request: &Request, app: &str, place: &Place) -> env::Request {
    env::Request {
        workspace: request.workspace.clone(),
        app: app.to_owned(),
        env: Some(place.name.clone()),
        allow_downgrade: false,
        // Somebody else deploys it: without its manifest all there is to do is to wait.
        attach: place.state == State::Busy && !place.has_manifest,
        detach: false,
        force: false,
        limits: request.limits,
        diff: false,
        diff_yes: false,
        stack: Options { wait: true, ..Options::default() },
    }
}

fn job_deploy(request: &Request, app: &str, job: &str, env: &str) -> job::Request {
    job::Request {
        workspace: request.workspace.clone(),
        app: app.to_owned(),
        env: Some(env.to_owned()),
        job: Some(job.to_owned()),
        tag: request.tag.clone(),
        resource_tags: std::collections::BTreeMap::new(),
        allow_downgrade: false,
        attach: false,
        detach: false,
        limits: request.limits,
        diff: false,
        diff_yes: false,
        stack: Options { wait: true, ..Options::default() },
    }
}

/// The interrupt of a step that says that nothing was done: the steps before it have done something.
fn more(error: &Error) -> Error {
    let text = error.to_string().replace("nothing was ", "nothing more was ");
    let more = Error::interrupted(text).details(error.detail_lines().to_vec());
    error.hints().iter().fold(more, |more, hint| more.hint(hint.clone()))
}

/// What there is by now, for whoever is told that the command stops.
struct SoFar<'a> {
    command: &'a str,
    there: Vec<String>,
    console: &'a Console<'a>,
}

impl SoFar<'_> {
    fn add(&mut self, what: impl Into<String>) {
        self.there.push(what.into());
        self.console.note_pending(format!(
            "so far there is: {}; `{}` goes on",
            self.there.join(", "),
            self.command
        ));
    }

    /// Adds to an error what there is nevertheless, and how to go on.
    fn check<T>(&self, step: Result<T>) -> Result<T> {
        step.map_err(|error| self.explained(error))
    }

    fn explained(&self, error: Error) -> Error {
        let error = match error.kind() == Kind::Interrupted && !self.there.is_empty() {
            true => more(&error),
            false => error,
        };
        let goes_on = format!("`{}` goes on where this run stopped.", self.command);
        let error = match self.there.as_slice() {
            [] => error,
            there => error.hint(format!("So far there is: {}.", there.join(", "))),
        };
        match error.hints().iter().any(|hint| hint.contains(self.command)) {
            true => error,
            false => error.hint(goes_on),
        }
    }
}
