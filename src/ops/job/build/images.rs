//! Images and artifacts: built, pushed and uploaded side by side, once everything else is known to work.

use std::iter;

use futures_util::future::try_join_all;
use tokio::sync::Mutex;

use crate::error::{Context as _, Result};
use crate::image::plan::BuildPlan;
use crate::image::secrets::SecretValues;
use crate::ops::artifact;
use crate::ops::job::build::secrets;
use crate::ops::job::plan::addons;
use crate::ops::job::plan::prepare::JobPlan;
use crate::ops::job::plan::surroundings::Surroundings;
use crate::ops::port::{
    Account, EnvironmentAccount, ImageEngine, Logins, Pushed, RegistryCredentials, Tagged,
};
use crate::report::{Console, Event};
use crate::template::job::inputs::{ImageRef, Inputs};

/// Where images come from.
pub(crate) struct Sources<'a, A, D> {
    pub account: &'a A,
    /// Present when images are built.
    pub engine: Option<&'a D>,
    pub secrets: &'a secrets::Values,
}

impl<A: Account, D: ImageEngine> Sources<'_, A, D> {
    /// Builds every image; nothing leaves this machine.
    pub(crate) async fn build(
        &self,
        prepared: &JobPlan,
        state: &Surroundings<A::EnvironmentAccount>,
        inputs: &Inputs,
        console: &Console<'_>,
    ) -> Result<Vec<Built>> {
        let Some((engine, repository, logins)) = self.build_tools(state, inputs) else {
            return Ok(Vec::new());
        };
        let builds = group_builds(&prepared.plans, repository).into_iter().map(|shared| {
            let secrets = self.secrets.values_for(&shared.plan);
            build(engine, shared, secrets, &logins, console)
        });
        try_join_all(builds).await
    }

    /// What building and pushing needs; `None` when no image is built.
    fn build_tools<'s>(
        &'s self,
        state: &'s Surroundings<A::EnvironmentAccount>,
        inputs: &'s Inputs,
    ) -> Option<(&'s D, &'s str, RegistryLogins<'s, A>)> {
        let (engine, login) = (self.engine?, state.login.clone()?);
        let logins = RegistryLogins::new(self.account, &state.environment.region, login);
        Some((engine, inputs.repository_url.as_deref()?, logins))
    }

    /// Pushes images, or builds and pushes them: one is pushed while another is still being built.
    async fn push(
        &self,
        built: Option<Vec<Built>>,
        prepared: &JobPlan,
        state: &Surroundings<A::EnvironmentAccount>,
        inputs: &Inputs,
        console: &Console<'_>,
    ) -> Result<Vec<(SharedBuild, Pushed)>> {
        let Some((engine, repository, logins)) = self.build_tools(state, inputs) else {
            return Ok(Vec::new());
        };
        let logins = &logins;
        if let Some(built) = built {
            return try_join_all(built.into_iter().map(|built| push(engine, built, logins, console))).await;
        }
        let builds = group_builds(&prepared.plans, repository).into_iter().map(|shared| async move {
            let secrets = self.secrets.values_for(&shared.plan);
            push(engine, build(engine, shared, secrets, logins, console).await?, logins, console).await
        });
        try_join_all(builds).await
    }
}

/// Inputs with the images that were pushed.
pub(crate) struct Artifacts {
    pub inputs: Inputs,
    /// References by tag that stand for another image than before, the ones the stack uses.
    pub pushed_by_tag: Vec<String>,
}

/// What was done before the first change in AWS.
#[derive(Default)]
pub(crate) struct PrebuiltImages {
    /// Every image, built.
    pub built: Option<Vec<Built>>,
}

