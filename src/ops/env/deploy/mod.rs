//! `copilot env deploy`: check everything offline → read the state of the application and the environment's stack → upload →
//! propose a change set → execute it and follow its events.

mod notices;

use super::hazards;
use super::plan::environment_plan::EnvironmentPlan;
use super::plan::rendering::{EnvironmentTemplate, kept_parameters};
use super::plan::surroundings::Surroundings;
use super::plan::{addons, checks, network, preflight};
use super::request::Request;
use super::storage::Storage;
use super::target::Target;
use crate::diff::differences::{Contents, Differences, Knowledge};
use crate::diff::meaning::Comparison;
use crate::error::{Error, Result};
use crate::ops::adapters::Adapters;
use crate::ops::addons::AddonsPlacement;
use crate::ops::artifact;
use crate::ops::attach::{self, Attachment, NOTHING_CHANGED};
use crate::ops::deployed::{Deployed, contents};
use crate::ops::deployment::{self, Deployment};
use crate::ops::desired::{self, DesiredStack, Place};
use crate::ops::outcome::Outcome;
use crate::ops::port::{Artifacts, EnvironmentAccount};
use crate::ops::preview::{self, NOTHING, Preview};
use crate::ops::select;
use crate::report::Console;
use crate::stack::change_set::hazards::Hazards;
use crate::stack::port::Change;
use crate::stack::{self, NOTHING_DEPLOYED, settle};
use crate::yaml::Node;

/// The command that deploys an environment again.
const DEPLOY: &str = "copilot env deploy";

/// Deploys an environment.
///
/// # Errors
/// Everything that can go wrong, told once; whatever was created before execution is removed again.
pub async fn run<W: Adapters>(world: &W, request: &Request, console: &Console<'_>) -> Result<Outcome> {
    if request.attach {
        return attach(world, request, console).await;
    }
    let preflight::Preflight { target, plan, mut state } =
        preflight::preflight(world, request, console).await?;
    checks::status(&target, &state.stack)?;
    unblock(request, &target, &mut state, console).await?;
    let candidate = addons::candidate(&plan, &state);
    let removed_addons = addons::removal(&candidate, console);
    let removed_addons = console.guard(NOTHING_DEPLOYED, async { Ok(removed_addons.await) }).await?;
    let (placed, old_addons) = match request.diff {
        false => {
            let placed = async { Ok(candidate.place(Some(console)).await) };
            (console.guard(NOTHING_DEPLOYED, placed).await?, None)
        }
        true => {
            let compared = async { Ok(candidate.compare(console).await) };
            let compared = console.guard(NOTHING, compared).await?;
            compared.warn_if_unreadable(console);
            // What cannot be read cannot be compared.
            let old = compared.old.unwrap_or_else(|| compared.new.clone());
            (compared.placed, Some((old, compared.new)))
        }
    };
    let template = EnvironmentTemplate::new(&plan, request, &target, &state, &placed.url)?;
    let cdk = world.cdk();
    let desired = template.desired(&plan, &state, &cdk, console);
    let desired = console.guard(NOTHING_DEPLOYED, desired).await?;
    checks::own_imports(&target, &plan, &state, &desired.template.body, console)?;
    let deployed = state.deployed.document.as_ref();
    let comparison = &Comparison::new(deployed, &desired.template.body);
    let differences = match &old_addons {
        None => None,
        Some((old, new)) => Some(differences(&state, &desired, old, new)?),
    };
    if let Some(differences) = &differences {
        preview::show(differences, console)?;
    }
    notices::announce(&target, &plan, &state, &desired, comparison, console);
    if let Some(differences) = &differences {
        let (stack, existing) = (target.stack.as_str(), Some(&state.stack));
        let preview = Preview { stack, existing, comparison, differences };
        if let Some(outcome) = preview.ask(request.diff_yes, console).await? {
            return Ok(outcome);
        }
    }
    confirm_network(request, &target, &state, &desired.template.body, console).await?;
    let storage = Storage::new(&state.manager, &state.own, console);
    let lost = deployed.map_or_else(Vec::new, |deployed| {
        hazards::lost_exports(&target.stack, &state.stack.outputs, deployed, &desired.template.body)
    });
    let place =
        Place { stack: &target.stack, bucket: &state.regional.bucket, region: &state.environment.region };
    let uploads = async {
        let template = desired::upload(place, &storage, desired, console);
        let ((), proposal) = tokio::try_join!(upload(&plan, &state, placed, &storage, console), template)?;
        Ok(proposal)
    };
    let proposal = console.guard(NOTHING_DEPLOYED, uploads).await;
    let proposal = proposal.map_err(|error| state.regional.explain(error))?;
    let attach = target.attach_command();
    let managed = target.managed(&state.manager, &request.stack, &attach);
    let special = |change: &Change| hazards::consequence(change, removed_addons.as_deref());
    let kept = match state.is_bootstrap() {
        true => Vec::new(),
        false => kept_parameters(&state.stack.parameters),
    };
    let update = stack::Update {
        existing: Some(&state.stack),
        role_arn: &state.environment.execution_role_arn,
        template: &proposal.source,
        parameters: &proposal.parameters,
        kept_parameters: &kept,
        tags: &proposal.tags,
        comparison,
        hazards: Hazards {
            harmless: &hazards::HARMLESS,
            keeps_id: &hazards::KEEPS_ID,
            special: &special,
            known: &lost,
            only: None,
        },
        descriptions: &proposal.descriptions,
    };
    let deployment = Deployment {
        managed: &managed,
        update: &update,
        subject: &target.subject(),
        command: DEPLOY,
        detach: request.detach,
        pushed: Vec::new(),
    };
    deployment::run(deployment, console).await
}

