//! How often to poll a stack, and how long polls may fail.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, Result};

/// Time between two polls of a stack. They are close together during the first minute, while a user watches, so that the
/// end of a step is seen within a second; then they grow rare. In 90 minutes a stack is polled fewer than 960 times.
pub(super) fn interval(elapsed: Duration) -> Duration {
    Duration::from_millis(match elapsed.as_secs() {
        0..10 => 250,
        10..20 => 400,
        20..60 => 700,
        60..300 => 2_000,
        300..900 => 4_000,
        _ => 8_000,
    })
}

/// How long polls may fail one after the other. The operation continues in AWS whether it is seen or not.
pub(in crate::stack) const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Tells a failed poll that is worth a retry from one that ends the following.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    tolerance: Duration,
    failing_since: Option<Instant>,
}

impl RetryBudget {
    /// A budget for polls that fail for no longer than this, one after the other.
    pub(crate) fn new(tolerance: Duration) -> Self {
        Self { tolerance, failing_since: None }
    }

    /// A poll succeeded.
    pub(crate) fn succeeded(&mut self) {
        self.failing_since = None;
    }

    /// A poll failed. Returns `Ok` when another attempt is worth it; `true` for the first failure in a row, which the
    /// user should hear of.
    pub(crate) fn failed(&mut self, error: Error, now: Instant) -> Result<bool> {
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
    fn polls_are_close_at_first_and_bounded_in_all() {
        let mut elapsed = Duration::ZERO;
        let mut polls = 0;
        while elapsed < Duration::from_secs(90 * 60) {
            let next = interval(elapsed);
            assert!(elapsed >= Duration::from_secs(60) || next < Duration::from_secs(1));
            elapsed += next;
            polls += 1;
        }
        assert!(polls < 960, "{polls}");
    }

    #[test]
    fn only_transient_failures_are_retried_and_not_for_ever() {
        let start = Instant::now();
        let mut budget = RetryBudget::new(TOLERANCE);
        assert!(budget.failed(Error::new("AccessDenied"), start).is_err());
        let transient = || Error::new("throttled").transient();
        assert!(budget.failed(transient(), start).unwrap());
        assert!(!budget.failed(transient(), start + Duration::from_secs(299)).unwrap());
        assert!(budget.failed(transient(), start + Duration::from_secs(300)).is_err());
        budget.succeeded();
        assert!(budget.failed(transient(), start + Duration::from_secs(301)).unwrap());
    }
}
