//! What `copilot doctor` found out: a line for each check as it ends, then what is wrong, then one line that counts.

use super::clean;
use super::paint::{ERROR, Paint, SUCCESS};
use crate::ops::doctor::finding::{Finding, Report, Status};
use crate::text::one_line;

/// A check that has ended, in one line.
pub fn line(finding: &Finding, colors: bool) -> String {
    let evidence = shown(&finding.evidence);
    format!("{} {}: {evidence}\n", mark(finding.status, Paint(colors)), shown(&finding.about.to_string()))
}

/// What is wrong, the worst first, and how many checks ended how.
pub fn report(report: &Report, colors: bool) -> String {
    let paint = Paint(colors);
    let mut text = String::new();
    for (heading, status) in
        [("Failures", Status::Failure), ("Warnings", Status::Warning), ("Not checked", Status::Skipped)]
    {
        let found: Vec<&Finding> = report.findings.iter().filter(|one| one.status == status).collect();
        if found.is_empty() {
            continue;
        }
        text.push_str(&format!("\n{}\n\n", paint.bold(heading)));
        match status {
            Status::Skipped => skipped(&mut text, &found),
            _ => found.iter().for_each(|finding| problem(&mut text, finding, paint)),
        }
    }
    let verdict = match () {
        () if report.summary.failures > 0 => Status::Failure,
        () if report.summary.warnings > 0 => Status::Warning,
        () if report.summary.ok == 0 => Status::Skipped,
        () => Status::Ok,
    };
    text.push_str(&format!("\n{} {}\n", mark(verdict, paint), report.summary));
    text
}

/// A problem with what to do about it.
fn problem(text: &mut String, finding: &Finding, paint: Paint) {
    text.push_str(&format!(
        "{} {}: {}\n",
        mark(finding.status, paint),
        shown(&finding.about.to_string()),
        shown(&finding.evidence)
    ));
    if let Some(advice) = &finding.advice {
        text.push_str(&format!("  {}\n", shown(advice)));
    }
    if let Some(command) = &finding.command {
        text.push_str(&format!("  $ {}\n", shown(command)));
    }
}

/// What was not checked: reasons, each once.
fn skipped(text: &mut String, found: &[&Finding]) {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for finding in found {
        let about = finding.about.to_string();
        match reasons.iter_mut().find(|(reason, _)| *reason == finding.evidence) {
            Some((_, checks)) => checks.push(about),
            None => reasons.push((&finding.evidence, vec![about])),
        }
    }
    for (reason, checks) in reasons {
        text.push_str(&format!("- {}: {}\n", shown(&checks.join(", ")), shown(reason)));
    }
}

fn mark(status: Status, paint: Paint) -> String {
    match status {
        Status::Ok => paint.green(SUCCESS),
        Status::Warning => paint.yellow("!"),
        Status::Failure => paint.red(ERROR),
        Status::Skipped => paint.faint("-"),
    }
}

/// A text that may come from outside, in one line.
fn shown(text: &str) -> String {
    one_line(&clean::text(&one_line(text)))
}
