//! `copilot completion`

use clap::ValueEnum;

use crate::error::Result;
use crate::ui::data;

/// Print a completion script for a shell.
///
/// Load it in the running shell with `source <(copilot completion bash)`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Shell to write the script for.
    shell: Shell,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Writes the script to stdout.
pub(super) fn run(args: &Args) -> Result<()> {
    let shell = match args.shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "copilot", &mut script);
    data::print(&String::from_utf8_lossy(&script))
}
