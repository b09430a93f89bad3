//! `--diff`: what a deployment would change, shown before anything leaves this machine, and the question whether to
//! go on.

use std::io;

use super::outcome::Outcome;
use crate::diff::differences::Differences;
use crate::diff::meaning::Comparison;
use crate::error::{Error, Result};
use crate::report::Console;
use crate::stack::port::Stack;

const FLAG: &str = "--diff-yes";
/// What an interrupt until then means.
pub(crate) const NOTHING: &str = "nothing was pushed or deployed";

/// What a stack has, and what is known of the differences.
pub(crate) struct Preview<'a> {
    pub stack: &'a str,
    pub existing: Option<&'a Stack>,
    pub comparison: &'a Comparison,
    pub differences: &'a Differences,
}

impl Preview<'_> {
    /// Asks whether to go on, unless `agreed`. Returns how it ends when not.
    ///
    /// # Errors
    /// When nobody answers, or when the user interrupts the question.
    pub(crate) async fn ask(&self, agreed: bool, console: &Console<'_>) -> Result<Option<Outcome>> {
        let stack = self.stack.to_owned();
        if self.differences.is_empty() && !self.is_worth_another_try(console) {
            return Ok(Some(Outcome::Unchanged { stack, pushed: Vec::new() }));
        }
        if !agreed && !console.confirm(NOTHING, "Continue with the deployment?", FLAG).await? {
            return Ok(Some(Outcome::Declined { stack }));
        }
        Ok(None)
    }

    /// Whether going on may change something although no difference is shown; says why.
    fn is_worth_another_try(&self, console: &Console<'_>) -> bool {
        let stack = self.stack;
        let status = self.existing.map(|stack| stack.status.as_str()).unwrap_or_default();
        if let "CREATE_FAILED" | "UPDATE_FAILED" = status {
            console.warn(format!(
                "stack {stack} was given this template before, and that failed without a rollback ({status}); going on tries it \
                 again"
            ));
            return true;
        }
        let lines = self.comparison.lines();
        if lines.is_empty() {
            return false;
        }
        console.note(format!(
            "The templates differ in their notation, such as a function in place of a text, in: {}",
            lines.join("; ")
        ));
        true
    }
}

/// Shows differences before a deployment.
pub(crate) fn show(differences: &Differences, console: &Console<'_>) -> Result<()> {
    console.differences(differences).map_err(|e| {
        Error::new(format!("cannot write the differences to stdout: {e}"))
            .hint("Nothing was pushed or deployed.")
    })
}

/// Shows differences as the result of a command.
pub(crate) fn print(differences: &Differences, console: &Console<'_>) -> Result<()> {
    match console.differences(differences) {
        // A reader that has seen enough.
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(format!("cannot write the differences to the standard output: {e}")))
        }
        _ => Ok(()),
    }
}
