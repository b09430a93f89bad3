//! The one error type of the program: what happened, why, and what to do next.
//!
//! An [`Error`] is created where something goes wrong, gains context on its way up and is rendered
//! once, by `main`. Hints are whole sentences that tell the user the next step.

use std::fmt;

/// How an error ends the process (exit codes: 0 success, 1 failure, 2 usage, 3 unknown, 130 interrupted).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Something failed: exit code 1.
    #[default]
    Failure,
    /// The command line is wrong: exit code 2.
    Usage,
    /// The user interrupted the command: exit code 130.
    Interrupted,
    /// A comparison failed whose exit code 1 means a difference: exit code 2.
    Comparison,
    /// How something in AWS ended, or will end, could not be found out: exit code 3.
    Undetermined,
}

/// An error with its chain of causes, its hints and the exit code it leads to.
pub struct Error {
    kind: Kind,
    source: anyhow::Error,
    details: Vec<String>,
    log: Vec<String>,
    hints: Vec<String>,
    remarks: Vec<Remark>,
    nature: Nature,
}

/// What is known of a failed call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Nature {
    #[default]
    Other,
    /// It may succeed at the next attempt.
    Transient,
    /// The same, with new credentials.
    Expired,
    /// There are no credentials any more to make it with.
    Unsigned,
    /// No policy allows it.
    Denied,
    /// Another command was faster.
    Overtaken,
}

/// A message about a place in one of the user's files.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Remark {
    /// How bad it is.
    pub severity: Severity,
    /// The file's path, as the program shows it.
    pub file: String,
    /// Line from 1 on; 0 when the whole file is meant.
    #[serde(skip_serializing_if = "is_zero")]
    pub line: usize,
    /// Character in the line, from 1 on.
    #[serde(skip_serializing_if = "is_zero")]
    pub column: usize,
    /// What is to be said; names the place itself. May have several lines.
    pub message: String,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// How bad a remark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing can be done with the file as it is.
    Error,
    /// Something to look at.
    Warning,
}

