//! What to build for one container, with every path and name resolved.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::dockerfile;
use super::ignore::clean;
use super::tags::ImageTags;
use crate::error::{Context as _, Error, Result};
use crate::files;
use crate::manifest::job::{Arch, Build, Image, ImageSource, Job, Os, Platform};

pub use crate::manifest::job::{BuildNetwork, BuildSecret, CacheTarget, NamedContext};

/// What to know about every path of a manifest.
pub const PATHS: &str =
    "Paths in the manifest start at the workspace root, the directory that contains `copilot/`.";

/// One image to build and push.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildPlan {
    /// Container the image is for.
    pub container: String,
    /// Manifest field that asks for the build, for messages: `image.build`.
    pub field: String,
    /// Absolute path of the workspace.
    pub workspace: PathBuf,
    /// Absolute path of the Dockerfile; may lie outside the context.
    pub dockerfile: PathBuf,
    /// Absolute path of the build context.
    pub context: PathBuf,
    /// Stage to build.
    pub target: Option<String>,
    /// Build arguments.
    pub args: BTreeMap<String, String>,
    /// Images to use as cache sources.
    pub cache_from: Vec<String>,
    /// Where to write the cache to.
    pub cache_to: Vec<CacheTarget>,
    /// Where the values of secrets come from, by id; files as absolute paths.
    pub secrets: BTreeMap<String, BuildSecret>,
    /// Ids under which steps may use the user's SSH agent.
    pub ssh: Vec<String>,
    /// Further contexts by name; directories as absolute paths.
    pub contexts: BTreeMap<String, NamedContext>,
    /// Build every step again.
    pub no_cache: bool,
    /// Network of the steps.
    pub network: BuildNetwork,
    /// `os/arch` given to the engine.
    pub platform: String,
    /// Labels set on the image.
    pub labels: BTreeMap<String, String>,
    /// Repository without a tag: `<registry>/<app>/<job>`.
    pub repository: String,
    /// Tags to set and push, the first is the one that is inspected.
    pub tags: Vec<String>,
}

impl BuildPlan {
    /// Full references, one per tag.
    pub fn references(&self) -> impl Iterator<Item = String> {
        self.tags.iter().map(|tag| format!("{}:{tag}", self.repository))
    }
}

/// The builds a job needs: its main container first, then sidecars by name. None when every image
/// comes from a registry; Docker is not needed then.
///
/// # Errors
/// A sidecar whose name cannot be part of an image tag.
pub fn plans(job: &Job, workspace_root: &Path, repository: &str, tags: &ImageTags) -> Result<Vec<BuildPlan>> {
    let platform = platform(job.platform);
    let absolute = |path: &str| join(workspace_root, path).to_string_lossy().into_owned();
    let located = |secret: &BuildSecret| match secret {
        BuildSecret::File(path) => BuildSecret::File(absolute(path)),
        other => other.clone(),
    };
    let placed = |context: &NamedContext| match context {
        NamedContext::Directory(path) => NamedContext::Directory(absolute(path)),
        NamedContext::Reference(reference) => NamedContext::Reference(reference.clone()),
    };
    let plan = |container: &str, field: String, build: &Build, tags| {
        let (dockerfile, context) = paths(build);
        BuildPlan {
            container: container.to_owned(),
            field,
            workspace: workspace_root.to_owned(),
            dockerfile: join(workspace_root, &dockerfile),
            context: join(workspace_root, &context),
            target: build.target.clone().filter(|target| !target.is_empty()),
            args: build.args.clone(),
            cache_from: build.cache_from.clone(),
            cache_to: build.cache_to.clone(),
            secrets: build.secrets.iter().map(|(id, secret)| (id.clone(), located(secret))).collect(),
            ssh: build.ssh.clone(),
            contexts: build.contexts.iter().map(|(name, context)| (name.clone(), placed(context))).collect(),
            no_cache: build.no_cache,
            network: build.network,
            platform: platform.to_owned(),
            labels: labels(container),
            repository: repository.to_owned(),
            tags,
        }
    };
    let mut plans = Vec::new();
    if let Some(build) = build_of(&job.image) {
        plans.push(plan(&job.name, "image.build".to_owned(), build, tags.main()));
    }
    for (name, sidecar) in &job.sidecars {
        if let Some(build) = build_of(&sidecar.image) {
            let field = format!("sidecars.{name}.image.build");
            plans.push(plan(name, field, build, tags.sidecar(name)?));
        }
    }
    Ok(plans)
}

/// Whether the tag that git gives is for any image of a job: it is for those that are built, and for the main container's
/// without a tag of the user's own.
pub fn takes_git_tag(job: &Job, custom: Option<&str>) -> bool {
    let is_main = build_of(&job.image).is_some() && custom.is_none_or(str::is_empty);
    is_main || job.sidecars.values().any(|sidecar| build_of(&sidecar.image).is_some())
}

/// The one line that tells the user when images are built for another platform than the engine's
/// own because the manifest names none; `engine` is the engine's platform (`linux/arm64`).
pub fn platform_note(job: &Job, engine: &str) -> Option<String> {
    let built = platform(None);
    (job.platform.is_none() && engine != built).then(|| {
        format!(
            "building for {built}, where the job runs, although this Docker Engine is {engine}; set `platform` in \
             the manifest to choose another"
        )
    })
}

