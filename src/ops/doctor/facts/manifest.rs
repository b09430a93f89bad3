//! Manifests of the workspace.

use crate::manifest::{self, Finding, Manifest, Source};
use crate::workspace::Workspace;

/// A manifest, or why it cannot be used.
pub(crate) type LoadedManifest = Result<Manifest, Fault>;

/// What is wrong with a manifest.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// All mistakes.
    pub evidence: String,
    /// What to do about them.
    pub help: String,
}

/// Reads a job's manifest for an environment.
pub(crate) fn load(
    workspace: &Workspace,
    (app, env, job): (&str, &str, &str),
    environments: &[String],
    lookup: &dyn Fn(&str) -> Option<String>,
) -> LoadedManifest {
    let path = workspace.manifest_display(job);
    let text = workspace
        .read_manifest(job)
        .map_err(|error| Fault { evidence: error.to_string(), help: error.hints().join(" ") })?;
    let target = manifest::Target { app, env, job, environments, lookup };
    manifest::load(Source { path: &path, text: &text }, target).map_err(|findings| Fault {
        evidence: told(&findings.errors),
        help: findings
            .errors
            .iter()
            .filter_map(|finding| finding.help.clone())
            .collect::<Vec<_>>()
            .join("; "),
    })
}

/// Mistakes or warnings in one line.
pub(crate) fn told(findings: &[Finding]) -> String {
    let one = |finding: &Finding| {
        let Finding { file, span, field, message, .. } = finding;
        let field = if field.is_empty() { String::new() } else { format!("{field}: ") };
        format!("{file}:{}: {field}{message}", span.line)
    };
    findings.iter().map(one).collect::<Vec<_>>().join("; ")
}
