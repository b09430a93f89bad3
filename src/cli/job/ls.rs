//! `copilot job ls`

use crate::cli::{flags, reading};
use crate::context::Context;
use crate::error::Result;
use crate::ops::job::list::{self, Request};
use crate::ui;
use crate::workspace::Workspace;

/// List the scheduled jobs of an application.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Write the jobs' records as one JSON object.
    #[arg(long)]
    json: bool,
    /// List only jobs that have a manifest in the workspace.
    #[arg(long)]
    local: bool,
}

const EXAMPLES: &str = "Examples:
  List the jobs of the workspace's application:
    copilot job ls

  List the names of the jobs of the application my-app:
    copilot job ls --app my-app --json | jq -r '.jobs[].name'";

/// Writes the jobs to stdout.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let workspace = match args.local {
        true => Some(Workspace::find(&context.cwd)?),
        false => Workspace::find(&context.cwd).ok(),
    };
    let of_workspace = Workspace::application_of(&context.cwd)?;
    let app = flags::given(args.app).or_else(|| of_workspace.clone());
    let request = Request {
        workspace_is_of_app: app.is_some() && app == of_workspace,
        app,
        workspace,
        local: args.local,
    };
    let found = reading::run(context, async |account, console| {
        Box::pin(list::run(account, &request, console)).await
    })?;
    match args.json {
        true => ui::data::document(&format!("{}\n", found.json())),
        false => ui::data::print(&ui::listing::jobs(&found)),
    }
}
