//! Roles that are not there or do not trust the caller, which the emulator takes all the same.

use serde_json::Value;

use super::call::Incoming;
use super::faults::error_reply;
use super::gateway::State;
use super::http::{Reply, percent_decode};
use super::xml;

/// The refusal of a call that names a role it cannot use: `AssumeRole`, or an operation on a stack with a role of its own.
pub(super) async fn refuse(state: &State, account: &str, request: &Incoming) -> Option<Reply> {
    match (request.service.as_str(), request.operation.as_str()) {
        ("sts", "AssumeRole") => {
            let role = request.field("RoleArn")?;
            let policy = trust_policy(state, role).await;
            if policy.is_some_and(|policy| trusts(&policy, account)) {
                return None;
            }
            let message = format!(
                "User: arn:aws:iam::{account}:root is not authorized to perform: sts:AssumeRole on resource: {role}"
            );
            Some(error_reply(request, 403, "AccessDenied", &message))
        }
        ("cloudformation", _) => {
            let role = request.field("RoleARN")?;
            if trust_policy(state, role).await.is_some() {
                return None;
            }
            let message = format!("Role {role} is invalid or cannot be assumed");
            Some(error_reply(request, 400, "ValidationError", &message))
        }
        _ => None,
    }
}

/// Who may assume the role; `None` when there is no such role.
async fn trust_policy(state: &State, role: &str) -> Option<Value> {
    let (account, name) = (role.split(':').nth(4)?, role.rsplit('/').next()?);
    // Roles have no region; the emulator wants one all the same.
    let emulator = state.emulator(account, super::REGION);
    let found = emulator.query("iam", "GetRole", &[("RoleName", name)]).await.ok()?;
    let document = percent_decode(&xml::text(&found, "AssumeRolePolicyDocument")?);
    Some(serde_json::from_str(&document).unwrap_or_default())
}

/// Whether some statement is for the account as a whole, or for anyone.
fn trusts(policy: &Value, account: &str) -> bool {
    let names = |principal: &Value| principal.as_str().is_some_and(|one| one == "*" || one.contains(account));
    let statements = policy["Statement"].as_array().into_iter().flatten();
    statements.map(|statement| &statement["Principal"]["AWS"]).any(|principals| match principals {
        Value::Array(several) => several.iter().any(names),
        one => names(one),
    })
}
