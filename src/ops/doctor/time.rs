//! How long is waited: for each check, and for all of them.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, Result};

/// How long a check is waited for.
const EACH: Duration = Duration::from_secs(10);
/// How long all of them are.
const ALL: Duration = Duration::from_millis(14_500);

/// When all checks must have ended.
#[derive(Clone, Copy)]
pub(super) struct Deadline {
    end: Instant,
    each: Duration,
}

impl Deadline {
    /// From now on.
    pub(super) fn start() -> Self {
        Self { end: Instant::now() + ALL, each: EACH }
    }

    /// What a check finds out, or why nothing.
    pub(super) async fn limit<T>(&self, check: impl Future<Output = T>) -> Result<T, String> {
        let begun = Instant::now();
        let end = self.end.min(begun + self.each);
        tokio::time::timeout_at(end, check)
            .await
            .map_err(|_| format!("no answer within {} s", (end - begun).as_secs().max(1)))
    }

    /// Waits for credentials; where somebody may be asked for a code, without a limit.
    pub(super) async fn credentials<A>(
        &self,
        account: impl Future<Output = Result<A>>,
        may_ask: bool,
    ) -> Result<A> {
        if may_ask {
            return account.await;
        }
        self.limit(account).await.unwrap_or_else(|why| {
            Err(Error::new(format!("there are no credentials: {why} from where they come from")).hint(
                "Check AWS_PROFILE and, in ~/.aws/config, where the profile gets its credentials from.",
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_waited_for_longer_than_all_may_take() {
        let begun = Instant::now();
        let deadline = Deadline { end: begun + Duration::from_millis(60), each: Duration::from_millis(40) };
        assert_eq!(deadline.limit(async { 1 }).await, Ok(1));
        let silent = || std::future::pending::<()>();
        for _ in 0..3 {
            assert_eq!(deadline.limit(silent()).await, Err("no answer within 1 s".to_owned()));
        }
        assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
        let error = deadline.credentials(std::future::pending::<Result<()>>(), false).await.unwrap_err();
        assert!(error.to_string().starts_with("there are no credentials: no answer"), "{error}");
    }
}
