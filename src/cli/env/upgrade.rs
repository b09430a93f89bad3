//! `copilot env upgrade`, which has had nothing to do since environments have manifests. Scripts still call it.

use crate::context::Context;
use crate::ui;

/// Do nothing: `copilot env deploy` brings an environment up to date.
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(super) struct Args {
    /// Ignored.
    #[arg(long)]
    all: bool,
    /// Ignored.
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Ignored.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
}

/// Says that there is nothing to do.
pub(super) fn run(context: &Context, _: &Args) {
    ui::message::note(
        "Nothing to do: `copilot env deploy` brings an environment up to date.",
        context.terminal,
    );
}
