//! `copilot job show`

use futures_util::future::join_all;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::manifest::JOB_TYPE;
use crate::manifest::schedule::words;
use crate::ops::deployed::Deployed;
use crate::ops::job::paused::is_paused;
use crate::ops::job::registered;
use crate::ops::reading::{ApplicationReader, EnvironmentReader};
use crate::ops::select;
use crate::report::Console;
use crate::stack::port::{Stack, Stacks as _};
use crate::store::{self, Environment, go_json};
use crate::template::cfn::names::stack_name;
use crate::template::job::ids::{CONTAINER_IMAGE, TASK_DEFINITION};
use crate::workspace::Workspace;

/// Runs of a schedule that are told.
const RUNS: usize = 3;

/// Which job.
pub struct Request<'a> {
    /// Application name; asked for when absent.
    pub app: Option<String>,
    /// Job name; asked for when absent.
    pub name: Option<String>,
    /// The application's workspace.
    pub workspace: Option<Workspace>,
    /// The time, in seconds since 1970.
    pub now: u64,
    /// How many seconds local time is ahead of UTC at an instant.
    pub utc_offset: &'a dyn Fn(i64) -> i32,
}

/// A job. The keys of its JSON are stable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// Application name.
    pub app: String,
    /// Job name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Path of its manifest from the workspace's root; `None` when this is not its workspace.
    pub manifest: Option<String>,
    /// All environments of the application, by name.
    pub environments: Vec<InEnvironment>,
}

/// A job in one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InEnvironment {
    /// Environment name.
    pub name: String,
    /// Account of the environment.
    #[serde(rename = "accountID")]
    pub account_id: String,
    /// Region of the environment.
    pub region: String,
    /// Whether the job has a stack there; `None` when that is not known.
    pub deployed: Option<bool>,
    /// What is deployed there.
    pub deployment: Option<Deployment>,
}

/// A deployed job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Stack name.
    pub stack: String,
    /// Status of the stack.
    pub status: String,
    /// When the stack was created or last changed: `2026-11-23T09:00:00Z`.
    pub last_deployed: Option<String>,
    /// The same for a person, in UTC and in local time.
    #[serde(skip)]
    pub last_deployed_shown: Option<String>,
    /// Version of the template; `None` when that is not known.
    pub version: Option<String>,
    /// Image of the job's container.
    pub image: Option<String>,
    /// When it runs.
    pub schedule: Schedule,
}

/// A deployed schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// As EventBridge has it, or `none`.
    pub expression: String,
    /// The same in words; `None` when its meaning is not certain.
    pub words: Option<String>,
    /// Whether it is switched off by hand; `None` when that is not known.
    pub paused: Option<bool>,
    /// The next runs; none while it is paused. Of a rate they are not known: it counts from when EventBridge got it.
    pub next_runs: Vec<String>,
    /// The same for a person, in UTC and in local time.
    #[serde(skip)]
    pub next_runs_shown: Vec<String>,
}

/// What a value of the stack's `Schedule` parameter means at a time, which is in seconds since 1970.
pub(super) fn schedule(
    parameter: &str,
    paused: Option<bool>,
    now: i64,
    utc_offset: &dyn Fn(i64) -> i32,
) -> Schedule {
    let runs = match paused {
        Some(true) => Vec::new(),
        _ => words::next_runs(parameter, now, RUNS),
    };
    Schedule {
        expression: parameter.to_owned(),
        words: words::meaning(parameter),
        paused,
        next_runs: runs.iter().map(|run| words::timestamp(*run)).collect(),
        next_runs_shown: runs.iter().map(|run| words::in_both_times(*run, utc_offset(*run))).collect(),
    }
}

impl Description {
    /// One line of JSON.
    pub fn json(&self) -> String {
        go_json::encode(self)
    }
}

