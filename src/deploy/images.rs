//! Images and artifacts: built, pushed and uploaded side by side, once everything else is known to work.

use futures_util::future::try_join_all;
use tokio::sync::Mutex;

use super::addons;
use super::build_secrets;
use super::events::{Event, Reporter};
use super::ports::{
    Account, CdkRunner, EnvironmentAccount, ImageEngine, Logins, Pushed, RegistryCredentials, Tagged,
};
use super::prepare::Prepared;
use super::state::State;
use super::uploads;
use crate::error::{Context as _, Result};
use crate::image::plan::BuildPlan;
use crate::image::secrets::SecretValues;
use crate::template::inputs::{ImageRef, Inputs};

/// Where images come from, and what may change the template.
pub(super) struct Sources<'a, A, D, C> {
    pub account: &'a A,
    /// Present when images are built.
    pub engine: Option<&'a D>,
    pub cdk: &'a C,
    pub secrets: &'a build_secrets::Values,
}

impl<A: Account, D: ImageEngine, C> Sources<'_, A, D, C> {
    /// Builds every image; nothing leaves this machine.
    pub async fn build(
        &self,
        prepared: &Prepared,
        state: &State<A::EnvironmentAccount>,
        inputs: &Inputs,
        reporter: &dyn Reporter,
    ) -> Result<Vec<Built>> {
        let Some((engine, repository, logins)) = self.workshop(state, inputs) else {
            return Ok(Vec::new());
        };
        let builds = shared(&prepared.plans, repository).into_iter().map(|shared| {
            let secrets = self.secrets.of(&shared.plan);
            build(engine, shared, secrets, &logins, reporter)
        });
        try_join_all(builds).await
    }

    /// What building and pushing needs; `None` when no image is built.
    fn workshop<'s>(
        &'s self,
        state: &'s State<A::EnvironmentAccount>,
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
        prepared: &Prepared,
        state: &State<A::EnvironmentAccount>,
        inputs: &Inputs,
        reporter: &dyn Reporter,
    ) -> Result<Vec<(SharedBuild, Pushed)>> {
        let Some((engine, repository, logins)) = self.workshop(state, inputs) else {
            return Ok(Vec::new());
        };
        let logins = &logins;
        if let Some(built) = built {
            return try_join_all(built.into_iter().map(|built| push(engine, built, logins, reporter))).await;
        }
        let builds = shared(&prepared.plans, repository).into_iter().map(|shared| async move {
            let secrets = self.secrets.of(&shared.plan);
            push(engine, build(engine, shared, secrets, logins, reporter).await?, logins, reporter).await
        });
        try_join_all(builds).await
    }
}

/// Inputs with the images that were pushed.
pub(super) struct Artifacts {
    pub inputs: Inputs,
    /// References by tag that stand for another image than before, the ones the stack uses.
    pub pushed_by_tag: Vec<String>,
}

/// What was done before the first change in AWS.
#[derive(Default)]
pub(super) struct Begun {
    /// Every image, built.
    pub built: Option<Vec<Built>>,
}

