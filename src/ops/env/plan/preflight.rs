//! An environment that is ready to be deployed: chosen, checked offline, its surroundings read.

use super::environment_plan::EnvironmentPlan;
use super::{checks, prepare, surroundings};
use crate::error::Result;
use crate::ops::adapters::Adapters;
use crate::ops::env::request::Request;
use crate::ops::env::target::Target;
use crate::ops::port::Account;
use crate::ops::select;
use crate::report::Console;
use crate::stack::NOTHING_DEPLOYED;

/// An environment that passed every check before the first change anywhere.
pub(crate) struct Preflight<W: Adapters> {
    pub target: Target,
    pub plan: EnvironmentPlan,
    pub state: surroundings::Surroundings<<W::Account as Account>::EnvironmentAccount>,
}

/// Checks an environment and reads its state.
pub(crate) async fn preflight<W: Adapters>(
    world: &W,
    request: &Request,
    console: &Console<'_>,
) -> Result<Preflight<W>> {
    let mut account = None;
    // With the name given everything that can fail offline fails before the first call.
    let env = match &request.env {
        Some(env) => env.clone(),
        None => {
            let connected = console.guard(NOTHING_DEPLOYED, world.account()).await?;
            let chosen = select::local_environment(&connected, &request.workspace, &request.app, console);
            let chosen = console.guard(NOTHING_DEPLOYED, chosen).await?;
            account = Some(connected);
            chosen
        }
    };
    let target = Target::new(request, env);
    let plan = prepare::prepare(world, request, &target, console);
    let plan = console.guard(NOTHING_DEPLOYED, plan).await?;
    let account = match account {
        Some(account) => account,
        None => console.guard(NOTHING_DEPLOYED, world.account()).await?,
    };
    let state = surroundings::read(&account, &target, &plan.environment);
    let state = console.guard(NOTHING_DEPLOYED, state).await?;
    checks::version(request, &target, &state)?;
    Ok(Preflight { target, plan, state })
}
