//! Everything that can be decided, and can fail, without AWS: the manifest, files it names, tags.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::addons::package::Packaging;
use crate::addons::{self, Addons};
use crate::error::{Error, Remark, Result, Severity};
use crate::git::GitState;
use crate::image::plan::{self, BuildPlan};
use crate::image::tags::ImageTags;
use crate::manifest::job::Job;
use crate::manifest::schedule::words;
use crate::manifest::{Manifest, Source};
use crate::ops::adapters::Adapters;
use crate::ops::job::build::secrets;
use crate::ops::job::plan::overridable::JobTemplate;
use crate::ops::job::plan::surroundings::Surroundings;
use crate::ops::job::request::Request;
use crate::ops::job::target::Target;
use crate::ops::outside::Outside;
use crate::ops::overrides::{self, Overridable as _, Overrides};
use crate::report::{Console, Event};
use crate::template::cfn::artifacts::S3Object;
use crate::template::cfn::template::Template;
use crate::template::cfn::{artifacts, names};
use crate::template::job::ids;
use crate::template::job::inputs::{ImageRef, Inputs};
use crate::template::version::TEMPLATE_VERSION;
use crate::{custom_resources, files, manifest, ops};

/// What to know when images get no tag from git because of the repository's owner.
const UNTRUSTED: &str = "no tag: the git repository belongs to another user; images get none from git. Allow it to be \
                         read with `git config --global --add safe.directory <path of the repository>`";

/// What the workspace says, checked.
pub(crate) struct JobPlan {
    pub job: Job,
    /// The interpolated manifest, for the template's metadata.
    pub manifest_text: String,
    /// Images to build; their repository is filled in later.
    pub plans: Vec<BuildPlan>,
    pub tags: ImageTags,
    /// Environment files' content by container.
    pub env_files: BTreeMap<String, EnvFile>,
    pub addons: Option<Addons>,
    /// What the addons' local files become.
    pub packaging: Packaging,
    /// Values of build secrets that are on this machine.
    pub build_secrets: secrets::Values,
    /// The env-controller's code.
    pub env_controller: Vec<u8>,
    /// What changes the template after rendering.
    pub overrides: Overrides,
}

/// How much of what a job names is needed, each with everything before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Completeness {
    /// The template alone.
    Template,
    /// The content of the files whose locations the stack is given.
    Locations,
    /// What images are built from.
    Images,
}

/// An environment file.
pub(crate) struct EnvFile {
    pub path: String,
    pub content: Vec<u8>,
}

