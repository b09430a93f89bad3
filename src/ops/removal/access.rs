//! The credentials that something is deleted with in an environment. Its manager role has what that takes, but a deletion that broke off
//! may have removed the role, or its policy, before the rest.

use crate::error::{Error, Result};
use crate::ops::removal::port::OwnAccount;
use crate::report::Console;
use crate::stack::port::{Stack, Stacks};
use crate::store::Environment;

/// An environment's account and region, and one of the stacks there.
#[derive(Debug)]
pub(crate) struct Access<P> {
    pub place: P,
    /// It is the user's own credentials, not the manager role's.
    pub own: bool,
    pub stack: Option<Stack>,
}

/// Enters an environment and reads a stack: with the given profile's credentials, or the manager role, or the user's own
/// credentials when they belong to the environment's account. `again` is the command that takes a profile.
///
/// # Errors
/// When nothing of that works; says how to give credentials.
pub(crate) async fn enter<A: OwnAccount>(
    account: &A,
    environment: &Environment,
    stack: &str,
    profile: Option<&A>,
    again: &str,
    console: &Console<'_>,
) -> Result<Access<A::Environment>> {
    let Environment { name, account_id, region, .. } = environment;
    if let Some(profile) = profile {
        let given = profile.identity().await?.account;
        if given != *account_id {
            return Err(Error::usage(format!(
                "the profile's credentials belong to account {given}; environment {name} is in account {account_id}"
            ))
            .hint("Pass --profile with a profile of that account, or leave it out to use the environment's manager role."));
        }
        return with(profile.own(region), true, stack).await;
    }
    let managed = async { with(account.enter(environment).await?, false, stack).await };
    let refused = match managed.await {
        Ok(access) => return Ok(access),
        Err(error) if error.is_transient() => return Err(error),
        Err(error) => error,
    };
    let own = account.identity().await?.account;
    if own != *account_id {
        return Err(refused.hint(format!(
            "Environment {name} is in account {account_id}, your credentials belong to account {own}. If the manager role is gone, \
             run `{again} --profile NAME` with a profile of account {account_id}."
        )));
    }
    console.warn(format!(
        "The manager role of environment {name} cannot be used ({refused}). Your own credentials, which belong to its account, \
         are used instead."
    ));
    with(account.own(region), true, stack).await
}

async fn with<P: Stacks>(place: P, own: bool, stack: &str) -> Result<Access<P>> {
    let stack = place.stack(stack).await?;
    Ok(Access { place, own, stack })
}
