//! The asynchronous runtime and the console, for the commands that need them.

use std::future::Future;
use std::sync::Arc;

use super::{interrupt, pulse};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::report::Console;
use crate::ui;

/// Runs a command to its end. Blocking work that outlives it (a file or name lookup that hangs) does
/// not delay the exit.
pub(super) fn run<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    // One TLS implementation for AWS and for the Docker Engine; a second call changes nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Error::new(format!("cannot start the asynchronous runtime: {e}")))?;
    let result = runtime.block_on(pulse::counted(command));
    runtime.shutdown_background();
    result
}

/// Runs a command that talks to the user: with the view for this output, questions on the terminal, and Ctrl-C.
pub(super) fn with_console<T>(
    context: &Context,
    output: ui::Output,
    command: impl AsyncFnOnce(&Console<'_>) -> Result<T>,
) -> (Arc<ui::Deployment>, Result<T>) {
    let view = Arc::new(ui::Deployment::new(context, output));
    let prompter = ui::prompt::Prompter::new(context.terminal);
    let result = run(async {
        let (drawn, terminal) = (Arc::clone(&view), context.terminal);
        let interrupt = interrupt::listen(move |pending| drawn.exited(pending, terminal))?;
        command(&Console::new(&prompter, view.as_ref(), &interrupt)).await
    });
    view.finish();
    (view, result)
}
