//! Following the operation in a stack without deploying: `--attach`.

use crate::error::{Error, Result};
use crate::ops::outcome::Outcome;
use crate::ops::port::{Account, EnvironmentAccount};
use crate::ops::subject::Subject;
use crate::report::Console;
use crate::report::events::TreeResource;
use crate::stack::follow::{self, Advice, Ended, Linked, OnInterrupt, Operation};
use crate::stack::port::{Stack, Stacks as _};
use crate::stack::status::Presence;
use crate::stack::{ManagedStack, Options};
use crate::yaml;

/// What an interrupt means.
pub(crate) const NOTHING_CHANGED: &str = "nothing was changed";

/// The stack to follow, and what it is for.
pub(crate) struct Attachment<'a> {
    pub app: &'a str,
    pub env: &'a str,
    pub stack: &'a str,
    pub subject: &'a Subject,
    pub options: &'a Options,
    pub linked: &'a [Linked],
    /// The command that follows it again.
    pub attach: &'a str,
    /// The command that deploys it.
    pub command: &'a str,
}

/// Follows the operation under way to its end; without one tells how the last one ended. Changes nothing.
pub(crate) async fn run<A: Account>(
    account: &A,
    attachment: &Attachment<'_>,
    console: &Console<'_>,
) -> Result<Outcome> {
    let &Attachment { app, env, stack: name, subject, options, linked, attach, .. } = attachment;
    let reading = async {
        let (application, environment) =
            tokio::join!(account.application(app), account.environment(app, env));
        application?;
        let manager = account.assume_manager(&environment?).await?;
        let stack = manager.stack(name).await?;
        Ok::<_, Error>((manager, stack))
    };
    let (manager, stack) = console.guard(NOTHING_CHANGED, reading).await?;
    let stack = stack.filter(|stack| stack.status.presence() != Presence::InReview).ok_or_else(|| {
        Error::new(format!("there is nothing to follow: {}", subject.is_not_deployed()))
            .hint(format!("There is no stack {name}."))
    })?;
    if stack.status.succeeded() {
        return Ok(Outcome::AtRest { stack: name.to_owned(), status: stack.status.to_string() });
    }
    let events = console.guard(NOTHING_CHANGED, manager.last_operation(&stack.id)).await?;
    let under_way = stack.status.is_busy();
    let resources = match under_way {
        true => console.guard(NOTHING_CHANGED, resources(&manager, name, &stack)).await?,
        false => Vec::new(),
    };
    let managed = ManagedStack { cloudformation: &manager, name, options, linked, resume_with: attach };
    let operation = Operation {
        since: events.first().map_or(0.0, |event| event.time),
        title: format!("Following the {} of stack {name}", stack.status.operation()),
        resources,
        ..managed.operation(&stack.id, OnInterrupt::Leave(NOTHING_CHANGED))
    };
    let ended = match under_way {
        true => follow::follow(&manager, &operation, console).await?,
        // The cause of its bad end is reported nevertheless.
        false => {
            console.note(format!("Stack {name} is idle ({}). The last operation failed.", stack.status));
            let looking = follow::look_back(&manager, &operation, events, &stack.status, console);
            console.guard(NOTHING_CHANGED, looking).await?
        }
    };
    conclude(attachment, &ended, stack.express)
}

fn conclude(attachment: &Attachment<'_>, ended: &Ended, express: bool) -> Result<Outcome> {
    let Attachment { stack, subject, command, .. } = attachment;
    match ended.status.as_str() {
        "DELETE_COMPLETE" => {
            Err(Error::new(format!("stack {stack} was deleted: {} any more", subject.is_not_deployed())))
        }
        _ if ended.status.succeeded() => {
            Ok(Outcome::Deployed { what: (*subject).clone().deployable(), express })
        }
        _ => {
            let error = follow::failed(stack, ended, Advice { command, rollback_role: None });
            Err(error.context(subject.was_not_deployed()))
        }
    }
}

/// The tree's rows: the described resources that the change set touches, or where that is not known all that exist whatever
/// the parameters are.
async fn resources<E: EnvironmentAccount>(
    manager: &E,
    name: &str,
    stack: &Stack,
) -> Result<Vec<TreeResource>> {
    let change_set = async {
        match &stack.change_set {
            // Rows for a screen: what cannot be read is left out.
            Some(id) => manager.change_set(id, name).await.ok().map(|set| set.resources()),
            None => None,
        }
    };
    let (template, touched) = tokio::join!(manager.template(&stack.id), change_set);
    let template = template?.unwrap_or_default();
    let mut rows = follow::described(&template);
    match touched.filter(|touched| !touched.is_empty()) {
        Some(touched) => rows.retain(|row| touched.contains(&row.logical_id)),
        None => {
            let document = yaml::load(&template).ok().flatten();
            let resources = document.as_ref().and_then(|document| document.get("Resources"));
            let conditional = |id: &str| resources.and_then(|r| r.get(id)?.get("Condition")).is_some();
            rows.retain(|row| !conditional(&row.logical_id));
        }
    }
    Ok(rows)
}
