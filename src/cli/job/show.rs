//! `copilot job show`

use crate::cli::{flags, reading};
use crate::context::Context;
use crate::error::Result;
use crate::ops::job::show::{self, Request};
use crate::ui;
use crate::workspace::Workspace;

/// Show a job and what is deployed of it.
///
/// For each environment where the job is deployed: its image, its schedule with the next runs, and when and by which version
/// it was last deployed. This is read with the environment's manager role. An environment whose role cannot be assumed is
/// named in a warning.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Write everything as one JSON object.
    #[arg(long)]
    json: bool,
    /// Name of the job.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
}

const EXAMPLES: &str = "Examples:
  Show the job report-gen:
    copilot job show --name report-gen

  Get the image that is deployed to the environment test:
    copilot job show --name report-gen --json |
      jq -r '.environments[] | select(.name == \"test\").deployment.image'";

/// Writes the job to stdout.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let of_workspace = Workspace::application_of(&context.cwd)?;
    let app = flags::given(args.app).or_else(|| of_workspace.clone());
    let workspace = Workspace::find(&context.cwd).ok().filter(|_| app.is_some() && app == of_workspace);
    let name = flags::given(args.name);
    let utc_offset = |instant| context.utc_offset(instant);
    let request = Request { app, name, workspace, now: context.unix_time(), utc_offset: &utc_offset };
    let description = reading::run(context, async |account, console| {
        Box::pin(show::run(account, &request, console)).await
    })?;
    match args.json {
        true => ui::data::document(&format!("{}\n", description.json())),
        false => ui::data::print(&ui::listing::job(&description, context.terminal.stdout_colors)),
    }
}
