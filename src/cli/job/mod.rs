//! `copilot job …`

mod deploy;
mod package;
mod world;

use std::process::ExitCode;

use clap::Subcommand;

use crate::context::Context;
use crate::error::Result;

/// Commands for scheduled jobs.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Deploy(deploy::Args),
    Package(package::Args),
}

impl Args {
    /// Whether everything, errors too, is to be written as JSON.
    pub fn json(&self) -> bool {
        match &self.command {
            Command::Deploy(args) => args.json(),
            Command::Package(args) => args.json(),
        }
    }
}

/// Runs the chosen command.
pub fn run(context: &Context, args: Args) -> Result<ExitCode> {
    match args.command {
        Command::Deploy(args) => deploy::run(context, args).map(|()| ExitCode::SUCCESS),
        Command::Package(args) => package::run(context, args),
    }
}
