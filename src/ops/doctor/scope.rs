//! Which application, environments and jobs are looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::Request;
use super::checks::unknown;
use super::facts::{self, AppFacts, EnvFacts, JobFacts, LoadedManifest, RegionFacts, Unknown};
use super::finding::{About, Check, Finding};
use super::port::{Account, Machine};
use crate::error::{Error, Result};
use crate::manifest::JOB_TYPE;
use crate::manifest::job::ImageSource;
use crate::ops::{overrides, select};
use crate::report::Console;
use crate::store::Environment;
use crate::workspace::Workspace;

/// The application that is meant.
pub(super) async fn application<A: Account>(
    account: &A,
    request: &Request,
    console: &Console<'_>,
) -> Result<String> {
    match &request.app {
        Some(app) => Ok(app.clone()),
        None => Ok(select::application(account, "--app", console).await?.name),
    }
}

/// The jobs of a workspace, or the one that is asked for when it is there.
pub(super) fn local_jobs(workspace: &Workspace, job: Option<&str>) -> Result<Vec<String>> {
    match job {
        Some(job) if workspace.manifest_path(job).is_file() => Ok(vec![job.to_owned()]),
        Some(_) => Ok(Vec::new()),
        None => workspace.jobs(),
    }
}

/// Whether a manifest has images built.
pub(super) fn builds(manifest: &LoadedManifest) -> bool {
    let is_built = |source: &ImageSource| matches!(source, ImageSource::Build(_));
    manifest.as_ref().is_ok_and(|manifest| {
        let sidecars = manifest.job.sidecars.values().map(|sidecar| &sidecar.image.source);
        std::iter::once(&manifest.job.image.source).chain(sidecars).any(is_built)
    })
}

/// Whether something of the workspace changes a job's template.
fn has_overrides(workspace: &Workspace, job: &str) -> bool {
    let entries = fs::read_dir(workspace.copilot_dir.join(job).join("overrides"));
    let counts = |entry: std::io::Result<fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.file_name().to_str().is_some_and(overrides::counts))
    };
    entries.is_ok_and(|mut entries| entries.any(counts))
}

/// What is looked at.
pub(super) struct Scope {
    /// The application's environments that are meant.
    environments: Vec<Environment>,
    /// Names of the jobs that are meant, sorted.
    pub job_names: Vec<String>,
    /// Their manifests by job and environment.
    manifests: BTreeMap<(String, String), LoadedManifest>,
    /// Jobs with overrides.
    overridden: BTreeSet<String>,
    has_workspace: bool,
    /// Why the environments are not known.
    unknown_environments: Option<Unknown>,
    /// Why the registered jobs are not known.
    unknown_jobs: Option<Unknown>,
}

