//! Ctrl-C as a value: set once, looked at between steps, waited for during them.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::error::{Error, Result};

/// Tells whether the user wants to stop.
#[derive(Clone, Debug)]
pub struct Interrupt {
    set: watch::Receiver<bool>,
    pending: PendingWork,
}

/// What continues in AWS, or is left there, should the process end at once: a clause for each subject.
#[derive(Clone, Debug, Default)]
pub struct PendingWork(Arc<Mutex<BTreeMap<String, String>>>);

impl PendingWork {
    /// Clauses such as `the creation of stack … continues in AWS`, sorted by subject.
    pub fn text(&self) -> String {
        self.under_way().unwrap_or_else(|| "nothing goes on in AWS".to_owned())
    }

    /// The same clauses, when there are any.
    pub fn under_way(&self) -> Option<String> {
        let clauses = self.entries();
        let text = clauses.values().map(String::as_str).collect::<Vec<_>>().join("; ");
        (!text.is_empty()).then_some(text)
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Interrupt {
    /// An interrupt and the sender that sets it.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, set) = watch::channel(false);
        (sender, Self { set, pending: PendingWork::default() })
    }

    /// Whether it was set.
    pub fn is_set(&self) -> bool {
        *self.set.borrow()
    }

    /// Notes what it would mean for a subject to end now, as a clause; shown when the user asks a second time.
    pub fn note_pending(&self, subject: &str, clause: impl Into<String>) {
        self.pending.entries().insert(subject.to_owned(), clause.into());
    }

    /// Ending now would leave nothing of the subject behind.
    pub fn clear_pending(&self, subject: &str) {
        self.pending.entries().remove(subject);
    }

    /// What ending now would leave behind.
    pub fn pending_work(&self) -> PendingWork {
        self.pending.clone()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pending_work_of_several_subjects_is_listed() {
        let (_sender, interrupt) = Interrupt::new();
        let pending = interrupt.pending_work();
        assert_eq!(pending.text(), "nothing goes on in AWS");
        interrupt.note_pending("b", "the update of stack b continues in AWS");
        interrupt.note_pending("a", "the creation of stack a continues in AWS");
        interrupt.note_pending("a", "the deletion of stack a continues in AWS");
        assert_eq!(
            pending.text(),
            "the deletion of stack a continues in AWS; the update of stack b continues in AWS"
        );
        interrupt.clear_pending("a");
        assert_eq!(pending.text(), "the update of stack b continues in AWS");
    }
}
