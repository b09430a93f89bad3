//! Which job in which environment: what the flags name, and the user's answers for the rest.

use super::registered;
use crate::error::Result;
use crate::ops::select;
use crate::report::Console;
use crate::store::port::Parameters;
use crate::store::{self, Application, Environment};
use crate::workspace::Workspace;

/// What the flags name.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Application name; asked for when absent.
    pub app: Option<String>,
    /// Job name; asked for when absent.
    pub job: Option<String>,
    /// Environment name; asked for when absent.
    pub env: Option<String>,
    /// The application's workspace.
    pub workspace: Option<Workspace>,
}

/// A registered job, and an environment that it may be deployed to.
#[derive(Clone, Debug)]
pub(crate) struct ChosenJob {
    pub application: Application,
    pub job: String,
    pub environment: Environment,
}

impl ChosenJob {
    /// Reads the records of what is named, side by side, and asks for the rest.
    ///
    /// # Errors
    /// When one of them is missing, or cannot be read.
    pub(crate) async fn read(store: &impl Parameters, names: &Names, console: &Console<'_>) -> Result<Self> {
        let chosen = select::ChosenApplication::new(store, names.app.as_deref(), "--app", console).await?;
        let app = chosen.name.clone();
        let jobs = async {
            match &names.job {
                Some(name) => {
                    let workspace = names.workspace.as_ref();
                    registered::record(store, &app, name, workspace).await.map(|job| vec![job])
                }
                None => store::workloads(store, &app).await,
            }
        };
        let environments = async {
            match &names.env {
                Some(name) => store::read_environment(store, &app, name).await.map(|env| vec![env]),
                None => store::environments(store, &app).await,
            }
        };
        let (application, jobs, environments) = tokio::join!(chosen.record(store), jobs, environments);
        let application = application?;
        let (jobs, mut environments) = (jobs?, environments?);
        let job = match &names.job {
            Some(name) => name.clone(),
            None => select::registered_job(&app, &jobs, "--name", console)?,
        };
        let environment = match (&names.env, environments.pop()) {
            (Some(_), Some(environment)) => environment,
            (_, last) => {
                environments.extend(last);
                select::environment(&app, environments, "--env", console)?
            }
        };
        Ok(Self { application, job, environment })
    }
}
