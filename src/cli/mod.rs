//! The command tree. One file per command; folders mirror the tree.
//!
//! Parsing, help and version start no runtime, read no files and open no clients: a command does so
//! itself when it runs.

mod app;
mod booleans;
mod completion;
mod doctor;
mod env;
mod flags;
mod init;
mod interrupt;
mod job;
mod namesake;
mod packaging;
mod panics;
mod permissions;
mod protect;
mod pulse;
mod reading;
mod runtime;
mod schema;
mod secret;
mod storage;
mod topics;
mod trust;
mod unsupported;
mod version;
mod wiring;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{FromArgMatches as _, Parser, Subcommand};

use crate::context::{Context, Progress, Terminal, unix_time};
use crate::error::{Error, Result};
use crate::{git, ui};
use unsupported::Unsupported;

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
    Init(init::Args),
    App(app::Args),
    Env(env::Args),
    Job(job::Args),
    Secret(secret::Args),
    Storage(storage::Args),
    Doctor(doctor::Args),
    Version(version::Args),
    Completion(completion::Args),
    Schema(schema::Args),
    Svc(unsupported::Args),
    Pipeline(unsupported::Args),
}

/// Runs the program and tells how the process ends.
pub fn main() -> ExitCode {
    protect::no_core_dumps();
    if git::is_reader(std::env::args_os().nth(1)) {
        return read_git_repository();
    }
    panics::install();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if let Some(text) = topics::named(&arguments) {
        return match text.and_then(|text| ui::data::print(&text)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                tell(&error, ui::Output::Progress);
                ExitCode::from(error.exit_code())
            }
        };
    }
    let cli = match parse(arguments.clone()) {
        Ok(cli) => cli,
        Err(e) => {
            if let Some(error) = namesake::meant(&arguments).filter(|_| e.use_stderr()) {
                tell(&error, ui::Output::Progress);
                return ExitCode::from(error.exit_code());
            }
            // Help and version are answers, on stdout; everything else is a usage error, on stderr.
            let code = if e.use_stderr() { 2 } else { 0 };
            return match print(&e) {
                // Where a usage error cannot be written there is nobody to tell that either.
                Err(e) if code == 0 => {
                    let error = Error::new(format!("cannot write to the standard output: {e}"));
                    tell(&error, ui::Output::Progress);
                    ExitCode::from(error.exit_code())
                }
                // A usage error that cannot be written is one nevertheless.
                _ => ExitCode::from(code),
            };
        }
    };
    let (output, compares) = match &cli.command {
        Command::Job(args) => (args.output(), args.compares()),
        Command::Env(args) => (args.output(), args.compares()),
        _ => (ui::Output::Progress, false),
    };
    panics::expect(output, compares);
    // Of a comparison 1 says that something differs.
    let failed = |error: Error| if compares { error.as_failed_comparison() } else { error };
    let ended = run(cli.command).map_err(failed);
    match (ended, ui::json::unwritten().map(failed)) {
        (Ok(code), None) => code,
        (Ok(_), Some(unwritten)) => {
            ui::message::error(&unwritten, ui::Output::Progress, Terminal::detect());
            ExitCode::from(unwritten.exit_code())
        }
        (Err(e), _) => {
            tell(&e, output);
            ExitCode::from(e.exit_code())
        }
    }
}

/// Reads the command line.
fn parse(arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
    let command = command().after_help(topics::list());
    let arguments = with_help_flag(&command, booleans::without_values(&command, arguments)?);
    Cli::from_arg_matches(&command.try_get_matches_from(arguments)?)
}

/// The arguments with `--help` for a lone `help` behind a command, which the old tool took for it.
fn with_help_flag(root: &clap::Command, mut arguments: Vec<OsString>) -> Vec<OsString> {
    let mut command = root;
    let mut rest = arguments.iter().skip(1).peekable();
    while let Some(found) = rest.peek().and_then(|name| command.find_subcommand(name)) {
        command = found;
        rest.next();
    }
    let is_lone = rest.len() == 1 && rest.next().is_some_and(|last| last == "help");
    if is_lone && !command.has_subcommands() {
        arguments.pop();
        arguments.push("--help".into());
    }
    arguments
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

/// Tells an error; in words, where its record cannot be written.
fn tell(error: &Error, output: ui::Output) {
    if output == ui::Output::Json {
        ui::json::error(error, unix_time());
        if ui::json::unwritten().is_none() {
            return;
        }
    }
    ui::message::error(error, output, Terminal::detect());
}

/// Prints help, the version or what is wrong with the command line. The latter repeats arguments, which a workflow may have
/// from outside.
fn print(answer: &clap::Error) -> std::io::Result<()> {
    let terminal = Terminal::detect();
    if answer.use_stderr() && terminal.progress == Progress::GitHub {
        let text = answer.render().to_string();
        return std::io::stderr().lock().write_all(ui::github::neutral(&text).as_bytes());
    }
    match answer.print().and_then(|()| std::io::stdout().flush()) {
        // A reader that has seen enough, as of `copilot --help | head`.
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Init(args) => init::run(&Context::from_process()?, args).map(|()| ExitCode::SUCCESS),
        Command::App(args) => app::run(&Context::from_process()?, args).map(|()| ExitCode::SUCCESS),
        Command::Env(args) => env::run(&Context::from_process()?, args),
        Command::Job(args) => job::run(&Context::from_process()?, args),
        Command::Secret(args) => secret::run(&Context::from_process()?, args).map(|()| ExitCode::SUCCESS),
        Command::Storage(args) => storage::run(&Context::from_process()?, args).map(|()| ExitCode::SUCCESS),
        Command::Doctor(args) => doctor::run(&Context::from_process()?, args),
        Command::Version(args) => version::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Completion(args) => completion::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Schema(args) => schema::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Svc(_) => Err(Unsupported::Services.error()),
        Command::Pipeline(_) => Err(Unsupported::Pipelines.error()),
    }
}

/// The command tree, for shell completion.
fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}