/// The result of everything that can fail with an [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure described by one sentence fragment (no final period).
    pub fn new(message: impl fmt::Display) -> Self {
        Self::from(anyhow::anyhow!("{message}"))
    }

    /// A mistake on the command line.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self { kind: Kind::Usage, ..Self::new(message) }
    }

    /// The user's Ctrl-C, with what it leaves behind.
    pub fn interrupted(message: impl fmt::Display) -> Self {
        Self { kind: Kind::Interrupted, ..Self::new(message) }
    }

    /// How something in AWS ended, or will end, is not known.
    pub fn undetermined(message: impl fmt::Display) -> Self {
        Self { kind: Kind::Undetermined, ..Self::new(message) }
    }

    /// Several errors of one kind as one: `what` says what they have in common. One alone stays as it is.
    ///
    /// # Errors
    /// When there are any.
    pub fn all(what: &str, errors: Vec<Self>) -> Result<()> {
        let count = errors.len();
        let mut errors = errors.into_iter();
        let Some(first) = errors.next() else { return Ok(()) };
        if count == 1 {
            return Err(first);
        }
        let mut whole = Self::new(format!("{count} {what}"));
        for error in std::iter::once(first).chain(errors) {
            whole.details.push(error.to_string());
            whole.remarks.extend(error.remarks);
            for hint in error.hints {
                if !whole.hints.contains(&hint) {
                    whole.hints.push(hint);
                }
            }
        }
        Err(whole)
    }

    /// Adds what to do next, as a whole sentence.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds lines that belong to the error, such as what else failed. They must be sanitised.
    #[must_use]
    pub fn details(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(lines);
        self
    }

    /// Adds all that a failed step of a build printed. The lines must be sanitised.
    #[must_use]
    pub fn log(mut self, lines: Vec<String>) -> Self {
        self.log = lines;
        self
    }

    /// Adds places in the user's files that the error is about; the message has them already.
    #[must_use]
    pub fn remarks(mut self, remarks: impl IntoIterator<Item = Remark>) -> Self {
        self.remarks.extend(remarks);
        self
    }

    /// Says what was being done when the error occurred.
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display + Send + Sync + 'static) -> Self {
        self.source = self.source.context(context.to_string());
        self
    }

    /// The same error, ending the process as the user's Ctrl-C does.
    #[must_use]
    pub fn as_interrupted(mut self) -> Self {
        self.kind = Kind::Interrupted;
        self
    }

    /// The same error of a command whose exit code 1 means that something differs. An interrupt stays one.
    #[must_use]
    pub fn as_failed_comparison(mut self) -> Self {
        if self.kind == Kind::Failure {
            self.kind = Kind::Comparison;
        }
        self
    }

    /// Marks a failure that may be gone at the next attempt: no connection, throttling, a fault of the service.
    #[must_use]
    pub fn transient(self) -> Self {
        Self { nature: Nature::Transient, ..self }
    }

    /// Whether the same attempt may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self.nature, Nature::Transient | Nature::Expired)
    }

    /// Marks a call that AWS refused because its credentials have expired.
    #[must_use]
    pub fn expired(self) -> Self {
        Self { nature: Nature::Expired, ..self }
    }

    /// Marks a call that was not sent because its credentials have expired and cannot be renewed.
    #[must_use]
    pub fn unsigned(self) -> Self {
        Self { nature: Nature::Unsigned, ..self }
    }

    /// Whether the credentials of a call have expired.
    pub fn is_expired(&self) -> bool {
        matches!(self.nature, Nature::Expired | Nature::Unsigned)
    }

    /// Marks a call that AWS refused because no policy allows it.
    #[must_use]
    pub fn denied(self) -> Self {
        Self { nature: Nature::Denied, ..self }
    }

    /// Whether a call was refused because no policy allows it.
    pub fn is_denied(&self) -> bool {
        self.nature == Nature::Denied
    }

    /// Marks a failure because another command came first.
    #[must_use]
    pub fn overtaken(self) -> Self {
        Self { nature: Nature::Overtaken, ..self }
    }

    /// Whether another command came first.
    pub fn is_overtaken(&self) -> bool {
        self.nature == Nature::Overtaken
    }

    /// How the process ends.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::Failure => 1,
            Kind::Usage | Kind::Comparison => 2,
            Kind::Undetermined => 3,
            Kind::Interrupted => 130,
        }
    }

    /// Lines shown below the message.
    pub fn detail_lines(&self) -> &[String] {
        &self.details
    }

    /// What a failed step of a build printed, from its beginning. It may be long.
    pub fn log_lines(&self) -> &[String] {
        &self.log
    }

    /// Places in the user's files that it is about.
    pub fn places(&self) -> &[Remark] {
        &self.remarks
    }

    /// What to do next, most useful first.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

/// Writes the chain of contexts and causes, outermost first, joined by `: `.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.source)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} error: {:#} (hints: {:?})", self.kind, self.source, self.hints)
    }
}

impl From<anyhow::Error> for Error {
    fn from(source: anyhow::Error) -> Self {
        Self {
            kind: Kind::Failure,
            source,
            details: Vec::new(),
            log: Vec::new(),
            hints: Vec::new(),
            remarks: Vec::new(),
            nature: Nature::default(),
        }
    }
}

/// `.context(…)` on results, as `anyhow` has it, keeping kind and hints.
pub trait Context<T> {
    /// Adds what was being done.
    ///
    /// # Errors
    /// The one there was.
    fn context(self, context: impl fmt::Display + Send + Sync + 'static) -> Result<T>;
    /// Adds what was being done, made only on failure.
    ///
    /// # Errors
    /// The one there was.
    fn with_context<C: fmt::Display + Send + Sync + 'static>(self, context: impl FnOnce() -> C) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for std::result::Result<T, E> {
    fn context(self, context: impl fmt::Display + Send + Sync + 'static) -> Result<T> {
        self.map_err(|e| e.into().context(context))
    }

    fn with_context<C: fmt::Display + Send + Sync + 'static>(self, context: impl FnOnce() -> C) -> Result<T> {
        self.map_err(|e| e.into().context(context()))
    }
}

impl From<std::io::Error> for Error {
    fn from(source: std::io::Error) -> Self {
        Self::from(anyhow::Error::new(source))
    }
}
