//! `copilot job delete`

use crate::cli::flags::{self, given};
use crate::cli::{runtime, wiring};
use crate::context::Context;
use crate::error::Result;
use crate::ops::env::delete::NOTHING_DELETED;
use crate::ops::job::delete::{self, Request};
use crate::ui;

/// Delete a job: runs in progress, its stack in every environment, its images and its record. NAT gateways and the file system
/// of an environment go with the last workload that uses them. Files in the workspace stay.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Delete the job from this environment only; its images and its record stay.
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Name of the job.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// Profile with credentials of an environment's account, for an environment whose manager role is gone.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Delete without asking.
    #[arg(long)]
    yes: bool,
}

const EXAMPLES: &str = "Examples:
  Delete the job report from the workspace's application, after a question:
    copilot job delete --name report

  Delete it from the environment test only:
    copilot job delete --name report --env test

  Delete a job of another application in a script:
    copilot job delete --app my-app --name report --yes";

/// Deletes the job.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let app = flags::application_anywhere(args.app, context)?;
    let (view, outcome) = runtime::with_console(context, ui::Output::Progress, async |console| {
        let sessions = Box::pin(async {
            let account = wiring::session(context).await?;
            let profile = match given(args.profile) {
                Some(profile) => Some(wiring::profile(context, &profile).await?),
                None => None,
            };
            Ok((account, profile))
        });
        let (account, profile) = console.guard(NOTHING_DELETED, sessions).await?;
        let request = Request { app, env: given(args.env), name: given(args.name), yes: args.yes, profile };
        Box::pin(delete::run(&account, &request, console)).await
    });
    if let Some(outcome) = outcome? {
        view.outcome(&outcome);
    }
    Ok(())
}
