//! What the end of an operation means, for a command to say in its own words.

use super::{Ended, Stopping};
use crate::error::Error;
use crate::stack::{advice, console_url};

/// How an operation ended.
#[derive(Debug)]
pub enum Verdict {
    /// It did what it was started for.
    Succeeded,
    /// The same, although the user asked to stop it.
    SucceededNevertheless,
    /// The user stopped it: the new stack was deleted again.
    Deleted,
    /// The user stopped it: the update was rolled back.
    RolledBack,
    /// It failed.
    Failed(Error),
}

/// What a failure is explained with.
#[derive(Clone, Copy, Debug)]
pub struct Advice<'a> {
    /// The command that deploys the stack again.
    pub command: &'a str,
    /// CloudFormation's role, when the operation ran without rollback.
    pub rollback_role: Option<&'a str>,
}

/// Judges the end of an operation on a stack.
pub fn verdict(stack: &str, ended: &Ended, advice: Advice<'_>) -> Verdict {
    let failed = || failed(stack, ended, advice);
    match (ended.interrupted, ended.status.as_str()) {
        (None, _) if ended.status.succeeded() => Verdict::Succeeded,
        (None, _) => Verdict::Failed(failed()),
        (Some(Stopping::Deleting), "DELETE_COMPLETE") => Verdict::Deleted,
        (Some(Stopping::Cancelling), "UPDATE_ROLLBACK_COMPLETE") => Verdict::RolledBack,
        (Some(_), _) if ended.status.succeeded() => Verdict::SucceededNevertheless,
        (Some(_), _) => Verdict::Failed(failed().as_interrupted()),
    }
}

/// Returns the error for an operation that did not end well: the cause, what else failed, what to do.
pub fn failed(stack: &str, ended: &Ended, Advice { command, rollback_role }: Advice<'_>) -> Error {
    let mut error = Error::new(explain(stack, ended)).details(ended.failures.lines());
    let failure = ended.failures.cause.as_ref();
    let known = failure.and_then(|cause| advice::hint(&cause.event.resource_type, cause.reason()));
    let cause = failure.map(|cause| &cause.event);
    if let Some(known) = known {
        error = error.hint(known);
    }
    let status = ended.status.as_str();
    if let (Some(role), "CREATE_FAILED" | "UPDATE_FAILED") = (rollback_role, status) {
        error = error.hint(format!(
            "The stack was not rolled back (--no-rollback). Fix the cause and deploy again, or go back with \
             `aws cloudformation rollback-stack --stack-name {stack} --role-arn {role}`."
        ));
    }
    error = match status {
        "UPDATE_ROLLBACK_FAILED" => error.hint(format!(
            "The rollback is stuck. The next `{command}` offers to continue it; --continue-rollback answers in advance."
        )),
        "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "DELETE_FAILED" => error.hint(format!(
            "The next `{command}` deletes what is left of the stack and creates it anew."
        )),
        _ => error,
    };
    error =
        error.hint(format!("All events: `aws cloudformation describe-stack-events --stack-name {stack}`."));
    // Where it happened: the events of a nested stack are on a page of its own.
    let failed = cause.map(|event| event.stack_id.as_str()).filter(|id| !id.is_empty());
    match console_url::stack_events(failed.unwrap_or(&ended.stack_id)) {
        Some(url) => error.hint(format!("In the console: {url}")),
        None => error,
    }
}

