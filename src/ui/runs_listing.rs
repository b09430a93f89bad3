//! Runs of jobs as tables for a person.

use super::clean;
use super::paint::Paint;
use super::table::{Sections, Table};
use crate::ops::job::list_runs::{RunInFull, Runs};
use crate::ops::job::runs::describe::RunRecord;
use crate::ops::job::runs::run::Trigger;
use crate::ops::job::status::Status;

/// How much of a reason a table has room for.
const REASON: usize = 80;

/// How a job is.
pub fn status(status: &Status, colors: bool) -> String {
    let mut about = Table::default();
    about.row(["Job", &status.job]);
    about.row(["Environment", &status.environment]);
    about.row(["Place", &format!("account {}, {}", status.account_id, status.region)]);
    let schedule = &status.schedule;
    let expression = if schedule.expression.is_empty() { "unknown" } else { &schedule.expression };
    let words = schedule.words.as_ref().map(|words| format!("{words} ({expression})"));
    about.row(["Schedule", words.as_deref().unwrap_or(expression)]);
    match (schedule.paused == Some(true), schedule.next_runs_shown.first()) {
        (true, _) => about.row(["Next run", "none: the schedule is paused"]),
        (false, Some(next)) => about.row(["Next run", next]),
        (false, None) if schedule.expression == "none" => about.row(["Next run", "none"]),
        (false, None) => about.row(["Next run", "unknown"]),
    }
    match &status.last_run {
        None => about.row(["Last run", "none that is known"]),
        Some(run) => {
            about.row(["Last run", &format!("{}, {}", run.name, run.started_shown)]);
            about.row(["", &verdict(run)]);
            if let Some(disagreement) = &run.disagreement {
                about.row(["", disagreement]);
            }
        }
    }
    match status.running.as_slice() {
        [] => about.row(["Running", "no"]),
        running => {
            for (index, one) in running.iter().enumerate() {
                let label = if index == 0 { "Running" } else { "" };
                about.row([label, &format!("{}, since {}", one.run.name, one.run.started_shown)]);
                about.row(["", &one.state]);
            }
        }
    }
    about.row(["Image", status.image.as_deref().unwrap_or("unknown")]);
    about.row(["Deployed", status.last_deployed_shown.as_deref().unwrap_or("unknown")]);
    about.row(["Stack", &format!("{}, version {}", status.stack_status, status.version)]);
    let mut sections = Sections::new(Paint(colors));
    sections.table("Status", &about);
    sections.text()
}

/// A list of runs.
pub fn runs(found: &Runs) -> String {
    let mut table =
        Table::headed(&["Run", "Trigger", "Started", "Took", "Attempts", "Verdict", "Exit", "Why"]);
    for run in &found.runs {
        let why =
            run.disagreement.as_ref().or(run.why.as_ref()).map(|why| shortened(why)).unwrap_or_default();
        table.row([
            run.name.as_str(),
            run.trigger.word(),
            &run.started_shown,
            &run.took_shown,
            &run.attempts.to_string(),
            run.verdict.words(),
            &run.exit_code.map_or_else(|| "-".to_owned(), |code| code.to_string()),
            &why,
        ]);
    }
    table.compact()
}

/// One run.
pub fn run(found: &RunInFull, colors: bool) -> String {
    let run = &found.run;
    let mut about = Table::default();
    about.row(["Run", &run.name]);
    about.row(["Job", &format!("{}, environment {}", found.job, found.environment)]);
    let trigger = match run.trigger {
        Trigger::Schedule => "its schedule",
        Trigger::Manual => "by hand",
        Trigger::Direct => "by hand, directly: without retries and timeout",
    };
    about.row(["Started", &format!("{} {trigger}", run.started_shown)]);
    about.row(["Verdict", &verdict(run)]);
    if let Some(disagreement) = &run.disagreement {
        about.row(["", disagreement]);
    }
    if let Some(status) = run.step_functions {
        about.row(["Step Functions", status]);
    }
    if let Some(url) = &found.url {
        about.row(["Console", url]);
    }
    about.row(["Log group", &found.log_group]);
    let mut sections = Sections::new(Paint(colors));
    sections.table("Run", &about);
    for attempt in &found.details {
        let mut table = Table::default();
        table.row(["Started", &attempt.started_shown]);
        match &attempt.task {
            Some(task) => {
                let status =
                    attempt.status.as_deref().map(|status| format!(" ({status})")).unwrap_or_default();
                table.row(["Task", &format!("{task}{status}")]);
            }
            None => table.row(["Task", "ECS took none"]),
        }
        table.row(["Result", attempt.result.as_deref().unwrap_or("under way")]);
        for container in &attempt.containers {
            let code =
                container.exit_code.map_or("no exit code".to_owned(), |code| format!("exit code {code}"));
            let reason = container.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            table.row(["Container", &format!("{}, {code}{reason}", container.name)]);
        }
        sections.table(&format!("Attempt {}", attempt.attempt), &table);
        for container in attempt.containers.iter().filter(|container| !container.log.is_empty()) {
            let mut lines = Table::default();
            for line in &container.log {
                lines.row([line.as_str()]);
            }
            sections.table(
                &format!("Last lines of container {}, attempt {}", container.name, attempt.attempt),
                &lines,
            );
        }
    }
    sections.text()
}

fn verdict(run: &RunRecord) -> String {
    let why = run.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let attempts = if run.attempts > 1 { format!(", at attempt {}", run.attempts) } else { String::new() };
    format!("{}{why} [{}{attempts}]", run.verdict.words(), run.took_shown)
}

fn shortened(text: &str) -> String {
    let text = clean::text(text).replace('\n', " ");
    match text.char_indices().nth(REASON) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}
