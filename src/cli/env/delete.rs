//! `copilot env delete`

use crate::cli::flags::{application_anywhere, given};
use crate::cli::{runtime, wiring};
use crate::context::Context;
use crate::error::Result;
use crate::ops::env::delete::{self, Request};
use crate::ui;

/// Delete an environment: its stack with network and cluster, its roles and its record, and with the last environment of a
/// region the artifacts and images that the application has there. It is refused while jobs, services or pipelines still use
/// the environment. Secrets, and files in the workspace, stay.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Name of the environment.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// Profile with credentials of the environment's account, for an environment whose manager role is gone.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Delete without asking.
    #[arg(long)]
    yes: bool,
}

const EXAMPLES: &str = "Examples:
  Delete the environment test of the workspace's application:
    copilot env delete --name test

  Delete it in a script:
    copilot env delete --name test --yes

  Delete what is left of an environment in another account whose roles are gone already:
    copilot env delete --name prod --profile prod-admin";

/// Deletes the environment.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let app = application_anywhere(args.app, context)?;
    let (view, outcome) = runtime::with_console(context, ui::Output::Progress, async |console| {
        let sessions = Box::pin(async {
            let account = wiring::session(context).await?;
            let profile = match given(args.profile) {
                Some(profile) => Some(wiring::profile(context, &profile).await?),
                None => None,
            };
            Ok((account, profile))
        });
        let (account, profile) = console.guard(delete::NOTHING_DELETED, sessions).await?;
        let request = Request { app, name: given(args.name), yes: args.yes, profile };
        Box::pin(delete::run(&account, &request, console)).await
    });
    view.outcome(&outcome?);
    Ok(())
}
