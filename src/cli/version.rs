//! `copilot version`

use std::io::Write;

use crate::error::Result;

/// Print the version and the operating system the program was built for.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Writes one line to stdout.
pub fn run(_: &Args) -> Result<()> {
    // The old tool's words: it names operating systems as Go does.
    let os = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    writeln!(std::io::stdout(), "version: v{}, built for {os}", env!("CARGO_PKG_VERSION"))?;
    Ok(())
}
