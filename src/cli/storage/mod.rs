//! `copilot storage …`

mod init;

use clap::Subcommand;

use crate::context::Context;
use crate::error::Result;

/// Commands for the storage of jobs: buckets, tables and database clusters.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
}

/// Runs the chosen command.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    match args.command {
        Command::Init(args) => init::run(context, args),
    }
}
