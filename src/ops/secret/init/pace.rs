//! The rate of writes: Parameter Store takes three a second from an account. Environments are written side by side until AWS
//! says that this is too fast; from then on they take turns, so that none is pushed aside by the others for so long that it
//! gives up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::Result;
use crate::ops::secret::port::Answer;

/// The time from one write to the next once they take turns.
const INTERVAL: Duration = Duration::from_millis(340);
/// The pause before a write that came too early nevertheless is repeated.
const PAUSE: Duration = Duration::from_millis(250);
/// Pauses without a single write that succeeds: about a minute.
const PAUSES: u32 = 120;
/// Repetitions of a write that failed for another reason that may pass.
const REPETITIONS: u32 = 2;

/// What the environments share.
#[derive(Default)]
pub(super) struct Pace {
    too_fast: AtomicBool,
    /// When the last write of those that take turns began.
    turn: Mutex<Option<Instant>>,
}

impl Pace {
    /// Writes, and repeats that as long as AWS only asks for a slower pace.
    ///
    /// # Errors
    /// The write's own.
    pub(super) async fn keep(&self, write: impl AsyncFn() -> Result<Answer>) -> Result<Answer> {
        let (mut pauses, mut repetitions) = (0, 0);
        // Held until this write has ended.
        let mut turn = None;
        loop {
            if turn.is_none() && self.too_fast.load(Ordering::Relaxed) {
                let last = turn.insert(self.turn.lock().await);
                if let Some(last) = **last {
                    tokio::time::sleep_until(last + INTERVAL).await;
                }
            }
            // A repetition counts as well: the next write follows it at the same distance.
            if let Some(last) = &mut turn {
                **last = Some(Instant::now());
            }
            match write().await {
                Ok(Answer::Busy(error)) if pauses == PAUSES => return Err(error),
                Ok(Answer::Busy(_)) => {
                    self.too_fast.store(true, Ordering::Relaxed);
                    pauses += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) if error.is_transient() && repetitions < REPETITIONS => repetitions += 1,
                end => return end,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::error::Error;

    #[tokio::test]
    async fn writes_that_come_too_early_are_repeated() {
        let calls = Cell::new(0);
        let call = || {
            calls.set(calls.get() + 1);
            calls.get()
        };
        let pace = Pace::default();
        let busy = || Answer::Busy(Error::new("slower").transient());
        let end = pace.keep(async || Ok(if call() < 3 { busy() } else { Answer::Stored(1) })).await;
        assert!(matches!(end, Ok(Answer::Stored(1))));
        for (error, count) in [(Error::new("lost").transient(), 3), (Error::new("refused"), 1)] {
            calls.set(0);
            let (text, transient) = (error.to_string(), error.is_transient());
            let fail = async || {
                call();
                let error = Error::new(&text);
                Err(if transient { error.transient() } else { error })
            };
            assert_eq!((pace.keep(fail).await.unwrap_err().to_string(), calls.get()), (text.clone(), count));
        }
    }
}
