//! The policy that bounds every role of the application. One that does not allow `iam:PassRole` breaks the function that
//! switches shared resources of environments on. The document alone is looked at: nothing is simulated, so this is never
//! more than a warning.

use serde_json::Value;

use super::unknown::unknown;
use crate::ops::doctor::facts::AppFacts;
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::Account;
use crate::template::app::names::policy_arn;

const NEEDED: &str = "iam:PassRole";

pub(crate) async fn boundary<A: Account>(app: &AppFacts<'_, A>) -> Finding {
    let about = About::all(Check::Boundary);
    let application = match app.application().await {
        Ok(application) => application,
        Err(why) => return unknown(&about, &why),
    };
    let Some(policy) = application.permissions_boundary.as_deref().filter(|policy| !policy.is_empty()) else {
        return about.ok("none");
    };
    let arn = policy_arn(&app.region(), &application.account, policy);
    match app.boundary(&arn).await {
        Ok(document) => judge(&about, &arn, document.map(String::as_str)),
        Err(why) => unknown(&about, &why),
    }
}

fn judge(about: &About, arn: &str, document: Option<&str>) -> Finding {
    let Some(document) = document else {
        return about
            .failure(format!("there is no policy {arn}, which bounds every role of the application"))
            .advice("Create it again: without it no role can be created or changed.");
    };
    let Ok(document) = serde_json::from_str::<Value>(document) else {
        return about.skipped(format!("the document of policy {arn} is no JSON"));
    };
    let statements = match &document["Statement"] {
        Value::Array(statements) => statements.iter().collect(),
        one => vec![one],
    };
    let named = |effect: &str| statements.iter().any(|one| one["Effect"] == effect && names(one));
    let unconditional = |one: &&&Value| one["Effect"] == "Deny" && names(one) && one["Condition"].is_null();
    let advice = "The role of the function that updates environments needs it.";
    if statements.iter().any(|one| unconditional(&one)) {
        return about.warning(format!("policy {arn} denies {NEEDED}")).advice(advice);
    }
    match named("Allow") {
        true => about.ok(format!("{arn} allows {NEEDED}")),
        false => about.warning(format!("policy {arn} does not seem to allow {NEEDED}")).advice(advice),
    }
}

/// Whether a statement is about the action that is needed.
fn names(statement: &Value) -> bool {
    let any = |value: &Value| match value {
        Value::Array(actions) => actions.iter().filter_map(Value::as_str).any(matches),
        value => value.as_str().is_some_and(matches),
    };
    match &statement["NotAction"] {
        Value::Null => any(&statement["Action"]),
        others => !any(others),
    }
}

/// Whether a pattern of IAM, with `*` and `?`, means the action that is needed.
fn matches(pattern: &str) -> bool {
    fn from(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            ([b'*', rest @ ..], _) => from(rest, text) || (!text.is_empty() && from(pattern, &text[1..])),
            ([b'?', rest @ ..], [_, text @ ..]) => from(rest, text),
            ([a, rest @ ..], [b, text @ ..]) => a.eq_ignore_ascii_case(b) && from(rest, text),
            _ => false,
        }
    }
    // A pattern from outside must not take for ever: IAM's own actions are shorter than this.
    pattern.len() <= 128 && pattern.matches('*').count() <= 8 && from(pattern.as_bytes(), NEEDED.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_boundary_allows() {
        let about = About::all(Check::Boundary);
        let judged = |document: &str| {
            let found = judge(&about, "arn:p", Some(document));
            format!("{:?}: {}", found.status, found.evidence)
        };
        let statement = |text: &str| judged(&format!(r#"{{"Statement":[{text}]}}"#));
        let told = [
            statement(r#"{"Effect":"Allow","Action":"*"}"#),
            statement(r#"{"Effect":"Allow","Action":["s3:*","iam:Pass*"]}"#),
            statement(r#"{"Effect":"Allow","NotAction":"iam:*"}"#),
            statement(r#"{"Effect":"Allow","NotAction":"s3:*"}"#),
            statement(r#"{"Effect":"Allow","Action":"*"},{"Effect":"Deny","Action":"iam:?assRole"}"#),
            statement(
                r#"{"Effect":"Allow","Action":"*"},{"Effect":"Deny","Action":"iam:*","Condition":{"a":{}}}"#,
            ),
            judged(r#"{"Statement":{"Effect":"Allow","Action":"s3:Get*"}}"#),
            judged("<"),
            format!("{:?}", judge(&about, "arn:p", None).status),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        Ok: arn:p allows iam:PassRole
        Ok: arn:p allows iam:PassRole
        Warning: policy arn:p does not seem to allow iam:PassRole
        Ok: arn:p allows iam:PassRole
        Warning: policy arn:p denies iam:PassRole
        Ok: arn:p allows iam:PassRole
        Warning: policy arn:p does not seem to allow iam:PassRole
        Skipped: the document of policy arn:p is no JSON
        Failure
        ");
    }
}
