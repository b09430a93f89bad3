//! `copilot secret …`

mod init;
mod ls;

use clap::Subcommand;

use crate::context::Context;
use crate::error::Result;

/// Commands for secrets.
///
/// A secret is an encrypted parameter in Parameter Store, which the jobs of one environment read as an environment variable.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Ls(ls::Args),
}

/// Runs the chosen command.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    match args.command {
        Command::Init(args) => init::run(context, args),
        Command::Ls(args) => ls::run(context, args),
    }
}