/// Builds, unless that is done, and pushes every image and uploads the env-controller, the environment files and
/// the addons.
pub(crate) async fn build_and_upload<A: Account, D: ImageEngine>(
    sources: &Sources<'_, A, D>,
    prepared: &JobPlan,
    state: &Surroundings<A::EnvironmentAccount>,
    mut inputs: Inputs,
    begun: PrebuiltImages,
    console: &Console<'_>,
) -> Result<Artifacts> {
    let asked = begun.built.is_some();
    let addons = async {
        // Also after a question about the differences: what was read for it may be another object by now. What is wrong
        // with it was told then.
        let placed = addons::candidate(prepared, state).place((!asked).then_some(console)).await;
        placed.upload(&state.manager, console).await
    };
    let images = sources.push(begun.built, prepared, state, &inputs, console);
    let (images, (), addons_template_url) =
        tokio::try_join!(images, upload(prepared, state, console), addons)?;
    inputs.addons_template_url = addons_template_url;
    let mut pushed_by_tag = Vec::new();
    for (image, pushed) in images {
        for (container, tags) in image.containers {
            let tag = prepared.stack_tag(&container)?;
            if tag.is_some() && pushed.sent {
                let moved = tags.iter().filter(|tag| !is_latest(tag));
                pushed_by_tag.extend(moved.map(|tag| format!("{}:{tag}", image.plan.repository)));
            }
            inputs.images.insert(container, ImageRef { tag, digest: Some(pushed.digest.clone()) });
        }
    }
    Ok(Artifacts { inputs, pushed_by_tag })
}

/// An image as the stack refers to it.
pub(crate) struct PlannedImage {
    pub container: String,
    pub name: ImageRef,
    /// The reference by tag, if the push may let it stand for another image than before.
    pub moved: Option<String>,
}

/// Builds every image before the job can be deployed, so that the engine has the result when it is.
pub(crate) async fn build_ahead<A: Account, D: ImageEngine>(
    sources: &Sources<'_, A, D>,
    plans: &[BuildPlan],
    repository: &str,
    region: &str,
    console: &Console<'_>,
) -> Result<()> {
    let Some(engine) = sources.engine else { return Ok(()) };
    let logins = RegistryLogins::new(sources.account, region, sources.account.registry_login(region).await?);
    let builds = group_builds(plans, repository).into_iter().map(|shared| {
        let secrets = sources.secrets.values_for(&shared.plan);
        build(engine, shared, secrets, &logins, console)
    });
    try_join_all(builds).await.map(drop)
}

/// How the stack will refer to images that are built but not pushed, as far as that can be told: by tag, or by the
/// digest of an image that the registry has already.
pub(crate) async fn names_before_push<A, D: ImageEngine>(
    sources: &Sources<'_, A, D>,
    prepared: &JobPlan,
    login: Option<&RegistryCredentials>,
    built: &[Built],
) -> Result<Vec<PlannedImage>> {
    let of = |built: &Built| {
        let Built { image, id } = built;
        let (id, plan, containers) = (id.clone(), image.plan.clone(), image.containers.clone());
        async move {
            let tagged = Tagged { id: &id, repository: &plan.repository, tags: &plan.tags };
            let found = match (sources.engine, login) {
                (Some(engine), Some(login)) => engine.find(&tagged, login).await,
                _ => None,
            };
            let named = containers.into_iter().map(|(container, tags)| {
                let tag = prepared.stack_tag(&container)?;
                let there = |tag: &String| found.as_ref().is_some_and(|found| !found.missing.contains(tag));
                // The last is the one for the stack.
                let moved = tags.last().filter(|own| tag.is_some() && !there(own));
                Ok(PlannedImage {
                    name: ImageRef { tag, digest: found.as_ref().map(|found| found.digest.clone()) },
                    moved: moved.map(|tag| format!("{}:{tag}", plan.repository)),
                    container,
                })
            });
            named.collect::<Result<Vec<PlannedImage>>>()
        }
    };
    Ok(try_join_all(built.iter().map(of)).await?.into_iter().flatten().collect())
}

fn is_latest(tag: &str) -> bool {
    tag == "latest" || tag.ends_with("-latest")
}

/// One build for all containers that ask for the same.
#[derive(Debug, PartialEq, Eq)]
struct SharedBuild {
    /// What the first of them asks for, with the tags of all.
    plan: BuildPlan,
    /// Containers and the tags of each.
    containers: Vec<(String, Vec<String>)>,
}

