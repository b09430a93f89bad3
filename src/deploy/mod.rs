//! `copilot job deploy` as a pipeline of steps, each in its own file:
//! choose what to deploy → check everything offline → read the state of the application and its
//! stacks → build, push and upload → propose a change set → execute it and follow its events.
//!
//! The pipeline talks to AWS and to the Docker Engine through `ports` and reports through `events`.

mod build_secrets;
mod checks;
mod choose;
pub mod events;
mod follow;
mod images;
pub mod interrupt;
pub mod ports;
mod prepare;
mod propose;
mod state;
mod uploads;
mod version;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::error::{Context as _, Result};
use crate::git::GitState;
use crate::image::plan::platform_note;
use crate::template;
use crate::workspace::Workspace;
use events::{Event, Reporter};
use interrupt::Interrupt;
use ports::{Account, ImageEngine, Prompter};

/// Version stamped into templates: the last version of the old tool, so that both can take turns on
/// one application, with ours as build metadata, which comparisons ignore (`design §2.2`).
pub const TEMPLATE_VERSION: &str = concat!("v1.34.1+rs.", env!("CARGO_PKG_VERSION"));

/// What the user asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Workspace with the job's manifest.
    pub workspace: Workspace,
    /// Application name.
    pub app: String,
    /// Environment name; asked for when absent.
    pub env: Option<String>,
    /// Job name; asked for when absent.
    pub job: Option<String>,
    /// Image tag.
    pub tag: Option<String>,
    /// Extra stack tags.
    pub resource_tags: BTreeMap<String, String>,
    /// Skip the version check.
    pub allow_downgrade: bool,
    /// Leave a failed stack as it is.
    pub no_rollback: bool,
    /// Return once the change set is executing.
    pub detach: bool,
}

/// Where the pipeline gets its adapters and its surroundings from.
#[allow(async_fn_in_trait, reason = "used generically, never boxed")]
pub trait World {
    /// AWS account adapter.
    type Account: Account;
    /// Docker Engine adapter.
    type Engine: ImageEngine;

    /// Resolves credentials and region.
    async fn account(&self) -> Result<Self::Account>;
    /// Connects to the Docker Engine.
    async fn engine(&self) -> Result<Self::Engine>;
    /// State of the git repository around the working directory.
    fn git(&self) -> GitState;
    /// An environment variable.
    fn var(&self, name: &str) -> Option<String>;
    /// Seconds since 1970.
    fn unix_time(&self) -> u64;
    /// How many seconds local time is ahead of UTC at an instant, in seconds since 1970.
    fn utc_offset(&self, instant: i64) -> i32;
}

/// How a deployment ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The stack has reached its new state.
    Deployed {
        /// Job name.
        job: String,
    },
    /// Nothing had to change.
    Unchanged {
        /// Stack name.
        stack: String,
        /// References that were pushed all the same and that the next run uses.
        pushed: Vec<String>,
    },
    /// The deployment goes on by itself.
    Detached {
        /// Stack name.
        stack: String,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deployed { job } => write!(f, "Deployed {job}."),
            Self::Unchanged { stack, pushed } => {
                write!(f, "No infrastructure changes: stack {stack} is up to date.")?;
                match pushed.as_slice() {
                    [] => Ok(()),
                    images => write!(f, " The next run uses the image just pushed as {}.", images.join(", ")),
                }
            }
            Self::Detached { stack } => write!(
                f,
                "The deployment of stack {stack} goes on in AWS. See its events with `aws cloudformation \
                 describe-stack-events --stack-name {stack}`."
            ),
        }
    }
}

/// The names that everything else is derived from.
#[derive(Clone, Debug)]
struct Target {
    app: String,
    env: String,
    job: String,
    stack: String,
    env_stack: String,
    workspace_root: PathBuf,
    /// The application's environments; empty when they were not listed.
    environments: Vec<String>,
}

impl Target {
    fn new(request: &Request, env: String, job: String) -> Self {
        Self {
            stack: template::names::stack_name(&request.app, &env, &job),
            env_stack: template::names::env_stack_name(&request.app, &env),
            app: request.app.clone(),
            workspace_root: request.workspace.root().to_owned(),
            environments: Vec::new(),
            env,
            job,
        }
    }
}

/// Deploys a job.
///
/// # Errors
/// Everything that can go wrong, told once; whatever was created before execution is removed again.
pub async fn run<W: World>(
    world: &W,
    request: &Request,
    prompter: &impl Prompter,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<Outcome> {
    let before = "nothing was deployed";
    let mut account = None;
    // With both names given everything that can fail offline fails before the first call.
    let (target, prepared) = match (&request.job, &request.env) {
        (Some(job), Some(env)) => {
            let target = Target::new(request, env.clone(), job.clone());
            let prepared = prepare::prepare(world, request, &target, reporter)?;
            (target, prepared)
        }
        _ => {
            let connected = interrupt.guard(before, world.account()).await?;
            let chosen =
                interrupt.guard(before, choose::names(&connected, request, prompter, reporter)).await?;
            account = Some(connected);
            let target =
                Target { environments: chosen.environments, ..Target::new(request, chosen.env, chosen.job) };
            let prepared = prepare::prepare(world, request, &target, reporter)?;
            (target, prepared)
        }
    };
    let engine = match prepared.builds() {
        true => Some(interrupt.guard(before, world.engine()).await?),
        false => None,
    };
    if let Some(engine) = &engine {
        for plan in &prepared.plans {
            interrupt.guard(before, engine.check(plan)).await?;
        }
    }
    if let Some(note) = engine.as_ref().and_then(|e| platform_note(&prepared.job, e.platform())) {
        reporter.report(Event::Note(note));
    }
    let account = match account {
        Some(account) => account,
        None => interrupt.guard(before, world.account()).await?,
    };
    let state = interrupt
        .guard(before, state::read(&account, &target, prepared.builds(), &prepared.job.network.placement))
        .await?;
    checks::check(request, &target, &prepared.job, &state)?;
    let inputs = prepared.inputs(&target, &state)?;
    let region = &state.environment.region;
    let secrets = build_secrets::remote(&prepared.plans, &account, &state.manager, region);
    let secrets = prepared.build_secrets.with(interrupt.guard(before, secrets).await?);
    let artifacts = interrupt
        .guard(before, images::produce(engine.as_ref(), &prepared, &secrets, &state, inputs, reporter))
        .await?;
    let proposal = uploads::template(&target, request, &prepared, &state, artifacts);
    let proposal = interrupt.guard(before, proposal).await?;
    let described = propose::Proposal { target: &target, request, state: &state, rendered: &proposal };
    let outcome = propose::propose(&described, reporter, interrupt)
        .await
        .with_context(|| format!("job {} was not deployed to {}", target.job, target.env))?;
    let executed = match outcome {
        propose::Proposed::Executing(executed) => executed,
        propose::Proposed::Unchanged => {
            return Ok(Outcome::Unchanged { stack: target.stack, pushed: proposal.pushed_by_tag });
        }
    };
    if request.detach {
        return Ok(Outcome::Detached { stack: target.stack });
    }
    follow::to_the_end(&described, &executed, reporter, interrupt).await?;
    Ok(Outcome::Deployed { job: target.job })
}
