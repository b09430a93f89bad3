//! `copilot job …`

mod delete;
mod deploy;
mod init;
mod logs;
mod ls;
mod override_;
mod package;
mod pause;
mod resume;
mod run;
mod runs;
mod show;
mod status;
mod stop;

use std::process::ExitCode;

use clap::Subcommand;

use crate::context::Context;
use crate::error::Result;
use crate::ui::Output;

/// Commands for scheduled jobs.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Deploy(deploy::Args),
    Ls(ls::Args),
    Package(package::Args),
    Run(run::Args),
    Status(status::Args),
    Runs(runs::Args),
    Logs(logs::Args),
    Stop(stop::Args),
    Show(show::Args),
    Pause(pause::Args),
    Resume(resume::Args),
    Override(override_::Args),
    Delete(delete::Args),
}

impl Args {
    /// Whether exit code 1 means that something differs.
    pub(super) fn compares(&self) -> bool {
        matches!(&self.command, Command::Package(args) if args.compares())
    }

    /// What the command line asks to be shown.
    pub(super) fn output(&self) -> Output {
        match &self.command {
            Command::Init(_) | Command::Override(_) | Command::Delete(_) => Output::Progress,
            Command::Deploy(args) => args.output(),
            Command::Package(args) => args.output(),
            Command::Run(args) => args.output(),
            Command::Ls(_)
            | Command::Logs(_)
            | Command::Show(_)
            | Command::Status(_)
            | Command::Runs(_)
            | Command::Stop(_)
            | Command::Pause(_)
            | Command::Resume(_) => Output::Progress,
        }
    }
}

/// Runs the chosen command.
pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode> {
    match args.command {
        Command::Init(args) => init::run(context, args).map(|()| ExitCode::SUCCESS),
        Command::Deploy(args) => deploy::run(context, args).map(|()| ExitCode::SUCCESS),
        Command::Ls(args) => ls::run(context, args).map(|()| ExitCode::SUCCESS),
        Command::Package(args) => package::run(context, args),
        Command::Run(args) => run::run(context, args).map(|()| ExitCode::SUCCESS),
        Command::Status(args) => status::run(context, args).map(|()| ExitCode::SUCCESS),
        Command::Runs(args) => runs::run(context, args).map(|()| ExitCode::SUCCESS),
        Command::Stop(args) => stop::run(context, args).map(|()| ExitCode::SUCCESS),
        Command::Logs(args) => logs::run(context, args),
        Command::Show(args) => show::run(context, args).map(|()| ExitCode::SUCCESS),
        Command::Pause(args) => pause::run(context, args).map(|()| ExitCode::SUCCESS),
        Command::Resume(args) => resume::run(context, args).map(|()| ExitCode::SUCCESS),
        Command::Override(args) => override_::run(context, args).map(|()| ExitCode::SUCCESS),
        Command::Delete(args) => delete::run(context, args).map(|()| ExitCode::SUCCESS),
    }
}
