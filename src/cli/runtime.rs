//! The asynchronous runtime, started by the commands that need one.

use std::future::Future;

use crate::error::{Error, Result};

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
    let result = runtime.block_on(command);
    runtime.shutdown_background();
    result
}
