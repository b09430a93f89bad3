//! How often to look, and how long to put up with looks that fail.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, Result};

/// Time between two looks at a stack. While a user watches the first minute they are close together, so that the end of a
/// step is seen within a second; then they grow rare. In 90 minutes a stack is looked at fewer than 950 times.
pub fn pause(elapsed: Duration) -> Duration {
    Duration::from_millis(match elapsed.as_secs() {
        0..20 => 400,
        20..60 => 700,
        60..300 => 2_000,
        300..900 => 4_000,
        _ => 8_000,
    })
}

/// How long looks may fail one after the other. The operation goes on in AWS whether it is seen or not.
pub(super) const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Tells a failure to put up with from one that ends the following.
#[derive(Debug)]
pub struct Patience {
    tolerance: Duration,
    failing_since: Option<Instant>,
}

impl Patience {
    /// Patience with looks that fail for no longer than this, one after the other.
    pub fn new(tolerance: Duration) -> Self {
        Self { tolerance, failing_since: None }
    }

    /// A look succeeded.
    pub fn succeeded(&mut self) {
        self.failing_since = None;
    }

    /// A look failed. `Ok` when another attempt is worth it; `true` when it is the first failure in a row, which the user
    /// should hear of.
    pub fn failed(&mut self, error: Error, now: Instant) -> Result<bool> {
        if !error.is_transient() {
            return Err(error);
        }
        match self.failing_since {
            None => {
                self.failing_since = Some(now);
                Ok(true)
            }
            Some(since) if now.saturating_duration_since(since) < self.tolerance => Ok(false),
            Some(_) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_close_at_first_and_bounded_in_all() {
        let mut elapsed = Duration::ZERO;
        let mut looks = 0;
        while elapsed < Duration::from_secs(90 * 60) {
            let next = pause(elapsed);
            assert!(elapsed >= Duration::from_secs(60) || next < Duration::from_secs(1));
            elapsed += next;
            looks += 1;
        }
        assert!(looks < 950, "{looks}");
    }

    #[test]
    fn only_what_may_pass_is_waited_for_and_not_for_ever() {
        let start = Instant::now();
        let mut patience = Patience::new(TOLERANCE);
        assert!(patience.failed(Error::new("AccessDenied"), start).is_err());
        let transient = || Error::new("throttled").transient();
        assert!(patience.failed(transient(), start).unwrap());
        assert!(!patience.failed(transient(), start + Duration::from_secs(299)).unwrap());
        assert!(patience.failed(transient(), start + Duration::from_secs(300)).is_err());
        patience.succeeded();
        assert!(patience.failed(transient(), start + Duration::from_secs(301)).unwrap());
    }
}