/// Checks the job offline.
pub(crate) async fn prepare<W: Adapters>(
    world: &W,
    request: &Request,
    target: &Target,
    needs: Completeness,
    console: &Console<'_>,
) -> Result<JobPlan> {
    let path = request.workspace.manifest_display(&target.job);
    let (dir, shown) =
        (request.workspace.addons_dir(&target.job), request.workspace.addons_display(&target.job));
    let mut outside = Outside::new(&target.workspace_root, request.limits.no_outside_files);
    outside.look(path.clone(), &request.workspace.manifest_path(&target.job));
    let overrides_dir = request.workspace.copilot_dir.join(&target.job).join("overrides");
    let overrides_shown = format!("copilot/{}/overrides", target.job);
    outside.look_inside(&overrides_shown, &overrides_dir, overrides::counts);
    outside.look_inside(&shown, &dir, |name| name.ends_with(".yml") || name.ends_with(".yaml"));
    // Before any of them is read: an error may show what stands in a file.
    outside.check()?;
    let manifest = manifest(world, request, target, console)?;
    let overrides = Overrides::find(&overrides_dir, &overrides_shown, request.limits, console)?;
    // Git takes a while in a large tree, so it is asked first, and only for images that get a tag.
    let takes_git_tag =
        needs >= Completeness::Locations && plan::takes_git_tag(&manifest.job, request.tag.as_deref());
    let git = async {
        match takes_git_tag {
            true => Ok(world.git().await),
            false => Ok(GitState::NotARepository),
        }
    };
    let addons = async {
        let known = addons::Target { app: &target.app, env: &target.env };
        let addons = addons::load(&dir, &shown, addons::Owner::Job(&manifest.job), &known)?;
        let (own, packaging) = match addons.addons {
            Some(own) if needs >= Completeness::Locations => {
                let root = target.workspace_root.clone();
                let (own, packaging) = ops::addons::package(own, target.job.clone(), root).await?;
                (Some(own), packaging)
            }
            own => (own, Packaging::default()),
        };
        Ok::<_, Error>((own, packaging, addons.warnings))
    };
    let (git, (own, packaging, warnings)) = tokio::try_join!(git, addons)?;
    for warning in warnings.into_iter().chain(packaging.warnings.iter().cloned()) {
        let (severity, file) = (Severity::Warning, shown.clone());
        console.report(Event::ManifestWarning(Remark {
            severity,
            file,
            line: 0,
            column: 0,
            message: warning,
        }));
    }
    let git = git_tag(git, console);
    let (tags, notice) = ImageTags::new(request.tag.as_deref(), git.as_deref())?;
    if let Some(notice) = notice {
        console.warn(notice);
    }
    let plans = plan::plans(&manifest.job, &target.workspace_root, "", &tags)?;
    for (path, file) in &packaging.read {
        outside.look(format!("{shown}: {path}"), file);
    }
    if needs >= Completeness::Locations {
        for NamedEnvFile { field, path, .. } in named_env_files(&manifest.job) {
            outside.look(format!("{field}: {path}"), &target.workspace_root.join(path));
        }
    }
    let built = if needs >= Completeness::Images { plans.as_slice() } else { &[] };
    built.iter().for_each(|plan| outside.look_at_build(plan));
    outside.tell(console)?;
    let (env_files, unreadable) = match needs >= Completeness::Locations {
        true => env_files(&manifest.job, target, &path),
        false => Default::default(),
    };
    let (build_secrets, no_secrets) = secrets::local(built, &|name: &str| world.var(name));
    let unusable =
        built.iter().filter_map(|plan| plan::check(plan).err()).chain(unreadable).chain(no_secrets);
    Error::all("files that the manifest names cannot be used", unusable.collect())?;
    let prepared = JobPlan {
        env_files,
        addons: own,
        packaging,
        build_secrets,
        env_controller: custom_resources::env_controller_zip()?,
        job: manifest.job,
        manifest_text: manifest.text,
        plans,
        tags,
        overrides,
    };
    let placeholders = prepared.provisional_inputs(target);
    prepared.overrides.check(&world.cdk(), &JobTemplate::provisional(&prepared.job, &placeholders))?;
    // Only now: what is refused has no schedule worth a line.
    let now = i64::try_from(world.unix_time()).unwrap_or_default();
    let schedule = words::describe(&prepared.job.schedule, now, &|at| world.utc_offset(at));
    if let Some(schedule) = schedule {
        console.note(format!("Schedule: {schedule}"));
    }
    Ok(prepared)
}

/// Reads the job's manifest and reports what is doubtful in it.
fn manifest<W: Adapters>(
    world: &W,
    request: &Request,
    target: &Target,
    console: &Console<'_>,
) -> Result<Manifest> {
    let path = request.workspace.manifest_display(&target.job);
    let text = request.workspace.read_manifest(&target.job)?;
    let lookup = |name: &str| world.var(name);
    let manifest = manifest::load(
        Source { path: &path, text: &text },
        manifest::Target {
            app: &target.app,
            env: &target.env,
            job: &target.job,
            environments: &target.environments,
            lookup: &lookup,
        },
    )
    .map_err(Error::from)?;
    for warning in &manifest.warnings {
        console.report(Event::ManifestWarning(warning.remark(Severity::Warning)));
    }
    Ok(manifest)
}

/// The template that the manifest alone leads to: with placeholders for what AWS tells, and without addons and overrides.
pub(crate) fn provisional_template<W: Adapters>(
    world: &W,
    request: &Request,
    target: &Target,
    console: &Console<'_>,
) -> Result<Template> {
    let Manifest { job, text: manifest_text, .. } = manifest(world, request, target, console)?;
    let (tags, _) = ImageTags::new(None, None)?;
    let plan = JobPlan {
        plans: plan::plans(&job, &target.workspace_root, "", &tags)?,
        job,
        manifest_text,
        tags,
        env_files: BTreeMap::new(),
        addons: None,
        packaging: Packaging::default(),
        build_secrets: secrets::Values::default(),
        env_controller: custom_resources::env_controller_zip()?,
        overrides: Overrides::NONE,
    };
    // The one with a boundary has the most properties.
    let [_, variant] = JobTemplate::provisional(&plan.job, &plan.provisional_inputs(target));
    variant.render()
}

