//! `copilot env show`

use crate::cli::flags::{application_anywhere, given};
use crate::cli::reading;
use crate::context::Context;
use crate::error::Result;
use crate::ops::env::show::{self, Request};
use crate::ui;

/// Show an environment: what is deployed there, its tags, its resources or its manifest.
///
/// It is read with the environment's manager role.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Write everything as one JSON object, with the ids of VPC and subnets.
    #[arg(long)]
    json: bool,
    /// Write the manifest that the environment was deployed with, and nothing else.
    #[arg(long, conflicts_with_all = ["json", "resources"])]
    manifest: bool,
    /// Name of the environment.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// Show the resources of the environment's stack as well.
    #[arg(long)]
    resources: bool,
}

const EXAMPLES: &str = "Examples:
  Show the environment test with the resources of its stack:
    copilot env show --name test --resources

  Get back the manifest of an environment that is not in the workspace:
    mkdir -p copilot/environments/test
    copilot env show --name test --manifest > copilot/environments/test/manifest.yml

  Get the id of an environment's VPC in a script:
    copilot env show --name test --json | jq -r .environmentVPC.id";

/// Writes the environment to stdout.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let app = application_anywhere(args.app, context)?;
    let request = Request { app, name: given(args.name), resources: args.resources };
    if args.manifest {
        let manifest = reading::run(context, async |account, console| {
            Box::pin(show::manifest(account, &request, console)).await
        })?;
        return ui::data::document(&manifest);
    }
    let description = reading::run(context, async |account, console| {
        Box::pin(show::run(account, &request, console)).await
    })?;
    match args.json {
        true => ui::data::document(&format!("{}\n", description.json())),
        false => ui::data::print(&ui::listing::environment(&description, context.terminal.stdout_colors)),
    }
}
