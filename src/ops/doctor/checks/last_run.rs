//! How the last run ended, by the newest execution.

use super::unknown::settled;
use crate::manifest::schedule::words::in_both_times;
use crate::ops::doctor::checks::schedule::Clock;
use crate::ops::doctor::facts::{JobFacts, Known};
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::{Account, Execution};

pub(crate) async fn last_run<A: Account>(job: &JobFacts<'_, A>, clock: Clock<'_>) -> Finding {
    let about = About::job(Check::LastRun, job.name, job.env.name());
    settled(&about, read(job, &about, clock).await)
}

async fn read<A: Account>(job: &JobFacts<'_, A>, about: &About, clock: Clock<'_>) -> Known<Finding> {
    if job.state_machine_arn().await?.is_none() {
        return Ok(about.ok("not deployed yet"));
    }
    let execution = job.last_execution().await?;
    let runs =
        format!("copilot job runs --app {} --env {} --name {}", job.env.app.name, job.env.name(), job.name);
    Ok(match execution {
        Some(execution) => judge(about, execution, clock, &runs),
        None => about.ok("none yet"),
    })
}

fn judge(about: &About, execution: &Execution, clock: Clock<'_>, runs: &str) -> Finding {
    let Execution { name, status, started } = execution;
    let started = in_both_times(*started, (clock.utc_offset)(*started));
    let ended = match status.as_str() {
        "RUNNING" => return about.ok(format!("{name} is running since {started}")),
        "SUCCEEDED" => return about.ok(format!("{name} of {started} succeeded")),
        "TIMED_OUT" => "took longer than the job's `timeout`",
        "ABORTED" => "was stopped",
        _ => "failed",
    };
    about.warning(format!("{name} of {started} {ended} ({status})")).command(format!("{runs} {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_runs_end() {
        let about = About::job(Check::LastRun, "report-gen", "test");
        let clock = Clock { now: 0, utc_offset: &|_| 0 };
        let told = ["SUCCEEDED", "RUNNING", "FAILED", "TIMED_OUT", "ABORTED"].map(|status| {
            let execution =
                Execution { name: "run-1".to_owned(), status: status.to_owned(), started: 86_400 };
            let found = judge(&about, &execution, clock, "copilot job runs");
            format!("{:?}: {}", found.status, found.evidence)
        });
        insta::assert_snapshot!(told.join("\n"), @"
        Ok: run-1 of 1970-01-02 00:00 UTC succeeded
        Ok: run-1 is running since 1970-01-02 00:00 UTC
        Warning: run-1 of 1970-01-02 00:00 UTC failed (FAILED)
        Warning: run-1 of 1970-01-02 00:00 UTC took longer than the job's `timeout` (TIMED_OUT)
        Warning: run-1 of 1970-01-02 00:00 UTC was stopped (ABORTED)
        ");
    }
}
