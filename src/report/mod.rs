//! What logic says and asks while it runs: events, questions, and the user's wish to stop. `ui` draws and asks.

mod console;
pub mod events;
pub mod interrupt;

use std::io;

use futures_util::future::BoxFuture;

pub use console::Console;
pub use events::Event;
pub use interrupt::Interrupt;

use crate::diff::differences::Differences;
use crate::error::Result;

/// Receives events; must be cheap, it is called from the middle of the work.
pub trait Reporter: Send + Sync {
    /// Takes one event about a subject: the job, environment or application that a command works on.
    fn report(&self, subject: &str, event: Event);

    /// Shows what a deployment would change. Unlike an event it is what the user asked for, on stdout.
    ///
    /// # Errors
    /// When it cannot be written, so that nobody can have seen it.
    fn differences(&self, subject: &str, differences: &Differences) -> io::Result<()>;
}

/// Judges a text that a user typed; says what is wrong with it.
pub type Check<'a> = &'a dyn Fn(&str) -> Result<(), String>;

/// Asks the user; fails when there is nobody to ask.
pub trait Prompter: Send + Sync {
    /// Lets the user choose one of several names. `flag` answers the question without asking.
    ///
    /// # Errors
    /// When nobody can be asked, or when the user leaves the question.
    fn select(&self, question: &str, flag: &str, options: &[String]) -> Result<usize>;

    /// Lets the user choose several of these names, some of which are chosen already. `flag` answers the question without
    /// asking.
    ///
    /// # Errors
    /// When nobody can be asked, or when the user leaves the question.
    fn select_many(
        &self,
        question: &str,
        flag: &str,
        options: &[String],
        chosen: &[bool],
    ) -> Result<Vec<usize>>;

    /// Asks for a text until `check` takes it; Enter takes the default. `flag` answers the question without asking.
    ///
    /// # Errors
    /// When nobody can be asked, or when the user leaves the question.
    fn text(&self, question: &str, flag: &str, default: Option<&str>, check: Check<'_>) -> Result<String>;

    /// Asks for a text that is not shown; it may be empty. `flag` answers the question without asking.
    ///
    /// # Errors
    /// When nobody can be asked, or when the user leaves the question.
    fn secret(&self, question: &str, flag: &str) -> Result<String>;

    /// Asks a question that Enter answers with no. `flag` answers it in advance; a piped `y` or `n` does
    /// as well.
    fn confirm<'a>(&'a self, question: &'a str, flag: &'a str) -> BoxFuture<'a, Result<bool>>;
}
