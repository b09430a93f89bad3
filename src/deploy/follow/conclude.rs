//! What the end of an operation means for the deployment, told once.

use super::{Ended, Stopping};
use crate::deploy::{Target, console, failure_hints};
use crate::error::{Error, Result};
use crate::text::sanitize;

/// Judges the end of a deployment. `rollback_role`: it ran without rollback, and this is CloudFormation's role.
pub fn deployed(target: &Target, ended: &Ended, rollback_role: Option<&str>) -> Result<()> {
    let Target { stack, job, env, .. } = target;
    let stopped = match ended.interrupted {
        None if ended.succeeded() => return Ok(()),
        None => return Err(failed(target, ended, rollback_role)),
        Some(stopped) => stopped,
    };
    Err(match (stopped, ended.status.as_str()) {
        (Stopping::Deleting, "DELETE_COMPLETE") => Error::interrupted(format!(
            "interrupted: stack {stack} was deleted again; job {job} is not deployed to {env}"
        )),
        (Stopping::Cancelling, "UPDATE_ROLLBACK_COMPLETE") => Error::interrupted(format!(
            "interrupted: the update of stack {stack} was rolled back; job {job} is as it was before"
        )),
        _ if ended.succeeded() => Error::interrupted(format!(
            "interrupted too late: job {job} is deployed to {env} (stack {stack} is {})",
            ended.status
        )),
        _ => failed(target, ended, rollback_role).as_interrupted(),
    })
}

/// A deployment that did not end well: the cause, what else failed, what to do.
pub fn failed(target: &Target, ended: &Ended, rollback_role: Option<&str>) -> Error {
    let Target { stack, job, env, .. } = target;
    let mut error = Error::new(explain(stack, ended))
        .context(format!("job {job} was not deployed to {env}"))
        .details(ended.failures.lines());
    let cause = ended.failures.cause.as_ref().map(|cause| &cause.event);
    let known = cause.and_then(|event| {
        failure_hints::hint(&event.resource_type, event.reason.as_deref().unwrap_or_default())
    });
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
        "UPDATE_ROLLBACK_FAILED" => error.hint(
            "The rollback is stuck. The next `copilot job deploy` offers to continue it; --continue-rollback answers in advance.",
        ),
        "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "DELETE_FAILED" => {
            error.hint("The next `copilot job deploy` deletes what is left of the stack and creates it anew.")
        }
        _ => error,
    };
    error =
        error.hint(format!("All events: `aws cloudformation describe-stack-events --stack-name {stack}`."));
    // Where it happened: the events of a nested stack are on a page of its own.
    let failed = cause.map(|event| event.stack_id.as_str()).filter(|id| !id.is_empty());
    match console::stack_link(failed.unwrap_or(&ended.stack_id)) {
        Some(link) => error.hint(format!("In the console: {link}")),
        None => error,
    }
}

fn explain(stack: &str, ended: &Ended) -> String {
    let detail = match &ended.failures.cause {
        Some(cause) => Some(cause.clause()),
        None => ended.reason.as_deref().map(|reason| sanitize(reason).into_owned()),
    };
    let detail = detail.map(|detail| format!(": {detail}")).unwrap_or_default();
    format!("stack {stack} ended as {}{detail}", ended.status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::follow::failures::{Failure, Failures};
    use crate::deploy::follow::testing::event;

    fn target() -> Target {
        Target {
            app: "shop".into(),
            env: "test".into(),
            job: "report".into(),
            stack: "shop-test-report".into(),
            env_stack: "shop-test".into(),
            workspace_root: "/".into(),
            environments: Vec::new(),
        }
    }

    fn ended(status: &str, interrupted: Option<Stopping>) -> Ended {
        Ended {
            stack_id: "arn:aws:cloudformation:eu-west-1:1:stack/shop-test-report/1".into(),
            status: status.into(),
            reason: None,
            failures: Failures::default(),
            interrupted,
        }
    }

    #[test]
    fn ends_and_their_exit_codes() {
        use Stopping::{Cancelling, Deleting, Waiting};
        for (status, interrupted, code, says) in [
            ("UPDATE_COMPLETE", None, 0, ""),
            ("CREATE_COMPLETE", None, 0, ""),
            ("UPDATE_ROLLBACK_COMPLETE", None, 1, "ended as UPDATE_ROLLBACK_COMPLETE"),
            ("DELETE_COMPLETE", Some(Deleting), 130, "was deleted again"),
            ("DELETE_FAILED", Some(Deleting), 130, "ended as DELETE_FAILED"),
            ("UPDATE_ROLLBACK_COMPLETE", Some(Cancelling), 130, "is as it was before"),
            ("UPDATE_ROLLBACK_FAILED", Some(Cancelling), 130, "ended as UPDATE_ROLLBACK_FAILED"),
            ("UPDATE_COMPLETE", Some(Cancelling), 130, "interrupted too late: job report is deployed"),
            ("UPDATE_COMPLETE", Some(Waiting), 130, "interrupted too late"),
            ("UPDATE_ROLLBACK_COMPLETE", Some(Waiting), 130, "was not deployed"),
        ] {
            match deployed(&target(), &ended(status, interrupted), None) {
                Ok(()) => assert_eq!(code, 0, "{status}"),
                Err(e) => {
                    assert_eq!(e.exit_code(), code, "{status} {interrupted:?}");
                    assert!(e.to_string().contains(says), "{status} {interrupted:?}: {e}");
                }
            }
        }
    }

    #[test]
    fn advice_about_the_missing_rollback_only_where_there_was_none() {
        let hints = |status| failed(&target(), &ended(status, None), Some("role")).hints().join("\n");
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
            event: event("TaskRole", "AWS::IAM::Role", "CREATE_FAILED", Some("role name \u{1b}[31mtoo long")),
            in_rollback: false,
        };
        let mut ended = ended("ROLLBACK_COMPLETE", None);
        ended.reason = Some("The following resource(s) failed to create: [TaskRole].".into());
        ended.failures.cause = Some(cause);
        assert_eq!(
            failed(&target(), &ended, None).to_string(),
            "job report was not deployed to test: stack shop-test-report ended as ROLLBACK_COMPLETE: TaskRole \
             (AWS::IAM::Role) is CREATE_FAILED: role name too long"
        );
    }
}
