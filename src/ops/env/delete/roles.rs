//! The environment's two roles, deleted when its stack is gone.

use super::survey::Target;
use crate::error::Result;
use crate::ops::removal::port::Place;
use crate::report::Console;
use crate::store::Environment;

/// Deletes the roles, CloudFormation's first: the manager role may delete both. `own` is the environment's account with the
/// user's own credentials, if they belong to it and are not in use anyway: the manager role's do not outlive the deletion of
/// its policy, which comes before its own.
///
/// # Errors
/// When CloudFormation's role cannot be deleted.
pub(crate) async fn delete<P: Place>(
    target: &Target<P>,
    own: Option<&P>,
    console: &Console<'_>,
) -> Result<()> {
    let Environment { account_id, name: env, .. } = &target.environment;
    if let Some(role) = &target.execution_role {
        one_after_the_other(role, [Some(&target.place), own]).await?;
    }
    let Some(role) = &target.manager_role else { return Ok(()) };
    if let Err(error) = one_after_the_other(role, [own, Some(&target.place)]).await {
        // Nothing needs it any more, and `env init` removes what is left of it.
        console.warn(format!(
            "The manager role {role} of environment {env} remains in account {account_id}: {error}. Delete it with credentials of \
             that account: its policies, then `aws iam delete-role --role-name {role}`."
        ));
    }
    Ok(())
}

/// Deletes a role with the first credentials that may do it.
async fn one_after_the_other<P: Place>(role: &str, places: [Option<&P>; 2]) -> Result<()> {
    let mut result = Ok(());
    for place in places.into_iter().flatten() {
        result = place.delete_role(role).await;
        if result.is_ok() {
            break;
        }
    }
    result
}
