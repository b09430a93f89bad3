//! `copilot app show`

use std::collections::BTreeMap;

use futures_util::future::{join_all, try_join_all};
use serde::Serialize;

use super::pipeline::Pipeline;
use super::version::Versions;
use crate::error::{Error, Result};
use crate::ops::null_if_empty;
use crate::ops::reading::{ApplicationReader, EnvironmentReader as _};
use crate::ops::select::ChosenApplication;
use crate::ops::workloads::{Workloads, by_kind};
use crate::report::Console;
use crate::store::{self, Application, Environment, Workload, go_json};

/// What to find out.
#[derive(Clone, Debug)]
pub struct Request {
    /// Application name; asked for when absent.
    pub name: Option<String>,
    /// For whom.
    pub reader: Reader,
}

/// Who reads the description, which decides what is worth asking AWS for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A person, who sees where each workload is deployed, and pipelines by name.
    Person,
    /// A program, which gets pipelines in full.
    Program,
}

/// An application. Serialises as the old tool did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Description {
    /// Application name.
    pub name: String,
    /// The lower one of the versions of its two templates.
    pub version: String,
    /// Its domain; empty without one.
    pub uri: String,
    /// Name of the policy that bounds every role; empty without one.
    #[serde(rename = "permissionsBoundary")]
    pub permissions_boundary: String,
    /// Its environments, by name. Only name, region and account are set.
    #[serde(serialize_with = "null_if_empty")]
    pub environments: Vec<Environment>,
    /// Its workloads, without the application's name in each.
    #[serde(flatten)]
    pub workloads: Workloads,
    /// Its pipelines. For a person only the names are set.
    #[serde(serialize_with = "null_if_empty")]
    pub pipelines: Vec<Pipeline>,
    /// For a person: the environments in which a workload is deployed.
    #[serde(skip)]
    pub deployed: BTreeMap<String, Vec<String>>,
}

impl Description {
    /// Puts together what was read.
    pub fn new(
        application: Application,
        version: String,
        environments: &[Environment],
        workloads: Vec<Workload>,
        pipelines: Vec<Pipeline>,
        deployed: BTreeMap<String, Vec<String>>,
    ) -> Self {
        let shown = |env: &Environment| Environment {
            name: env.name.clone(),
            region: env.region.clone(),
            account_id: env.account_id.clone(),
            ..Environment::default()
        };
        let nameless = |workload| Workload { app: String::new(), ..workload };
        Self {
            name: application.name,
            version,
            uri: application.domain,
            permissions_boundary: application.permissions_boundary.unwrap_or_default(),
            environments: environments.iter().map(shown).collect(),
            workloads: by_kind(workloads.into_iter().map(nameless)),
            pipelines,
            deployed,
        }
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        go_json::encode(self)
    }
}

/// Reads everything about an application.
///
/// # Errors
/// When there is no such application, or something of it cannot be read. An environment that cannot be entered is only
/// warned of.
pub async fn run<A: ApplicationReader>(
    account: &A,
    request: &Request,
    console: &Console<'_>,
) -> Result<Description> {
    let chosen = ChosenApplication::new(account, request.name.as_deref(), "--name", console).await?;
    let app = chosen.name.clone();
    let app = app.as_str();
    let environments = async {
        let environments = store::environments(account, app).await?;
        let deployed = match request.reader {
            Reader::Person => deployed(account, app, &environments, console).await,
            Reader::Program => BTreeMap::new(),
        };
        Ok::<_, Error>((environments, deployed))
    };
    let (application, environments, workloads, version, pipelines) = tokio::join!(
        chosen.record(account),
        environments,
        store::workloads(account, app),
        template_version(account, app, console),
        pipelines(account, app, request.reader),
    );
    let (application, (environments, deployed)) = (application?, environments?);
    Ok(Description::new(application, version?, &environments, workloads?, pipelines?, deployed))
}

/// The environments in which each workload is deployed, all environments asked side by side.
async fn deployed<A: ApplicationReader>(
    account: &A,
    app: &str,
    environments: &[Environment],
    console: &Console<'_>,
) -> BTreeMap<String, Vec<String>> {
    let lookup = |env| async move {
        let names = async { account.enter(env).await?.workloads(app, &env.name).await };
        (env, names.await)
    };
    let mut deployed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (env, names) in join_all(environments.iter().map(lookup)).await {
        match names {
            Ok(names) => {
                for workload in names {
                    deployed.entry(workload).or_default().push(env.name.clone());
                }
            }
            // One environment that is broken or belongs to others must not hide the rest.
            Err(error) => {
                let hints: String = error.hints().iter().map(|hint| format!(" {hint}")).collect();
                console.warn(format!(
                    "It is not known what is deployed in environment {}: {error}.{hints}",
                    env.name
                ));
            }
        }
    }
    deployed
}

/// The version of the application. What is missing is only warned of.
async fn template_version(
    account: &impl ApplicationReader,
    app: &str,
    console: &Console<'_>,
) -> Result<String> {
    let versions = Versions::read(account, app).await?;
    for missing in versions.missing(app) {
        console.warn(format!(
            "Application {app} is incomplete: there is no {missing}. `copilot app init {app}` creates what is missing."
        ));
    }
    Ok(versions.lower())
}

async fn pipelines(account: &impl ApplicationReader, app: &str, reader: Reader) -> Result<Vec<Pipeline>> {
    let names = account.pipelines(app).await?;
    match reader {
        Reader::Person => {
            Ok(names.into_iter().map(|name| Pipeline { name, ..Pipeline::default() }).collect())
        }
        Reader::Program => try_join_all(names.iter().map(|name| account.pipeline(name))).await,
    }
}
