//! A job's images, checked and built before the job can be deployed: while its environment comes about.

use super::build::{images, secrets};
use super::plan::prepare::repository_in;
use crate::error::{Error, Result};
use crate::image::plan::{self, BuildPlan, BuildSecret};
use crate::image::tags::ImageTags;
use crate::manifest::job::{Job, Placement};
use crate::manifest::{self, Source};
use crate::ops::adapters::Adapters;
use crate::ops::limits::Limits;
use crate::ops::outside::Outside;
use crate::ops::port::{Account, ImageEngine};
use crate::report::Console;
use crate::store::Application;
use crate::workspace::Workspace;

/// A job by what its manifest says, or will say.
pub(crate) struct Described<'a> {
    pub workspace: &'a Workspace,
    pub limits: Limits,
    pub app: &'a str,
    pub env: &'a str,
    pub job: &'a str,
    /// The manifest.
    pub text: &'a str,
    /// Tag of the main image.
    pub tag: Option<&'a str>,
}

/// A job that can be built.
pub(crate) struct Buildable<D> {
    job: Job,
    plans: Vec<BuildPlan>,
    secrets: secrets::Values,
    /// Present when images are built.
    engine: Option<D>,
}

/// Checks everything that the deployment's checks would refuse about the manifest and its images.
///
/// # Errors
/// What is wrong, or that there is no Docker Engine.
pub(crate) async fn check<W: Adapters>(world: &W, described: &Described<'_>) -> Result<Buildable<W::Engine>> {
    let Described { workspace, app, env, job, .. } = *described;
    let path = workspace.manifest_display(job);
    let lookup = |name: &str| world.var(name);
    let target = manifest::Target { app, env, job, environments: &[], lookup: &lookup };
    let manifest = manifest::load(Source { path: &path, text: described.text }, target)?;
    let job = manifest.job;
    let (tags, _) = ImageTags::new(described.tag, None)?;
    let plans = plan::plans(&job, workspace.root(), "", &tags)?;
    let mut outside = Outside::new(workspace.root(), described.limits.no_outside_files);
    outside.look(path, &workspace.manifest_path(described.job));
    plans.iter().for_each(|plan| outside.look_at_build(plan));
    outside.check()?;
    let (secrets, unset) = secrets::local(&plans, &lookup);
    let unusable = plans.iter().filter_map(|plan| plan::check(plan).err()).chain(unset).collect();
    Error::all("files that the manifest names cannot be used", unusable)?;
    let engine = match plans.is_empty() {
        true => None,
        false => Some(world.engine().await?),
    };
    if let Some(engine) = &engine {
        for plan in &plans {
            engine.check(plan).await?;
        }
    }
    Ok(Buildable { job, plans, secrets, engine })
}

impl<D: ImageEngine> Buildable<D> {
    /// CPU units and memory in MiB of a run.
    pub(crate) fn size(&self) -> (i64, i64) {
        (self.job.cpu, self.job.memory)
    }

    /// Whether the job makes its environment have NAT gateways.
    pub(crate) fn needs_nat(&self) -> bool {
        self.job.network.placement == Placement::Private
    }

    /// Whether images are built.
    pub(crate) fn builds(&self) -> bool {
        !self.plans.is_empty()
    }

    /// Builds the images, unless that needs secrets which only the deployment reads. Nothing leaves this machine.
    ///
    /// # Errors
    /// When an image cannot be built.
    pub(crate) async fn build<A: Account>(
        &self,
        account: &A,
        application: &Application,
        region: &str,
        console: &Console<'_>,
    ) -> Result<()> {
        let is_remote =
            |secret: &BuildSecret| matches!(secret, BuildSecret::Ssm(_) | BuildSecret::SecretsManager(_));
        if self.plans.iter().any(|plan| plan.secrets.values().any(is_remote)) {
            return Ok(());
        }
        let name = format!("{}/{}", application.name, self.job.name);
        let repository = repository_in(&application.account, region, &name);
        let sources = images::Sources { account, engine: self.engine.as_ref(), secrets: &self.secrets };
        images::build_ahead(&sources, &self.plans, &repository, region, console).await
    }
}
