//! The command tree. One file per command; folders mirror the tree.
//!
//! Parsing, help and version start no runtime, read no files and open no clients: a command does so
//! itself when it runs.

mod completion;
mod flags;
mod interrupt;
mod job;
mod runtime;
mod version;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::context::{Context, Terminal, unix_time};
use crate::error::Result;
use crate::{git, ui};

/// Build, deploy and operate containerised scheduled jobs on Amazon ECS.
///
/// Works on the applications, environments and jobs that AWS Copilot CLI set up: same manifests,
/// same stacks.
#[derive(Debug, Parser)]
#[command(
    name = "copilot",
    bin_name = "copilot",
    version = concat!("version: v", env!("CARGO_PKG_VERSION")),
    disable_version_flag = true,
    propagate_version = false,
    arg_required_else_help = true,
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print the version.
    #[arg(short = 'v', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Job(job::Args),
    Version(version::Args),
    Completion(completion::Args),
}

/// Runs the program and tells how the process ends.
pub fn main() -> ExitCode {
    if git::is_reader(std::env::args_os().nth(1)) {
        return read_git_repository();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version are answers, on stdout; everything else is a usage error, on stderr.
            let code = if e.use_stderr() { 2 } else { 0 };
            let code = if e.print().is_err() { 1 } else { code };
            return ExitCode::from(code);
        }
    };
    let output = match &cli.command {
        Command::Job(args) => args.output(),
        Command::Version(_) | Command::Completion(_) => ui::Output::Progress,
    };
    match run(cli.command) {
        Ok(code) => code,
        Err(e) => {
            match output {
                ui::Output::Json => ui::json::error(&e, unix_time()),
                _ => ui::message::error(&e, output, Terminal::detect()),
            }
            ExitCode::from(e.exit_code())
        }
    }
}

/// Reads the git repository for the deployment that started this process.
fn read_git_repository() -> ExitCode {
    let Ok(context) = Context::from_process() else { return ExitCode::FAILURE };
    let answer = git::read(&context.cwd, &|name| context.var_os(name));
    match std::io::stdout().write_all(answer.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Job(args) => job::run(&Context::from_process()?, args),
        Command::Version(args) => version::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Completion(args) => completion::run(&args).map(|()| ExitCode::SUCCESS),
    }
}

/// The command tree, for shell completion.
fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}
