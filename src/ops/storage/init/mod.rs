//! `copilot storage init`: writes templates into addons directories, and changes nothing in AWS.

mod answers;
mod flags;
mod network;
mod new_files;
mod next;
mod place;
#[cfg(test)]
mod tests;

use std::path::Path;

use crate::addons;
use crate::error::{Context as _, Error, Result};
use crate::report::Console;
use crate::store;
use crate::store::port::Parameters;
use crate::template::storage::cluster::{self, Cluster, Engine};
use crate::template::storage::table::{self, Table};
use crate::template::storage::{Kind, Level, bucket};
use crate::workspace::Workspace;
use new_files::{NewFile, State};
use place::Place;

/// What an interrupt means.
const NOTHING_WRITTEN: &str = "nothing was written";

/// What the flags say. What is missing is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The workspace to write to.
    pub workspace: Workspace,
    /// The workspace's application.
    pub app: String,
    /// What to name the storage.
    pub name: Option<String>,
    /// What to store data in.
    pub kind: Option<Kind>,
    /// The job that uses it.
    pub workload: Option<String>,
    /// What it is created and deleted with.
    pub level: Option<Level>,
    /// A job that shall use an environment's storage which is there already.
    pub ingress_from: Option<String>,
    /// Flags of tables.
    pub table: TableFlags,
    /// Flags of clusters.
    pub cluster: ClusterFlags,
    /// Whether there is a terminal to ask on.
    pub interactive: bool,
}

/// Flags of tables, as written.
#[derive(Clone, Debug, Default)]
pub struct TableFlags {
    /// `NAME:T`.
    pub partition_key: Option<String>,
    /// `NAME:T`.
    pub sort_key: Option<String>,
    /// There shall be no sort key.
    pub no_sort: bool,
    /// `NAME:T` each.
    pub indexes: Vec<String>,
    /// There shall be no indexes.
    pub no_indexes: bool,
}

/// Flags of clusters, as written.
#[derive(Clone, Debug, Default)]
pub struct ClusterFlags {
    /// `v1` or `v2`.
    pub serverless_version: Option<String>,
    /// MySQL or PostgreSQL.
    pub engine: Option<Engine>,
    /// Name of the first database.
    pub database: Option<String>,
    /// Name of a parameter group.
    pub parameter_group: Option<String>,
}

/// What was done, and what comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Files that were written, as paths from the workspace's root.
    pub written: Vec<String>,
    /// Files that were there with the same content.
    pub present: Vec<String>,
    /// What the job gets and what to run next, for people.
    pub next: String,
}

/// Everything that decides what is written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Plan {
    name: String,
    storage: Storage,
    place: Place,
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Storage {
    Bucket,
    Table(Table),
    Cluster(Cluster),
    /// Access to storage of this kind that is there already.
    Access(Kind),
}

impl Plan {
    fn kind(&self) -> Kind {
        match &self.storage {
            Storage::Bucket => Kind::S3,
            Storage::Table(_) => Kind::DynamoDb,
            Storage::Cluster(_) => Kind::Aurora,
            Storage::Access(kind) => *kind,
        }
    }
}

/// Writes the files, after asking for what is missing. `open` gives the configuration store, which is needed for jobs that are
/// elsewhere and for a cluster's environments; `lookup` gives the process's environment variables.
///
/// # Errors
/// When a flag is wrong or missing and nobody can be asked, when the job is not known, and when a file is there already or cannot be
/// written. Then none is written.
pub async fn run<S: Parameters>(
    open: impl AsyncFn() -> Result<S>,
    lookup: &dyn Fn(&str) -> Option<String>,
    request: &Request,
    console: &Console<'_>,
) -> Result<Outcome> {
    flags::check(request)?;
    let guarded = console.guard(NOTHING_WRITTEN, answers::plan(&open, request, console));
    let mut plan = Box::pin(guarded).await?;
    let mut network = None;
    if let Storage::Cluster(cluster) = &mut plan.storage {
        let listed = async { store::environments(&open().await?, &request.app).await };
        let environments = Box::pin(console.guard(NOTHING_WRITTEN, listed)).await?;
        cluster.environments = environments.into_iter().map(|environment| environment.name).collect();
        if plan.place.level() == Level::Environment {
            network = Some(network::read(&request.workspace, &request.app, &cluster.environments, lookup)?);
        }
    }
    let files = files(&plan, &request.workspace, network.as_ref())?;
    let missing = missing(&files, &plan, request.workspace.root())?;
    for (directory, templates) in new_files::by_directory(&missing) {
        let dir = request.workspace.root().join(directory);
        let noun = if directory == place::ENVIRONMENT_ADDONS { "environment" } else { "job" };
        addons::check_new(&dir, directory, noun, &templates).map_err(|e| {
            e.context("nothing was written").hint(
                "Or choose another --name: its letters and digits are the beginning of the resources' names.",
            )
        })?;
    }
    let written = new_files::write(request.workspace.root(), &missing)?;
    // They are about the parameter file that was written.
    if written.iter().any(|path| path == network::PARAMETERS) {
        network.iter().flat_map(|network| &network.warnings).for_each(|warning| console.warn(warning));
    }
    let present = files.into_iter().map(|file| file.path).filter(|path| !written.contains(path)).collect();
    Ok(Outcome { written, present, next: next::text(&plan) })
}

/// The files of a plan.
fn files(plan: &Plan, workspace: &Workspace, network: Option<&network::Network>) -> Result<Vec<NewFile>> {
    let (name, level) = (&plan.name, plan.place.level());
    let template = match &plan.storage {
        Storage::Bucket => Some(bucket::template(name, level)),
        Storage::Table(table) => Some(table::template(table, level)),
        Storage::Cluster(cluster) => Some(cluster::template(cluster, level)),
        Storage::Access(_) => None,
    };
    let mut files = Vec::new();
    files.extend(template.map(|content| NewFile { path: plan.place.template(name), content }));
    if level == Level::Environment {
        let access = match plan.kind() {
            Kind::S3 => Some(bucket::access_policy(name)),
            Kind::DynamoDb => Some(table::access_policy(name)),
            Kind::Aurora => None,
        };
        let path = plan.place.access_policy(name);
        files.extend(path.zip(access).map(|(path, content)| NewFile { path, content }));
    }
    if let Some(network) = network {
        let content = cluster::environment_parameters(network.vpc.clone(), network.subnets.clone());
        if !network::is_given(workspace, &content)? {
            files.push(NewFile { path: network::PARAMETERS.to_owned(), content });
        }
    }
    Ok(files)
}

/// The files that are not there yet. One with the same content is there after an attempt that was cut off.
fn missing(files: &[NewFile], plan: &Plan, root: &Path) -> Result<Vec<NewFile>> {
    let mut missing = Vec::new();
    let mut taken = Vec::new();
    for file in files {
        match file.state(root) {
            State::Missing => missing.push(file.clone()),
            State::Same => {}
            State::Other => taken.push(exists(&file.path, plan.kind(), &plan.name, &plan.place)),
        }
    }
    Error::all("files are there already", taken).context("nothing was written")?;
    Ok(missing)
}

/// The error of a file that is there already.
fn exists(path: &str, kind: Kind, name: &str, place: &Place) -> Error {
    let error = Error::new(format!("{path} exists already"));
    let error =
        error.hint("It stays as it is. Choose another --name, or remove the file to have it written anew.");
    match place {
        Place::Environment { job, .. } if path == place.template(name) => error.hint(format!(
            "To let a job use storage that the environments have already, run `copilot storage init --name {name} --storage-type \
             {kind} --add-ingress-from {job}`."
        )),
        _ => error,
    }
}
