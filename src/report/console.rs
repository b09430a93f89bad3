//! Reporter, prompter and interrupt, which every step of a command needs together.

use std::future::Future;
use std::io;
use std::sync::Arc;

use super::{Check, Event, Interrupt, Prompter, Reporter};
use crate::diff::differences::Differences;
use crate::error::Result;

/// How a step talks to the user about one subject.
#[derive(Clone)]
pub struct Console<'a> {
    prompter: &'a dyn Prompter,
    reporter: &'a dyn Reporter,
    interrupt: &'a Interrupt,
    subject: Arc<str>,
}

impl<'a> Console<'a> {
    /// A console whose events are about nothing in particular yet.
    pub fn new(prompter: &'a dyn Prompter, reporter: &'a dyn Reporter, interrupt: &'a Interrupt) -> Self {
        Self { prompter, reporter, interrupt, subject: Arc::from("") }
    }

    /// The same console for events about this subject.
    #[must_use]
    pub fn about(&self, subject: &str) -> Self {
        Self { subject: Arc::from(subject), ..self.clone() }
    }

    /// The same console without a reporter: for work whose events are not worth showing.
    #[must_use]
    pub fn silenced(&self) -> Self {
        Self { reporter: &Silent, ..self.clone() }
    }

    /// What the events are about.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The user's wish to stop.
    pub fn interrupt(&self) -> &'a Interrupt {
        self.interrupt
    }

    /// Notes what it would mean to end now, as a clause; shown when the user presses Ctrl-C a second time.
    pub fn note_pending(&self, clause: impl Into<String>) {
        self.interrupt.note_pending(&self.subject, clause);
    }

    /// Ending now would leave nothing behind.
    pub fn clear_pending(&self) {
        self.interrupt.clear_pending(&self.subject);
    }

    /// Reports an event about the subject.
    pub fn report(&self, event: Event) {
        self.reporter.report(&self.subject, event);
    }

    /// Reports a line that is neither progress nor a warning.
    pub fn note(&self, text: impl Into<String>) {
        self.report(Event::Note(text.into()));
    }

    /// Reports something the user should look at.
    pub fn warn(&self, text: impl Into<String>) {
        self.report(Event::Warning(text.into()));
    }

    /// Shows what would change, on stdout.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn differences(&self, differences: &Differences) -> io::Result<()> {
        self.reporter.differences(&self.subject, differences)
    }

    /// Lets the user choose one of several names. `flag` answers the question without asking.
    ///
    /// # Errors
    /// When nobody can be asked, or when the user leaves the question.
    pub fn select(&self, question: &str, flag: &str, options: &[String]) -> Result<usize> {
        self.prompter.select(question, flag, options)
    }

    /// Lets the user choose several of these names, some of which are chosen already. `flag` answers the question without
    /// asking.
    ///
    /// # Errors
    /// When nobody can be asked, or when the user leaves the question.
    pub fn select_many(
        &self,
        question: &str,
        flag: &str,
        options: &[String],
        chosen: &[bool],
    ) -> Result<Vec<usize>> {
        self.prompter.select_many(question, flag, options, chosen)
    }

    /// Asks for a text until `check` takes it; Enter takes the default. `flag` answers the question without asking.
    ///
    /// # Errors
    /// When nobody can be asked, or when the user leaves the question.
    pub fn text(
        &self,
        question: &str,
        flag: &str,
        default: Option<&str>,
        check: Check<'_>,
    ) -> Result<String> {
        self.prompter.text(question, flag, default, check)
    }

    /// Asks for a text that is not shown; it may be empty. `flag` answers the question without asking.
    ///
    /// # Errors
    /// When nobody can be asked, or when the user leaves the question.
    pub fn secret(&self, question: &str, flag: &str) -> Result<String> {
        self.prompter.secret(question, flag)
    }

    /// Asks a question that Enter answers with no; `consequence` says what an interrupt of it means.
    ///
    /// # Errors
    /// When nobody can be asked, or when the user interrupts the question.
    pub async fn confirm(&self, consequence: &str, question: &str, flag: &str) -> Result<bool> {
        self.guard(consequence, self.prompter.confirm(question, flag)).await
    }

    /// Runs a step that can be dropped at any point; when interrupted, says what that means.
    ///
    /// # Errors
    /// The step's own error, or the interrupt.
    pub async fn guard<T>(&self, consequence: &str, step: impl Future<Output = Result<T>>) -> Result<T> {
        self.interrupt.guard(consequence, step).await
    }
}

/// Drops events.
pub(super) struct Silent;

impl Reporter for Silent {
    fn report(&self, _: &str, _: Event) {}

    fn differences(&self, _: &str, _: &Differences) -> io::Result<()> {
        Ok(())
    }
}
