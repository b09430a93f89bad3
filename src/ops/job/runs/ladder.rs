//! Who may be asked about executions. The manager role of an environment that another program deployed may not read them: then
//! the user's own credentials are tried, and then nobody.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::error::Result;

const MANAGER: u8 = 0;
const OWN: u8 = 1;
const NOBODY: u8 = 2;

/// An environment with its manager role and, where they belong to its account, with the user's own credentials. Remembers who
/// was refused.
#[derive(Debug)]
pub(crate) struct Ladder<'a, P> {
    manager: &'a P,
    own: Option<&'a P>,
    rung: AtomicU8,
}

impl<'a, P> Ladder<'a, P> {
    /// A ladder nobody was refused on yet.
    pub(crate) fn new(manager: &'a P, own: Option<&'a P>) -> Self {
        Self { manager, own, rung: AtomicU8::new(MANAGER) }
    }

    /// Makes a call as the first who may make it; `None` when nobody may.
    ///
    /// # Errors
    /// Any other than that the call is not allowed.
    pub(crate) async fn ask<T>(&self, call: impl AsyncFn(&P) -> Result<T>) -> Result<Option<T>> {
        loop {
            let rung = self.rung.load(Ordering::Relaxed);
            let place = match (rung, self.own) {
                (MANAGER, _) => self.manager,
                (OWN, Some(own)) => own,
                _ => return Ok(None),
            };
            match call(place).await {
                Err(error) if error.is_denied() => {
                    // Several calls may be refused at the same time.
                    let _ = self.rung.compare_exchange(rung, rung + 1, Ordering::Relaxed, Ordering::Relaxed);
                }
                result => return result.map(Some),
            }
        }
    }

    /// Whether it has turned out that nobody may.
    pub(crate) fn is_exhausted(&self) -> bool {
        let rung = self.rung.load(Ordering::Relaxed);
        rung == NOBODY || (rung == OWN && self.own.is_none())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::error::Error;

    #[test]
    fn who_was_refused_is_not_asked_again() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let told = |own: Option<&&str>, allowed: &str| {
            let calls = Cell::new(0);
            let ladder = Ladder::new(&"manager", own);
            let ask = || {
                runtime.block_on(ladder.ask(async |who: &&str| {
                    calls.set(calls.get() + 1);
                    if **who == *allowed { Ok((*who).to_owned()) } else { Err(Error::new("no").denied()) }
                }))
            };
            let (first, second) = (ask().unwrap(), ask().unwrap());
            assert_eq!(first, second);
            (first, calls.get(), ladder.is_exhausted())
        };
        assert_eq!(told(Some(&"own"), "manager"), (Some("manager".to_owned()), 2, false));
        assert_eq!(told(Some(&"own"), "own"), (Some("own".to_owned()), 3, false));
        assert_eq!(told(Some(&"own"), "nobody"), (None, 2, true));
        assert_eq!(told(None, "own"), (None, 1, true));
        let ladder = Ladder::new(&"manager", None);
        let failed = runtime.block_on(ladder.ask(async |_: &&str| Err::<(), _>(Error::new("broken"))));
        assert!(failed.is_err() && !ladder.is_exhausted());
    }
}
