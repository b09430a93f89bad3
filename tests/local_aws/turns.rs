//! Operations on stacks of the same name, one after the other.
//!
//! When the emulator creates a function it discards the running instances of every function of that name, whatever their
//! account. Two accounts that deploy the same stack at once would lose each other's custom resources.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::emulator::Emulator;

/// A stack that has not come to rest after this is stuck, and no reason to hold up the others.
const LONGEST: Duration = Duration::from_secs(30);

/// Whose turn it is, by stack name.
#[derive(Debug, Default)]
pub struct Turns(Mutex<HashMap<String, Arc<AsyncMutex<()>>>>);

impl Turns {
    /// Waits for the stack name's turn.
    pub async fn take(&self, stack: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(stack.to_owned()).or_default())
        };
        turn.lock_owned().await
    }
}

/// Keeps the turn until the stack has come to rest.
pub fn keep_until_settled(turn: OwnedMutexGuard<()>, emulator: Emulator, stack: String) {
    tokio::spawn(async move {
        // A stack that is gone, or stuck, is no reason to wait either.
        let _ = tokio::time::timeout(LONGEST, emulator.settled_stack(&stack)).await;
        drop(turn);
    });
}
