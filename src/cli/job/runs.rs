//! `copilot job runs`

use super::run::names;
use crate::cli::flags::given;
use crate::cli::{reading, runtime, wiring};
use crate::context::Context;
use crate::error::Result;
use crate::ops::job::list_runs::{self, Request};
use crate::ops::job::runs::describe::Times;
use crate::ui;

/// List the runs of a deployed job, or show one of them in full.
///
/// The list comes from the log of the job's state machine, which is kept as long as the job's logs: 30 days unless the manifest says
/// otherwise. AWS writes that log late and does not promise that it is whole. A task that was started directly is listed as long as ECS
/// remembers it, for about an hour after its end.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Name of the environment.
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Only runs that did not succeed.
    #[arg(long)]
    failed: bool,
    /// Write everything as one JSON object.
    #[arg(long)]
    json: bool,
    /// Only the newest runs, so many.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    last: Option<u32>,
    /// Name of the job.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// How far back, such as 24h or 7d.
    #[arg(long, value_name = "DURATION", default_value = "30d", value_parser = parse_span)]
    since: i64,
    /// Name of a run: shows its attempts with their tasks, and the last lines of their logs.
    #[arg(value_name = "RUN", conflicts_with_all = ["failed", "last"])]
    run: Option<String>,
}

const EXAMPLES: &str = "Examples:
  List the runs of the last week that did not succeed:
    copilot job runs --name report-gen --env test --since 7d --failed

  Show why a run failed:
    copilot job runs --name report-gen --env test manual-20261127-130000-3f9c2a

  Count the failures of a month in a script:
    copilot job runs --name report-gen --env test --failed --json |
      jq '.runs | length'";

/// A span of time in milliseconds: one of Go's durations, or whole days.
fn parse_span(text: &str) -> Result<i64, String> {
    list_runs::span(text).ok_or_else(|| "expected a time such as 90m, 24h or 7d".to_owned())
}

/// Writes runs to stdout.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let utc_offset = |instant| context.utc_offset(instant);
    let times = Times { now: context.unix_time_ms(), utc_offset: &utc_offset };
    let request = Request {
        names: names(args.app, args.name, args.env, context)?,
        span: args.since,
        last: args.last.and_then(|last| usize::try_from(last).ok()),
        failed: args.failed,
        times,
    };
    let colors = context.terminal.stdout_colors;
    if let Some(name) = given(args.run) {
        let run = reading::run(context, async |account, console| {
            Box::pin(list_runs::show(account, &request, &name, console)).await
        })?;
        return match args.json {
            true => ui::data::document(&format!("{}\n", run.json())),
            false => ui::data::print(&ui::runs_listing::run(&run, colors)),
        };
    }
    let (_, runs) = runtime::with_console(context, ui::Output::Progress, async |console| {
        let account = console.guard("nothing was changed", Box::pin(wiring::session(context))).await?;
        Box::pin(list_runs::list(&account, &request, console)).await
    });
    let runs = runs?;
    match args.json {
        true => ui::data::document(&format!("{}\n", runs.json()))?,
        false => ui::data::print(&ui::runs_listing::runs(&runs))?,
    }
    runs.whole()
}
