//! `copilot job package`: the job's template, and what goes with it into a stack, for others to deploy.
//!
//! The pipeline is that of a deployment up to the final template. Without `--upload-assets` nothing is built or uploaded: the
//! template names the Lambda's code where an upload would put it, and what is not there stays open, as the old tool left
//! it.

mod compare;

use crate::error::Result;
use crate::ops::adapters::Adapters;
use crate::ops::job::build::images::{self, PrebuiltImages, Sources};
use crate::ops::job::build::secrets;
use crate::ops::job::paused;
use crate::ops::job::plan::preflight::{Preflight, preflight};
use crate::ops::job::plan::prepare::{Completeness, JobPlan, named_env_files, repository_url};
use crate::ops::job::plan::rendering::RenderedJob;
use crate::ops::job::plan::surroundings::Surroundings;
use crate::ops::job::request::Request;
use crate::ops::job::target::Target;
use crate::ops::package::{self, Names};
pub use crate::ops::package::{Directory, Outcome, Purpose};
use crate::report::Console;
use crate::stack::NOTHING_DEPLOYED;
use crate::template::job::{env_file_parameter, ids};

/// Packages a job, or compares it with what is deployed.
///
/// # Errors
/// Everything that can go wrong before a deployment; what cannot be read or written. Files are as they were then.
pub async fn run<W: Adapters>(
    world: &W,
    request: &Request,
    purpose: &Purpose,
    console: &Console<'_>,
) -> Result<Outcome> {
    let (directory, upload) = match purpose {
        Purpose::Compare => {
            let ready = preflight(world, request, Completeness::Locations, console).await?;
            return compare::compare(&ready, request, &world.cdk(), console).await;
        }
        Purpose::Package { directory, upload } => (directory.as_ref(), *upload),
    };
    if let Some(directory) = directory {
        directory.check()?;
    }
    let needs = if upload { Completeness::Images } else { Completeness::Template };
    let ready = preflight(world, request, needs, console).await?;
    let Preflight { target, prepared, account, engine, state } = &ready;
    let names = names(target);
    if let Some(directory) = directory {
        directory.check_names(names.all())?;
    }
    let mut inputs = match upload {
        true => prepared.inputs(target, state)?,
        false => prepared.inputs_without_images(target, state),
    };
    paused::tell(target, &prepared.job.schedule, &inputs, console);
    let cdk = world.cdk();
    let rendered = RenderedJob::new(prepared, &inputs, &cdk, console);
    let rendered = console.guard(NOTHING_DEPLOYED, rendered).await?;
    if upload {
        let secrets = console
            .guard(
                NOTHING_DEPLOYED,
                secrets::all(&prepared.plans, &prepared.build_secrets, account, state, console),
            )
            .await?;
        let sources = Sources { account, engine: engine.as_ref(), secrets: &secrets };
        let begun = PrebuiltImages::default();
        let artifacts = images::build_and_upload(&sources, prepared, state, inputs, begun, console);
        inputs = console.guard(NOTHING_DEPLOYED, artifacts).await?.inputs;
    }
    let draft = rendered.desired(target, request, prepared, state, &inputs);
    if !upload {
        warn_without_repository(target, prepared, state, console);
        tell_what_is_open(target, prepared, state, console);
    }
    let Some(directory) = directory else { return Ok(Outcome::Template(draft.template.to_yaml())) };
    let addons = prepared.addons.as_ref().map(|addons| match upload {
        true => addons.packaged_text(&prepared.packaging, &state.regional.bucket, &state.environment.region),
        false => addons.text(),
    });
    package::write(&target.subject().to_string(), directory, &names, &draft, addons, console)?;
    Ok(Outcome::Written)
}

/// Names of the files.
fn names(Target { job, env, .. }: &Target) -> Names {
    Names {
        template: format!("{job}-{env}.stack.yml"),
        configuration: format!("{job}-{env}.params.json"),
        addons: format!("{job}.addons.stack.yml"),
    }
}

/// Images that nobody builds need no repository yet, but the next step does.
fn warn_without_repository<E>(
    target: &Target,
    prepared: &JobPlan,
    state: &Surroundings<E>,
    console: &Console<'_>,
) {
    if let (true, Err(missing)) = (prepared.builds(), repository_url(target, state)) {
        let hints = missing.hints().join(" ");
        console.warn(format!(
            "{missing}. The template is packaged, but its images cannot be pushed before there is one. {hints}"
        ));
    }
}

/// Tells what nobody has built or uploaded, and so is still missing for a deployment.
fn tell_what_is_open<E>(target: &Target, prepared: &JobPlan, state: &Surroundings<E>, console: &Console<'_>) {
    let root = &target.workspace_root;
    let images = prepared.plans.iter().map(|plan| {
        let place = match plan.container == target.job {
            true => format!("{} (parameter)", ids::CONTAINER_IMAGE),
            false => format!("Image of container {} (template)", plan.container),
        };
        let dockerfile = plan.dockerfile.strip_prefix(root).unwrap_or(&plan.dockerfile).display();
        format!("{place}: the image built from {dockerfile}")
    });
    let env_files = named_env_files(&prepared.job).map(|file| {
        let parameter = env_file_parameter(&prepared.job, file.container);
        format!("{parameter} (parameter): the environment file {}", file.path)
    });
    let addons = prepared.addons.as_ref();
    let addons = addons.map(|_| format!("{} (parameter): the addons template", ids::ADDONS_TEMPLATE_URL));
    let code = prepared.env_controller_object(&state.regional.bucket);
    let place = ["Resources", ids::ENV_CONTROLLER, "Properties", "Code", "S3Key"];
    let deployed = state.deployed.as_ref().and_then(|deployed| deployed.at(&place));
    let code = (deployed != Some(&code.key))
        .then(|| format!("EnvControllerFunction (template): its code at s3://{}/{}", code.bucket, code.key));
    let open: Vec<String> = images.chain(env_files).chain(addons).chain(code).collect();
    if open.is_empty() {
        return;
    }
    let lines: String = open.iter().map(|line| format!("\n  - {line}")).collect();
    console.note(format!(
        "Nothing was built or uploaded. --upload-assets provides what a deployment of the template needs beside it:{lines}"
    ));
}
