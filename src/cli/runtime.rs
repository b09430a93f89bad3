//! The asynchronous runtime, started by the commands that need one.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

/// Odd while the command itself runs, even while it waits for something.
static PULSE: AtomicU64 = AtomicU64::new(0);

/// The step that the command is in the middle of; `None` while it waits for something and could be told to stop.
pub fn step() -> Option<u64> {
    Some(PULSE.load(Ordering::SeqCst)).filter(|pulse| pulse % 2 == 1)
}

/// Runs a command to its end. Blocking work that outlives it (a file or name lookup that hangs) does
/// not delay the exit.
pub fn run<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    // One TLS implementation for AWS and for the Docker Engine; a second call changes nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Error::new(format!("cannot start the asynchronous runtime: {e}")))?;
    let mut command = pin!(command);
    let result = runtime.block_on(poll_fn(|context| {
        PULSE.fetch_add(1, Ordering::SeqCst);
        let polled = command.as_mut().poll(context);
        PULSE.fetch_add(1, Ordering::SeqCst);
        polled
    }));
    runtime.shutdown_background();
    result
}
