//! `--json`: one JSON object per line on stdout, for programs. The schema is stable: fields and types are added,
//! never renamed or removed. `cli/help/json.md` has it for users, and a test holds the records against it.

use std::io;
use std::sync::OnceLock;

use serde::Serialize;
use serde_json::Value;

use super::Clock;
use super::message::last_lines;
use crate::diff::differences::Differences;
use crate::error::{Error, Remark};
use crate::ops::outcome::Outcome;
use crate::report::Reporter;
use crate::report::events::Event;
use crate::text::sanitize;

/// Writes events as JSON.
pub struct Json {
    clock: Clock,
}

impl Json {
    /// A view for a program.
    pub fn new(clock: Clock) -> Self {
        Self { clock }
    }

    /// Writes how the deployment ended.
    pub fn outcome(&self, outcome: &Outcome) {
        write(&record("", (self.clock)(), &Ended::new(outcome)));
    }

    /// Writes what continues, or remains, when the process ends at once.
    pub fn exited(&self, pending: &str) {
        error(&Error::interrupted(format!("exited; {pending}")), (self.clock)());
    }
}

impl Reporter for Json {
    fn report(&self, subject: &str, event: Event) {
        write(&record(subject, (self.clock)(), &event));
    }

    fn differences(&self, subject: &str, differences: &Differences) -> io::Result<()> {
        let compared = Compared { kind: "differences", differences, changed: !differences.is_empty() };
        try_write(&record(subject, (self.clock)(), &compared))
    }
}

/// The record of a comparison.
#[derive(Serialize)]
struct Compared<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    differences: &'a Differences,
    changed: bool,
}

/// The last record of a success.
#[derive(Serialize)]
struct Ended<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    outcome: &'a Outcome,
    message: String,
}

impl<'a> Ended<'a> {
    fn new(outcome: &'a Outcome) -> Self {
        Self { kind: "outcome", outcome, message: outcome.to_string() }
    }
}

/// The last record of a failure.
#[derive(Serialize)]
struct Failed<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    message: String,
    details: Vec<String>,
    hints: &'a [String],
    places: &'a [Remark],
    exit_code: u8,
}

impl<'a> Failed<'a> {
    fn new(error: &'a Error) -> Self {
        let log = last_lines(error.log_lines());
        Self {
            kind: "error",
            message: error.to_string(),
            details: error.detail_lines().iter().cloned().chain(log).collect(),
            hints: error.hints(),
            places: error.places(),
            exit_code: error.exit_code(),
        }
    }
}

/// Writes an error; `time` is in seconds since 1970.
pub fn error(error: &Error, time: u64) {
    write(&record("", time, &Failed::new(error)));
}

/// The first failure to write.
static FAILURE: OnceLock<String> = OnceLock::new();

/// Why stdout does not have everything that was written, if so. A reader that has gone away is none: it has seen enough.
pub fn unwritten() -> Option<Error> {
    let failure = FAILURE.get()?;
    Some(
        Error::new(format!("cannot write to the standard output: {failure}"))
            .hint("The records that are missing there say nothing about AWS: look at the stack before you run the command again."),
    )
}

/// A deployment is not stopped halfway because its story cannot be told; it is told at the end that something is missing.
fn write(record: &Value) {
    let _ = try_write(record);
}

fn try_write(record: &Value) -> io::Result<()> {
    use std::io::Write as _;
    // Within JSON this is the same text, and no runner of GitHub Actions takes it for a workflow command.
    let line = record.to_string().replace("##[", "\\u0023#[");
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    if let Err(e) = &written
        && e.kind() != io::ErrorKind::BrokenPipe
    {
        let _ = FAILURE.set(e.to_string());
    }
    written
}

/// One line: behind the type when it is written and what it is about, if that has a name.
fn record(subject: &str, time: u64, content: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(content).unwrap_or_default();
    if let Value::Object(fields) = &mut value {
        fields.shift_insert(1, "time".to_owned(), super::timestamp(time).into());
        if !subject.is_empty() {
            fields.shift_insert(2, "subject".to_owned(), subject.into());
        }
    }
    clean(value)
}

fn clean(value: Value) -> Value {
    match value {
        Value::String(text) => sanitize(&text).into_owned().into(),
        Value::Array(values) => values.into_iter().map(clean).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, clean(value))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests;
