//! `copilot init`: from a Dockerfile to a deployed job. It looks around, shows a plan and asks. Only then it writes files and
//! changes AWS, with the steps of `app init`, `job init`, `env init`, `env deploy` and `job deploy`; each finds what an earlier
//! run has done. The image is built beside them.

mod beside;
mod choose;
mod known;
mod plan;
mod shell;
mod steps;
mod surroundings;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::app;
use super::env::init as env_init;
use super::job::init as job_init;
use crate::error::{Error, Result};
use crate::image::tags;
use crate::ops::adapters::Adapters;
use crate::ops::limits::Limits;
use crate::ops::outcome::Outcome;
use crate::report::Console;
use crate::workspace::Workspace;
use known::Known;
use steps::Steps;

pub use job_init::ImageSource;
pub use known::Everything;

/// What to set up. What is absent has a default, or is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The workspace, which need not exist yet.
    pub workspace: Workspace,
    /// Where the command runs: Dockerfiles are named from here.
    pub cwd: PathBuf,
    /// Application name.
    pub app: Option<String>,
    /// Job name.
    pub name: Option<String>,
    /// Where the image comes from.
    pub image: Option<ImageSource>,
    /// Environment name.
    pub env: Option<String>,
    /// When the job runs.
    pub schedule: Option<String>,
    /// How long a run may take.
    pub timeout: Option<String>,
    /// How often a failed run is tried again.
    pub retries: u32,
    /// Image tag.
    pub tag: Option<String>,
    /// Whether an environment is set up and the job deployed to it.
    pub deploy: Option<bool>,
    /// What of the workspace is refused.
    pub limits: Limits,
    /// Accept every default, and the plan.
    pub yes: bool,
    /// Somebody is there to answer questions.
    pub interactive: bool,
}

impl Request {
    /// The part of it that `app init` knows.
    fn of_app(&self, app: Option<String>) -> app::init::Request {
        app::init::Request {
            workspace: self.workspace.clone(),
            name: app,
            domain: None,
            permissions_boundary: None,
            resource_tags: BTreeMap::new(),
        }
    }

    /// The part of it that `job init` knows.
    fn of_job(&self, app: &str) -> job_init::Request {
        job_init::Request {
            workspace: self.workspace.clone(),
            cwd: self.cwd.clone(),
            app: app.to_owned(),
            kind: None,
            name: self.name.clone(),
            image: self.image.clone(),
            schedule: self.schedule.clone(),
            timeout: self.timeout.clone(),
            retries: self.retries,
            allow_downgrade: false,
            // What has to be asked is this command's own matter.
            interactive: true,
        }
    }

    /// Whether something that has a default is asked for nevertheless.
    fn asks(&self) -> bool {
        self.interactive && !self.yes
    }
}

/// How the command ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// The job is deployed.
    Deployed {
        /// How its deployment ended.
        outcome: Outcome,
        /// Its name.
        job: String,
        /// Its environment.
        env: String,
    },
    /// Application and job are set up, as was asked for; nothing is deployed.
    SetUp {
        /// The application.
        app: String,
        /// The job.
        job: String,
        /// An environment to deploy it to, as an example.
        env: Option<String>,
    },
    /// The plan was declined.
    Declined,
}

/// What an interrupt before the answer means.
const NOTHING_CREATED: &str = "nothing was created";

/// Checks what can be told wrong without asking AWS or a person.
///
/// # Errors
/// The first thing that is wrong, or everything that is missing.
pub fn check(request: &Request) -> Result<()> {
    app::init::check(&request.of_app(request.app.clone()))?;
    job_init::check(&request.of_job(""))?;
    let app = choose::given_app(request)?;
    if let Some(env) = &request.env {
        let app = app.as_deref().unwrap_or("ab");
        env_init::check_name(app, env).map_err(|wrong| Error::usage(format!("--env {env}: {wrong}")))?;
    }
    if let Some(tag) = &request.tag {
        tags::validate(tag)?;
    }
    choose::complete(request)
}

/// Sets everything up, or what is missing of it. The request has passed [`check`].
///
/// # Errors
/// When something stands in the way or fails; the same command can be run again.
pub async fn run<W: Adapters>(world: &W, request: &Request, console: &Console<'_>) -> Result<Done>
where
    W::Account: Everything,
{
    let (app, connected) = match choose::app(request)? {
        Some(app) => (app, None),
        None => {
            let account = console.guard(NOTHING_CREATED, world.account()).await?;
            let default = choose::default_app(request);
            let asked = app::init::ask(&account, default.as_deref(), console);
            (console.guard(NOTHING_CREATED, asked).await?, Some(account))
        }
    };
    let chosen = choose::job(world, request, app, console).await?;
    // The environment is not chosen yet; what most manifests say is the same for all.
    let provisional = request.env.as_deref().unwrap_or(choose::ENVIRONMENT);
    let buildable =
        console.guard(NOTHING_CREATED, surroundings::buildable(world, request, &chosen, provisional));
    let mut buildable = buildable.await?;
    let account = match connected {
        Some(account) => account,
        None => console.guard(NOTHING_CREATED, world.account()).await?,
    };
    let mut found =
        console.guard(NOTHING_CREATED, surroundings::read(&account, request, chosen, console)).await?;
    if let Some(env) = found.env.as_ref().filter(|env| env.name != provisional) {
        let again = surroundings::buildable(world, request, &found.chosen, &env.name);
        buildable = console.guard(NOTHING_CREATED, again).await?;
    }
    surroundings::check_environment(world, request, &found)?;
    let command = plan::command(request, &found, true);
    let schedule = found.chosen.schedule(world);
    let needs = buildable.as_ref().map(|buildable| plan::Needs {
        size: buildable.size(),
        nat: buildable.needs_nat(),
        builds: buildable.builds(),
    });
    console.note(plan::text(request, &found, schedule.as_deref(), needs, &command));
    if !request.yes {
        match choose::consent(request, console)? {
            choose::Consent::All => {}
            choose::Consent::WithoutDeployment => found.env = None,
            choose::Consent::No => return Ok(Done::Declined),
        }
    }
    let command = plan::command(request, &found, false);
    let known = Known { world, account };
    Steps::new(&known, request, found, buildable, command, console).run().await
}
