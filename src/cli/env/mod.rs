//! `copilot env …`

mod delete;
mod deploy;
mod init;
mod ls;
mod override_;
mod package;
mod show;
mod upgrade;

use std::process::ExitCode;

use clap::Subcommand;

use crate::context::Context;
use crate::error::Result;
use crate::ui::Output;

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
    Delete(delete::Args),
    Deploy(deploy::Args),
    Ls(ls::Args),
    Override(override_::Args),
    Package(package::Args),
    Show(show::Args),
    Upgrade(upgrade::Args),
}

impl Args {
    /// Whether exit code 1 means that something differs.
    pub(super) fn compares(&self) -> bool {
        matches!(&self.command, Command::Package(args) if args.compares())
    }

    /// What the command line asks to be shown.
    pub(super) fn output(&self) -> Output {
        match &self.command {
            Command::Deploy(args) => args.output(),
            Command::Package(args) => args.output(),
            Command::Init(_)
            | Command::Delete(_)
            | Command::Ls(_)
            | Command::Override(_)
            | Command::Show(_)
            | Command::Upgrade(_) => Output::Progress,
        }
    }
}

/// Runs the chosen command.
pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode> {
    let done = |result: Result<()>| result.map(|()| ExitCode::SUCCESS);
    match args.command {
        Command::Init(args) => done(init::run(context, *args)),
        Command::Delete(args) => done(delete::run(context, args)),
        Command::Deploy(args) => done(deploy::run(context, args)),
        Command::Ls(args) => done(ls::run(context, args)),
        Command::Override(args) => done(override_::run(context, args)),
        Command::Package(args) => package::run(context, args),
        Command::Show(args) => done(show::run(context, args)),
        Command::Upgrade(args) => {
            upgrade::run(context, &args);
            Ok(ExitCode::SUCCESS)
        }
    }
}
