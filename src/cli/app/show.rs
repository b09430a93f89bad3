//! `copilot app show`

use crate::cli::flags::application_anywhere;
use crate::cli::reading;
use crate::context::Context;
use crate::error::Result;
use crate::ops::app::show::{self, Reader, Request};
use crate::ui;

/// Show an application: its environments, its workloads and where they are deployed, and its pipelines.
///
/// What is deployed in an environment is read with the environment's manager role. An environment whose role cannot be assumed
/// is named in a warning.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Write everything as one JSON object.
    #[arg(long)]
    json: bool,
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
}

const EXAMPLES: &str = "Examples:
  Show the application of the workspace:
    copilot app show

  List the regions of the environments of the application my-app:
    copilot app show --name my-app --json | jq -r '.environments[].region'";

/// Writes the application to stdout.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let name = application_anywhere(args.name, context)?;
    let reader = if args.json { Reader::Program } else { Reader::Person };
    let request = Request { name, reader };
    let description = reading::run(context, async |account, console| {
        Box::pin(show::run(account, &request, console)).await
    })?;
    match args.json {
        true => ui::data::document(&format!("{}\n", description.json())),
        false => ui::data::print(&ui::listing::application(&description, context.terminal.stdout_colors)),
    }
}
