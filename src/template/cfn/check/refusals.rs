//! The errors for what CloudFormation would refuse of a final template.

use crate::error::Error;
use crate::template::cfn::Finding;
use crate::yaml::Span;

/// What the hints begin with.
pub const REFUSED: &str = "CloudFormation refuses this.";

/// Makes the errors of one template.
#[derive(Clone, Copy)]
pub struct Refusals<'a> {
    /// The file that values with a place come from, when all of them do.
    pub file: Option<&'a str>,
    /// What to do about a finding without advice of its own.
    pub advice: &'a str,
}

impl Refusals<'_> {
    /// The error for what stands at a place.
    pub fn error(&self, span: Span, message: &str, advice: &str) -> Error {
        let place = match self.file {
            None => String::new(),
            Some(file) if span.line == 0 => format!("{file}: "),
            Some(file) => format!("{file}:{}: ", span.line),
        };
        Error::new(format!("{place}{message}")).hint(format!("{REFUSED} {advice}"))
    }

    /// The error for a finding.
    pub fn of_finding(&self, finding: &Finding<'_>) -> Error {
        self.error(finding.span, &finding.message, finding.advice.as_deref().unwrap_or(self.advice))
    }
}
