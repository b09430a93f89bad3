//! `copilot env package`

use std::process::ExitCode;

use crate::cli::flags::{application, given};
use crate::cli::wiring::Process;
use crate::cli::{packaging, runtime, trust};
use crate::context::Context;
use crate::error::Result;
use crate::ops::env::Request;
use crate::ops::env::package;
use crate::ui;

/// Print the CloudFormation template of an environment.
///
/// Renders what `env deploy` would deploy, overrides included, and changes nothing in AWS unless --upload-assets is given.
///
/// The manifest, its variables replaced, is part of the template: do not let variables put secrets into it. A CDK app in the
/// overrides runs on this machine with your credentials, also with --diff. Do not package a workspace that you do not trust;
/// --no-cdk and --no-outside-files limit what one can do.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Allow packaging an environment that a newer version deployed.
    #[arg(long)]
    allow_downgrade: bool,
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Compare with what is deployed, as `env deploy --diff` does, without uploading anything. The differences of the template go
    /// to stdout. Exit code 0: no differences, 1: differences, 2: something failed.
    #[arg(long, conflicts_with_all = ["output_dir", "upload_assets"])]
    diff: bool,
    /// Make a template that updates the stack even if nothing changes: an output of it gets a new value.
    #[arg(long)]
    force: bool,
    /// With --diff: write the differences to stdout as JSON, one object per line.
    #[arg(long, requires = "diff")]
    json: bool,
    /// Name of the environment.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    trust: trust::Flags,
    /// Write the template, its parameters and tags, and the addons template to files in this directory,
    /// which is created when there is none, instead of printing the template.
    #[arg(long, value_name = "DIR", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    output_dir: Option<String>,
    /// Upload the addons and the Lambda functions' code, so that everything the template names is there.
    #[arg(long)]
    upload_assets: bool,
}

const EXAMPLES: &str = "Examples:
  Print the template of the environment test:
    copilot env package --name test

  Write test.env.yml and test.env.params.json, with everything they name in place:
    copilot env package --name test --output-dir infrastructure --upload-assets

  See what a deployment would change, and find out in a script whether it would:
    copilot env package --name test --diff";

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

/// Fills a request from the flags, asks for what is missing, packages the environment.
pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode> {
    let output = args.output();
    let limits = args.trust.limits(context)?;
    let workspace = trust::workspace(context)?;
    let app = application(args.app, &workspace)?;
    let request = Request {
        allow_downgrade: args.allow_downgrade,
        force: args.force,
        limits,
        ..Request::new(workspace, app, given(args.name))
    };
    let purpose = packaging::purpose(context, args.diff, args.output_dir, args.upload_assets);
    let (_, outcome) = runtime::with_console(context, output, async |console| {
        Box::pin(package::run(&Process(context), &request, &purpose, console)).await
    });
    packaging::finish(outcome?)
}
