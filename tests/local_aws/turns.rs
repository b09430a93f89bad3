//! Operations on stacks of the same name, one after the other.
//!
//! When the emulator creates a function it discards the running instances of every function of that name, whatever their
//! account. Two accounts that deploy the same stack at once would lose each other's custom resources.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::emulator::Emulator;

/// A stack that has not come to rest after this is stuck, and no reason to hold up the others.
const LONGEST: Duration = Duration::from_secs(30);

/// Whose turn it is, by stack name.
#[derive(Debug, Default)]
pub(super) struct Turns {
    locks: Mutex<HashMap<String, Arc<AsyncMutex<()>>>>,
    /// Stacks whose own account is updating them, by account and name.
    updating: Updating,
}

type Updating = Arc<Mutex<HashSet<(String, String)>>>;

impl Turns {
    /// Claims a stack for an update; `None` while its own account updates it already. Waiting for the turn would let the
    /// second update in when the first is over, which the service does not do.
    pub(super) fn claim(&self, account: &str, stack: &str) -> Option<Claim> {
        let claim = (account.to_owned(), stack.to_owned());
        let mut updating = self.updating.lock().unwrap_or_else(PoisonError::into_inner);
        let free = updating.insert(claim.clone());
        free.then(|| Claim { claim, updating: Arc::clone(&self.updating) })
    }

    /// Waits for the stack name's turn.
    pub(super) async fn take(&self, stack: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(stack.to_owned()).or_default())
        };
        turn.lock_owned().await
    }
}

/// A stack that is being updated, until this is dropped.
pub(super) struct Claim {
    claim: (String, String),
    updating: Updating,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.updating.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.claim);
    }
}

/// Keeps the turn, and the claim, until the stack has come to rest.
pub(super) fn keep_until_settled(
    turn: OwnedMutexGuard<()>,
    claim: Option<Claim>,
    emulator: Emulator,
    stack: String,
) {
    tokio::spawn(async move {
        // A stack that is gone, or stuck, is no reason to wait either.
        let _ = tokio::time::timeout(LONGEST, emulator.settled_stack(&stack)).await;
        drop((claim, turn));
    });
}
