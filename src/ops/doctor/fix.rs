//! `copilot doctor --fix`: repairs what can be repaired without a risk.

use std::collections::BTreeSet;

use super::finding::{Repair, Report};
use super::port::Account;
use crate::error::Result;
use crate::ops::job::init::{self, bring_about};
use crate::report::Console;
use crate::store;

/// Repairs what the checks found, with consent. Returns whether something was repaired.
///
/// # Errors
/// When a repair fails, or nobody can be asked.
pub async fn run<A: Account>(account: &A, report: &Report, yes: bool, console: &Console<'_>) -> Result<bool> {
    let repairs = report.findings.iter().filter_map(|finding| finding.repair.as_ref());
    let jobs: BTreeSet<&str> = repairs.map(|Repair::Repository(job)| job.as_str()).collect();
    let (Some(app), false) = (&report.app, jobs.is_empty()) else {
        console.note("Nothing of this can be repaired by --fix.");
        return Ok(false);
    };
    let names: Vec<&str> = jobs.iter().copied().collect();
    let names = names.join(", ");
    let plural = if jobs.len() == 1 { "" } else { "s" };
    let question = format!(
        "Change stack set {app}-infrastructure so that job{plural} {names} has a repository of images in every region of {app}?"
    );
    if !yes && !console.confirm("nothing was changed", &question, "--yes").await? {
        console.note("Nothing was changed.");
        return Ok(false);
    }
    let (application, environments) =
        tokio::join!(account.application(app), store::environments(account, app));
    let found = init::Surroundings {
        application: application?,
        region: account.home_region(),
        environments: environments?,
        registered: true,
    };
    for job in jobs {
        bring_about(account, &found, job, &[], console).await?;
        console.note(format!(
            "Job {job} has its repository again. Deploy it now, since an image that was deployed without one has no name: `copilot job \
             deploy --app {app} --name {job}`."
        ));
    }
    Ok(true)
}
