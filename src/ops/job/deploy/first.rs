//! What only the first deployment of a job to an environment can run into, found before anything is built for it.

use crate::error::{Error, Result};
use crate::manifest::schedule::words;
use crate::ops::job::plan::prepare::JobPlan;
use crate::ops::job::plan::rendering::RenderedJob;
use crate::ops::job::plan::surroundings::Surroundings;
use crate::ops::job::registered;
use crate::ops::job::request::Request;
use crate::ops::job::target::Target;
use crate::ops::port::{Account, EnvironmentAccount, LogGroup, LogGroups as _};
use crate::stack::status::Presence;
use crate::template::job::inputs::Inputs;

/// A log group that has the name of the job's own, which the stack does not have yet.
pub(crate) struct LeftOver {
    name: String,
    known: LogGroup,
}

/// Refuses a job without a record, and looks for a log group in the place of its own. A job that has a stack costs no call.
///
/// # Errors
/// When the job is not registered, or a call fails. A role that may not look at logs leaves that to CloudFormation.
pub(crate) async fn look<A: Account>(
    account: &A,
    request: &Request,
    target: &Target,
    state: &Surroundings<A::EnvironmentAccount>,
) -> Result<Option<LeftOver>> {
    if !matches!(state.presence(), Presence::Absent | Presence::InReview) {
        return Ok(None);
    }
    let name = format!("/copilot/{}-{}-{}", target.app, target.env, target.job);
    let record = registered::record(account, &target.app, &target.job, Some(&request.workspace));
    let (record, found) = tokio::join!(record, find(&state.manager, &name));
    record?;
    let Some(mut known) = found? else { return Ok(None) };
    // Only the user's own credentials may list log groups, and they are good for the application's account.
    if state.environment.account_id == state.application.account {
        let own = account.in_region(&state.environment.region);
        if let Ok(Some(listed)) = own.listed_log_group(&name).await {
            known = LogGroup { written: known.written, ..listed };
        }
    }
    Ok(Some(LeftOver { name, known }))
}

async fn find(manager: &impl EnvironmentAccount, name: &str) -> Result<Option<LogGroup>> {
    match manager.log_group(name).await {
        Err(error) if error.is_denied() => Ok(None),
        found => found,
    }
}

impl LeftOver {
    /// Refuses the deployment when the stack would make a log group of the same name.
    ///
    /// # Errors
    /// With what is known of the log group, and how to get it out of the way.
    pub(crate) fn refuse<E>(
        &self,
        rendered: &RenderedJob,
        prepared: &JobPlan,
        inputs: &Inputs,
        target: &Target,
        state: &Surroundings<E>,
    ) -> Result<()> {
        let Self { name, known } = self;
        if !rendered.makes_log_group(name, &prepared.job, inputs) {
            return Ok(());
        }
        let region = &state.environment.region;
        Err(Error::new(format!(
            "log group {name} exists already, and stack {}, which would make it, does not: it is left over{}",
            target.stack,
            facts(*known)
        ))
        .hint(format!(
            "Remove it with its logs: `aws logs delete-log-group --region {region} --log-group-name {name}`."
        ))
        .hint(format!(
            "To keep the logs, copy them to a bucket before: `aws logs create-export-task --region {region} --log-group-name {name} \
             --from 0 --to $(date +%s)000 --destination BUCKET`."
        ))
        .hint(format!(
            "If it is there again after that, something still writes to it: a run of the job that was deleted, for example. Look at \
             the tasks of environment {} first.", target.env
        )))
    }
}

/// Age and size, as far as they are known.
fn facts(group: LogGroup) -> String {
    let facts = [
        group.created.map(|time| format!("made {}", words::in_both_times(time, 0))),
        group.written.map(|time| format!("last written to {}", words::in_both_times(time, 0))),
        group.bytes.map(size),
    ];
    match facts.into_iter().flatten().collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => none,
        facts => format!(" ({facts})"),
    }
}

/// Bytes for a person.
fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match UNITS.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_a_log_group() {
        let group = |created, written, bytes| facts(LogGroup { created, bytes, written });
        let told = [
            group(Some(1_770_000_000), Some(1_780_000_000), Some(12_345_678)),
            group(None, Some(1_780_000_000), None),
            group(None, None, None),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        (made 2026-02-02 02:40 UTC, last written to 2026-05-28 20:26 UTC, 12.3 MB)
        (last written to 2026-05-28 20:26 UTC)
        ");
        let sizes = [0, 999, 1_000, 1_999_999, 3_210_000_000_000].map(size);
        assert_eq!(sizes, ["0 bytes", "999 bytes", "1.0 kB", "1.9 MB", "3210.0 GB"]);
    }
}
