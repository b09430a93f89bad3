//! `copilot job deploy` as a pipeline of steps, each in its own file:
//! choose what to deploy → check everything offline → read the state of the application and its
//! stacks → build, push and upload → propose a change set → execute it and follow its events.
//!
//! The pipeline talks to AWS and to the Docker Engine through `ports` and reports through `events`.

mod addons;
mod attach;
mod build_secrets;
mod cancel;
mod checks;
mod choose;
mod consent;
mod console;
pub mod differences;
pub mod events;
mod failure_hints;
mod follow;
mod images;
pub mod interrupt;
mod outside;
mod overrides;
pub mod package;
pub mod ports;
mod prepare;
mod preview;
mod propose;
mod ready;
mod recover;
mod replacement;
mod replacement_hints;
mod rollback;
mod state;
mod takeover;
pub mod timeout;
mod uploads;
mod version;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Kind, Result};
use crate::git::GitState;
use crate::template;
use crate::workspace::Workspace;
use events::{Event, Reporter, TreeResource};
use interrupt::Interrupt;
use ports::{Account, CdkRunner, EnvironmentAccount, ImageEngine, Prompter};
use prepare::Needs;

/// Version stamped into templates: the last version of the old tool, so that both can take turns on
/// one application, with ours as build metadata, which comparisons ignore (`design §2.2`).
pub const TEMPLATE_VERSION: &str = concat!("v1.34.1+rs.", env!("CARGO_PKG_VERSION"));

/// What an interrupt before the change set means.
const BEFORE: &str = "nothing was deployed";

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
    /// Go on although resources that hold data or identity are replaced or deleted.
    pub allow_replacement: bool,
    /// Leave a failed stack as it is.
    pub no_rollback: bool,
    /// Return once the change set is executing.
    pub detach: bool,
    /// What of the workspace is refused.
    pub limits: Limits,
    /// Show what would change and ask before anything is pushed.
    pub diff: bool,
    /// Answer that question with yes.
    pub diff_yes: bool,
    /// How to deal with the job's stack.
    pub stack: StackOptions,
}

/// What a workspace may not make this program do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Fail instead of running a CDK app.
    pub no_cdk: bool,
    /// Fail instead of using files outside the workspace.
    pub no_outside_files: bool,
}

/// How to deal with the job's stack and with what goes on in it.
#[derive(Clone, Debug)]
pub struct StackOptions {
    /// Follow what goes on in the stack instead of deploying.
    pub attach: bool,
    /// Deploy in CloudFormation's Express mode.
    pub express: bool,
    /// Wait for an operation that is under way instead of failing.
    pub wait: bool,
    /// Continue a rollback that is stuck, without asking.
    pub continue_rollback: bool,
    /// Resources that a continued rollback leaves as they are.
    pub resources_to_skip: Vec<String>,
    /// Replace a half-deleted stack without asking.
    pub recreate: bool,
    /// How long to wait for an operation's end.
    pub timeout: Duration,
}

impl Default for StackOptions {
    fn default() -> Self {
        Self {
            attach: false,
            express: false,
            wait: false,
            continue_rollback: false,
            resources_to_skip: Vec::new(),
            recreate: false,
            timeout: timeout::DEFAULT,
        }
    }
}

/// Where the pipeline gets its adapters and its surroundings from.
#[allow(async_fn_in_trait, reason = "used generically, never boxed")]
pub trait World {
    /// AWS account adapter.
    type Account: Account;
    /// Docker Engine adapter.
    type Engine: ImageEngine;
    /// Runs CDK apps.
    type Cdk: CdkRunner;