fn explain(stack: &str, ended: &Ended) -> String {
    let detail = match &ended.failures.cause {
        Some(cause) => Some(match advice::Kept::of(&cause.event.resource_type, cause.reason()) {
            // CloudFormation says only that a name is taken, in words that differ from service to service.
            Some(kept) => format!("{}: {}", kept.told(), cause.clause()),
            None => cause.clause(),
        }),
        None => ended.reason.as_deref().map(std::borrow::ToOwned::to_owned),
    };
    let detail = detail.map(|detail| format!(": {detail}")).unwrap_or_default();
    format!("stack {stack} ended as {}{detail}", ended.status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::follow::failures::{Failure, Failures};
    use crate::stack::follow::testing::event;

    const STACK: &str = "shop-test-report";

    fn ended(status: &str, interrupted: Option<Stopping>) -> Ended {
        Ended {
            stack_id: "arn:aws:cloudformation:eu-west-1:1:stack/shop-test-report/1".into(),
            status: status.into(),
            reason: None,
            failures: Failures::default(),
            interrupted,
        }
    }

    fn advice(rollback_role: Option<&str>) -> Advice<'_> {
        Advice { command: "copilot job deploy", rollback_role }
    }

    #[test]
    fn ends_and_their_verdicts() {
        use Stopping::{Cancelling, Deleting, Waiting};
        let verdicts: String = [
            ("UPDATE_COMPLETE", None),
            ("CREATE_COMPLETE", None),
            ("UPDATE_ROLLBACK_COMPLETE", None),
            ("DELETE_COMPLETE", Some(Deleting)),
            ("DELETE_FAILED", Some(Deleting)),
            ("UPDATE_ROLLBACK_COMPLETE", Some(Cancelling)),
            ("UPDATE_ROLLBACK_FAILED", Some(Cancelling)),
            ("UPDATE_COMPLETE", Some(Cancelling)),
            ("UPDATE_COMPLETE", Some(Waiting)),
            ("UPDATE_ROLLBACK_COMPLETE", Some(Waiting)),
        ]
        .into_iter()
        .map(|(status, interrupted)| {
            let verdict = match verdict(STACK, &ended(status, interrupted), advice(None)) {
                Verdict::Failed(error) => format!("{error}, exit code {}", error.exit_code()),
                verdict => format!("{verdict:?}"),
            };
            format!("{status}, {interrupted:?}: {verdict}\n")
        })
        .collect();
        insta::assert_snapshot!(verdicts, @r"
        UPDATE_COMPLETE, None: Succeeded
        CREATE_COMPLETE, None: Succeeded
        UPDATE_ROLLBACK_COMPLETE, None: stack shop-test-report ended as UPDATE_ROLLBACK_COMPLETE, exit code 1
        DELETE_COMPLETE, Some(Deleting): Deleted
        DELETE_FAILED, Some(Deleting): stack shop-test-report ended as DELETE_FAILED, exit code 130
        UPDATE_ROLLBACK_COMPLETE, Some(Cancelling): RolledBack
        UPDATE_ROLLBACK_FAILED, Some(Cancelling): stack shop-test-report ended as UPDATE_ROLLBACK_FAILED, exit code 130
        UPDATE_COMPLETE, Some(Cancelling): SucceededNevertheless
        UPDATE_COMPLETE, Some(Waiting): SucceededNevertheless
        UPDATE_ROLLBACK_COMPLETE, Some(Waiting): stack shop-test-report ended as UPDATE_ROLLBACK_COMPLETE, exit code 130
        ");
    }

    #[test]
    fn advice_about_the_missing_rollback_only_where_there_was_none() {
        let hints = |status| failed(STACK, &ended(status, None), advice(Some("role"))).hints().join("\n");
        assert!(hints("UPDATE_FAILED").contains("--no-rollback"));
        assert!(
            hints("CREATE_FAILED").contains("rollback-stack --stack-name shop-test-report --role-arn role")
        );
        assert!(!hints("UPDATE_ROLLBACK_COMPLETE").contains("--no-rollback"));
        assert!(hints("UPDATE_ROLLBACK_FAILED").contains("--continue-rollback"));
    }

    #[test]
    fn the_end_names_the_cause() {
        let cause = Failure {
            place: None,
            event: event("TaskRole", "AWS::IAM::Role", "CREATE_FAILED", Some("role name too long")),
            in_rollback: false,
        };
        let mut ended = ended("ROLLBACK_COMPLETE", None);
        ended.reason = Some("The following resource(s) failed to create: [TaskRole].".into());
        ended.failures.cause = Some(cause);
        assert_eq!(
            failed(STACK, &ended, advice(None)).to_string(),
            "stack shop-test-report ended as ROLLBACK_COMPLETE: TaskRole (AWS::IAM::Role) is CREATE_FAILED: role name too long"
        );
    }
}