/// The tag that git gives. Changes are no reason for a word: they are what a tag is withheld for.
fn git_tag(state: GitState, console: &Console<'_>) -> Option<String> {
    let warning = match state {
        GitState::Clean { tag } => return Some(tag),
        GitState::NotARepository | GitState::Dirty => return None,
        GitState::Untrusted => UNTRUSTED.to_owned(),
        GitState::Unreadable(reason) => format!("no tag: {reason}; images get none from git"),
    };
    console.warn(warning);
    None
}

/// An environment file as the manifest names it.
pub(crate) struct NamedEnvFile<'a> {
    pub container: &'a str,
    /// Manifest field.
    pub field: String,
    pub path: &'a str,
}

/// The environment files that a job's manifest names.
pub(crate) fn named_env_files(job: &Job) -> impl Iterator<Item = NamedEnvFile<'_>> {
    let main = job.env_file.iter().map(|path| (job.name.as_str(), "env_file".to_owned(), path));
    let router = job.logging.router.iter().filter_map(|router| router.env_file.as_ref());
    let router = router.map(|path| (ids::ROUTER, "logging.env_file".to_owned(), path));
    let sidecars = job.sidecars.iter().filter_map(|(name, sidecar)| {
        Some((name.as_str(), format!("sidecars.{name}.env_file"), sidecar.env_file.as_ref()?))
    });
    main.chain(router).chain(sidecars).map(|(container, field, path)| NamedEnvFile { container, field, path })
}

/// Content of the environment files by container, and an error for each that cannot be read.
fn env_files(job: &Job, target: &Target, manifest: &str) -> (BTreeMap<String, EnvFile>, Vec<Error>) {
    let (mut files, mut unreadable) = (BTreeMap::new(), Vec::new());
    for NamedEnvFile { container, field, path } in named_env_files(job) {
        match files::read(&target.workspace_root.join(path), files::ENV_FILE) {
            Ok(content) => {
                files.insert(container.to_owned(), EnvFile { path: path.to_owned(), content });
            }
            Err(e) => unreadable.push(
                Error::new(format!("{manifest}: {field}: cannot read the environment file {path}: {e}"))
                    .hint(plan::PATHS),
            ),
        }
    }
    (files, unreadable)
}

impl JobPlan {
    /// Whether any image is built.
    pub(crate) fn builds(&self) -> bool {
        !self.plans.is_empty()
    }

    /// Where the env-controller's code goes.
    pub(crate) fn env_controller_object(&self, bucket: &str) -> S3Object {
        let key = artifacts::custom_resource_key(ids::ENV_CONTROLLER, &self.env_controller);
        S3Object { bucket: bucket.to_owned(), key }
    }

    /// Where an environment file goes.
    pub(crate) fn env_file_object(file: &EnvFile, bucket: &str) -> S3Object {
        S3Object { bucket: bucket.to_owned(), key: artifacts::env_file_key(&file.path, &file.content) }
    }

    /// What rendering needs, with placeholders for everything that the environment decides.
    fn provisional_inputs(&self, target: &Target) -> Inputs {
        Inputs {
            app: target.app.clone(),
            env: target.env.clone(),
            region: "us-east-1".to_owned(),
            account_id: "000000000000".to_owned(),
            permissions_boundary: None,
            env_version: "v0.0.0".to_owned(),
            service_discovery_endpoint: String::new(),
            template_version: TEMPLATE_VERSION.to_owned(),
            manifest_text: self.manifest_text.clone(),
            repository_url: self.builds().then(String::new),
            images: BTreeMap::new(),
            env_controller_code: self.env_controller_object(""),
            artifact_key_arn: String::new(),
            env_file_arns: BTreeMap::new(),
            subnets_from_tags: Vec::new(),
            paused: false,
            addons_template_url: String::new(),
            addons: self.addons.as_ref().map(|addons| addons.inputs.clone()).unwrap_or_default(),
        }
    }

    /// Everything rendering needs, images still unknown.
    ///
    /// # Errors
    /// When images are built and there is no repository for them.
    pub(crate) fn inputs<E>(&self, target: &Target, state: &Surroundings<E>) -> Result<Inputs> {
        let repository_url = if self.builds() { Some(repository_url(target, state)?) } else { None };
        let name = |plan: &BuildPlan| {
            let digest = Some(placeholder_digest(&plan.container));
            Ok((plan.container.clone(), ImageRef { tag: self.stack_tag(&plan.container)?, digest }))
        };
        let images = self.plans.iter().map(name).collect::<Result<_>>()?;
        Ok(Inputs { repository_url, images, ..self.inputs_without_images(target, state) })
    }

