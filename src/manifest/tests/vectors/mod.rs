//! What the loader makes of manifests, case by case: one table per part of the manifest. A table runs to its
//! end and reports all its failures at once.
//!
//! Where the outcome differs from the old tool's, the row says why.

mod command_lines;
mod documents;
mod images;
mod interpolation;
mod platforms;
mod scalars;
mod schedules;
mod timeouts;
mod variables;

use std::collections::BTreeMap;

use super::load_text;
use crate::manifest::Finding;
use crate::manifest::job::{BuildNetwork, Image, ImageSource, Job, Secret, Variable};

/// One manifest, or a part of one, and what must come of it.
struct Row {
    text: &'static str,
    variables: &'static [(&'static str, &'static str)],
    want: Want,
    /// Why the old tool's outcome is another one.
    unlike: Option<&'static str>,
}

/// Findings are written `LINE FIELD: MESSAGE`; of the message, the beginning is enough.
enum Want {
    /// Accepted: what differs from [`DEFAULTS`], and the warnings.
    Job(&'static str, &'static [&'static str]),
    /// Refused, with exactly these mistakes.
    Mistakes(&'static [&'static str]),
}

/// Accepted without warnings.
const fn job(text: &'static str, differences: &'static str) -> Row {
    warned(text, differences, &[])
}

/// Accepted with warnings.
const fn warned(text: &'static str, differences: &'static str, warnings: &'static [&'static str]) -> Row {
    Row { text, variables: &[], want: Want::Job(differences, warnings), unlike: None }
}

