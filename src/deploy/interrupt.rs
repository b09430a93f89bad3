//! Ctrl-C as a value: set once, looked at between steps, waited for during them.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::error::{Error, Result};

/// Tells whether the user wants to stop.
#[derive(Clone, Debug)]
pub struct Interrupt {
    set: watch::Receiver<bool>,
    farewell: Farewell,
}

/// What goes on in AWS, or is left there, should the process end at once.
#[derive(Clone, Debug, Default)]
pub struct Farewell(Arc<Mutex<Option<String>>>);

impl Farewell {
    /// A clause such as `the creation of stack … goes on in AWS`.
    pub fn text(&self) -> String {
        self.under_way().unwrap_or_else(|| "nothing was deployed".to_owned())
    }

    /// The same clause, when there is something.
    pub fn under_way(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Interrupt {
    /// An interrupt and the sender that sets it.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, set) = watch::channel(false);
        (sender, Self { set, farewell: Farewell::default() })
    }

    /// Whether it was set.
    pub fn is_set(&self) -> bool {
        *self.set.borrow()
    }

    /// Notes what it would mean to end now, as a clause; shown when the user asks a second time.
    pub fn leaves(&self, clause: impl Into<String>) {
        *self.farewell.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(clause.into());
    }

    /// Ending now would leave nothing behind.
    pub fn leaves_nothing(&self) {
        *self.farewell.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What ending now would leave behind.
    pub fn farewell(&self) -> Farewell {
        self.farewell.clone()
    }

    /// Returns when it is set; never, when nobody can set it any more.
    pub async fn wait(&self) {
        let mut receiver = self.set.clone();
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