    /// The tag the stack refers to a container's image by, without the container's prefix.
    pub(crate) fn stack_tag(&self, container: &str) -> Result<Option<String>> {
        if container == self.job.name {
            return Ok(self.tags.main_reference().map(str::to_owned));
        }
        let reference = self.tags.sidecar_reference(container)?;
        Ok(reference.and_then(|tag| Some(tag.strip_prefix(container)?.strip_prefix('-')?.to_owned())))
    }

    /// The same for a template whose images stay open.
    pub(crate) fn inputs_without_images<E>(&self, target: &Target, state: &Surroundings<E>) -> Inputs {
        let bucket = &state.regional.bucket;
        let region = &state.environment.region;
        let endpoint = state.env_stack.parameters.get("ServiceDiscoveryEndpoint").filter(|e| !e.is_empty());
        let env_file_arns = self.env_files.iter().map(|(container, file)| {
            (container.clone(), artifacts::object_arn(region, &Self::env_file_object(file, bucket)))
        });
        Inputs {
            app: target.app.clone(),
            env: target.env.clone(),
            region: region.clone(),
            account_id: state.environment.account_id.clone(),
            permissions_boundary: state.application.permissions_boundary.clone().filter(|b| !b.is_empty()),
            env_version: state.env_version.clone(),
            service_discovery_endpoint: endpoint.cloned().unwrap_or_else(|| format!("{}.local", target.app)),
            template_version: TEMPLATE_VERSION.to_owned(),
            manifest_text: self.manifest_text.clone(),
            repository_url: None,
            images: BTreeMap::new(),
            env_controller_code: self.env_controller_object(bucket),
            artifact_key_arn: state.regional.kms_key_arn.clone(),
            env_file_arns: env_file_arns.collect(),
            subnets_from_tags: state.subnets.clone(),
            paused: state.is_paused(),
            addons_template_url: String::new(),
            addons: self.addons.as_ref().map(|addons| addons.inputs.clone()).unwrap_or_default(),
        }
    }
}

/// What stands for the digest of a container's image until that is pushed. It has the form of one, because overrides
/// may read it; as a hash of its own it is found again, and nothing else is taken for it.
pub(crate) fn placeholder_digest(container: &str) -> String {
    format!("sha256:{:x}", Sha256::digest(format!("the image of {container} before it is pushed")))
}

/// The job's repository as the Docker Engine names it.
pub(crate) fn repository_url<E>(target: &Target, state: &Surroundings<E>) -> Result<String> {
    let arn = state.regional.repositories.get(&target.job).ok_or_else(|| {
        Error::new(format!(
            "job {} has no image repository in {}: it is not registered with application {}",
            target.job, state.environment.region, target.app
        ))
        .hint(format!("Register it first: `copilot job init --name {}`.", target.job))
    })?;
    repository_name(arn)
        .ok_or_else(|| Error::new(format!("the repository of job {} has an unusable ARN: {arn}", target.job)))
}

/// `arn:<partition>:ecr:<region>:<account>:repository/<name>` as an image repository's URL.
fn repository_name(arn: &str) -> Option<String> {
    let mut parts = arn.splitn(6, ':').skip(3);
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let name = resource.strip_prefix("repository/")?;
    Some(repository_in(account, region, name))
}

/// The URL of a repository of this name.
pub(crate) fn repository_in(account: &str, region: &str, name: &str) -> String {
    format!("{account}.dkr.ecr.{region}.{}/{name}", names::dns_suffix(region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_named_after_their_arn() {
        for (arn, url) in [
            (
                "arn:aws:ecr:us-west-2:123456789012:repository/demo/report-gen",
                Some("123456789012.dkr.ecr.us-west-2.amazonaws.com/demo/report-gen"),
            ),
            (
                "arn:aws-cn:ecr:cn-north-1:123456789012:repository/demo/report-gen",
                Some("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/demo/report-gen"),
            ),
            ("arn:aws:ecr:us-west-2", None),
        ] {
            assert_eq!(repository_name(arn).as_deref(), url);
        }
    }
}
