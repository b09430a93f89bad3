//! From a manifest's text to a [`Job`]: syntax, name and type, interpolation, decoding, the environment's
//! block, validation.

use super::document::{self, Source};
use super::findings::{Diagnostics, Finding, Findings, Located, Place};
use super::interpolate::{self, Scope};
use super::job::overlay::Overlay;
use super::job::{Job, decode, validate};
use super::suggest;
use crate::yaml::{self, Node};

/// The one type of workload that jobs have.
pub const JOB_TYPE: &str = "Scheduled Job";

/// The other types of workload, which a job's commands cannot handle.
const SERVICE_TYPES: [&str; 5] = [
    "Load Balanced Web Service",
    "Backend Service",
    "Request-Driven Web Service",
    "Worker Service",
    "Static Site",
];

/// What the manifest is read for.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// Name of the application.
    pub app: &'a str,
    /// Name of the environment, whose block is applied.
    pub env: &'a str,
    /// The job's name, which is its directory's.
    pub job: &'a str,
    /// The application's environments; empty when they are not known.
    pub environments: &'a [String],
    /// The process's environment variables.
    pub lookup: &'a dyn Fn(&str) -> Option<String>,
}

/// A manifest that can be deployed.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The job in the target environment.
    pub job: Job,
    /// The manifest with its variables replaced, but without the environment's overrides applied, for the
    /// template's metadata.
    pub text: String,
    /// What works, but maybe not as its author thinks.
    pub warnings: Vec<Finding>,
}

/// Reads, resolves and checks a manifest for one environment.
///
/// # Errors
///
/// Every mistake found, in the order of the file. After a syntax error or a wrong type nothing else is
/// looked at; what only follows from another mistake in the same field is left out.
pub fn load(source: Source<'_>, target: Target<'_>) -> Result<Manifest, Findings> {
    let mut diagnostics = Diagnostics::with_hints(&suggest::MISPLACED_IN_JOBS);
    let start = "`copilot job init` writes one to start from";
    let Some((root, whole)) = document::read(source.text, start, &mut diagnostics) else {
        return Err(diagnostics.finish(source.path, source.text, &[]));
    };
    document::check_name(&root, target.job, &whole, &mut diagnostics);
    let scope = Scope { app: target.app, env: target.env, lookup: target.lookup };
    let interpolated = interpolate::interpolate(root, source.text, &scope, &mut diagnostics);
    let substituted = diagnostics.mistakes();
    let finish =
        |diagnostics: Diagnostics| diagnostics.finish(source.path, source.text, &interpolated.variables);
    if !check_type(&interpolated.root, &whole, &mut diagnostics) {
        return Err(finish(diagnostics));
    }
    let (mut part, block) =
        decode::job(&interpolated.root, target.env, target.environments, &mut diagnostics);
    // A field whose variable is not defined is told once.
    diagnostics.drop_consequences(substituted);
    if let Some(block) = block {
        if let (Some(base), Some(over)) = (&part.retries, &block.retries)
            && base.value > 0
            && over.value == 0
        {
            diagnostics.warn(
                &over.place,
                format!("switches off the {} retries of the base", base.value),
                None,
            );
        }
        part.overlay(block);
    }
    let decoded = diagnostics.mistakes();
    let required = validate::Required {
        image: whole.child("image", document::key_span(&interpolated.root, "image", &whole)),
        schedule: whole.child("on.schedule", document::key_span(&interpolated.root, "on", &whole)),
    };
    let job = validate::job(part, target.job, &required, &mut diagnostics);
    diagnostics.drop_consequences(decoded);
    let failed = diagnostics.failed();
    let findings = finish(diagnostics);
    match job {
        Some(job) if !failed => Ok(Manifest { job, text: interpolated.text, warnings: findings.warnings }),
        _ => Err(findings),
    }
}

/// The `name` and `type` of a manifest as they are written, without checking anything else; a missing one
/// is empty. They are found in a text with syntax errors too, so that a broken manifest can be listed and
/// then complained about. `None` for a text that has neither.
pub fn raw_name_and_type(text: &str) -> Option<(String, String)> {
    let fields = match yaml::load(text) {
        Ok(root) => {
            let root = root?;
            let field =
                |key| root.get(key).filter(|node| !node.is_null()).and_then(Node::as_text).map(str::to_owned);
            (field("name"), field("type"))
        }
        Err(_) => (written(text, "name:"), written(text, "type:")),
    };
    match fields {
        (None, None) => None,
        (name, kind) => Some((name.unwrap_or_default(), kind.unwrap_or_default())),
    }
}

/// The value behind a key at the start of a line.
fn written(text: &str, key: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix(key))?;
    let value = value.split(" #").next().unwrap_or_default().trim();
    Some(value.trim_matches(['"', '\'']).to_owned())
}

/// Whether the manifest is a job's.
fn check_type(root: &Node, whole: &Place, diagnostics: &mut Diagnostics) -> bool {
    let Some(Located { value: text, place }) = document::written_type(root, JOB_TYPE, whole, diagnostics)
    else {
        return false;
    };
    if text == JOB_TYPE {
        return true;
    }
    if SERVICE_TYPES.contains(&text) {
        diagnostics.error(&place, format!("this is the manifest of a service (`{text}`), not of a job"));
    } else {
        let help = match suggest::nearest(text, &[JOB_TYPE]) {
            Some(near) => format!("did you mean `{near}`? Case and blanks count"),
            None => format!("the type of a job is `{JOB_TYPE}`"),
        };
        diagnostics.error_help(&place, format!("`{text}` is not a type of job"), help);
    }
    false
}
