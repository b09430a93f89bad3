//! `copilot env deploy`

use std::time::Duration;

use crate::cli::flags::{application, given};
use crate::cli::wiring::Process;
use crate::cli::{runtime, trust};
use crate::context::Context;
use crate::error::Result;
use crate::ops::env::{Request, deploy};
use crate::stack::{self, timeout};
use crate::ui;

/// Deploy an environment.
///
/// Renders the environment's manifest and the addons of all environments into CloudFormation templates, applies the overrides
/// of environments and updates the environment's stack, which `copilot env init` made. What jobs and services have switched on
/// in the environment, such as NAT gateways, a file system or load balancers, stays as it is.
///
/// The manifest, its variables replaced, is stored in the stack's template, where whoever may read stacks can read it: do not
/// let variables put secrets into it. A CDK app in the overrides runs on this machine with your credentials. Do not deploy a
/// workspace that you do not trust; --no-cdk and --no-outside-files limit what one can do.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Follow what goes on in the environment's stack to its end, without changing anything. Ctrl-C only stops following.
    #[arg(long, conflicts_with_all = ["allow_downgrade", "continue_rollback", "detach", "diff", "diff_yes", "force", "no_rollback",
                                "resources_to_skip", "wait_for_stack"])]
    attach: bool,
    /// Allow updating an environment that a newer version deployed.
    #[arg(long)]
    allow_downgrade: bool,
    /// Deploy without asking although resources that may hold data, or that others refer to, are replaced or deleted: the
    /// network, the cluster, load balancers, the file system, roles, certificates, addons, exports.
    #[arg(long)]
    allow_replacement: bool,
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// If the rollback of the last update is stuck (`UPDATE_ROLLBACK_FAILED`), continue it without asking, then deploy.
    #[arg(long)]
    continue_rollback: bool,
    /// Start the deployment and return without following it.
    #[arg(long)]
    detach: bool,
    /// Show what would change in the environment's stack, compared with what is deployed, and ask before anything is uploaded or
    /// deployed. The differences of the template go to stdout.
    #[arg(long)]
    diff: bool,
    /// Like --diff, but go on without asking.
    #[arg(long)]
    diff_yes: bool,
    /// Update the stack even if nothing changes: an output of it gets a new value.
    #[arg(long)]
    force: bool,
    /// Write what happens to stdout, as one JSON object per line, instead of showing it.
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
    /// Name of the environment.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    trust: trust::Flags,
    /// Leave the stack as it is when the deployment fails, instead of rolling it back. Not for
    /// production: until it is repaired the stack stays half deployed.
    #[arg(long)]
    no_rollback: bool,
    /// Say nothing unless something goes wrong: no progress, no warnings about the manifest, no word of
    /// success.
    #[arg(short, long)]
    quiet: bool,
    /// With --continue-rollback: logical ids of resources that are not rolled back but left as they are, separated by commas.
    /// The deployment then updates them.
    #[arg(long, value_name = "ID,…", value_delimiter = ',', requires = "continue_rollback",
          value_parser = clap::builder::NonEmptyStringValueParser::new())]
    resources_to_skip: Vec<String>,
    /// How long to wait for the end of each operation in AWS, such as 45m or 1h30m. What continues in AWS is not affected when
    /// the time is over. [default: 90m]
    #[arg(long, value_name = "DURATION", value_parser = timeout::parse)]
    timeout: Option<Duration>,
    /// If another operation goes on in the environment's stack, wait for its end, then deploy.
    #[arg(long)]
    wait_for_stack: bool,
}

const EXAMPLES: &str = "Examples:
  Deploy the environment test:
    copilot env deploy --name test

  See what would change, then decide:
    copilot env deploy --name test --diff

  Deploy from a script, whatever is replaced:
    copilot env deploy --name test --allow-replacement --json | jq -r .type

  Start a deployment in one step of a pipeline and follow it in another:
    copilot env deploy --name test --detach
    copilot env deploy --name test --attach --timeout 30m";

impl Args {
    /// What the command line asks to be shown.
    pub(super) fn output(&self) -> ui::Output {
        ui::Output::of_flags(self.json, self.quiet)
    }
}

/// Fills a request from the flags, asks for what is missing, runs the deployment.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let output = args.output();
    let limits = args.trust.limits(context)?;
    let workspace = trust::workspace(context)?;
    let app = application(args.app, &workspace)?;
    let request = Request {
        allow_downgrade: args.allow_downgrade,
        attach: args.attach,
        detach: args.detach,
        force: args.force,
        limits,
        diff: args.diff || args.diff_yes,
        diff_yes: args.diff_yes,
        stack: stack::Options {
            no_rollback: args.no_rollback,
            wait: args.wait_for_stack,
            continue_rollback: args.continue_rollback,
            resources_to_skip: args.resources_to_skip,
            allow_replacement: args.allow_replacement,
            timeout: args.timeout.unwrap_or(timeout::DEFAULT),
            ..stack::Options::default()
        },
        ..Request::new(workspace, app, given(args.name))
    };
    let (view, outcome) = runtime::with_console(context, output, async |console| {
        Box::pin(deploy::run(&Process(context), &request, console)).await
    });
    view.outcome(&outcome?);
    Ok(())
}
