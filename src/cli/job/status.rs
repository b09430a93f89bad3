//! `copilot job status`

use super::run::names;
use crate::cli::reading;
use crate::context::Context;
use crate::error::Result;
use crate::ops::job::runs::describe::Times;
use crate::ops::job::status::{self, Request};
use crate::ui;

/// Show how a deployed job is: its schedule and the next run, the last run and how it ended, what runs now, its image.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Name of the environment.
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Write everything as one JSON object.
    #[arg(long)]
    json: bool,
    /// Name of the job.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
}

const EXAMPLES: &str = "Examples:
  Show how the job report-gen is in the environment test:
    copilot job status --name report-gen --env test

  Alert when the last run did not succeed:
    copilot job status --name report-gen --env test --json |
      jq -e '.lastRun.verdict == \"succeeded\"' || alert";

/// Writes the status to stdout.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let utc_offset = |instant| context.utc_offset(instant);
    let times = Times { now: context.unix_time_ms(), utc_offset: &utc_offset };
    let request = Request { names: names(args.app, args.name, args.env, context)?, times };
    let status = reading::run(context, async |account, console| {
        Box::pin(status::run(account, &request, console)).await
    })?;
    match args.json {
        true => ui::data::document(&format!("{}\n", status.json())),
        false => ui::data::print(&ui::runs_listing::status(&status, context.terminal.stdout_colors)),
    }
}
