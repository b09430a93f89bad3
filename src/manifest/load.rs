//! From a manifest's text to a [`Job`]: syntax, name and type, interpolation, decoding, the environment's
//! block, validation.

use super::findings::{Diagnostics, Finding, Findings, Place};
use super::interpolate::{self, Scope};
use super::job::overlay::Overlay;
use super::job::{Job, decode, validate};
use super::suggest;
use crate::yaml::{self, Kind, Node, Span, SyntaxError};

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

/// A manifest file.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The path as messages show it.
    pub path: &'a str,
    /// The file's text.
    pub text: &'a str,
}

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
    let mut diagnostics = Diagnostics::default();
    let root = match yaml::load(source.text) {
        Ok(Some(root)) if !root.is_null() => root,
        Ok(_) => {
            diagnostics.error_help(
                &Place::default(),
                "the manifest is empty",
                "`copilot job init` writes one to start from",
            );
            return Err(diagnostics.finish(source.path, source.text, &[]));
        }
        Err(error) => {
            let place = Place { span: error.span, field: String::new() };
            match syntax_hint(&error, source.text) {
                Some(hint) => diagnostics.error_help(&place, error.message, hint),
                None => diagnostics.error(&place, error.message),
            }
            return Err(diagnostics.finish(source.path, source.text, &[]));
        }
    };
    let whole = Place { span: start_of(root.span), field: String::new() };
    if let Some(line) = yaml::second_document(source.text, root.span.line) {
        let place = Place { span: line_start(line, source.text), field: String::new() };
        let message =
            "everything from this line on is left out: only the first YAML document of a manifest counts";
        diagnostics.warn(&place, message, None);
    }
    if !matches!(root.kind, Kind::Mapping(_)) {
        diagnostics.error(&whole, "a manifest is a map with `name`, `type` and so on");
        return Err(diagnostics.finish(source.path, source.text, &[]));
    }
    check_name(&root, target.job, &whole, &mut diagnostics);
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
        image: whole.child("image", key_span(&interpolated.root, "image", &whole)),
        schedule: whole.child("on.schedule", key_span(&interpolated.root, "on", &whole)),
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

/// The first character of a span: a whole document is not worth underlining.
fn start_of(span: Span) -> Span {
    Span { end: span.start, ..span }
}

/// Where a line begins, without underlining anything.
fn line_start(line: usize, text: &str) -> Span {
    let start = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    Span { start, end: start, line, column: 1 }
}

/// The position of a key of the manifest, which may lack a value; the manifest's own if it is not there.
fn key_span(root: &Node, key: &str, whole: &Place) -> Span {
    let Kind::Mapping(entries) = &root.kind else { return whole.span };
    entries.iter().find(|(k, _)| k.as_text() == Some(key)).map_or(whole.span, |(k, _)| k.span)
}

/// The name as written must be the directory's; variables are not replaced in it.
fn check_name(root: &Node, job: &str, whole: &Place, diagnostics: &mut Diagnostics) {
    let Some(node) = root.get("name").filter(|node| !node.is_null()) else {
        let help = format!("add `name: {job}`, like the manifest's directory");
        let place = whole.child("name", key_span(root, "name", whole));
        return diagnostics.error_help(&place, "the manifest has no name", help);
    };
    let place = whole.child("name", node.span);
    match node.as_text() {
        Some(name) if name == job => {}
        Some(name) => {
            let help = if name.contains("${") {
                format!("variables are not replaced in `name`; write `name: {job}`")
            } else {
                format!("write `name: {job}`, or rename the directory")
            };
            diagnostics.error_help(
                &place,
                format!("`{name}` differs from the manifest's directory `{job}`"),
                help,
            );
        }
        None => diagnostics.error(&place, "expected a text"),
    }
}

/// Whether the manifest is a job's.
fn check_type(root: &Node, whole: &Place, diagnostics: &mut Diagnostics) -> bool {
    let Some(node) = root.get("type").filter(|node| !node.is_null()) else {
        let help = format!("add `type: {JOB_TYPE}`");
        let place = whole.child("type", key_span(root, "type", whole));
        diagnostics.error_help(&place, "the manifest has no type", help);
        return false;
    };
    let place = whole.child("type", node.span);
    let Some(text) = node.as_text() else {
        diagnostics.error(&place, "expected a text");
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

/// What most often leads to a syntax error in a manifest.
fn syntax_hint(error: &SyntaxError, text: &str) -> Option<&'static str> {
    let line = text.lines().nth(error.span.line.checked_sub(1)?)?;
    let value = line.split_once(": ").map_or(line, |(_, value)| value).trim_start();
    if error.message.starts_with("the document") {
        // Too large or too deep: nothing about this line is wrong.
        None
    } else if line.trim_start().starts_with("schedule") && value.starts_with(['*', '@']) {
        Some("put the schedule into quotes: `*` and `@` have a meaning in YAML")
    } else if value.starts_with(['*', '@', '%', '`', '&']) {
        Some("put the value into quotes: its first character has a meaning in YAML")
    } else if line.starts_with('\t') || error.message.contains(" tab") {
        Some("indent with blanks; YAML does not allow tabs")
    } else if line.contains("\\$") {
        Some("in double quotes, write the backslash twice: \"\\\\${NAME}\"")
    } else if error.message.starts_with("the key `") {
        Some("remove one of them; the old tool refused such a manifest too")
    } else {
        None
    }
}