/// Builds, unless that is done, and pushes every image and uploads the env-controller, the environment files and
/// the addons.
pub(super) async fn produce<A: Account, D: ImageEngine>(
    sources: &Sources<'_, A, D, impl CdkRunner>,
    prepared: &Prepared,
    state: &State<A::EnvironmentAccount>,
    mut inputs: Inputs,
    begun: Begun,
    reporter: &dyn Reporter,
) -> Result<Artifacts> {
    let asked = begun.built.is_some();
    if !asked {
        // A job that cannot be rendered is not built.
        prepared.overrides.template(sources.cdk, &prepared.job, &inputs, reporter).await?;
    }
    let addons = async {
        // Also after a question about the differences: what was read for it may be another object by now. What is wrong
        // with it was told then.
        let placed = addons::place(prepared, state, (!asked).then_some(reporter)).await;
        addons::upload(placed, state, reporter).await
    };
    let images = sources.push(begun.built, prepared, state, &inputs, reporter);
    let (images, (), addons_template_url) =
        tokio::try_join!(images, upload(prepared, state, reporter), addons)?;
    inputs.addons_template_url = addons_template_url;
    let mut pushed_by_tag = Vec::new();
    for (image, pushed) in images {
        for (container, tags) in image.containers {
            let tag = stack_tag(prepared, &container)?;
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
pub(super) struct Named {
    pub container: String,
    pub name: ImageRef,
    /// The reference by tag, if the push may let it stand for another image than before.
    pub moved: Option<String>,
}

/// How the stack will refer to images that are built but not pushed, as far as that can be told: by tag, or by the
/// digest of an image that the registry has already.
pub(super) async fn names_before_push<A, D: ImageEngine, C>(
    sources: &Sources<'_, A, D, C>,
    prepared: &Prepared,
    login: Option<&RegistryCredentials>,
    built: &[Built],
) -> Result<Vec<Named>> {
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
                let tag = stack_tag(prepared, &container)?;
                let there = |tag: &String| found.as_ref().is_some_and(|found| !found.missing.contains(tag));
                // The last is the one for the stack.
                let moved = tags.last().filter(|own| tag.is_some() && !there(own));
                Ok(Named {
                    name: ImageRef { tag, digest: found.as_ref().map(|found| found.digest.clone()) },
                    moved: moved.map(|tag| format!("{}:{tag}", plan.repository)),
                    container,
                })
            });
            named.collect::<Result<Vec<Named>>>()
        }
    };
    Ok(try_join_all(built.iter().map(of)).await?.into_iter().flatten().collect())
}

/// The tag the stack refers to a container's image by, without the container's prefix.
pub(super) fn stack_tag(prepared: &Prepared, container: &str) -> Result<Option<String>> {
    if container == prepared.job.name {
        return Ok(prepared.tags.main_reference().map(str::to_owned));
    }
    let reference = prepared.tags.sidecar_reference(container)?;
    Ok(reference.and_then(|tag| Some(tag.strip_prefix(container)?.strip_prefix('-')?.to_owned())))
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
fn shared(plans: &[BuildPlan], repository: &str) -> Vec<SharedBuild> {
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
pub(super) struct Built {
    image: SharedBuild,
    id: String,
}

async fn build<D: ImageEngine>(
    engine: &D,
    image: SharedBuild,
    secrets: SecretValues,
    logins: &impl Logins,
    reporter: &dyn Reporter,
) -> Result<Built> {
    let container = names(&image);
    let on = |event| reporter.report(Event::Build { container: container.clone(), event });
    let id = engine.build(&image.plan, secrets, logins, &on).await;
    let id = id.with_context(|| format!("cannot build the image of {container}"))?;
    Ok(Built { image, id })
}

async fn push<D: ImageEngine>(
    engine: &D,
    built: Built,
    logins: &impl Logins,
    reporter: &dyn Reporter,
) -> Result<(SharedBuild, Pushed)> {
    let Built { image, id } = built;
    let container = names(&image);
    let on = |event| reporter.report(Event::Push { container: container.clone(), event });
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
    prepared: &Prepared,
    state: &State<E>,
    reporter: &dyn Reporter,
) -> Result<()> {
    let bucket = &state.regional.bucket;
    let code = prepared.env_controller_object(bucket);
    let code = uploads::store(state, &code, prepared.env_controller.clone().into(), reporter);
    let mut files: Vec<_> = prepared
        .env_files
        .values()
        .map(|file| (Prepared::env_file_object(file, bucket), file.content.clone()))
        .collect();
    files.dedup_by(|a, b| a.0 == b.0);
    let files = try_join_all(files.into_iter().map(|(object, content)| async move {
        uploads::store(state, &object, content.into(), reporter).await
    }));
    tokio::try_join!(code, files).map(|_| ())
}
