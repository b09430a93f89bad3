//! The `copilot` program: parses the command line, runs the command, maps errors to exit codes.
fn main() {}
