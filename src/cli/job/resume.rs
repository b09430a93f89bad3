//! `copilot job resume`

use super::pause::{Job, switch};
use crate::context::Context;
use crate::error::Result;
use crate::ops::job::pause::Action;

/// Switch the schedule of a job on again that `copilot job pause` switched off.
///
/// Nothing is built: of the job's stack, the state of its schedule's rule changes, and nothing else. Runs that were left out are
/// not made up for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    job: Job,
}

const EXAMPLES: &str = "Examples:
  Switch the schedule of the job report on again in the environment test:
    copilot job resume --name report --env test";

/// Switches the schedule on.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    switch(context, Action::Resume, args.job)
}
