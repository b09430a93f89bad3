//! `copilot app upgrade`

use crate::cli::flags::application_anywhere;
use crate::cli::{runtime, wiring};
use crate::context::Context;
use crate::error::Result;
use crate::ops::app::upgrade::{self, Request};
use crate::ui;

/// Bring the roles and regional resources of an application to the newest version.
///
/// Nothing is done when the application has this program's version or a newer one.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Upgrade without asking although roles or hosted zones are replaced or deleted.
    #[arg(long)]
    allow_replacement: bool,
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
}

const EXAMPLES: &str = "Examples:
  Upgrade the application of the workspace:
    copilot app upgrade

  Upgrade the application my-app:
    copilot app upgrade --name my-app";

/// Upgrades the application.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let name = application_anywhere(args.name, context)?;
    let request = Request { name, allow_replacement: args.allow_replacement };
    let (_, upgraded) = runtime::with_console(context, ui::Output::Progress, async |console| {
        let command = async {
            let account = wiring::session(context).await?;
            Box::pin(upgrade::run(&account, &request, console)).await
        };
        Box::pin(command).await
    });
    let upgraded = upgraded?;
    ui::message::done(&upgraded.to_string(), &[], context.terminal);
    Ok(())
}
