//! Questions, on stderr, answered on the terminal.

use std::borrow::Cow;

use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Input, MultiSelect, Select};
use futures_util::future::BoxFuture;

use super::masked::{self, Answer};
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

impl Prompter {
    /// What questions look like; an error where there is no terminal to ask on.
    fn theme(self, flag: &str, hint: impl FnOnce() -> String) -> Result<Box<dyn Theme>> {
        if !(self.terminal.stdin && self.terminal.stderr) {
            let error = Error::usage(format!("{flag} is missing and there is no terminal to ask on"));
            return Err(error.hint(hint()));
        }
        Ok(if self.terminal.colors { Box::new(ColorfulTheme::default()) } else { Box::new(SimpleTheme) })
    }
}

/// The answer to a question that `flag` would have answered.
fn answered<T>(answer: Result<Option<T>, dialoguer::Error>, flag: &str) -> Result<T> {
    match answer {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(Error::interrupted("no choice was made: nothing was changed")),
        Err(dialoguer::Error::IO(e)) if e.kind() == std::io::ErrorKind::Interrupted => {
            Err(Error::interrupted("interrupted: nothing was changed"))
        }
        Err(e) => {
            Err(Error::new(format!("cannot read the answer: {e}")).hint(format!("Pass {flag} instead.")))
        }
    }
}

/// Options as they are shown.
fn shown(options: &[String]) -> impl Iterator<Item = Cow<'_, str>> {
    options.iter().map(|option| clean::text(option))
}

impl report::Prompter for Prompter {
    fn select(&self, question: &str, flag: &str, options: &[String]) -> Result<usize> {
        let theme = self.theme(flag, || format!("Pass {flag} with one of: {}.", options.join(", ")))?;
        let answer = Select::with_theme(theme.as_ref())
            .with_prompt(clean::text(question))
            .items(shown(options))
            .default(0)
            .max_length(PAGE)
            .interact_opt();
        answered(answer, flag)
    }

    fn select_many(
        &self,
        question: &str,
        flag: &str,
        options: &[String],
        chosen: &[bool],
    ) -> Result<Vec<usize>> {
        let theme = self.theme(flag, || format!("Pass {flag} with some of: {}.", options.join(", ")))?;
        let answer = MultiSelect::with_theme(theme.as_ref())
            .with_prompt(format!("{} (Space chooses, Enter goes on)", clean::text(question)))
            .items(shown(options))
            .defaults(chosen)
            .max_length(PAGE)
            .interact_opt();
        answered(answer, flag)
    }

    fn text(
        &self,
        question: &str,
        flag: &str,
        default: Option<&str>,
        check: report::Check<'_>,
    ) -> Result<String> {
        let theme = self.theme(flag, || format!("Pass {flag}."))?;
        let mut input = Input::<String>::with_theme(theme.as_ref())
            .with_prompt(clean::text(question))
            .validate_with(|text: &String| check(text));
        if let Some(default) = default {
            input = input.default(default.to_owned());
        }
        answered(input.interact_text().map(Some), flag)
    }

    fn secret(&self, question: &str, flag: &str) -> Result<String> {
        self.theme(flag, || format!("Pass {flag}."))?;
        match masked::ask(&clean::text(question)) {
            Ok(Answer::Line(text)) => Ok(text),
            Ok(Answer::Left) => Err(Error::interrupted("interrupted: nothing was changed")),
            Ok(Answer::SeveralLines) => {
                Err(Error::usage("several lines were pasted, and one can be taken here")
                    .hint(format!("Nothing was changed. Pass {flag} instead.")))
            }
            Ok(Answer::NotText) => Err(Error::usage("what was typed is not UTF-8 text")
                .hint(format!("Nothing was changed. Pass {flag} instead."))),
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