/// Joins plans that differ in nothing but whom they are for; that one is named by the image's label.
fn group_builds(plans: &[BuildPlan], repository: &str) -> Vec<SharedBuild> {
    let mut builds: Vec<SharedBuild> = Vec::new();
    for plan in plans {
        let plan = BuildPlan { repository: repository.to_owned(), ..plan.clone() };
        let entry = (plan.container.clone(), plan.tags.clone());
        match builds.iter_mut().find(|build| same_image(&build.plan, &plan)) {
            Some(build) => {
                build.plan.tags.extend(plan.tags);
                build.containers.push(entry);
            }
            None => builds.push(SharedBuild { plan, containers: vec![entry] }),
        }
    }
    builds
}

fn same_image(one: &BuildPlan, other: &BuildPlan) -> bool {
    let BuildPlan { container, field, labels, tags, .. } = one.clone();
    *one == BuildPlan { container, field, labels, tags, ..other.clone() }
}

/// An image in the engine, still to be pushed.
pub(crate) struct Built {
    image: SharedBuild,
    id: String,
}

async fn build<D: ImageEngine>(
    engine: &D,
    image: SharedBuild,
    secrets: SecretValues,
    logins: &impl Logins,
    console: &Console<'_>,
) -> Result<Built> {
    let container = names(&image);
    let on = |event| console.report(Event::Build { container: container.clone(), event });
    let id = engine.build(&image.plan, secrets, logins, &on).await;
    let id = id.with_context(|| format!("cannot build the image of {container}"))?;
    Ok(Built { image, id })
}

async fn push<D: ImageEngine>(
    engine: &D,
    built: Built,
    logins: &impl Logins,
    console: &Console<'_>,
) -> Result<(SharedBuild, Pushed)> {
    let Built { image, id } = built;
    let container = names(&image);
    let on = |event| console.report(Event::Push { container: container.clone(), event });
    let tagged = Tagged { id: &id, repository: &image.plan.repository, tags: &image.plan.tags };
    let pushed = engine.push(&tagged, logins, &on).await;
    let pushed = pushed.with_context(|| format!("cannot push the image of {container}"))?;
    Ok((image, pushed))
}

/// The containers an image is for, for people.
fn names(image: &SharedBuild) -> String {
    image.containers.iter().map(|(container, _)| container.as_str()).collect::<Vec<_>>().join(", ")
}

/// The login read with the state, replaced when it expires during a long push.
struct RegistryLogins<'a, A> {
    account: &'a A,
    region: &'a str,
    current: Mutex<RegistryCredentials>,
}

impl<'a, A: Account> RegistryLogins<'a, A> {
    fn new(account: &'a A, region: &'a str, current: RegistryCredentials) -> Self {
        Self { account, region, current: Mutex::new(current) }
    }
}

impl<A: Account> Logins for RegistryLogins<'_, A> {
    async fn login(&self) -> RegistryCredentials {
        self.current.lock().await.clone()
    }

    async fn renew(&self) -> Result<RegistryCredentials> {
        let login = self.account.registry_login(self.region).await?;
        self.current.lock().await.clone_from(&login);
        Ok(login)
    }
}

async fn upload<E: EnvironmentAccount>(
    prepared: &JobPlan,
    state: &Surroundings<E>,
    console: &Console<'_>,
) -> Result<()> {
    let bucket = &state.regional.bucket;
    let code = prepared.env_controller_object(bucket);
    let code = (code, prepared.env_controller.clone().into());
    let mut files: Vec<_> = prepared
        .env_files
        .values()
        .map(|file| (JobPlan::env_file_object(file, bucket), file.content.clone().into()))
        .collect();
    files.dedup_by(|a, b| a.0 == b.0);
    let stored = iter::once(code).chain(files).map(|(object, content)| async move {
        artifact::store(&state.manager, &object, content, console).await
    });
    try_join_all(stored).await.map(|_| ())
}
