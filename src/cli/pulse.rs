//! Whether the command runs or waits, for whoever has to end it when it does not hear that it should stop.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};

/// Odd while the command itself runs, even while it waits for something.
static PULSE: AtomicU64 = AtomicU64::new(0);

/// The step that the command is in the middle of; `None` while it waits for something and could be told to stop.
pub(super) fn step() -> Option<u64> {
    Some(PULSE.load(Ordering::SeqCst)).filter(|pulse| pulse % 2 == 1)
}

/// Runs a command and counts its steps.
pub(super) async fn counted<T>(command: impl Future<Output = T>) -> T {
    let mut command = pin!(command);
    poll_fn(|context| {
        PULSE.fetch_add(1, Ordering::SeqCst);
        let polled = command.as_mut().poll(context);
        PULSE.fetch_add(1, Ordering::SeqCst);
        polled
    })
    .await
}
