//! `copilot env ls`

use crate::cli::flags::application_anywhere;
use crate::cli::reading;
use crate::context::Context;
use crate::error::Result;
use crate::ops::env::list;
use crate::ui;

/// List the environments of an application, one name a line.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Write the environments' records as one JSON object.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  List the environments of the workspace's application:
    copilot env ls

  List the accounts of the environments of the application my-app:
    copilot env ls --app my-app --json | jq -r '.environments[].accountID'";

/// Writes the environments to stdout. Account and region of each go to stderr, so that stdout has names alone.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let app = application_anywhere(args.app, context)?;
    let found = reading::run(context, async |account, console| {
        let found = Box::pin(list::run(account, app.as_deref(), console)).await?;
        if !args.json && !found.environments.is_empty() {
            console.note(found.places());
        }
        Ok(found)
    })?;
    match args.json {
        true => ui::data::document(&format!("{}\n", found.json())),
        false => {
            let names = found.environments.iter().map(|env| env.name.as_str());
            ui::data::print(&ui::listing::names(names))
        }
    }
}
