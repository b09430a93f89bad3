//! Whole manifests through [`load`]: what the job becomes, what is refused, and in which words.

mod common;
mod composed_vectors;
mod containers;
pub(crate) mod editors;
mod environments;
mod limits;
mod messages;
mod names;
mod properties;
mod resources;
mod vectors;

use super::job::Job;
use super::{Findings, Manifest, Source, Target, load};

/// Loads a text for the job `report`, application `shop` and environment `test`.
fn load_text(text: &str, variables: &[(&str, &str)]) -> Result<Manifest, Findings> {
    let lookup =
        |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
    let source = Source { path: "copilot/report/manifest.yml", text };
    let loaded =
        load(source, Target { app: "shop", env: "test", job: "report", environments: &[], lookup: &lookup });
    editors::agree("job", text, loaded.as_ref().is_ok_and(|manifest| manifest.warnings.is_empty()));
    loaded
}

/// Adds the required fields that a fragment lacks.
fn complete(fragment: &str) -> String {
    let required = [
        ("name:", "name: report\n"),
        ("type:", "type: Scheduled Job\n"),
        ("image:", "image: {location: repo/app}\n"),
        ("on:", "on: {schedule: '@daily'}\n"),
    ];
    let missing = required.iter().filter(|(key, _)| !fragment.lines().any(|line| line.starts_with(key)));
    let head: String = missing.map(|(_, line)| *line).collect();
    format!("{head}{fragment}\n")
}

/// The job of a fragment that must be valid.
pub(crate) fn job(fragment: &str) -> Job {
    load_text(&complete(fragment), &[]).unwrap_or_else(|findings| panic!("{fragment}\n{findings}")).job
}

/// `FIELD: MESSAGE` of everything wrong with a fragment, separated by ` | `.
fn mistakes(fragment: &str) -> String {
    match load_text(&complete(fragment), &[]) {
        Ok(_) => "none".to_owned(),
        Err(findings) => join(&findings.errors),
    }
}

/// `FIELD: MESSAGE` of all warnings about a valid fragment.
fn warnings(fragment: &str) -> String {
    join(
        &load_text(&complete(fragment), &[])
            .unwrap_or_else(|findings| panic!("{fragment}\n{findings}"))
            .warnings,
    )
}

fn join(findings: &[super::Finding]) -> String {
    findings.iter().map(|f| format!("{}: {}", f.field, f.message)).collect::<Vec<_>>().join(" | ")
}

/// Checks the mistakes of many fragments.
fn refuse(cases: &[(&str, &str)]) {
    for (fragment, want) in cases {
        assert_eq!(mistakes(fragment), *want, "{fragment}");
    }
}
