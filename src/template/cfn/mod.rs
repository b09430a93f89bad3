//! What templates have in common, whatever they describe: how functions are written, and what CloudFormation
//! refuses.

pub mod artifacts;
pub mod call;
pub mod cdk_output;
pub mod check;
pub mod configuration;
pub mod find_in_map;
pub mod iam;
pub mod intrinsic;
pub mod lambda;
pub mod mapping;
pub mod names;
pub mod output;
pub mod parameters;
pub mod patches;
pub mod references;
pub mod resource;
pub mod retained;
pub mod s3;
pub mod section;
pub mod template;
pub mod values;

use crate::text::one_line;
use crate::yaml::Span;

/// Something in a template that CloudFormation refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding<'a> {
    /// Section of the entry that has it; empty for a section itself.
    pub section: &'static str,
    /// Key of that entry.
    pub key: &'a str,
    /// Where it stands.
    pub span: Span,
    /// What is wrong, as a sentence fragment fit for a terminal.
    pub message: String,
    /// What to do instead, as a whole sentence.
    pub advice: Option<String>,
}

impl<'a> Finding<'a> {
    /// A finding without advice.
    pub(super) fn new(section: &'static str, key: &'a str, span: Span, message: &str) -> Self {
        Self { section, key, span, message: one_line(message), advice: None }
    }

    /// The same finding with what to do.
    #[must_use]
    pub(super) fn advice(mut self, advice: &str) -> Self {
        self.advice = Some(one_line(advice));
        self
    }
}