/// Compares the stack with what it shall become.
pub(super) fn differences<E>(
    state: &Surroundings<E>,
    desired: &DesiredStack,
    old_addons: &str,
    new_addons: &str,
) -> Result<Differences> {
    let text = desired.template.to_yaml();
    let parameters = desired.parameters.iter().cloned().collect();
    let old = contents(Some(&state.stack), Some(&state.deployed), old_addons);
    let new = Contents { template: &text, parameters: &parameters, tags: &desired.tags, addons: new_addons };
    let knowledge = Knowledge { harmless: &hazards::HARMLESS, meaning: &|_, _| None };
    Differences::new(&old, &new, knowledge)
}

/// Stores the functions' code and what the addons consist of.
pub(super) async fn upload<E>(
    plan: &EnvironmentPlan,
    state: &Surroundings<E>,
    placed: AddonsPlacement,
    storage: &impl Artifacts,
    console: &Console<'_>,
) -> Result<()> {
    let bucket = &state.regional.bucket;
    let functions = plan.functions.iter().map(|function| async move {
        artifact::store(storage, &function.object(bucket), function.zip.clone(), console).await
    });
    let functions = futures_util::future::try_join_all(functions);
    tokio::try_join!(functions, placed.upload(storage, console)).map(|_| ())
}

/// Brings the environment's stack into a state that takes a change set.
async fn unblock<E: EnvironmentAccount>(
    request: &Request,
    target: &Target,
    state: &mut Surroundings<E>,
    console: &Console<'_>,
) -> Result<()> {
    let attach = target.attach_command();
    let managed = target.managed(&state.manager, &request.stack, &attach);
    let mut stack = Some(state.stack.clone());
    if !settle::unblock(&managed, &mut stack, console).await? {
        return Ok(());
    }
    let gone = || Error::new(format!("stack {} is gone", target.stack));
    state.stack = stack.ok_or_else(gone)?;
    checks::status(target, &state.stack)?;
    let template = console.guard(NOTHING_DEPLOYED, state.manager.template(&target.stack)).await?;
    state.deployed = Deployed::new(template.ok_or_else(gone)?);
    checks::version(request, target, state)
}

/// Asks before the environment gets another network, which hardly ever succeeds.
async fn confirm_network<E>(
    request: &Request,
    target: &Target,
    state: &Surroundings<E>,
    template: &Node,
    console: &Console<'_>,
) -> Result<()> {
    const FLAG: &str = "--allow-replacement";
    let deployed = state.deployed.document.as_ref();
    let changes = deployed.map_or_else(Vec::new, |deployed| network::changes(deployed, template));
    if changes.is_empty() {
        return Ok(());
    }
    let list: String = changes.iter().map(|change| format!("\n  - {change}")).collect();
    console.warn(format!("the network of environment {} would become another one:{list}", target.env));
    if request.stack.allow_replacement
        || console.confirm(NOTHING_DEPLOYED, "Change the network anyway?", FLAG).await?
    {
        return Ok(());
    }
    Err(Error::new(format!("another network for environment {} was declined: nothing was deployed", target.env)).hint(
        format!(
            "Write the deployed network into the manifest; `copilot env show --name {} --manifest` prints the manifest that was \
             deployed. A network cannot be exchanged while workloads are in it: make a new environment for another one.",
            target.env
        ),
    ))
}

/// Follows the operation under way to its end; changes nothing.
async fn attach<W: Adapters>(world: &W, request: &Request, console: &Console<'_>) -> Result<Outcome> {
    let account = console.guard(NOTHING_CHANGED, world.account()).await?;
    let env = match &request.env {
        Some(env) => env.clone(),
        None => {
            let chosen = select::local_environment(&account, &request.workspace, &request.app, console);
            console.guard(NOTHING_CHANGED, chosen).await?
        }
    };
    let target = Target::new(request, env);
    let attachment = Attachment {
        app: &target.app,
        env: &target.env,
        stack: &target.stack,
        subject: &target.subject(),
        options: &request.stack,
        linked: &[],
        attach: &target.attach_command(),
        command: DEPLOY,
    };
    attach::run(&account, &attachment, console).await
}
