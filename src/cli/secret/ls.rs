//! `copilot secret ls`

use crate::cli::{flags, reading};
use crate::context::Context;
use crate::error::Result;
use crate::ops::secret::list::{self, Request};
use crate::ui;

/// List the secrets of an application.
///
/// For each: its name and environment, whether it has the tags that let jobs read it, and when it was last changed. Values are neither read nor shown. An environment whose manager role cannot be assumed is named in a warning.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Name of the environment [default: all].
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Write the secrets as one JSON object.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  List the secrets of the workspace's application:
    copilot secret ls

  List the names of those that jobs of the environment test cannot read:
    copilot secret ls --env test --json | jq -r '.secrets[] | select(.tagged == false).name'";

/// Writes the secrets to stdout.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let app = flags::application_anywhere(args.app, context)?;
    let request = Request { app, env: flags::given(args.env) };
    let found = reading::run(context, async |account, console| {
        Box::pin(list::run(account, &request, console)).await
    })?;
    match args.json {
        true => ui::data::document(&format!("{}\n", found.json())),
        false => ui::data::print(&ui::listing::secrets(&found)),
    }
}
