//! `copilot job override`

use crate::cli::wiring::Process;
use crate::cli::{flags, runtime, trust};
use crate::context::Context;
use crate::error::Result;
use crate::ops::job::Request;
use crate::ops::job::override_::{self, Choice, Tool};
use crate::ui;

/// Begin to override the template of a job.
///
/// Writes the files for YAML patches or for a CDK app into copilot/NAME/overrides, which must not have any yet. What is written
/// there then changes the job's template whenever it is deployed or packaged, in every environment.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Language of the CDK app.
    #[arg(long, value_name = "LANGUAGE", default_value = "typescript", value_parser = ["typescript"])]
    cdk_language: String,
    /// Name of the environment for which the job's resources are offered for the CDK app [default: the first one of the
    /// workspace].
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Name of the job.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// Logical ids of the resources that the CDK app changes, separated by commas; asked for without it.
    #[arg(long, value_name = "ID,…", value_delimiter = ',', conflicts_with = "skip_resources")]
    resources: Option<Vec<String>>,
    /// Write a CDK app that changes no resource yet.
    #[arg(long)]
    skip_resources: bool,
    /// What the overrides are written with.
    #[arg(long, visible_alias = "iac-tool", value_name = "TOOL", value_parser = Tool::NAMES)]
    tool: Option<String>,
}

const EXAMPLES: &str = "Examples:
  Begin with YAML patches for the job report:
    copilot job override --name report --tool yamlpatch

  Begin with a CDK app that changes the job's state machine:
    copilot job override --name report --env test --tool cdk --resources StateMachine";

/// Writes the files.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let workspace = trust::workspace(context)?;
    let app = flags::application(args.app, &workspace)?;
    let request = Request::new(workspace, app, flags::given(args.env), flags::given(args.name));
    let choice = Choice {
        tool: args.tool.as_deref().and_then(Tool::named),
        resources: if args.skip_resources { Some(Vec::new()) } else { args.resources },
    };
    let (_, done) = runtime::with_console(context, ui::Output::Progress, async |console| {
        override_::run(&Process(context), &request, &choice, console)
    });
    done
}