    /// Resolves credentials and region.
    async fn account(&self) -> Result<Self::Account>;
    /// Connects to the Docker Engine.
    async fn engine(&self) -> Result<Self::Engine>;
    /// What runs CDK apps.
    fn cdk(&self) -> Self::Cdk;
    /// State of the git repository around the working directory.
    async fn git(&self) -> GitState;
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
        /// In Express mode: resources may still be settling.
        express: bool,
    },
    /// Nothing goes on in the stack, and its last operation went well.
    AtRest {
        /// Stack name.
        stack: String,
        /// Its status.
        status: String,
    },
    /// Nothing had to change.
    Unchanged {
        /// Stack name.
        stack: String,
        /// References that were pushed all the same and that the next run uses.
        pushed: Vec<String>,
    },
    /// The user saw what would change and did not want it.
    Declined {
        /// Stack name.
        stack: String,
    },
    /// The deployment goes on by itself.
    Detached {
        /// Stack name.
        stack: String,
        /// Stack id (an ARN).
        id: String,
        /// The command that follows it.
        attach: String,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deployed { job, express: false } => write!(f, "Deployed {job}."),
            Self::Deployed { job, express: true } => {
                write!(
                    f,
                    "Deployed {job}. In Express mode its resources may take some more minutes to be ready."
                )
            }
            Self::AtRest { stack, status } => {
                write!(f, "Nothing goes on in stack {stack}: its status is {status}.")
            }
            Self::Unchanged { stack, pushed } => {
                write!(f, "No infrastructure changes: stack {stack} is up to date.")?;
                match pushed.as_slice() {
                    [] => Ok(()),
                    images => write!(f, " The next run uses the image just pushed as {}.", images.join(", ")),
                }
            }
            Self::Declined { stack } => {
                write!(f, "Nothing was pushed or deployed: stack {stack} is as it was.")
            }
            Self::Detached { stack, id, attach } => {
                write!(f, "The deployment of stack {stack} goes on in AWS ({id}). Follow it with `{attach}`.")
            }
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

    /// The command that follows what goes on in the job's stack.
    fn attach_command(&self) -> String {
        format!("copilot job deploy --attach --app {} --env {} --name {}", self.app, self.env, self.job)
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
    if request.stack.attach {
        return attach::attach(world, request, prompter, reporter, interrupt).await;
    }
    checks::tags(request, &BTreeMap::new())?;
    let ready::Ready { target, prepared, account, engine, mut state } =
        ready::ready(world, request, Needs::Images, prompter, reporter, interrupt).await?;
    addons::warn_of_removal(&prepared, &state, reporter);
    if recover::settle(request, &target, &mut state, prompter, reporter, interrupt).await? {
        checks::check(request, &target, &prepared.job, &state)?;
    }
    let inputs = prepared.inputs(&target, &state)?;
    let secrets = interrupt.guard(BEFORE, build_secrets::all(&prepared, &account, &state, reporter)).await?;
    let cdk = world.cdk();
    let sources =
        images::Sources { account: &account, engine: engine.as_ref(), cdk: &cdk, secrets: &secrets };
    let begun = match request.diff {
        false => images::Begun::default(),
        true => {
            let question = preview::Question { request, target: &target, prepared: &prepared, state: &state };
            match question.ask(&sources, &inputs, prompter, reporter, interrupt).await? {
                preview::Answer::Continue(begun) => begun,
                preview::Answer::Stop(outcome) => return Ok(outcome),
            }
        }
    };
    let artifacts = images::produce(&sources, &prepared, &state, inputs, begun, reporter);
    let artifacts = interrupt.guard(BEFORE, artifacts).await?;
    let proposal = uploads::template(&target, request, &prepared, &state, artifacts, &cdk, reporter);
    let proposal = interrupt.guard(BEFORE, proposal).await?;
    let deployed = state.deployed.as_ref().and_then(|deployed| deployed.document.as_ref());
    let comparison = &takeover::Comparison::new(deployed, &proposal.template);
    if !request.diff {
        takeover::announce(&target, &state, &proposal.template, &proposal.parameters, comparison, reporter);
    }
    let described =
        propose::Proposal { target: &target, request, state: &state, rendered: &proposal, comparison };
    let outcome = propose::propose(&described, prompter, reporter, interrupt).await.map_err(|error| {
        match error.kind() {
            // It says itself what was not done.
            Kind::Interrupted => error,
            _ => error.context(format!("job {} was not deployed to {}", target.job, target.env)),
        }
    })?;
    let executed = match outcome {
        propose::Proposed::Executing(executed) => executed,
        propose::Proposed::Unchanged => {
            if state.stack.as_ref().is_some_and(|stack| stack.status == "UPDATE_FAILED") {
                reporter.report(Event::Warning(format!(
                    "the last update of stack {} failed and was not rolled back (UPDATE_FAILED); CloudFormation sees nothing to \
                     change in it",
                    target.stack
                )));
            }
            return Ok(Outcome::Unchanged { stack: target.stack, pushed: proposal.pushed_by_tag });
        }
    };
    if request.detach {
        let attach = target.attach_command();
        return Ok(Outcome::Detached { stack: target.stack, id: executed.stack_id, attach });
    }
    follow_to_the_end(&described, &executed, reporter, interrupt).await?;
    Ok(Outcome::Deployed { job: target.job, express: executed.express })
}

/// Follows an executed change set until the stack has reached its new state.
async fn follow_to_the_end<E: EnvironmentAccount>(
    proposal: &propose::Proposal<'_, E>,
    executed: &propose::Executed,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<()> {
    let target = proposal.target;
    let verb = if executed.create { "Creating" } else { "Updating" };
    let described = |id: &String| {
        let described = proposal.rendered.descriptions.iter().find(|d| d.id == *id)?;
        Some(TreeResource { logical_id: id.clone(), description: described.description.clone() })
    };
    let operation = follow::Operation {
        target,
        id: &executed.stack_id,
        since: executed.since,
        after: None,
        title: format!("{verb} the infrastructure for stack {}", target.stack),
        resources: executed.resources.iter().filter_map(described).collect(),
        limit: proposal.request.stack.timeout,
        on_interrupt: follow::OnInterrupt::Stop { create: executed.create },
    };
    let ended = follow::follow(&proposal.state.manager, &operation, reporter, interrupt).await?;
    let role = proposal.request.no_rollback.then_some(proposal.state.environment.execution_role_arn.as_str());
    follow::deployed(target, &ended, role)
}
