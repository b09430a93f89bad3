//! `copilot version`

use crate::error::Result;
use crate::ui::data;

/// Print the version and the operating system the program was built for.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Writes one line to stdout.
pub(super) fn run(_: &Args) -> Result<()> {
    // The old tool's words: it names operating systems as Go does.
    let os = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    data::print(&format!("version: v{}, built for {os}\n", env!("CARGO_PKG_VERSION")))
}
