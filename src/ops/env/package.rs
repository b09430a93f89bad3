//! `copilot env package`: the environment's template, and what goes with it into a stack, for others to deploy.
//!
//! Locations of uploads are made of content hashes, so the template names them whether they are there or not.

use super::deploy::{differences, upload};
use super::plan::addons;
use super::plan::checks;
use super::plan::environment_plan::EnvironmentPlan;
use super::plan::preflight::{Preflight, preflight};
use super::plan::rendering::EnvironmentTemplate;
use super::plan::surroundings::Surroundings;
use super::request::Request;
use super::storage::Storage;
use crate::error::Result;
use crate::ops::adapters::Adapters;
use crate::ops::addons::AddonsPlacement;
use crate::ops::package::{self, Names};
use crate::ops::preview;
use crate::report::Console;
use crate::stack::NOTHING_DEPLOYED;
use crate::template::cfn::section::RESOURCES;
use crate::template::env::ids::ADDONS_STACK;

pub use crate::ops::package::{Directory, Outcome, Purpose};

/// Where the deployed template names that of its addons.
const TEMPLATE_URL: [&str; 4] = [RESOURCES, ADDONS_STACK, "Properties", "TemplateURL"];

/// Packages an environment, or compares it with what is deployed.
///
/// # Errors
/// Everything that can go wrong before a deployment; what cannot be read or written. Files are as they were then.
pub async fn run<W: Adapters>(
    world: &W,
    request: &Request,
    purpose: &Purpose,
    console: &Console<'_>,
) -> Result<Outcome> {
    let (directory, uploads) = match purpose {
        Purpose::Compare => (None, false),
        Purpose::Package { directory, upload } => (directory.as_ref(), *upload),
    };
    if let Some(directory) = directory {
        directory.check()?;
    }
    let Preflight { target, plan, state } = &preflight(world, request, console).await?;
    let names = Names {
        template: format!("{}.env.yml", target.env),
        configuration: format!("{}.env.params.json", target.env),
        addons: "env.addons.yml".to_owned(),
    };
    if let Some(directory) = directory {
        directory.check_names(names.all())?;
    }
    let candidate = addons::candidate(plan, state);
    let compared = async { Ok(candidate.compare(console).await) };
    let compared = console.guard(NOTHING_DEPLOYED, compared).await?;
    let template = EnvironmentTemplate::new(plan, request, target, state, &compared.placed.url)?;
    let cdk = world.cdk();
    let desired = template.desired(plan, state, &cdk, console);
    let desired = console.guard(NOTHING_DEPLOYED, desired).await?;
    checks::own_imports(target, plan, state, &desired.template.body, console)?;
    if let Purpose::Compare = purpose {
        compared.warn_if_unreadable(console);
        let old = compared.old.as_ref().unwrap_or(&compared.new);
        let differences = differences(state, &desired, old, &compared.new)?;
        preview::print(&differences, console)?;
        return Ok(Outcome::Compared { changed: !differences.is_empty() });
    }
    let text = compared.new;
    match uploads {
        true => {
            let storage = Storage::new(&state.manager, &state.own, console);
            let uploaded = upload(plan, state, compared.placed, &storage, console);
            let uploaded = console.guard(NOTHING_DEPLOYED, uploaded).await;
            uploaded.map_err(|error| state.regional.explain(error))?;
        }
        false => tell_what_is_open(plan, state, &compared.placed, console),
    }
    let Some(directory) = directory else { return Ok(Outcome::Template(desired.template.to_yaml())) };
    let addons = plan.addons.as_ref().map(|addons| if uploads { text } else { addons.text() });
    package::write(&target.subject().to_string(), directory, &names, &desired, addons, console)?;
    Ok(Outcome::Written)
}

/// Tells what nobody has uploaded, and so may still be missing for a deployment.
fn tell_what_is_open<E>(
    plan: &EnvironmentPlan,
    state: &Surroundings<E>,
    placed: &AddonsPlacement,
    console: &Console<'_>,
) {
    let bucket = &state.regional.bucket;
    let functions = plan.functions.iter().filter_map(|function| {
        let object = function.object(bucket);
        let place = [RESOURCES, function.name, "Properties", "Code", "S3Key"];
        let is_deployed = state.deployed.at(&place) == Some(object.key.as_str());
        (!is_deployed)
            .then(|| format!("the code of {} at s3://{}/{}", function.name, object.bucket, object.key))
    });
    let addons =
        placed.uploads.iter().filter(|_| state.deployed.at(&TEMPLATE_URL) != Some(placed.url.as_str()));
    let addons = addons
        .map(|upload| format!("{} at s3://{}/{}", upload.what, upload.object.bucket, upload.object.key));
    let open: Vec<String> = functions.chain(addons).collect();
    if open.is_empty() {
        return;
    }
    let lines: String = open.iter().map(|line| format!("\n  - {line}")).collect();
    console.note(format!(
        "Nothing was uploaded. --upload-assets provides what a deployment of the template needs beside it:{lines}"
    ));
}
