//! `copilot job stop`

use super::run::names;
use crate::cli::flags::given;
use crate::cli::{runtime, wiring};
use crate::context::Context;
use crate::error::Result;
use crate::ops::job::stop::{self, Request};
use crate::ui;

/// Stop a run of a job, with all attempts that it would still make.
///
/// Without a name, the only run that is under way is stopped. The schedule goes on: `copilot job pause` stops that.
///
/// Where neither the environment's manager role nor you may stop an execution, its task is stopped, and every further attempt as it
/// begins.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Stop all runs that are under way.
    #[arg(long, conflicts_with = "run")]
    all: bool,
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Name of the environment.
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Name of the job.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// Name of the run, as `copilot job runs` lists it.
    #[arg(value_name = "RUN")]
    run: Option<String>,
}

const EXAMPLES: &str = "Examples:
  Stop the run of the job report-gen that is under way in the environment test:
    copilot job stop --name report-gen --env test

  Stop a certain run:
    copilot job stop --name report-gen --env test manual-20261127-130000-3f9c2a";

/// Stops the run.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let request = Request {
        names: names(args.app, args.name, args.env, context)?,
        run: given(args.run),
        all: args.all,
        now: context.unix_time_ms(),
    };
    let (view, outcome) = runtime::with_console(context, ui::Output::Progress, async |console| {
        let account = console.guard("nothing was stopped", Box::pin(wiring::session(context))).await?;
        Box::pin(stop::run(&account, &request, console)).await
    });
    if let Some(outcome) = outcome? {
        view.outcome(&outcome);
    }
    Ok(())
}
