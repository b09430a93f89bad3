//! Commands that read and change nothing: they may be dropped at any point.

use super::{runtime, wiring};
use crate::aws::Session;
use crate::context::Context;
use crate::error::Result;
use crate::report::Console;
use crate::ui;

/// What the user's interrupt means.
const NOTHING_CHANGED: &str = "nothing was changed";

/// Runs such a command with the user's own credentials. What it has to say besides its result goes to stderr.
pub(super) fn run<T>(
    context: &Context,
    command: impl AsyncFnOnce(&Session, &Console<'_>) -> Result<T>,
) -> Result<T> {
    let (_, result) = runtime::with_console(context, ui::Output::Progress, async |console| {
        let read = Box::pin(async {
            let session = wiring::session(context).await?;
            command(&session, console).await
        });
        console.guard(NOTHING_CHANGED, read).await
    });
    result
}
