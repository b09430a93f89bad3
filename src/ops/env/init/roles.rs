//! Roles that an environment which is gone left behind. Their names are taken, so the environment cannot be created again
//! before they are deleted. Those of a live environment are what everything in it works with: they are never deleted.

use super::port::{Account, Role};
use super::target::Target;
use crate::error::{Error, Result};
use crate::stack::port::{Stack, Stacks as _};
use crate::stack::status::{self, Presence};
use crate::template::tags::{APPLICATION, ENVIRONMENT};

/// Tag that CloudFormation gives to the resources of a stack: the stack's id.
const STACK_ID: &str = "aws:cloudformation:stack-id";

/// A role that no stack has any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stale {
    name: String,
    id: String,
}

/// The environment's stack, and the roles that are left over where that has none.
pub(super) struct Found {
    pub stack: Option<Stack>,
    pub stale: Vec<Stale>,
}

/// Whether a stack of this state has no roles of its own yet.
fn has_none(stack: Option<&Stack>) -> bool {
    status::presence(stack.map(|stack| &stack.status)) != Presence::Live
}

/// Reads the stack and tells which roles are stale. One that is there before a stack that has none cannot be that stack's, so
/// the stack is read after such a role.
pub(super) async fn find<A: Account>(place: &A, target: &Target) -> Result<Found> {
    let names = target.roles();
    let stacks = place.home_stacks();
    let (first, second, stack) =
        tokio::join!(role(place, &names[0]), role(place, &names[1]), stacks.stack(&target.stack));
    let (roles, mut stack) = ([first?, second?], stack?);
    if roles.iter().any(Option::is_some) && has_none(stack.as_ref()) {
        stack = stacks.stack(&target.stack).await?;
    }
    let mut stale = Vec::new();
    for (name, role) in names.into_iter().zip(roles) {
        let Some(role) = role.filter(|_| has_none(stack.as_ref())) else { continue };
        check(place, target, stack.as_ref(), &name, &role).await?;
        stale.push(Stale { name, id: role.id });
    }
    Ok(Found { stack, stale })
}

/// A role; none where the caller may not look.
async fn role<A: Account>(place: &A, name: &str) -> Result<Option<Role>> {
    match place.role(name).await {
        Err(error) if error.is_denied() => Ok(None),
        read => read,
    }
}

/// Refuses a role that something else needs.
async fn check<A: Account>(
    place: &A,
    target: &Target,
    present: Option<&Stack>,
    name: &str,
    role: &Role,
) -> Result<()> {
    let Target { app, env, account, region, .. } = target;
    let tagged = |key: &str, value: &String| role.tags.get(key) == Some(value);
    if !(tagged(APPLICATION, app) && tagged(ENVIRONMENT, env)) {
        return Err(Error::new(format!(
            "role {name} of account {account} is not this environment's, whose role would have that name: it lacks the tags \
             {APPLICATION}={app} and {ENVIRONMENT}={env}"
        ))
        .hint("Delete the role if nothing needs it, or choose another name for the environment."));
    }
    let Some(id) = role.tags.get(STACK_ID).filter(|id| present.is_none_or(|stack| stack.id != **id)) else {
        return Ok(());
    };
    let at = id.split(':').nth(3).unwrap_or_default();
    if at.is_empty() {
        return Ok(());
    }
    let owner = place.elsewhere(at).home_stacks().stack(id).await?;
    match owner {
        Some(owner) if owner.status.presence() != Presence::Absent => Err(Error::new(format!(
            "environment {env} of application {app} is in {at} already: role {name} belongs to stack {} there ({})",
            target.stack, owner.status
        ))
        .hint(format!("Run the command with --region {at} to go on with it, or choose another name for one in {region}."))),
        _ => Ok(()),
    }
}

/// Deletes what is left over. A role that is another one by now stays.
pub(super) async fn delete<A: Account>(place: &A, stale: &[Stale]) -> Result<()> {
    for Stale { name, id } in stale {
        if place.role(name).await?.is_some_and(|role| role.id == *id) {
            place.delete_role(name).await?;
        }
    }
    Ok(())
}
