//! Questions, on stderr, answered on the terminal.

use dialoguer::Select;
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use futures_util::future::BoxFuture;

use super::{clean, confirm};
use crate::context::Terminal;
use crate::error::{Error, Result};
use crate::report;

/// Rows shown of a long list.
const PAGE: usize = 7;

/// Asks on the terminal.
#[derive(Clone, Copy, Debug)]
pub struct Prompter {
    terminal: Terminal,
}

impl Prompter {
    /// A prompter for this terminal.
    pub fn new(terminal: Terminal) -> Self {
        Self { terminal }
    }
}

impl report::Prompter for Prompter {
    fn select(&self, question: &str, flag: &str, options: &[String]) -> Result<usize> {
        if !(self.terminal.stdin && self.terminal.stderr) {
            return Err(Error::usage(format!("{flag} is missing and there is no terminal to ask on"))
                .hint(format!("Pass {flag} with one of: {}.", options.join(", "))));
        }
        let theme: &dyn Theme = if self.terminal.colors { &ColorfulTheme::default() } else { &SimpleTheme };
        let answer = Select::with_theme(theme)
            .with_prompt(clean::text(question))
            .items(options.iter().map(|option| clean::text(option)))
            .default(0)
            .max_length(PAGE)
            .interact_opt();
        match answer {
            Ok(Some(index)) => Ok(index),
            Ok(None) => Err(Error::interrupted("no choice was made: nothing was deployed")),
            Err(dialoguer::Error::IO(e)) if e.kind() == std::io::ErrorKind::Interrupted => {
                Err(Error::interrupted("interrupted: nothing was deployed"))
            }
            Err(e) => {
                Err(Error::new(format!("cannot read the answer: {e}")).hint(format!("Pass {flag} instead.")))
            }
        }
    }

    fn confirm<'a>(&'a self, question: &'a str, flag: &'a str) -> BoxFuture<'a, Result<bool>> {
        let (question, flag) = (clean::text(question).into_owned(), flag.to_owned());
        let terminal = self.terminal;
        Box::pin(async move {
            let mut line = OpenLine { typed: terminal.stdin && terminal.stderr };
            // On a thread of its own: an interrupt must not wait for a line.
            let asked = tokio::task::spawn_blocking(move || {
                let (mut input, mut output) = (std::io::stdin().lock(), std::io::stderr());
                if terminal.stdin {
                    forget_typed(&input);
                }
                confirm::ask(&question, &flag, terminal, &mut input, &mut output)
            });
            let answer = asked.await;
            line.typed = false;
            answer.map_err(|e| Error::new(format!("cannot ask: {e}")))?
        })
    }
}

/// Discards what was typed before the question: keys hit during a build must not answer it unread.
#[cfg(unix)]
fn forget_typed(input: &std::io::StdinLock<'_>) {
    // Where it cannot be discarded, the question is still asked.
    let _ = rustix::termios::tcflush(input, rustix::termios::QueueSelector::IFlush);
}

#[cfg(not(unix))]
fn forget_typed(_: &std::io::StdinLock<'_>) {}

/// The line of a question. Dropped unanswered, which an interrupt does, it ends, so that what is said next begins a new one.
struct OpenLine {
    /// A person reads it, and has not moved the cursor to the next line.
    typed: bool,
}

impl Drop for OpenLine {
    fn drop(&mut self) {
        if self.typed {
            super::line("");
        }
    }
}
