//! A job that is ready to be deployed: chosen, checked offline, its surroundings read.

use super::events::{Event, Reporter};
use super::interrupt::Interrupt;
use super::ports::{Account, ImageEngine, Prompter};
use super::prepare::Needs;
use super::{BEFORE, Request, Target, World, checks, choose, prepare, state};
use crate::error::Result;
use crate::image::plan::platform_note;

/// A job that passed every check before the first change anywhere.
pub(super) struct Ready<W: World> {
    pub target: Target,
    pub prepared: prepare::Prepared,
    pub account: W::Account,
    /// Present when images are built.
    pub engine: Option<W::Engine>,
    pub state: state::State<<W::Account as Account>::EnvironmentAccount>,
}

/// Checks a job and reads the state of its application.
pub(super) async fn ready<W: World>(
    world: &W,
    request: &Request,
    needs: Needs,
    prompter: &impl Prompter,
    reporter: &dyn Reporter,
    interrupt: &Interrupt,
) -> Result<Ready<W>> {
    let mut account = None;
    // With both names given everything that can fail offline fails before the first call.
    let (target, prepared) = match (&request.job, &request.env) {
        (Some(job), Some(env)) => {
            let target = Target::new(request, env.clone(), job.clone());
            let prepared = prepare::prepare(world, request, &target, needs, reporter);
            let prepared = interrupt.guard(BEFORE, prepared).await?;
            (target, prepared)
        }
        _ => {
            let connected = interrupt.guard(BEFORE, world.account()).await?;
            let chosen =
                interrupt.guard(BEFORE, choose::names(&connected, request, prompter, reporter)).await?;
            account = Some(connected);
            let target =
                Target { environments: chosen.environments, ..Target::new(request, chosen.env, chosen.job) };
            let prepared = prepare::prepare(world, request, &target, needs, reporter);
            let prepared = interrupt.guard(BEFORE, prepared).await?;
            (target, prepared)
        }
    };
    let builds = needs == Needs::Images && prepared.builds();
    let engine = match builds {
        true => Some(interrupt.guard(BEFORE, world.engine()).await?),
        false => None,
    };
    if let Some(engine) = &engine {
        for plan in &prepared.plans {
            interrupt.guard(BEFORE, engine.check(plan)).await?;
        }
    }
    if let Some(note) = engine.as_ref().and_then(|e| platform_note(&prepared.job, e.platform())) {
        reporter.report(Event::Note(note));
    }
    let account = match account {
        Some(account) => account,
        None => interrupt.guard(BEFORE, world.account()).await?,
    };
    let state = state::read(&account, &target, builds, &prepared.job.network.placement);
    let state = interrupt.guard(BEFORE, state).await?;
    checks::check(request, &target, &prepared.job, &state)?;
    Ok(Ready { target, prepared, account, engine, state })
}
