//! A deployment, and one run of what was deployed.

use super::Ended;
use crate::error::Result;
use crate::ops::adapters::Adapters;
use crate::ops::job::chosen::Names;
use crate::ops::job::request::Request;
use crate::ops::job::run;
use crate::ops::job::runs::clock::Clock;
use crate::ops::job::runs::port::RunAccount;
use crate::ops::outcome::Outcome;
use crate::report::Console;

/// Deploys a job, then runs it once and follows the run to its end.
///
/// # Errors
/// When the deployment fails, or the run does not succeed, or its end is not seen.
pub async fn deploy_and_run<W: Adapters<Account: RunAccount>>(
    world: &W,
    request: &Request,
    clock: &dyn Clock,
    console: &Console<'_>,
) -> Result<Outcome> {
    let Ended { outcome, target, account } = super::deploy(world, request, console).await?;
    if !matches!(outcome, Outcome::Deployed { .. } | Outcome::Unchanged { .. }) {
        return Ok(outcome);
    }
    console.note(outcome.to_string());
    let names =
        Names { app: Some(target.app), job: Some(target.job), env: Some(target.env), workspace: None };
    let wanted =
        run::Request { names, wait: true, attach: None, logs: true, timeout: None, overrides: None, clock };
    Box::pin(run::run(&account, &wanted, console)).await
}
