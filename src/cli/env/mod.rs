//! `copilot env …`

mod init;
mod ls;
mod show;

use clap::Subcommand;

use crate::context::Context;
use crate::error::Result;

/// Commands for environments.
///
/// An environment is a network, a cluster and roles in one account and region, in which an application's jobs run.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(Box<init::Args>),
    Ls(ls::Args),
    Show(show::Args),
}

/// Runs the chosen command.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    match args.command {
        Command::Init(args) => init::run(context, *args),
        Command::Ls(args) => ls::run(context, args),
        Command::Show(args) => show::run(context, args),
    }
}