/// Reads everything about a job.
///
/// # Errors
/// When there is no such job, or the application's records cannot be read. An environment that cannot be entered is only
/// warned of.
pub async fn run<A: ApplicationReader>(
    account: &A,
    request: &Request<'_>,
    console: &Console<'_>,
) -> Result<Description> {
    let (app, known) = match &request.app {
        Some(app) => (app.clone(), true),
        None => (select::application(account, "--app", console).await?.name, false),
    };
    let application = async {
        if known {
            store::read_application(account, &app).await?;
        }
        Ok::<_, Error>(())
    };
    let workload = async {
        match &request.name {
            Some(name) => registered::record(account, &app, name, request.workspace.as_ref()).await,
            None => {
                let jobs = store::workloads(account, &app).await?;
                let jobs = jobs.into_iter().filter(|workload| workload.kind == JOB_TYPE).collect();
                select::job(&app, jobs, "--name", console)
            }
        }
    };
    let (application, workload, environments) =
        tokio::join!(application, workload, store::environments(account, &app));
    application?;
    let workload = workload?;
    let environments = environments?;
    let (app_name, job) = (app.as_str(), workload.name.as_str());
    let lookup = |env| async move { (env, deployment(account, app_name, job, env, request).await) };
    let mut found = Vec::new();
    for (env, deployment) in join_all(environments.iter().map(lookup)).await {
        let (deployed, deployment) = match deployment {
            Ok(deployment) => (Some(deployment.is_some()), deployment),
            // One environment that is broken or belongs to others must not hide the rest.
            Err(error) => {
                let hints: String = error.hints().iter().map(|hint| format!(" {hint}")).collect();
                console.warn(format!(
                    "It is not known what of job {} is deployed in environment {}: {error}.{hints}",
                    workload.name, env.name
                ));
                (None, None)
            }
        };
        found.push(InEnvironment {
            name: env.name.clone(),
            account_id: env.account_id.clone(),
            region: env.region.clone(),
            deployed,
            deployment,
        });
    }
    let manifest = request
        .workspace
        .as_ref()
        .filter(|workspace| workspace.manifest_path(&workload.name).is_file())
        .map(|workspace| workspace.manifest_display(&workload.name));
    Ok(Description { app, name: workload.name, kind: workload.kind, manifest, environments: found })
}

/// What is deployed of a job in an environment; `None` when there is no stack.
async fn deployment<A: ApplicationReader>(
    account: &A,
    app: &str,
    job: &str,
    env: &Environment,
    request: &Request<'_>,
) -> Result<Option<Deployment>> {
    let manager = account.enter(env).await?;
    let name = stack_name(app, &env.name, job);
    let (stack, template, image) =
        tokio::join!(manager.stack(&name), manager.template(&name), image(&manager, &name, job));
    let Some(stack) = stack? else { return Ok(None) };
    let deployed = template.ok().flatten().map(Deployed::new);
    let paused = deployed.as_ref().map(|deployed| is_paused(&stack, deployed));
    let Stack { status, parameters, changed, .. } = stack;
    // Of a template whose task definition is not readable, the image it was given is the next best.
    let image = image.or_else(|| parameters.get(CONTAINER_IMAGE).filter(|image| !image.is_empty()).cloned());
    Ok(Some(Deployment {
        stack: name,
        status: status.to_string(),
        last_deployed: changed.map(words::timestamp),
        last_deployed_shown: changed.map(|time| words::in_both_times(time, (request.utc_offset)(time))),
        version: deployed.map(|deployed| deployed.version),
        image,
        schedule: schedule(
            parameters.get("Schedule").map_or("", String::as_str),
            paused,
            i64::try_from(request.now).unwrap_or_default(),
            request.utc_offset,
        ),
    }))
}

/// The image of the job's container in the task definition that the stack has; `None` when it cannot be told.
async fn image(manager: &impl EnvironmentReader, stack: &str, job: &str) -> Option<String> {
    let resources = manager.resources(stack).await.ok()?;
    let definition = resources.into_iter().find(|resource| resource.logical_id == TASK_DEFINITION)?;
    manager.container_image(&definition.physical_id, job).await.ok()?
}
