//! The job and the environment whose logs are read.

use super::request::Request;
use crate::error::{Error, Result};
use crate::ops::job::registered;
use crate::ops::reading::ApplicationReader;
use crate::ops::select;
use crate::report::Console;
use crate::store::{self, Environment};

/// A job in an environment.
pub(super) struct Target {
    pub app: String,
    pub job: String,
    pub environment: Environment,
}

impl Target {
    /// Reads the records of what the flags name, and asks for the rest.
    ///
    /// # Errors
    /// When one of them is missing, or cannot be read.
    pub(super) async fn read<A: ApplicationReader>(
        account: &A,
        request: &Request<'_>,
        console: &Console<'_>,
    ) -> Result<Self> {
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
        let job = async {
            match &request.job {
                Some(name) => registered::record(account, &app, name, request.workspace.as_ref())
                    .await
                    .map(|job| vec![job]),
                None => store::workloads(account, &app).await,
            }
        };
        let environments = async {
            match &request.env {
                Some(name) => store::read_environment(account, &app, name).await.map(|env| vec![env]),
                None => store::environments(account, &app).await,
            }
        };
        let (application, jobs, environments) = tokio::join!(application, job, environments);
        application?;
        let (mut jobs, mut environments) = (jobs?, environments?);
        let job = match (&request.job, jobs.pop()) {
            (Some(_), Some(job)) => job.name,
            (_, last) => {
                jobs.extend(last);
                select::registered_job(&app, &jobs, "--name", console)?
            }
        };
        let environment = match (&request.env, environments.pop()) {
            (Some(_), Some(environment)) => environment,
            (_, last) => {
                environments.extend(last);
                select::environment(&app, environments, "--env", console)?
            }
        };
        Ok(Self { app, job, environment })
    }

    /// Name of the log group.
    pub(super) fn group(&self) -> String {
        format!("/copilot/{}-{}-{}", self.app, self.environment.name, self.job)
    }
}
