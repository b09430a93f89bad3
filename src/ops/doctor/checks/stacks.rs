//! Stacks in which something is under way or failed, and the operations of the stack set.

use super::unknown::settled;
use crate::ops::doctor::facts::{AppFacts, EnvFacts, JobFacts, Known};
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::Account;
use crate::stack::port::Stack;

pub(crate) async fn of_job<A: Account>(job: &JobFacts<'_, A>) -> Finding {
    let about = About::job(Check::Stack, job.name, job.env.name());
    let stack = job.any_stack().await;
    settled(
        &about,
        stack.map(|stack| match stack {
            Some(stack) => judge(&about, &job.stack_name, stack, &job.deploy()),
            None => about.ok("not deployed yet"),
        }),
    )
}

pub(crate) async fn of_environment<A: Account>(env: &EnvFacts<'_, A>) -> Finding {
    let about = About::env(Check::Stack, env.name());
    let deploy = format!("copilot env deploy --app {} --name {}", env.app.name, env.name());
    let stack = env.stack().await;
    settled(
        &about,
        stack.map(|stack| match stack {
            Some(stack) => judge(&about, &env.stack_name, stack, &deploy),
            None => about.skipped(format!("there is no stack {}", env.stack_name)),
        }),
    )
}

fn judge(about: &About, name: &str, stack: &Stack, deploy: &str) -> Finding {
    let status = &stack.status;
    let shown = format!("stack {name} is {status}");
    match status.as_str() {
        "REVIEW_IN_PROGRESS" => about
            .warning(format!("{shown}: a first deployment was prepared and never started"))
            .command(deploy),
        "UPDATE_ROLLBACK_FAILED" => about.failure(shown).command(format!("{deploy} --continue-rollback")),
        "DELETE_FAILED" => about.failure(shown).command(format!("{deploy} --recreate")),
        "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" | "UPDATE_FAILED" => {
            about.failure(shown).advice("The deployment says what failed.").command(deploy)
        }
        "UPDATE_ROLLBACK_COMPLETE" => about
            .warning(format!("{shown}: the last deployment failed, what was there before is still in place"))
            .command(deploy),
        _ if status.is_busy() => about
            .warning(format!("{shown}: its {} is under way", status.operation()))
            .command(format!("{deploy} --attach")),
        _ if status.failed() => about.failure(shown).command(deploy),
        _ => about.ok(shown),
    }
}

/// The stack set itself. What there is of it in a region is another check.
pub(crate) async fn stack_set<A: Account>(app: &AppFacts<'_, A>) -> Finding {
    let about = About::all(Check::StackSet);
    settled(&about, read_set(app, &about).await)
}

async fn read_set<A: Account>(app: &AppFacts<'_, A>, about: &About) -> Known<Finding> {
    let (set, operation) = tokio::join!(app.set(), app.operation());
    let name = app.set_name();
    let Some(set) = set? else {
        return Ok(about
            .failure(format!("there is no stack set {name}"))
            .command(format!("copilot app init {}", app.name)));
    };
    Ok(match operation? {
        Some(id) => about
            .warning(format!("an operation of stack set {name} is under way ({id})"))
            .advice(
                "Deployments do not mind; `copilot job init`, `env init` and `app upgrade` wait for its end.",
            )
            .command(format!(
                "aws cloudformation describe-stack-set-operation --stack-set-name {name} --operation-id {id}"
            )),
        None => {
            let count = set.config.workloads.len();
            let plural = if count == 1 { "" } else { "s" };
            about.ok(format!("{name}, {}, with {count} workload{plural}", set.version))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::status::StackStatus;

    #[test]
    fn statuses_of_stacks() {
        let about = About::job(Check::Stack, "report-gen", "test");
        let told = [
            "CREATE_COMPLETE",
            "UPDATE_ROLLBACK_COMPLETE",
            "REVIEW_IN_PROGRESS",
            "UPDATE_IN_PROGRESS",
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "ROLLBACK_COMPLETE",
            "UPDATE_ROLLBACK_FAILED",
            "DELETE_FAILED",
            "IMPORT_ROLLBACK_FAILED",
        ]
        .map(|status| {
            let stack = Stack { status: StackStatus::new(status), ..Stack::default() };
            let found = judge(&about, "s", &stack, "deploy");
            format!("{:?}: {} [{}]", found.status, found.evidence, found.command.unwrap_or_default())
        });
        insta::assert_snapshot!(told.join("\n"), @"
        Ok: stack s is CREATE_COMPLETE []
        Warning: stack s is UPDATE_ROLLBACK_COMPLETE: the last deployment failed, what was there before is still in place [deploy]
        Warning: stack s is REVIEW_IN_PROGRESS: a first deployment was prepared and never started [deploy]
        Warning: stack s is UPDATE_IN_PROGRESS: its update is under way [deploy --attach]
        Warning: stack s is UPDATE_ROLLBACK_IN_PROGRESS: its rollback is under way [deploy --attach]
        Failure: stack s is ROLLBACK_COMPLETE [deploy]
        Failure: stack s is UPDATE_ROLLBACK_FAILED [deploy --continue-rollback]
        Failure: stack s is DELETE_FAILED [deploy --recreate]
        Failure: stack s is IMPORT_ROLLBACK_FAILED [deploy]
        ");
    }
}
