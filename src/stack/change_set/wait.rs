//! Pauses between two polls of a change set.

use std::time::Duration;

/// Pauses between two polls: short at first, then longer.
pub(super) struct Waiting {
    started: tokio::time::Instant,
    limit: Duration,
    next: Duration,
}

impl Waiting {
    /// Most change sets are complete within seconds, and nothing else can happen until then.
    const FIRST: Duration = Duration::from_millis(200);

    pub(super) fn new(limit: Duration) -> Self {
        Self { started: tokio::time::Instant::now(), limit, next: Self::FIRST }
    }

    pub(super) fn expired(&self) -> bool {
        self.started.elapsed() > self.limit
    }

    /// Grows to a second, after a minute to five.
    pub(super) async fn pause(&mut self) {
        tokio::time::sleep(self.next).await;
        let longest = if self.started.elapsed() < Duration::from_secs(60) { 1 } else { 5 };
        self.next = (self.next * 5 / 4).min(Duration::from_secs(longest));
    }
}
