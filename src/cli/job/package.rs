//! `copilot job package`

use std::process::ExitCode;

use crate::cli::flags::{application, given};
use crate::cli::wiring::Process;
use crate::cli::{packaging, runtime, trust};
use crate::context::Context;
use crate::error::Result;
use crate::image::tags;
use crate::ops::job::Request;
use crate::ops::job::package;
use crate::ui;

/// Print the CloudFormation template of a job.
///
/// Renders what `job deploy` would deploy, overrides included, and changes nothing in AWS unless
/// --upload-assets is given.
///
/// The workspace is code: a CDK app in the job's overrides runs on this machine with your credentials, also with --diff. Do not
/// package a workspace that you do not trust; --no-cdk and --no-outside-files limit what one can do.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Allow packaging a job that a newer version deployed.
    #[arg(long)]
    allow_downgrade: bool,
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Compare with what is deployed, as `job deploy --diff` does, without building or uploading anything. The
    /// differences of the template go to stdout. Exit code 0: no differences, 1: differences, 2: something failed.
    #[arg(long, conflicts_with_all = ["output_dir", "upload_assets"])]
    diff: bool,
    /// Name of the environment.
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// With --diff: write the differences to stdout as JSON, one object per line.
    #[arg(long, requires = "diff")]
    json: bool,
    /// Name of the job.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    trust: trust::Flags,
    /// Write the template, its parameters and tags, and the addons template to files in this directory,
    /// which is created when there is none, instead of printing the template.
    #[arg(long, value_name = "DIR", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    output_dir: Option<String>,
    /// Tag for the images built from Dockerfiles, with --upload-assets and --diff [default: the commit of a
    /// clean git tree].
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// Build and push the job's images and upload environment files, addons and the Lambda's code, so that
    /// everything the template and its parameters name is there.
    #[arg(long)]
    upload_assets: bool,
}

const EXAMPLES: &str = "Examples:
  Print the template of the job report-gen for the environment test:
    copilot job package --name report-gen --env test

  Write report-gen-test.stack.yml and report-gen-test.params.json, with everything they name in place:
    copilot job package --name report-gen --env test --output-dir infrastructure --upload-assets

  See what a deployment would change, and find out in a script whether it would:
    copilot job package --name report-gen --env test --diff";

impl Args {
    /// Whether exit code 1 means that something differs.
    pub(super) fn compares(&self) -> bool {
        self.diff
    }

    /// What the command line asks to be shown.
    pub(super) fn output(&self) -> ui::Output {
        if self.json && self.diff { ui::Output::Json } else { ui::Output::Progress }
    }
}

/// Fills a request from the flags, asks for what is missing, packages the job.
pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode> {
    let output = args.output();
    let limits = args.trust.limits(context)?;
    let workspace = trust::workspace(context)?;
    let tag = given(args.tag);
    if let Some(tag) = &tag {
        tags::validate(tag)?;
    }
    let app = application(args.app, &workspace)?;
    let request = Request {
        limits,
        tag,
        allow_downgrade: args.allow_downgrade,
        ..Request::new(workspace, app, given(args.env), given(args.name))
    };
    let purpose = packaging::purpose(context, args.diff, args.output_dir, args.upload_assets);
    let (_, outcome) = runtime::with_console(context, output, async |console| {
        Box::pin(package::run(&Process(context), &request, &purpose, console)).await
    });
    packaging::finish(outcome?)
}
