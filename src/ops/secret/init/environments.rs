//! The environments that get secrets: entered side by side, looked at, and asked about where something would be replaced.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::Request;
use super::assign::Assignment;
use crate::error::{Context as _, Error, Result};
use crate::manifest::schedule::words;
use crate::ops::reading::ApplicationReader;
use crate::ops::secret::port::{SecretStore, Stored};
use crate::report::Console;
use crate::stack::port::Stacks as _;
use crate::store::{Environment, secret_parameter};
use crate::template::cfn::names::env_stack_name;
use crate::template::version;

/// What several failures have in common.
pub(super) const FAILURES: &str = "failures: not all secrets were stored";

/// The first version whose manager role may store secrets.
const FIRST_VERSION: &str = "v1.4.0";
/// The stamp of an environment that is not deployed yet.
const BOOTSTRAP: &str = "bootstrap";

/// An environment that secrets can be stored in.
pub(super) struct Ready<E> {
    pub assignment: Assignment,
    pub manager: E,
    /// Secrets that are replaced, by name.
    pub existing: BTreeMap<String, Stored>,
}

impl<E> Ready<E> {
    pub(super) fn environment(&self) -> &Environment {
        &self.assignment.environment
    }

    pub(super) fn parameter(&self, secret: &str) -> String {
        let Environment { app, name, .. } = self.environment();
        secret_parameter(app, name, secret)
    }
}

/// Enters the environments, and says for each other one why secrets cannot be stored there.
pub(super) async fn enter<A>(
    account: &A,
    assigned: &[Assignment],
    request: &Request,
) -> (Vec<Ready<A::Environment>>, Vec<Error>)
where
    A: ApplicationReader,
    A::Environment: SecretStore,
{
    let entered = join_all(assigned.iter().map(|assignment| look(account, assignment, request))).await;
    let (mut ready, mut failed) = (Vec::new(), Vec::new());
    for (result, assignment) in entered.into_iter().zip(assigned) {
        match result.with_context(|| format!("environment {}", assignment.environment.name)) {
            Ok(one) => ready.push(one),
            Err(error) => failed.push(error),
        }
    }
    (ready, failed)
}

async fn look<A>(account: &A, assignment: &Assignment, request: &Request) -> Result<Ready<A::Environment>>
where
    A: ApplicationReader,
    A::Environment: SecretStore,
{
    let Environment { app, name: env, account_id, region, .. } = &assignment.environment;
    let manager = account.enter(&assignment.environment).await?;
    let stack = env_stack_name(app, env);
    let parameter = |secret: &str| secret_parameter(app, env, secret);
    let existing = async {
        if !request.overwrite {
            return Ok(Vec::new());
        }
        let parameters: Vec<String> =
            assignment.secrets.iter().map(|secret| parameter(&secret.name)).collect();
        manager.find_secrets(&parameters).await
    };
    let (metadata, found) = tokio::join!(manager.template_metadata(&stack), existing);
    // A role that may not read this may store secrets nevertheless.
    if let Ok(metadata) = metadata {
        let metadata = metadata.ok_or_else(|| {
            Error::new(format!("there is no stack {stack} in account {account_id}, region {region}"))
                .hint(format!("`copilot env init --name {env}` creates it."))
        })?;
        let stamp = version::stamp(&metadata, "Version");
        if stamp != BOOTSTRAP && version::compare(&stamp, FIRST_VERSION).is_lt() {
            return Err(Error::new(format!(
                "its version is {stamp}, and the manager role of environments before {FIRST_VERSION} may not store secrets"
            ))
            .hint(deploy(env)));
        }
    }
    let mut existing = BTreeMap::new();
    for stored in found? {
        let secret = assignment.secrets.iter().find(|secret| parameter(&secret.name) == stored.parameter);
        let Some(secret) = secret else { continue };
        if !stored.encrypted {
            return Err(Error::new(format!(
                "parameter {} is not encrypted, and AWS does not change that",
                stored.parameter
            ))
            .hint(format!(
                "Delete it with `aws ssm delete-parameter --region {region} --name {}`, then run the command again.",
                stored.parameter
            )));
        }
        existing.insert(secret.name.clone(), stored);
    }
    Ok(Ready { assignment: assignment.clone(), manager, existing })
}

/// What brings an environment's manager role up to date.
pub(super) fn deploy(env: &str) -> String {
    format!("Bring the role up to date with `copilot env deploy --name {env}`, then run the command again.")
}

/// Whether what would be replaced may be: nobody should overwrite an environment's secrets by mistake.
///
/// # Errors
/// When there is nobody to ask.
pub(super) async fn may_replace<E>(
    ready: &[Ready<E>],
    request: &Request,
    console: &Console<'_>,
) -> Result<bool> {
    let replaced: Vec<String> = ready.iter().flat_map(described).collect();
    if replaced.is_empty() || request.yes {
        return Ok(true);
    }
    if !request.interactive {
        let count = replaced.len();
        let what = if count == 1 { "a secret".to_owned() } else { format!("{count} secrets") };
        return Err(Error::usage(format!(
            "--overwrite would replace {what}, and there is no terminal to ask on"
        ))
        .details(replaced)
        .hint("Pass --yes to replace without a question. Nothing was written."));
    }
    for line in &replaced {
        console.note(line);
    }
    console.confirm("nothing was written", "Replace these values?", "--yes").await
}

/// A line for each secret of an environment that would be replaced.
fn described<E>(ready: &Ready<E>) -> Vec<String> {
    let Environment { app, name: env, account_id, region, .. } = ready.environment();
    let line = |(name, stored): (&String, &Stored)| {
        let changed = match stored.changed {
            Some(changed) => format!(", last changed {}", words::in_both_times(changed, 0)),
            None => String::new(),
        };
        format!(
            "{name} in application {app}, environment {env} (account {account_id}, region {region}): replaces version {}{changed}",
            stored.version
        )
    };
    ready.existing.iter().map(line).collect()
}
