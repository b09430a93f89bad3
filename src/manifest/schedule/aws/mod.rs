//! What EventBridge takes of `rate(…)` and `cron(…)`. It says no more than that an expression is not valid, and only
//! once the images are pushed and the stack is being changed; here every fault is named with what to write instead.
//!
//! Forms that its documentation does not describe are doubted, not refused: EventBridge takes more than it documents.

mod cron;
mod rate;

/// What is wrong with an expression, or doubtful about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// What it is, as a sentence fragment.
    pub message: String,
    /// The field of a cron expression, by its number from 0, and what to write there instead.
    pub mend: Option<(usize, String)>,
    /// What else can be done.
    pub advice: Option<String>,
    /// EventBridge refuses the expression for it. Otherwise it is a form whose fate is not known.
    pub refused: bool,
}

impl Fault {
    fn refused(message: impl Into<String>) -> Self {
        Self { message: message.into(), mend: None, advice: None, refused: true }
    }

    fn unknown(message: impl Into<String>) -> Self {
        Self { refused: false, ..Self::refused(message) }
    }

    fn mend(self, field: usize, text: impl Into<String>) -> Self {
        Self { mend: Some((field, text.into())), ..self }
    }

    fn advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

/// The faults of what stands between the parentheses of `rate(…)`.
pub(super) fn rate(inner: &str) -> Vec<Fault> {
    rate::faults(inner)
}

/// The faults of the six fields of `cron(…)`.
pub(super) fn cron(fields: [&str; 6]) -> Vec<Fault> {
    cron::faults(fields)
}
