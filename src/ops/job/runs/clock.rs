//! Time as it passes while a run is followed. Tests follow runs of hours.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

/// Tells and spends time.
pub trait Clock: Sync {
    /// Time that has passed since this clock was made.
    fn elapsed(&self) -> Duration;
    /// The time of day, in milliseconds since 1970.
    fn unix_ms(&self) -> i64;
    /// Returns after a while.
    fn sleep(&self, pause: Duration) -> BoxFuture<'_, ()>;
}

/// The clock of this machine.
pub struct System<F> {
    made: Instant,
    unix_ms: F,
}

impl<F: Fn() -> i64 + Sync> System<F> {
    /// `unix_ms` tells the time of day.
    pub fn new(unix_ms: F) -> Self {
        Self { made: Instant::now(), unix_ms }
    }
}

impl<F: Fn() -> i64 + Sync> Clock for System<F> {
    fn elapsed(&self) -> Duration {
        self.made.elapsed()
    }

    fn unix_ms(&self) -> i64 {
        (self.unix_ms)()
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(pause))
    }
}
