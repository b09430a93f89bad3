//! The `copilot` program: parses the command line, runs the command, maps errors to exit codes.

use std::process::ExitCode;

fn main() -> ExitCode {
    copilot::cli::main()
}
