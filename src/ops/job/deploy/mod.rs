//! `copilot job deploy` as a pipeline of steps, each in its own file: choose what to deploy → check everything offline →
//! read the state of the application and its stacks → build, push and upload → propose a change set → execute it and
//! follow its events.

pub mod and_run;
pub mod attach;
mod first;
pub(crate) mod preview;
mod started_image;
mod takeover;

use std::collections::BTreeMap;

use super::build::{images, secrets};
use super::hazards;
use super::paused;
use super::plan::prepare::Completeness;
use super::plan::rendering::RenderedJob;
use super::plan::surroundings::Surroundings;
use super::plan::{addons, checks, preflight};
use super::request::Request;
use super::target::Target;
use crate::diff::meaning::Comparison;
use crate::error::Result;
use crate::ops::adapters::Adapters;
use crate::ops::deployed::Deployed;
use crate::ops::deployment::{self, Deployment};
use crate::ops::desired::{self, Place};
use crate::ops::outcome::Outcome;
use crate::ops::port::EnvironmentAccount;
use crate::ops::takeover::Update;
use crate::report::Console;
use crate::stack::change_set::hazards::Hazards;
use crate::stack::port::Change;
use crate::stack::{self, NOTHING_DEPLOYED, settle};

/// The command that deploys a job again.
const DEPLOY: &str = "copilot job deploy";

/// Deploys a job.
///
/// # Errors
/// Everything that can go wrong, told once; whatever was created before execution is removed again.
pub async fn run<W: Adapters>(world: &W, request: &Request, console: &Console<'_>) -> Result<Outcome> {
    if request.attach {
        return attach::attach(world, request, console).await;
    }
    Ok(deploy(world, request, console).await?.outcome)
}

/// A deployment that has ended well.
struct Ended<A> {
    outcome: Outcome,
    target: Target,
    account: A,
}

async fn deploy<W: Adapters>(
    world: &W,
    request: &Request,
    console: &Console<'_>,
) -> Result<Ended<W::Account>> {
    checks::tags(request, &BTreeMap::new())?;
    let preflight::Preflight { target, prepared, account, engine, mut state } =
        preflight::preflight(world, request, Completeness::Images, console).await?;
    let left_over = first::look(&account, request, &target, &state);
    let left_over = console.guard(NOTHING_DEPLOYED, left_over).await?;
    addons::warn_of_removal(&prepared, &state, console);
    if unblock(request, &target, &mut state, console).await? {
        checks::check(request, &target, &prepared.job, &state)?;
    }
    let inputs = prepared.inputs(&target, &state)?;
    paused::tell(&target, &prepared.job.schedule, &inputs, console);
    let secrets = console
        .guard(
            NOTHING_DEPLOYED,
            secrets::all(&prepared.plans, &prepared.build_secrets, &account, &state, console),
        )
        .await?;
    // A job that cannot be rendered is not built.
    let cdk = world.cdk();
    let rendered = RenderedJob::new(&prepared, &inputs, &cdk, console);
    let rendered = console.guard(NOTHING_DEPLOYED, rendered).await?;
    if let Some(left_over) = left_over {
        left_over.refuse(&rendered, &prepared, &inputs, &target, &state)?;
    }
    let sources = images::Sources { account: &account, engine: engine.as_ref(), secrets: &secrets };
    let begun = match request.diff {
        false => images::PrebuiltImages::default(),
        true => {
            let question = preview::Question { request, target: &target, prepared: &prepared, state: &state };
            match question.ask(&sources, &rendered, &inputs, console).await? {
                preview::Answer::Continue(begun) => begun,
                preview::Answer::Stop(outcome) => return Ok(Ended { outcome, target, account }),
            }
        }
    };
    let artifacts = images::build_and_upload(&sources, &prepared, &state, inputs, begun, console);
    let artifacts = console.guard(NOTHING_DEPLOYED, artifacts).await;
    let artifacts = artifacts.map_err(|error| state.regional.explain(error))?;
    let desired = rendered.desired(&target, request, &prepared, &state, &artifacts.inputs);
    let place =
        Place { stack: &target.stack, bucket: &state.regional.bucket, region: &state.environment.region };
    let proposal = desired::upload(place, &state.manager, desired, console);
    let proposal = console.guard(NOTHING_DEPLOYED, proposal).await;
    let proposal = proposal.map_err(|error| state.regional.explain(error))?;
    let deployed = state.deployed.as_ref().and_then(|deployed| deployed.document.as_ref());
    let comparison = &Comparison::new(deployed, &proposal.template);
    if !request.diff {
        let update = Update {
            stack: &target.stack,
            existing: state.stack.as_ref(),
            deployed: state.deployed.as_ref(),
            parameters: &proposal.parameters,
            comparison,
        };
        takeover::announce(&update, &proposal.template, console);
    }
    let attach = target.attach_command();
    let linked = target.linked();
    let managed = target.managed(&state.manager, &request.stack, &linked, &attach);
    let special = |change: &Change| hazards::consequence(&target, &state, change);
    let update = stack::Update {
        existing: state.stack.as_ref(),
        role_arn: &state.environment.execution_role_arn,
        template: &proposal.source,
        parameters: &proposal.parameters,
        kept_parameters: &[],
        tags: &proposal.tags,
        comparison,
        hazards: Hazards {
            harmless: &hazards::HARMLESS,
            keeps_id: &hazards::KEEPS_ID,
            special: &special,
            ..Hazards::default()
        },
        descriptions: &proposal.descriptions,
    };
    let deployment = Deployment {
        managed: &managed,
        update: &update,
        subject: &target.subject(),
        command: DEPLOY,
        detach: request.detach,
        pushed: artifacts.pushed_by_tag,
    };
    let outcome = deployment::run(deployment, console).await?;
    if matches!(outcome, Outcome::Deployed { .. }) {
        started_image::check(&state.manager, &target, &proposal.template, &proposal.parameters).await?;
    }
    Ok(Ended { outcome, target, account })
}

/// Brings the job's stack into a state that takes a change set. Returns `true` when the state was read again.
async fn unblock<E: EnvironmentAccount>(
    request: &Request,
    target: &Target,
    state: &mut Surroundings<E>,
    console: &Console<'_>,
) -> Result<bool> {
    let (attach, linked) = (target.attach_command(), target.linked());
    let managed = target.managed(&state.manager, &request.stack, &linked, &attach);
    let refreshed = settle::unblock(&managed, &mut state.stack, console).await?;
    if refreshed {
        let template = state.manager.template(&target.stack);
        state.deployed = console.guard(NOTHING_DEPLOYED, template).await?.map(Deployed::new);
    }
    if request.stack.express && is_production(&target.env) {
        console.warn(format!(
            "Express mode (--express) is meant for development: it does not wait until the resources of environment {} are ready",
            target.env
        ));
    }
    Ok(refreshed)
}

/// Whether an environment's name says that it is the one that counts.
fn is_production(env: &str) -> bool {
    env.split('-').any(|part| matches!(part, "prod" | "production" | "prd" | "live"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_production() {
        for (env, expected) in
            [("prod", true), ("eu-production", true), ("live-2", true), ("product", false), ("test", false)]
        {
            assert_eq!(is_production(env), expected, "{env}");
        }
    }
}
