//! CloudFormation: stacks, change sets, events and stack sets.

mod change_sets;
mod events;
pub(super) mod stack_sets;
pub(super) mod stacks;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::errors::{code, failed, message};
use super::session::RegionSession;
use crate::error::Error;

/// A stack given by name or by id (an ARN), as messages call it.
fn target(stack: &str) -> String {
    let name = stack.split_once(":stack/").and_then(|(_, rest)| rest.split('/').next());
    format!("stack {}", name.unwrap_or(stack))
}

/// Whether CloudFormation says that the stack is not there.
fn is_missing<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    code(error) == Some("ValidationError") && message(error).is_some_and(|m| m.contains("does not exist"))
}

impl RegionSession {
    pub(in crate::aws) fn failed<E, R>(&self, operation: &str, target: &str, error: SdkError<E, R>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        failed(&self.session.who, operation, target, error)
    }
}
