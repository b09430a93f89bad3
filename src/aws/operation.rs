//! Calls of services that speak JSON, described by constants, with paging.

use serde_json::{Value, json};

use super::session::Session;
use super::signed::{self, Call};
use crate::error::Result;

/// An operation of a service.
#[derive(Debug)]
pub(super) struct Operation {
    /// The service's name in signatures and host names.
    pub service: &'static str,
    /// The operation, as in IAM policies.
    pub permission: &'static str,
    /// Content type and operation.
    pub headers: &'static [(&'static str, &'static str)],
    /// What an error holds when the thing that the call is about is gone.
    pub gone: &'static [&'static str],
}

/// The content type of Step Functions.
pub(super) const JSON_1_0: (&str, &str) = ("content-type", "application/x-amz-json-1.0");
/// The content type of ECS and CloudWatch Logs.
pub(super) const JSON_1_1: (&str, &str) = ("content-type", "application/x-amz-json-1.1");

impl Operation {
    /// The answer; `None` when what the call is about is gone.
    pub(super) async fn ask(&self, session: &Session, target: &str, input: &Value) -> Result<Option<Value>> {
        let Self { service, permission, headers, gone } = *self;
        let call = Call { service, permission, target, headers, body: input.to_string() };
        match signed::send(session, call, signed::json).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if gone.iter().any(|code| error.to_string().contains(code)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What all pages of the answer hold; nothing when what the call is about is gone.
    pub(super) async fn pages<T>(
        &self,
        session: &Session,
        target: &str,
        mut input: Value,
        read: impl Fn(&Value) -> Vec<T>,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        while let Some(page) = self.ask(session, target, &input).await? {
            found.extend(read(&page));
            match page["nextToken"].as_str().filter(|token| !token.is_empty()) {
                Some(token) => input["nextToken"] = json!(token),
                None => break,
            }
        }
        Ok(found)
    }
}
