//! What there is already, on this machine and in AWS. Nothing is changed.

use super::choose::{self, Chosen};
use super::known::Everything;
use super::{ImageSource, Request};
use crate::error::{Error, Result};
use crate::manifest::Source;
use crate::manifest::env::{self as env_manifest, Target};
use crate::ops::adapters::Adapters;
use crate::ops::job::ahead::{self, Buildable, Described};
use crate::ops::{app, env, job};
use crate::report::Console;
use crate::stack::port::Stacks as _;
use crate::stack::status::{self, Presence};
use crate::store::Environment;
use crate::template::cfn::names::{env_stack_name, stack_name};
use crate::template::env::bootstrap;
use crate::template::version;

/// What there is.
pub(super) struct Found<A: Everything> {
    pub chosen: Chosen,
    pub app: app::init::Surroundings<A>,
    pub job: job::init::Surroundings,
    /// The environment that the job is deployed to, unless it is not.
    pub env: Option<Place>,
}

/// The environment.
pub(super) struct Place {
    pub name: String,
    pub region: String,
    pub account: String,
    pub state: State,
    /// The workspace has its manifest.
    pub has_manifest: bool,
    /// The job has a stack in it.
    pub has_job: bool,
}

/// How far an environment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has no record.
    Absent,
    /// It has a record, and no stack that can be deployed.
    Incomplete,
    /// It has its roles, and nothing else.
    Bootstrapped,
    /// An operation on its stack is under way.
    Busy,
    /// It is deployed.
    Deployed,
}

impl State {
    /// Whether its roles and record are missing.
    pub(super) fn is_to_init(self) -> bool {
        matches!(self, Self::Absent | Self::Incomplete)
    }
}

/// Checks the job's manifest and images, where it is deployed.
pub(super) async fn buildable<W: Adapters>(
    world: &W,
    request: &Request,
    chosen: &Chosen,
    env: &str,
) -> Result<Option<Buildable<W::Engine>>> {
    if request.deploy == Some(false) {
        return Ok(None);
    }
    let described = Described {
        workspace: &request.workspace,
        limits: request.limits,
        app: &chosen.app,
        env,
        job: &chosen.job,
        text: &chosen.text(),
        tag: request.tag.as_deref(),
    };
    ahead::check(world, &described).await.map(Some)
}

/// Reads what there is in AWS.
pub(super) async fn read<A: Everything>(
    account: &A,
    request: &Request,
    mut chosen: Chosen,
    console: &Console<'_>,
) -> Result<Found<A>> {
    let wanted = request.of_app(Some(chosen.app.clone()));
    let app = app::init::read(account, &chosen.app, &wanted, console).await?;
    let has_manifest = chosen.manifest.is_some();
    let job = match app.recorded && app.has_stack_set {
        true => {
            let wanted = request.of_job(&chosen.app);
            // What it says about a first environment is part of the plan.
            job::init::read(account, &wanted, &chosen.job, has_manifest, &console.silenced()).await?
        }
        false => job::init::Surroundings {
            application: app.application.clone(),
            region: account.home_region(),
            environments: Vec::new(),
            registered: false,
        },
    };
    let of_job = chosen.job.clone();
    let placement = async {
        match &mut chosen.new {
            Some(new) => {
                new.private_environments = job::init::private_environments(account, &job, console).await?;
                Ok(())
            }
            None => Ok(()),
        }
    };
    let place = async {
        if request.deploy == Some(false) {
            return Ok(None);
        }
        let name = choose::environment(request, &job.environments, console)?;
        place(account, request, &job, &of_job, name).await.map(Some)
    };
    let (placement, place): (Result<()>, Result<Option<Place>>) = tokio::join!(placement, place);
    placement?;
    Ok(Found { env: place?, chosen, app, job })
}

async fn place<A: Everything>(
    account: &A,
    request: &Request,
    found: &job::init::Surroundings,
    job: &str,
    name: String,
) -> Result<Place> {
    let application = &found.application;
    let app = &application.name;
    env::init::check_name(app, &name).map_err(|wrong| Error::usage(format!("--env {name}: {wrong}")))?;
    let has_manifest = request.workspace.has_environment_manifest(&name);
    let Some(environment) = found.environments.iter().find(|env| env.name == name) else {
        env::init::survey(account, application, &application.account, &name).await?;
        let (region, account) = (account.home_region(), application.account.clone());
        return Ok(Place { name, region, account, state: State::Absent, has_manifest, has_job: false });
    };
    let manager = account.enter(environment).await?;
    let stack = env_stack_name(app, &name);
    let of_job = stack_name(app, &name, job);
    let (stack, metadata, of_job) =
        tokio::join!(manager.stack(&stack), manager.template_metadata(&stack), manager.stack(&of_job));
    let (stack, metadata, of_job) = (stack?, metadata?.unwrap_or_default(), of_job?);
    let status = stack.as_ref().map(|stack| &stack.status);
    let state = match status {
        Some(status) if status.is_busy() => State::Busy,
        status if status::presence(status) != Presence::Live => State::Incomplete,
        _ if version::stamp(&metadata, "Version") == bootstrap::VERSION => State::Bootstrapped,
        _ => State::Deployed,
    };
    let Environment { region, account_id, .. } = environment.clone();
    let presence = status::presence(of_job.as_ref().map(|stack| &stack.status));
    let has_job = presence == Presence::Live;
    Ok(Place { name, region, account: account_id, state, has_manifest, has_job })
}

/// Refuses an environment that has to be deployed and cannot be.
pub(super) fn check_environment<W: Adapters, A: Everything>(
    world: &W,
    request: &Request,
    found: &Found<A>,
) -> Result<()> {
    let Some(place) = &found.env else { return Ok(()) };
    let (app, env) = (&found.chosen.app, &place.name);
    let path = request.workspace.environment_manifest_display(env);
    if matches!(place.state, State::Incomplete | State::Bootstrapped) && !place.has_manifest {
        return Err(Error::new(format!(
            "environment {env} of application {app} was never deployed, and this workspace has no {path}"
        ))
        .hint("Deploy it where it was set up, or get its manifest from there.")
        .hint("Or name another environment with --env."));
    }
    if place.state == State::Deployed || !place.has_manifest {
        return Ok(());
    }
    let text = request.workspace.read_environment_manifest(env)?;
    let lookup = |name: &str| world.var(name);
    env_manifest::load(Source { path: &path, text: &text }, Target { app, env, lookup: &lookup })?;
    Ok(())
}

/// Where the image comes from, in words.
pub(super) fn origin(chosen: &Chosen) -> String {
    match &chosen.image {
        Some(ImageSource::Dockerfile(path)) => format!(", built from {path}"),
        Some(ImageSource::Location(location)) => format!(", which runs {location}"),
        None => String::new(),
    }
}
