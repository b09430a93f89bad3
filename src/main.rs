//! The `copilot` program: parses the command line, runs the command, maps errors to exit codes.

use std::process::ExitCode;

/// Reading YAML makes many small values: with the system's allocator it takes up to twice as long (`BENCHMARKS.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    copilot::cli::main()
}