/// Checks that what a plan needs from disk is there, and that the Dockerfile has a `FROM`.
///
/// # Errors
/// The Dockerfile is missing, not a file or has no stage, or the context is missing or not a directory; names
/// the manifest field and the path.
pub fn check(plan: &BuildPlan) -> Result<()> {
    let problem = |what: &str, path: &Path, wrong: &str| {
        Error::new(format!("manifest field `{}`: the {what} {} {wrong}", plan.field, path.display()))
            .hint(PATHS)
    };
    let look = |what: &str, path: &Path| match path.metadata() {
        Ok(metadata) => Ok(metadata),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let error = problem(what, path, "does not exist");
            Err(match with_slashes(path) {
                Some(right) => error.hint(format!(
                    "Write `/` between the names, on Windows too: {} is there.",
                    right.display()
                )),
                None if path.to_string_lossy().contains('\\') => error
                    .hint("A backslash is part of a name here: write `/` between the names, on Windows too."),
                None => error,
            })
        }
        Err(error) => Err(error)
            .with_context(|| format!("manifest field `{}`: open the {what} {}", plan.field, path.display())),
    };
    if !look("Dockerfile", &plan.dockerfile)?.is_file() {
        return Err(problem("Dockerfile", &plan.dockerfile, "is not a file"));
    }
    let named = plan.contexts.values().filter_map(|context| match context {
        NamedContext::Directory(path) => Some(PathBuf::from(path)),
        NamedContext::Reference(_) => None,
    });
    for context in std::iter::once(plan.context.clone()).chain(named) {
        if !look("build context", &context)?.is_dir() {
            return Err(problem("build context", &context, "is not a directory"));
        }
    }
    let content = files::read(&plan.dockerfile, files::TEXT).with_context(|| {
        format!("manifest field `{}`: read the Dockerfile {}", plan.field, plan.dockerfile.display())
    })?;
    // The argument replaces the program that reads the file.
    if let Some(fault) = dockerfile::fault(&content).filter(|_| !plan.args.contains_key("BUILDKIT_SYNTAX")) {
        let place = plan.dockerfile.display().to_string();
        let place = fault.line.map_or(place.clone(), |line| format!("{place}:{line}"));
        return Err(Error::new(format!(
            "manifest field `{}`: the Dockerfile {place} {}",
            plan.field, fault.what
        ))
        .hint(fault.hint));
    }
    Ok(())
}

/// What is at the path that results when `/` is written for every `\`.
fn with_slashes(path: &Path) -> Option<PathBuf> {
    let text = path.to_str().filter(|text| text.contains('\\'))?;
    let right = PathBuf::from(clean(&text.replace('\\', "/")));
    right.exists().then_some(right)
}

fn build_of(image: &Image) -> Option<&Build> {
    match &image.source {
        ImageSource::Build(build) => Some(build),
        ImageSource::Location(_) => None,
    }
}

/// Dockerfile and context from the workspace root: the Dockerfile is not
/// relative to the context.
fn paths(build: &Build) -> (String, String) {
    let given = |path: &Option<String>| path.clone().filter(|path| !path.is_empty());
    let context = given(&build.context);
    let dockerfile = given(&build.dockerfile).unwrap_or_else(|| match &context {
        Some(context) => format!("{context}/Dockerfile"),
        None => "Dockerfile".to_owned(),
    });
    let context = context.unwrap_or_else(|| match dockerfile.rsplit_once('/') {
        Some((directory, _)) => directory.to_owned(),
        None => ".".to_owned(),
    });
    (dockerfile, context)
}

/// Joins a manifest path to the workspace root. An absolute path is below the root as well; `..`
/// may lead out of it.
fn join(root: &Path, path: &str) -> PathBuf {
    let mut joined = root.to_owned();
    for component in Path::new(&clean(path.trim_start_matches('/'))).components() {
        match component {
            Component::ParentDir => {
                joined.pop();
            }
            Component::Normal(name) => joined.push(name),
            _ => {}
        }
    }
    joined
}

/// Docker's name of a platform. Without one in the manifest it is what Fargate runs by default,
/// whatever the engine's own is.
fn platform(platform: Option<Platform>) -> &'static str {
    match platform {
        None | Some(Platform { os: Os::Linux, arch: Arch::X86_64 }) => "linux/amd64",
        Some(Platform { os: Os::Linux, arch: Arch::Arm64 }) => "linux/arm64",
        Some(Platform { arch: Arch::X86_64, .. }) => "windows/amd64",
        Some(Platform { arch: Arch::Arm64, .. }) => "windows/arm64",
    }
}

fn labels(container: &str) -> BTreeMap<String, String> {
    [
        ("com.aws.copilot.image.builder", "copilot-cli"),
        ("com.aws.copilot.image.container.name", container),
        ("com.aws.copilot.image.version", concat!("v", env!("CARGO_PKG_VERSION"))),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect()
}

#[cfg(test)]
mod tests;
