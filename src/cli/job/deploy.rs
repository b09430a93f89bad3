//! `copilot job deploy`

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cli::flags::{Tags, application, given, parse_tags};
use crate::cli::wiring::Process;
use crate::cli::{runtime, trust};
use crate::context::Context;
use crate::error::Result;
use crate::image::tags;
use crate::ops::job::deploy::and_run::deploy_and_run;
use crate::ops::job::runs::clock::System;
use crate::ops::job::{Request, deploy};
use crate::stack::{self, timeout};
use crate::ui;

/// Deploy a job to an environment.
///
/// Builds the job's container images, pushes them to its repository, renders the manifest and the
/// job's addons into CloudFormation templates, applies the job's overrides and creates or updates the
/// job's stack.
///
/// The workspace is code: a CDK app in the job's overrides runs on this machine with your credentials, and Dockerfiles run in
/// the Docker Engine. Do not deploy a workspace that you do not trust; --no-cdk and --no-outside-files limit what one can do.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Follow what goes on in the job's stack to its end, without building or changing anything. Ctrl-C only stops
    /// following.
    #[arg(long, conflicts_with_all = ["allow_downgrade", "continue_rollback", "detach", "diff", "diff_yes", "express", "no_rollback", "recreate",
                                "resource_tags", "resources_to_skip", "tag", "wait_for_stack"])]
    attach: bool,
    /// Allow updating a job that a newer version deployed.
    #[arg(long)]
    allow_downgrade: bool,
    /// Deploy without asking although resources that may hold data, or that others refer to, are replaced
    /// or deleted: file system access points, topics, log groups, roles, addons.
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
    /// Show what would change in the job's stack, compared with what is deployed, and ask before anything is pushed or
    /// deployed. Images are built for it. The differences of the template go to stdout.
    #[arg(long)]
    diff: bool,
    /// Like --diff, but go on without asking.
    #[arg(long)]
    diff_yes: bool,
    /// Name of the environment.
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Use CloudFormation's Express mode: the deployment ends as soon as the configuration of the resources is applied, before
    /// they are ready. For development; a failure is still rolled back.
    #[arg(long, conflicts_with = "no_rollback")]
    express: bool,
    /// Write what happens to stdout, as one JSON object per line, instead of showing it.
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
    /// Name of the job.
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
    /// Replace a half-deleted stack (`DELETE_FAILED`) without asking.
    #[arg(long)]
    recreate: bool,
    /// When the job is deployed, run it once and follow the run to its end: the command ends with 0 when the run succeeds, with 1 when
    /// it fails, and with 3 when its end is not seen.
    #[arg(long, conflicts_with_all = ["attach", "detach"])]
    run: bool,
    /// Tags for the job's resources, as key=value pairs separated by commas. Can be repeated.
    #[arg(long, value_name = "KEY=VALUE,…", value_parser = parse_tags)]
    resource_tags: Vec<Tags>,
    /// With --continue-rollback: logical ids of resources that are not rolled back but left as they are, separated by commas.
    /// The deployment then updates them.
    #[arg(long, value_name = "ID,…", value_delimiter = ',', requires = "continue_rollback",
          value_parser = clap::builder::NonEmptyStringValueParser::new())]
    resources_to_skip: Vec<String>,
    /// Tag for the images built from Dockerfiles [default: the commit of a clean git tree].
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// How long to wait for the end of each operation in AWS, such as 45m or 1h30m. What continues in AWS is not affected when
    /// the time is over. [default: 90m]
    #[arg(long, value_name = "DURATION", value_parser = timeout::parse)]
    timeout: Option<Duration>,
    /// If another operation goes on in the job's stack, wait for its end, then deploy.
    #[arg(long)]
    wait_for_stack: bool,
}

const EXAMPLES: &str = "Examples:
  Deploy the job report-gen to the environment test:
    copilot job deploy --name report-gen --env test

  Deploy with extra tags on every resource:
    copilot job deploy --resource-tags source/revision=bb133e7,deployment/initiator=manual

  See what would change, then decide:
    copilot job deploy --name report-gen --env test --diff

  Deploy from a script that reads the progress:
    copilot job deploy --name report-gen --env test --json | jq -r .type

  Start a deployment in one step of a pipeline and follow it in another:
    copilot job deploy --name report-gen --env test --detach
    copilot job deploy --name report-gen --env test --attach --timeout 30m";

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
    let tag = given(args.tag);
    if let Some(tag) = &tag {
        tags::validate(tag)?;
    }
    let app = application(args.app, &workspace)?;
    let resource_tags: BTreeMap<String, String> =
        args.resource_tags.into_iter().flat_map(|tags| tags.0).collect();
    let run = args.run;
    let request = Request {
        limits,
        tag,
        resource_tags,
        allow_downgrade: args.allow_downgrade,
        attach: args.attach,
        detach: args.detach,
        diff: args.diff || args.diff_yes,
        diff_yes: args.diff_yes,
        stack: stack::Options {
            express: args.express,
            no_rollback: args.no_rollback,
            wait: args.wait_for_stack,
            continue_rollback: args.continue_rollback,
            resources_to_skip: args.resources_to_skip,
            recreate: args.recreate,
            allow_replacement: args.allow_replacement,
            timeout: args.timeout.unwrap_or(timeout::DEFAULT),
        },
        ..Request::new(workspace, app, given(args.env), given(args.name))
    };
    let (view, outcome) = runtime::with_console(context, output, async |console| match run {
        true => {
            let clock = System::new(|| context.unix_time_ms());
            Box::pin(deploy_and_run(&Process(context), &request, &clock, console)).await
        }
        false => Box::pin(deploy::run(&Process(context), &request, console)).await,
    });
    view.outcome(&outcome?);
    Ok(())
}