impl Scope {
    /// Reads the records and the manifests.
    pub(super) async fn read<M: Machine>(
        machine: &M,
        app: &AppFacts<'_, M::Account>,
        request: &Request,
    ) -> Result<Self> {
        let (environments, workloads) = tokio::join!(app.environments(), app.workloads());
        let (environments, unknown_environments) = match environments {
            Ok(environments) => (named(app.name, environments, request.env.as_deref())?, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let local = match &request.workspace {
            Some(workspace) => Some(local_jobs(workspace, request.job.as_deref())?),
            None => None,
        };
        let registered = workloads.map(|workloads| {
            let jobs = workloads.iter().filter(|workload| workload.kind == JOB_TYPE);
            jobs.map(|workload| workload.name.clone()).collect::<Vec<_>>()
        });
        let (mut job_names, unknown_jobs) =
            job_names(app.name, request.job.as_deref(), local.as_deref(), registered)?;
        job_names.sort();
        let lookup = |name: &str| machine.var(name);
        let all: Vec<String> = environments.iter().map(|env| env.name.clone()).collect();
        let mut manifests = BTreeMap::new();
        let mut overridden = BTreeSet::new();
        if let Some(workspace) = &request.workspace {
            for job in local.iter().flatten() {
                for env in &all {
                    let known = if request.env.is_none() { all.as_slice() } else { &[] };
                    let manifest = facts::load(workspace, (app.name, env, job), known, &lookup);
                    manifests.insert((job.clone(), env.clone()), manifest);
                }
                if has_overrides(workspace, job) {
                    overridden.insert(job.clone());
                }
            }
        }
        Ok(Self {
            environments,
            job_names,
            manifests,
            overridden,
            has_workspace: request.workspace.is_some(),
            unknown_environments,
            unknown_jobs,
        })
    }

    /// The regions of the environments.
    pub(super) fn regions<'a, A: Account>(&self, app: &'a AppFacts<'a, A>) -> Vec<RegionFacts<'a, A>> {
        let names: BTreeSet<&str> = self.environments.iter().map(|env| env.region.as_str()).collect();
        names.into_iter().map(|name| RegionFacts::new(app, name)).collect()
    }

    /// An environment in a region.
    pub(super) fn environment_in(&self, region: &str) -> &str {
        self.environments.iter().find(|env| env.region == region).map_or("", |env| &env.name)
    }

    pub(super) fn environments<'a, A: Account>(
        &'a self,
        app: &'a AppFacts<'a, A>,
        regions: &'a [RegionFacts<'a, A>],
    ) -> Vec<EnvFacts<'a, A>> {
        let region = |env: &Environment| regions.iter().find(|region| region.name == env.region);
        self.environments.iter().filter_map(|env| Some(EnvFacts::new(app, region(env)?, env))).collect()
    }

    pub(super) fn jobs<'a, A: Account>(&'a self, envs: &'a [EnvFacts<'a, A>]) -> Vec<JobFacts<'a, A>> {
        let of = |env: &'a EnvFacts<'a, A>| {
            self.job_names.iter().map(move |job| {
                let manifest = self.manifests.get(&(job.clone(), env.name().to_owned())).cloned();
                JobFacts::new(env, job, manifest, self.overridden.contains(job))
            })
        };
        envs.iter().flat_map(of).collect()
    }

    /// Whether a job of the workspace has images built; `None` outside of a workspace.
    pub(super) fn builds(&self) -> Option<bool> {
        self.has_workspace.then(|| self.manifests.values().any(builds))
    }

    /// What is not looked at because it is not known.
    pub(super) fn unknown_parts(&self) -> Vec<Finding> {
        let environments = self.unknown_environments.iter().map(|why| (Check::Environment, why));
        // Each job says so itself.
        let jobs = self.unknown_jobs.iter().filter(|_| self.job_names.is_empty());
        let jobs = jobs.map(|why| (Check::Registration, why));
        environments.chain(jobs).map(|(check, why)| unknown(&About::all(check), why)).collect()
    }

    /// Whether it is not known which environments there are.
    pub(super) fn has_unknown_environments(&self) -> bool {
        self.unknown_environments.is_some()
    }
}

/// The environments that are meant.
fn named(app: &str, all: &[Environment], env: Option<&str>) -> Result<Vec<Environment>> {
    // Stacks are named after the application that was asked for, whatever an old record holds.
    let of_app = |env: &Environment| Environment { app: app.to_owned(), ..env.clone() };
    let Some(name) = env else { return Ok(all.iter().map(of_app).collect()) };
    if let Some(found) = all.iter().find(|env| env.name == name) {
        return Ok(vec![of_app(found)]);
    }
    let error = Error::new(format!("there is no environment {name} in application {app}"));
    let names: Vec<&str> = all.iter().map(|env| env.name.as_str()).collect();
    Err(match names.as_slice() {
        [] => error.hint("Create it first: `copilot env init`."),
        names => error.hint(format!("Environments of {app}: {}.", names.join(", "))),
    })
}

/// The jobs that are meant, and why the registered ones are not known.
fn job_names(
    app: &str,
    job: Option<&str>,
    local: Option<&[String]>,
    registered: Result<Vec<String>, Unknown>,
) -> Result<(Vec<String>, Option<Unknown>)> {
    let is_local = |job: &str| local.is_some_and(|local| local.iter().any(|name| name == job));
    match (job, local, registered) {
        (Some(job), _, Ok(registered)) if !is_local(job) && !registered.iter().any(|name| name == job) => {
            let error = Error::new(format!("there is no job {job}, neither here nor in application {app}"));
            Err(match registered.as_slice() {
                [] => error.hint("Create one first: `copilot job init`."),
                jobs => error.hint(format!("Jobs of {app}: {}.", jobs.join(", "))),
            })
        }
        (Some(job), _, registered) => Ok((vec![job.to_owned()], registered.err())),
        (None, Some(local), registered) if !local.is_empty() => Ok((local.to_vec(), registered.err())),
        (None, _, Ok(registered)) => Ok((registered, None)),
        (None, _, Err(why)) => Ok((Vec::new(), Some(why))),
    }
}
