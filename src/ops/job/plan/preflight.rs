//! A job that is ready to be deployed: chosen, checked offline, its surroundings read.

use std::collections::BTreeMap;

use super::{checks, prepare, surroundings};
use crate::error::Result;
use crate::image::plan::platform_note;
use crate::ops::adapters::Adapters;
use crate::ops::job::needed_secrets::of_manifest;
use crate::ops::job::plan::prepare::Completeness;
use crate::ops::job::request::Request;
use crate::ops::job::target::Target;
use crate::ops::port::{Account, ImageEngine};
use crate::ops::select;
use crate::report::Console;
use crate::stack::NOTHING_DEPLOYED;

/// A job that passed every check before the first change anywhere.
pub(crate) struct Preflight<W: Adapters> {
    pub target: Target,
    pub prepared: prepare::JobPlan,
    pub account: W::Account,
    /// Present when images are built.
    pub engine: Option<W::Engine>,
    pub state: surroundings::Surroundings<<W::Account as Account>::EnvironmentAccount>,
}

/// Checks a job and reads the state of its application.
pub(crate) async fn preflight<W: Adapters>(
    world: &W,
    request: &Request,
    needs: Completeness,
    console: &Console<'_>,
) -> Result<Preflight<W>> {
    let mut account = None;
    // With both names given everything that can fail offline fails before the first call.
    let (target, prepared) = match (&request.job, &request.env) {
        (Some(job), Some(env)) => {
            let target = Target::new(request, env.clone(), job.clone());
            let prepared = prepare::prepare(world, request, &target, needs, console);
            let prepared = console.guard(NOTHING_DEPLOYED, prepared).await?;
            (target, prepared)
        }
        _ => {
            let connected = console.guard(NOTHING_DEPLOYED, world.account()).await?;
            let chosen = console.guard(NOTHING_DEPLOYED, select::names(&connected, request, console)).await?;
            account = Some(connected);
            let target =
                Target { environments: chosen.environments, ..Target::new(request, chosen.env, chosen.job) };
            let prepared = prepare::prepare(world, request, &target, needs, console);
            let prepared = console.guard(NOTHING_DEPLOYED, prepared).await?;
            (target, prepared)
        }
    };
    let builds = needs == Completeness::Images && prepared.builds();
    let engine = match builds {
        true => Some(console.guard(NOTHING_DEPLOYED, world.engine()).await?),
        false => None,
    };
    if let Some(engine) = &engine {
        for plan in &prepared.plans {
            console.guard(NOTHING_DEPLOYED, engine.check(plan)).await?;
        }
    }
    if let Some(note) = engine.as_ref().and_then(|e| platform_note(&prepared.job, e.platform())) {
        console.note(note);
    }
    let account = match account {
        Some(account) => account,
        None => console.guard(NOTHING_DEPLOYED, world.account()).await?,
    };
    // Only what is deployed needs its secrets.
    let secrets = match needs {
        Completeness::Images => of_manifest(&prepared.job),
        Completeness::Template | Completeness::Locations => BTreeMap::new(),
    };
    let state = surroundings::read(&account, &target, builds, &prepared.job.network.placement, secrets);
    let state = console.guard(NOTHING_DEPLOYED, state).await?;
    checks::check(request, &target, &prepared.job, &state)?;
    for problem in &state.secrets {
        console.warn(format!(
            "The task may not start. Secret {}.{}",
            problem.message,
            [problem.advice.clone(), problem.command.as_ref().map(|command| format!("Run `{command}`."))]
                .into_iter()
                .flatten()
                .map(|text| format!(" {text}"))
                .collect::<String>()
        ));
    }
    Ok(Preflight { target, prepared, account, engine, state })
}
