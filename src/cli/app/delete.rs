//! `copilot app delete`

use crate::cli::flags::application_anywhere;
use crate::cli::{runtime, wiring};
use crate::context::Context;
use crate::error::Result;
use crate::ops::app::delete::{self, Request};
use crate::ops::env::delete::NOTHING_DELETED;
use crate::ui;
use crate::workspace::Workspace;

/// Delete an application: its jobs, its environments, what it has in its regions (artifacts, images, keys), its roles and its
/// record. It is refused while services or pipelines are still there. Secrets, and files in the workspace, stay.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// Delete without asking.
    #[arg(long)]
    yes: bool,
}

const EXAMPLES: &str = "Examples:
  Delete the application of the workspace, after a question:
    copilot app delete

  Delete the application my-app in a script:
    copilot app delete --name my-app --yes";

/// Deletes the application.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let name = application_anywhere(args.name, context)?;
    let request = Request { name, yes: args.yes, workspace: Workspace::find(&context.cwd).ok() };
    let (view, outcome) = runtime::with_console(context, ui::Output::Progress, async |console| {
        let account = Box::pin(console.guard(NOTHING_DELETED, wiring::session(context))).await?;
        Box::pin(delete::run(&account, &request, console)).await
    });
    view.outcome(&outcome?);
    Ok(())
}
