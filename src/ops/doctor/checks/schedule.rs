//! The deployed schedule: what it means, when it runs next, and whether it is in force.

use super::unknown::settled;
use crate::manifest::schedule::words;
use crate::ops::deployed::Deployed;
use crate::ops::doctor::facts::{JobFacts, Known};
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::Account;
use crate::template::job::ids::RULE;

/// Runs that are told.
const RUNS: usize = 3;

/// The time, and the local time zone.
#[derive(Clone, Copy)]
pub(crate) struct Clock<'a> {
    /// Seconds since 1970.
    pub now: i64,
    /// How many seconds local time is ahead of UTC at an instant.
    pub utc_offset: &'a dyn Fn(i64) -> i32,
}

pub(crate) async fn schedule<A: Account>(job: &JobFacts<'_, A>, clock: Clock<'_>) -> Finding {
    let about = About::job(Check::Schedule, job.name, job.env.name());
    settled(&about, read(job, &about, clock).await)
}

async fn read<A: Account>(job: &JobFacts<'_, A>, about: &About, clock: Clock<'_>) -> Known<Finding> {
    let own = job.usable_manifest().map(|manifest| manifest.job.schedule.parameter().to_owned());
    let deployed = job.deployed().await.map(|stack| stack.map(|stack| stack.parameters.get("Schedule")));
    let parameter = match (deployed, &own) {
        (Ok(Some(Some(parameter))), _) => parameter.clone(),
        (Ok(Some(None)), _) => {
            return Ok(
                about.skipped("the stack has no parameter `Schedule`, which its template may have renamed")
            );
        }
        // What cannot be read about the deployed one says nothing about the manifest's.
        (Ok(None), Some(own)) => return Ok(not_deployed(about, own, clock)),
        (Err(_), Some(own)) => return Ok(not_deployed(about, own, clock)),
        (Ok(None), None) => return Ok(about.ok("not deployed yet")),
        (Err(why), None) => return Err(why),
    };
    let (rule, template) = tokio::join!(job.is_rule_enabled(), job.template());
    // The template is the next best.
    let enabled = match rule {
        Ok(Some(enabled)) => Some(enabled),
        _ => template.ok().flatten().and_then(enabled_by_template),
    };
    Ok(judge(about, &Deployment { parameter, own, enabled }, clock, &job.resume()))
}

/// What there is to know of a deployed schedule.
struct Deployment {
    /// The expression in the stack.
    parameter: String,
    /// The expression of the manifest, when there is one.
    own: Option<String>,
    /// Whether the rule is enabled, as far as that is known.
    enabled: Option<bool>,
}

fn judge(about: &About, deployed: &Deployment, clock: Clock<'_>, resume: &str) -> Finding {
    let Deployment { parameter, own, enabled } = deployed;
    let shown = described(parameter, clock);
    if parameter == "none" {
        return match own.as_deref() {
            Some(own) if own != "none" => changed(about, &shown, own, clock),
            _ => about.ok(shown),
        };
    }
    if *enabled == Some(false) {
        return about
            .warning(format!("paused: the rule is disabled, so nothing starts {shown}"))
            .command(resume);
    }
    match own.as_deref() {
        Some(own) if own != parameter => changed(about, &shown, own, clock),
        _ => about.ok(shown),
    }
}

fn changed(about: &About, shown: &str, own: &str, clock: Clock<'_>) -> Finding {
    about.warning(format!("deployed: {shown}; the manifest says: {}", described(own, clock)))
}

fn not_deployed(about: &About, own: &str, clock: Clock<'_>) -> Finding {
    about.ok(format!("not deployed; the manifest says: {}", described(own, clock)))
}

/// An expression in words, with the next runs.
fn described(parameter: &str, clock: Clock<'_>) -> String {
    let meaning = match words::meaning(parameter) {
        Some(words) if parameter == "none" => return words,
        Some(words) => format!("{words} ({parameter})"),
        None => parameter.to_owned(),
    };
    let runs = words::next_runs(parameter, clock.now, RUNS);
    let runs: Vec<String> =
        runs.iter().map(|run| words::in_both_times(*run, (clock.utc_offset)(*run))).collect();
    if runs.is_empty() { meaning } else { format!("{meaning}; next: {}", runs.join(", ")) }
}

fn enabled_by_template(template: &Deployed) -> Option<bool> {
    template.at(&["Resources", RULE, "Properties", "State"]).map(|state| state != "DISABLED")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_that_are_not_as_they_seem() {
        let about = About::job(Check::Schedule, "report-gen", "test");
        let clock = Clock { now: 1_795_000_000, utc_offset: &|_| 3600 };
        let judged = |parameter: &str, own: Option<&str>, enabled: Option<bool>| {
            let deployed =
                Deployment { parameter: parameter.to_owned(), own: own.map(str::to_owned), enabled };
            let found = judge(&about, &deployed, clock, "copilot job resume");
            format!("{:?}: {}", found.status, found.evidence)
        };
        let daily = "cron(0 0 * * ? *)";
        let told = [
            judged(daily, Some(daily), Some(true)),
            judged(daily, None, None),
            judged(daily, Some(daily), Some(false)),
            judged(daily, Some("rate(1 hour)"), Some(true)),
            judged("none", None, Some(false)),
            judged("none", Some(daily), Some(false)),
            judged("cron(0 0 L * ? *)", None, Some(true)),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        Ok: every day at 00:00 UTC (cron(0 0 * * ? *)); next: 2026-11-19 00:00 UTC (01:00 local), 2026-11-20 00:00 UTC (01:00 local), 2026-11-21 00:00 UTC (01:00 local)
        Ok: every day at 00:00 UTC (cron(0 0 * * ? *)); next: 2026-11-19 00:00 UTC (01:00 local), 2026-11-20 00:00 UTC (01:00 local), 2026-11-21 00:00 UTC (01:00 local)
        Warning: paused: the rule is disabled, so nothing starts every day at 00:00 UTC (cron(0 0 * * ? *)); next: 2026-11-19 00:00 UTC (01:00 local), 2026-11-20 00:00 UTC (01:00 local), 2026-11-21 00:00 UTC (01:00 local)
        Warning: deployed: every day at 00:00 UTC (cron(0 0 * * ? *)); next: 2026-11-19 00:00 UTC (01:00 local), 2026-11-20 00:00 UTC (01:00 local), 2026-11-21 00:00 UTC (01:00 local); the manifest says: every hour (rate(1 hour))
        Ok: disabled; the job runs when started by hand
        Warning: deployed: disabled; the job runs when started by hand; the manifest says: every day at 00:00 UTC (cron(0 0 * * ? *)); next: 2026-11-19 00:00 UTC (01:00 local), 2026-11-20 00:00 UTC (01:00 local), 2026-11-21 00:00 UTC (01:00 local)
        Ok: cron(0 0 L * ? *)
        ");
    }
}
