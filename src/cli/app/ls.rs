//! `copilot app ls`

use crate::cli::reading;
use crate::context::Context;
use crate::error::Result;
use crate::ops::app::list;
use crate::ui;

/// List the applications of an account and region, one name a line.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Write the names as one JSON object.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  List the applications of the account and region in use:
    copilot app ls

  List those of another region:
    AWS_REGION=eu-west-1 copilot app ls --json | jq -r '.applications[]'";

/// Writes the names to stdout.
pub(super) fn run(context: &Context, args: &Args) -> Result<()> {
    let found = reading::run(context, async |account, _| list::run(account).await)?;
    match args.json {
        true => ui::data::document(&format!("{}\n", found.json())),
        false => ui::data::print(&ui::listing::names(found.names.iter().map(String::as_str))),
    }
}
