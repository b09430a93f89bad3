//! Images and artifacts: built, pushed and uploaded side by side, once everything else is known to work.

use futures_util::future::try_join_all;

use super::build_secrets;
use super::events::{Event, Reporter};
use super::ports::{EnvironmentAccount, ImageEngine, RegistryCredentials};
use super::prepare::Prepared;
use super::state::State;
use crate::error::{Context as _, Error, Result};
use crate::image::plan::BuildPlan;
use crate::image::secrets::SecretValues;
use crate::template;
use crate::template::inputs::{ImageRef, Inputs};

/// Inputs with the images that were pushed.
pub(super) struct Artifacts {
    pub inputs: Inputs,
    /// References by tag of everything pushed, the ones the stack uses.
    pub pushed_by_tag: Vec<String>,
}

/// Builds and pushes every image and uploads the env-controller and the environment files.
pub(super) async fn produce<E: EnvironmentAccount, D: ImageEngine>(
    engine: Option<&D>,
    prepared: &Prepared,
    secrets: &build_secrets::Values,
    state: &State<E>,
    mut inputs: Inputs,
    reporter: &dyn Reporter,
) -> Result<Artifacts> {
    // A job that cannot be rendered is not built.
    template::render(&prepared.job, &inputs)?;
    let uploads = upload(prepared, state);
    let images = async {
        match (engine, &state.login, &inputs.repository_url) {
            (Some(engine), Some(login), Some(repository)) => {
                let plans = prepared.plans.iter().map(|plan| {
                    let plan = BuildPlan { repository: repository.clone(), ..plan.clone() };
                    let secrets = secrets.of(&plan);
                    build_and_push(engine, plan, secrets, login, reporter)
                });
                try_join_all(plans).await
            }
            _ => Ok(Vec::new()),
        }
    };
    let (images, ()) = tokio::try_join!(images, uploads)?;
    let mut pushed_by_tag = Vec::new();
    for (plan, digest) in images {
        let tag = stack_tag(prepared, &plan.container)?;
        if tag.is_some() {
            pushed_by_tag.extend(plan.references().find(|reference| !is_latest(reference)));
        }
        inputs.images.insert(plan.container, ImageRef { tag, digest: Some(digest) });
    }
    Ok(Artifacts { inputs, pushed_by_tag })
}

/// The tag the stack refers to a container's image by, without the container's prefix.
fn stack_tag(prepared: &Prepared, container: &str) -> Result<Option<String>> {
    if container == prepared.job.name {
        return Ok(prepared.tags.main_reference().map(str::to_owned));
    }
    let reference = prepared.tags.sidecar_reference(container)?;
    Ok(reference.and_then(|tag| Some(tag.strip_prefix(container)?.strip_prefix('-')?.to_owned())))
}

fn is_latest(reference: &str) -> bool {
    reference.ends_with(":latest") || reference.ends_with("-latest")
}

async fn build_and_push<D: ImageEngine>(
    engine: &D,
    plan: BuildPlan,
    secrets: SecretValues,
    login: &RegistryCredentials,
    reporter: &dyn Reporter,
) -> Result<(BuildPlan, String)> {
    let container = plan.container.clone();
    let on_build = |event| reporter.report(Event::Build { container: container.clone(), event });
    engine
        .build(&plan, secrets, &on_build)
        .await
        .with_context(|| format!("cannot build the image of {}", plan.container))?;
    let on_push = |event| reporter.report(Event::Push { container: container.clone(), event });
    let mut digest = None;
    for tag in &plan.tags {
        let pushed = engine.push(&plan.repository, tag, login, &on_push).await;
        let pushed = pushed.with_context(|| format!("cannot push the image of {}", plan.container))?;
        digest.get_or_insert(pushed);
    }
    let digest = digest.ok_or_else(|| Error::new(format!("no tag was pushed for {}", plan.container)))?;
    Ok((plan, digest))
}

async fn upload<E: EnvironmentAccount>(prepared: &Prepared, state: &State<E>) -> Result<()> {
    let bucket = &state.regional.bucket;
    let code = prepared.env_controller_object(bucket);
    let deployed = state.deployed.as_ref().and_then(|deployed| deployed.env_controller_key.as_ref());
    let code = async {
        // The running stack was created from this very object, so it is there.
        match deployed == Some(&code.key) {
            true => Ok(()),
            false => state.manager.put_artifact(&code, prepared.env_controller.clone()).await,
        }
    };
    let mut files: Vec<_> = prepared
        .env_files
        .values()
        .map(|file| (Prepared::env_file_object(file, bucket), file.content.clone()))
        .collect();
    files.dedup_by(|a, b| a.0 == b.0);
    let files = try_join_all(
        files
            .into_iter()
            .map(|(object, content)| async move { state.manager.put_artifact(&object, content).await }),
    );
    tokio::try_join!(code, files).map(|_| ())
}
