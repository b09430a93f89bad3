//! Environments whose VPC has no public subnets: tasks have to be placed in the private ones.

use futures_util::future::join_all;

use super::surroundings::Surroundings;
use crate::error::{Error, Result};
use crate::manifest::Source;
use crate::manifest::env::{self, Target, Vpc};
use crate::ops::reading::ApplicationReader;
use crate::report::Console;
use crate::stack::port::Stacks as _;
use crate::store::Environment;
use crate::template::cfn::names::env_stack_name;
use crate::yaml::{self, Node};

/// Names of the environments without public subnets. One that cannot be looked at is told and passed over.
///
/// # Errors
/// None; the signature is that of a step.
pub(crate) async fn private<A: ApplicationReader>(
    account: &A,
    found: &Surroundings,
    console: &Console<'_>,
) -> Result<Vec<String>> {
    let looks = found.environments.iter().map(|env| is_private(account, env));
    let mut private = Vec::new();
    for (env, answer) in found.environments.iter().zip(join_all(looks).await) {
        match answer {
            Ok(true) => private.push(env.name.clone()),
            Ok(false) => {}
            Err(error) => console.warn(format!(
                "environment {} cannot be looked at, so it is not known whether it has public subnets: {error}. Where it has none, \
                 write `environments.{}.network.vpc.placement: private` into the manifest.",
                env.name, env.name
            )),
        }
    }
    Ok(private)
}

async fn is_private<A: ApplicationReader>(account: &A, env: &Environment) -> Result<bool, Error> {
    let stack = env_stack_name(&env.app, &env.name);
    let metadata = account.enter(env).await?.template_metadata(&stack).await?.unwrap_or_default();
    let metadata = yaml::load(&metadata).ok().flatten();
    let text = metadata.as_ref().and_then(|metadata| metadata.get("Manifest")).and_then(Node::as_text);
    // Before its first deployment an environment has no manifest there.
    let Some(text) = text else { return Ok(false) };
    let target = Target { app: &env.app, env: &env.name, lookup: &|_| None };
    let manifest = env::load(Source { path: "manifest.yml", text }, target);
    let vpc = manifest.ok().map(|manifest| manifest.environment.network.vpc);
    Ok(matches!(vpc, Some(Vpc::Imported(vpc)) if vpc.public_subnets.is_empty()))
}
