//! Ctrl-C as a value: set once, looked at between steps, waited for during them.

use std::future::Future;

use tokio::sync::watch;

use crate::error::{Error, Result};

/// Tells whether the user wants to stop.
#[derive(Clone, Debug)]
pub struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// An interrupt and the sender that sets it.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// Whether it was set.
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when it is set; never, when nobody can set it any more.
    pub async fn wait(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|set| *set).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Runs a step that can be dropped at any point; when interrupted, says what that means.
    ///
    /// # Errors
    /// The step's own error, or the interrupt.
    pub async fn guard<T>(&self, consequence: &str, step: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.wait() => Err(Error::interrupted(format!("interrupted: {consequence}"))),
            result = step => result,
        }
    }
}
