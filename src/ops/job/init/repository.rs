//! The job's repository of images, in every region of the application.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;

use super::surroundings::Surroundings;
use crate::error::{Error, Kind, Result};
use crate::ops::app::port::ApplicationAccount;
use crate::ops::app::stack_set;
use crate::ops::port::Account;
use crate::report::Console;
use crate::stack::timeout;
use crate::template::app::stack_set::Change;

/// Adds the job to the stack set, with other changes in the same operation, and makes sure that every region with an environment has its repository. That the job is
/// listed says nothing: an operation may have failed after it was added.
///
/// # Errors
/// When the stack set cannot be changed, or a region's repository cannot be created. The job is taken off the list again.
pub(crate) async fn bring_about<A: Account + ApplicationAccount>(
    account: &A,
    found: &Surroundings,
    job: &str,
    along: &[Change],
    console: &Console<'_>,
) -> Result<()> {
    let change = async |change: Change, console: &Console<'_>| {
        stack_set::change(account, &found.application, &found.region, &change, timeout::DEFAULT, console)
            .await
    };
    let add = Change::AddJob(job.to_owned());
    let add = match along {
        [] => add,
        along => Change::Together([&[add], along].concat()),
    };
    let added = match change(add, console).await {
        Ok(added) => added,
        Err(error) => {
            if error.kind() != Kind::Interrupted {
                // A list that cannot be made true would make every later change fail, of whatever job.
                let _ = change(Change::RemoveWorkload(job.to_owned()), &console.silenced()).await;
            }
            return Err(error);
        }
    };
    let missing = lacking(account, found, job).await?;
    if missing.is_empty() {
        return Ok(());
    }
    if !added {
        change(Change::Upgrade, console).await?;
        if lacking(account, found, job).await?.is_empty() {
            return Ok(());
        }
    }
    Err(Error::new(format!(
        "application {} has no repository for job {job} in {}, although its stack set lists the job",
        found.application.name,
        missing.join(", ")
    ))
    .hint(format!(
        "See why with `aws cloudformation list-stack-instances --stack-set-name {}-infrastructure`. A repository {}/{job} that \
         was created by somebody else has to be renamed or deleted first.",
        found.application.name, found.application.name
    )))
}

/// Regions with an environment whose stack has no repository for the job.
async fn lacking<A: Account>(account: &A, found: &Surroundings, job: &str) -> Result<Vec<String>> {
    let application = &found.application;
    let regions: BTreeSet<&str> = found.environments.iter().map(|env| env.region.as_str()).collect();
    let looks = regions.into_iter().map(|region| async move {
        let regional = account.regional_resources(&application.name, &application.account, region).await?;
        Ok::<_, Error>((!regional.repositories.contains_key(job)).then(|| region.to_owned()))
    });
    Ok(try_join_all(looks).await?.into_iter().flatten().collect())
}