/// Refused.
const fn refused(text: &'static str, mistakes: &'static [&'static str]) -> Row {
    Row { text, variables: &[], want: Want::Mistakes(mistakes), unlike: None }
}

impl Row {
    /// Sets environment variables of the process.
    const fn given(self, variables: &'static [(&'static str, &'static str)]) -> Self {
        Self { variables, ..self }
    }

    /// Tells why this is not what the old tool does.
    const fn unlike(self, why: &'static str) -> Self {
        Self { unlike: Some(why), ..self }
    }

    /// What is wrong with the outcome, if anything.
    fn failure(&self, complete: fn(&str) -> String) -> Option<String> {
        let (got, right) = match (load_text(&complete(self.text), self.variables), &self.want) {
            (Ok(manifest), Want::Job(differences, warnings)) => {
                let (job, found) = (differences_of(&manifest.job), lines(&manifest.warnings));
                let right = job == *differences && begin_with(&found, warnings);
                (format!("a job with {job:?}, warnings {found:?}"), right)
            }
            (Err(findings), Want::Mistakes(mistakes)) => {
                let found = lines(&findings.errors);
                (format!("mistakes {found:?}"), begin_with(&found, mistakes))
            }
            (Ok(manifest), Want::Mistakes(_)) => {
                (format!("a job with {:?}", differences_of(&manifest.job)), false)
            }
            (Err(findings), Want::Job(..)) => (format!("mistakes {:?}", lines(&findings.errors)), false),
        };
        let note = self.unlike.map(|why| format!("\n    (unlike the old tool: {why})")).unwrap_or_default();
        (!right).then(|| format!("{:?}\n    gives {got}{note}", self.text))
    }
}

/// Checks all rows of a table, each made a whole manifest by `complete`.
fn check_with(table: &str, rows: &[Row], complete: fn(&str) -> String) {
    let failures: Vec<String> = rows.iter().filter_map(|row| row.failure(complete)).collect();
    let unlike = rows.iter().filter(|row| row.unlike.is_some()).count();
    assert!(
        failures.is_empty(),
        "{} of {} rows about {table} failed ({unlike} rows decide unlike the old tool):\n{}",
        failures.len(),
        rows.len(),
        failures.join("\n")
    );
}

/// Checks all rows of a table of fragments.
fn check(table: &str, rows: &[Row]) {
    check_with(table, rows, complete);
}

/// What every fragment that lacks a required field is completed with.
const DEFAULTS: [(&str, &str); 4] = [
    ("name:", "name: report\n"),
    ("type:", "type: Scheduled Job\n"),
    ("image:", "image: {location: repo/app}\n"),
    ("on:", "on: {schedule: '@daily'}\n"),
];

/// Adds the required fields below a fragment, whose lines keep their numbers.
fn complete(fragment: &str) -> String {
    let missing = DEFAULTS.iter().filter(|(key, _)| !fragment.lines().any(|line| line.starts_with(key)));
    let tail: String = missing.map(|(_, line)| *line).collect();
    format!("{fragment}\n{tail}")
}

fn lines(findings: &[Finding]) -> Vec<String> {
    let line = |f: &Finding| {
        let field = if f.field.is_empty() { String::new() } else { format!(" {}", f.field) };
        format!("{}{field}: {}", f.span.line, f.message)
    };
    findings.iter().map(line).collect()
}

fn begin_with(found: &[String], wanted: &[&str]) -> bool {
    found.len() == wanted.len() && found.iter().zip(wanted).all(|(found, wanted)| found.starts_with(wanted))
}

/// `FIELD: VALUE; …` of all fields that are not those of the empty fragment.
fn differences_of(job: &Job) -> String {
    let plain = load_text(&complete(""), &[]).unwrap().job;
    let pairs = fields(job).into_iter().zip(fields(&plain));
    let differing = pairs.filter(|(field, default)| field != default).map(|((name, value), _)| match name {
        "" => value,
        name => format!("{name}: {value}"),
    });
    differing.collect::<Vec<_>>().join("; ")
}

/// All fields of a job in short words.
fn fields(job: &Job) -> Vec<(&'static str, String)> {
    let Job {
        name,
        image: Image { source, credentials, labels, depends_on, healthcheck },
        entrypoint,
        command,
        cpu,
        memory,
        count,
        platform,
        variables,
        secrets,
        env_file,
        storage,
        logging,
        sidecars,
        network,
        topics,
        schedule,
        retries,
        timeout_seconds,
        taskdef_overrides,
        functions: _,
    } = job;
    let platform = platform.map(|platform| format!("{:?} {:?}", platform.os, platform.arch));
    let storage = (storage.ephemeral, storage.readonly_fs, &storage.volumes);
    vec![
        ("name", name.clone()),
        ("", source_words(source)),
        ("credentials", format!("{credentials:?}")),
        ("labels", texts(labels)),
        ("depends_on", texts(depends_on)),
        ("healthcheck", format!("{healthcheck:?}")),
        ("entrypoint", format!("{entrypoint:?}")),
        ("command", format!("{command:?}")),
        ("cpu", cpu.to_string()),
        ("memory", memory.to_string()),
        ("count", count.to_string()),
        ("platform", platform.unwrap_or_default()),
        ("variables", variables.iter().map(|(name, value)| variable_words(name, value)).collect()),
        ("secrets", secrets.iter().map(|(name, value)| secret_words(name, value)).collect()),
        ("env_file", env_file.clone().unwrap_or_default()),
        ("storage", format!("{storage:?}")),
        ("logging", format!("{logging:?}")),
        ("sidecars", format!("{sidecars:?}")),
        ("network", format!("{network:?}")),
        ("topics", format!("{topics:?}")),
        ("schedule", schedule.parameter().to_owned()),
        ("retries", retries.to_string()),
        ("timeout", format!("{timeout_seconds:?}")),
        ("taskdef_overrides", format!("{taskdef_overrides:?}")),
    ]
}

fn source_words(source: &ImageSource) -> String {
    match source {
        ImageSource::Location(location) => format!("location: {location}"),
        ImageSource::Build(build) => {
            let path = |name: &str, path: &Option<String>| {
                path.as_ref().map(|path| format!(" {name}={path}")).unwrap_or_default()
            };
            let list = |name: &str, items: String| {
                if items.is_empty() { items } else { format!(" {name}({items})") }
            };
            [
                "build".to_owned(),
                path("dockerfile", &build.dockerfile),
                path("context", &build.context),
                path("target", &build.target),
                list("args", texts(&build.args)),
                list("cache_from", build.cache_from.join(" ")),
                list("cache_to", words(build.cache_to.iter().map(|target| format!("{target:?}")))),
                list("secrets", words(build.secrets.iter().map(|(id, secret)| format!("{id}:{secret:?}")))),
                list("ssh", build.ssh.join(" ")),
                list("contexts", words(build.contexts.iter().map(|(name, c)| format!("{name}:{c:?}")))),
                if build.no_cache { " no_cache".to_owned() } else { String::new() },
                match build.network {
                    BuildNetwork::Default => String::new(),
                    network => format!(" network={network:?}"),
                },
            ]
            .concat()
        }
    }
}

fn words(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(" ")
}

/// `[NAME=VALUE]` of every entry.
fn texts(map: &BTreeMap<String, String>) -> String {
    map.iter().map(|(name, value)| format!("[{name}={value}]")).collect()
}

fn variable_words(name: &str, variable: &Variable) -> String {
    match variable {
        Variable::Plain(text) => format!("[{name}={text}]"),
        Variable::FromCfn(export) => format!("[{name} from_cfn {export}]"),
    }
}

fn secret_words(name: &str, secret: &Secret) -> String {
    match secret {
        Secret::Plain(text) => format!("[{name}={text}]"),
        Secret::FromCfn(export) => format!("[{name} from_cfn {export}]"),
        Secret::SecretsManager(secret) => format!("[{name} secretsmanager {secret}]"),
    }
}
