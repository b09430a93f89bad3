//! Whether the application knows the job.

use super::unknown::settled;
use crate::manifest::JOB_TYPE;
use crate::ops::doctor::facts::{AppFacts, Known};
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::Account;

pub(crate) async fn registration<A: Account>(app: &AppFacts<'_, A>, job: &str) -> Finding {
    let about = About::of_job(Check::Registration, job);
    settled(&about, read(app, job, &about).await)
}

async fn read<A: Account>(app: &AppFacts<'_, A>, job: &str, about: &About) -> Known<Finding> {
    let found = app.workloads().await?.iter().find(|workload| workload.name == job);
    Ok(match found {
        Some(workload) if workload.kind == JOB_TYPE => about.ok(format!("a job of {}", app.name)),
        Some(workload) => about
            .failure(format!("{} has a {} of this name", app.name, workload.kind))
            .advice("Workloads of one application share their names: give the job another one."),
        None => about
            .failure(format!("{} has no job of this name", app.name))
            .command(format!("copilot job init --app {} --name {job}", app.name)),
    })
}
