//! Data on stdout: templates, differences, scripts.

use std::io::{self, Write as _};

use super::{clean, github};
use crate::context::Terminal;
use crate::error::{Error, Result};

/// Writes data. Where it goes straight into a log of GitHub Actions, nothing in it is a workflow command; in a file or a pipe
/// it is what it is.
///
/// # Errors
/// When stdout does not take it.
pub fn write(text: &str) -> io::Result<()> {
    let in_log = Terminal::detect().stdout_is_log;
    let text = if in_log { github::neutral(text) } else { text.into() };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Writes a document from outside, such as a manifest or JSON: exactly, for files and programs, and on a terminal without
/// what could drive it.
///
/// # Errors
/// As [`print`].
pub fn document(text: &str) -> Result<()> {
    match Terminal::detect().stdout {
        true => print(&clean::text(text)),
        false => print(text),
    }
}

/// Writes all that a command has to say. A reader that has seen enough ends the command without a word.
///
/// # Errors
/// When stdout does not take it, such as on a disk that is full.
pub fn print(text: &str) -> Result<()> {
    match write(text) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(format!("cannot write to the standard output: {e}")))
        }
        _ => Ok(()),
    }
}
