//! `copilot app …`

mod delete;
mod init;
mod ls;
mod show;
mod upgrade;

use clap::Subcommand;

use crate::context::Context;
use crate::error::Result;

/// Commands for applications.
///
/// An application is a set of environments and of the jobs that run in them.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Delete(delete::Args),
    Ls(ls::Args),
    Show(show::Args),
    Upgrade(upgrade::Args),
}

/// Runs the chosen command.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    match args.command {
        Command::Init(args) => init::run(context, args),
        Command::Delete(args) => delete::run(context, args),
        Command::Ls(args) => ls::run(context, &args),
        Command::Show(args) => show::run(context, args),
        Command::Upgrade(args) => upgrade::run(context, args),
    }
}
