//! `--json`: one JSON object per line on stdout, for programs. The schema is stable: fields and types are added,
//! never renamed or removed. README.md has it for users.
//!
//! Every object has `type` and `time` (UTC, RFC 3339, when it was written). A field that says nothing is left out.
//!
//! | `type` | fields |
//! | --- | --- |
//! | `note` | `message` |
//! | `warning` | `about` (`deployment`, `manifest`), `message`; for a manifest `file`, `line`, `column` |
//! | `build` | `container`, `event`: `started` (`dockerfile`), `step_started` (`step`, `name`), `step_output` (`step`, `line`), `step_finished` (`step`, `cached`, `error`), `warning` (`message`), `finished` (`seconds`) |
//! | `push` | `container`, `event`: `started` (`reference`), `layer` (`layer`, `status`, `sent`, `total` in bytes), `present` (`reference`, `digest`), `finished` (`reference`, `digest`) |
//! | `command` | a program that overrides run; `event`: `started` (`command`, `directory`), `output` (`line`) |
//! | `proposing` | `stack` |
//! | `proposed` | `stack`, `outcome` (`questioned`, `executed`, `empty`, `failed`) |
//! | `stack_started` | `stack`, `title`, `resources` (list of `logical_id`, `description`), `parent` (`stack`, `logical_id`) |
//! | `resource` | `stack`, `logical_id` (the stack's name for the stack itself), `resource_type`, `status`, `reason`, `event_time` (seconds since 1970, of the event) |
//! | `stack_finished` | `stack` |
//! | `differences` | with `--diff`: `changed` (whether anything would change), `template` and `addons` (lists of `op`: `add`, `remove`, `replace`; `path`: keys and positions from the outside in; `old`, `new`: a JSON patch with the old values), `parameters` and `tags` (lists of `key`, `old`, `new`; `words` (`old`, `new`) for a schedule; `hidden`: a `NoEcho` parameter, without values; `known_after_push`), `images` that may change under their tag (list of `container`, `reference`), `replacements` (list of `logical_id`, `resource_type`, `properties`, `certain`, `harmless`) |
//! | `outcome` | `outcome` (`deployed`: `job`, `express`; `at_rest`: `stack`, `status`; `unchanged`: `stack`, `pushed`; `declined`: `stack`; `detached`: `stack`, `id`, `attach`), `message`; the last line of a success |
//! | `error` | `message`, `details` and `hints` (lists of texts), `places` (list of `severity`, `file`, `line`, `column`, `message`), `exit_code`; the last line of a failure |

use std::io;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::Clock;
use super::message::last_lines;
use crate::deploy::Outcome;
use crate::deploy::differences::Differences;
use crate::deploy::events::{BuildEvent, CommandEvent, Event, Proposal, PushEvent, Reporter};
use crate::error::{Error, Remark, Severity};
use crate::text::sanitize;

/// Writes events as JSON.
pub struct Json {
    clock: Clock,
}

impl Json {
    /// A view for a program.
    pub fn new(clock: Clock) -> Self {
        Self { clock }
    }

    /// Writes how the deployment ended.
    pub fn outcome(&self, outcome: &Outcome) {
        write(&record("outcome", (self.clock)(), outcome_fields(outcome)));
    }

    /// Writes what goes on, or is left, when the process ends at once.
    pub fn left_at_once(&self, what: &str) {
        error(&Error::interrupted(format!("left at once: {what}")), (self.clock)());
    }
}

impl Reporter for Json {
    fn report(&self, event: Event) {
        let (kind, fields) = event_fields(&event);
        write(&record(kind, (self.clock)(), fields));
    }

    fn differences(&self, differences: &Differences) -> io::Result<()> {
        let mut fields = serde_json::to_value(differences)?;
        if let Value::Object(fields) = &mut fields {
            fields.insert("changed".to_owned(), (!differences.is_empty()).into());
        }
        try_write(&record("differences", (self.clock)(), fields))
    }
}

/// Writes an error; `time` is in seconds since 1970.
pub fn error(error: &Error, time: u64) {
    write(&record("error", time, error_fields(error)));
}

/// The first failure to write.
static FAILURE: OnceLock<String> = OnceLock::new();

/// Why stdout does not have everything that was written, if so. A reader that has gone away is none: it has seen enough.
pub fn unwritten() -> Option<Error> {
    let failure = FAILURE.get()?;
    Some(
        Error::new(format!("cannot write to the standard output: {failure}"))
            .hint("The records that are missing there say nothing about AWS: look at the stack before you run the command again."),
    )
}

/// A deployment is not stopped halfway because its story cannot be told; it is told at the end that something is missing.
fn write(record: &Value) {
    let _ = try_write(record);
}

fn try_write(record: &Value) -> io::Result<()> {
    use std::io::Write as _;
    // Within JSON this is the same text, and no runner of GitHub Actions takes it for a workflow command.
    let line = record.to_string().replace("##[", "\\u0023#[");
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    if let Err(e) = &written
        && e.kind() != io::ErrorKind::BrokenPipe
    {
        let _ = FAILURE.set(e.to_string());
    }
    written
}

/// One line: the fields without those that say nothing, their texts sanitised.
fn record(kind: &str, time: u64, fields: Value) -> Value {
    let mut record = Map::new();
    record.insert("type".to_owned(), kind.into());
    record.insert("time".to_owned(), super::timestamp(time).into());
    if let Value::Object(fields) = fields {
        record.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
    }
    clean(Value::Object(record))
}

fn clean(value: Value) -> Value {
    match value {
        Value::String(text) => sanitize(&text).into_owned().into(),
        Value::Array(values) => values.into_iter().map(clean).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, clean(value))).collect(),
        other => other,
    }
}

fn event_fields(event: &Event) -> (&'static str, Value) {
    match event {
        Event::Note(message) => ("note", json!({ "message": message })),
        Event::Warning(message) => ("warning", json!({ "about": "deployment", "message": message })),
        Event::ManifestWarning(remark) => {
            let mut fields = place(remark);
            fields.insert("about".to_owned(), "manifest".into());
            fields.remove("severity");
            ("warning", Value::Object(fields))
        }
        Event::Build { container, event } => ("build", build(container, event)),
        Event::Push { container, event } => ("push", push(container, event)),
        Event::Command(CommandEvent::Started { command, directory }) => {
            ("command", json!({ "event": "started", "command": command, "directory": directory }))
        }
        Event::Command(CommandEvent::Line(line)) => ("command", json!({ "event": "output", "line": line })),
        Event::Proposing { stack } => ("proposing", json!({ "stack": stack })),
        Event::Proposed { stack, outcome } => {
            let outcome = match outcome {
                Proposal::Questioned => "questioned",
                Proposal::Executed => "executed",
                Proposal::Empty => "empty",
                Proposal::Failed => "failed",
            };
            ("proposed", json!({ "stack": stack, "outcome": outcome }))
        }
        Event::StackStarted(tree) => {
            let resources = tree.resources.iter().map(
                |resource| json!({ "logical_id": resource.logical_id, "description": resource.description }),
            );
            let parent = tree.parent.as_ref();
            let parent =
                parent.map(|parent| json!({ "stack": parent.stack, "logical_id": parent.logical_id }));
            let fields = json!({
                "stack": tree.stack,
                "title": tree.title,
                "resources": resources.collect::<Vec<_>>(),
                "parent": parent,
            });
            ("stack_started", fields)
        }
        Event::Stack(event) => {
            let fields = json!({
                "stack": event.stack,
                "logical_id": event.logical_id,
                "resource_type": event.resource_type,
                "status": event.status,
                "reason": event.reason,
                "event_time": event.time,
            });
            ("resource", fields)
        }
        Event::StackFinished { stack } => ("stack_finished", json!({ "stack": stack })),
    }
}

fn build(container: &str, event: &BuildEvent) -> Value {
    match event {
        BuildEvent::Started { dockerfile } => {
            json!({ "container": container, "event": "started", "dockerfile": dockerfile })
        }
        BuildEvent::StepStarted { id, name } => {
            json!({ "container": container, "event": "step_started", "step": id, "name": name })
        }
        BuildEvent::StepLog { id, line } => {
            json!({ "container": container, "event": "step_output", "step": id, "line": line })
        }
        BuildEvent::StepFinished { id, cached, error } => {
            let mut fields =
                json!({ "container": container, "event": "step_finished", "step": id, "cached": cached });
            if let (Some(error), Value::Object(fields)) = (error, &mut fields) {
                fields.insert("error".to_owned(), error.as_str().into());
            }
            fields
        }
        BuildEvent::Warning(message) => {
            json!({ "container": container, "event": "warning", "message": message })
        }
        BuildEvent::Finished { elapsed } => {
            json!({ "container": container, "event": "finished", "seconds": elapsed.as_secs_f64() })
        }
    }
}

fn push(container: &str, event: &PushEvent) -> Value {
    match event {
        PushEvent::Started { reference } => {
            json!({ "container": container, "event": "started", "reference": reference })
        }
        PushEvent::Layer { id, status, progress } => json!({
            "container": container,
            "event": "layer",
            "layer": id,
            "status": status,
            "sent": progress.map(|(sent, _)| sent),
            "total": progress.map(|(_, total)| total),
        }),
        PushEvent::Present { reference, digest } => {
            json!({ "container": container, "event": "present", "reference": reference, "digest": digest })
        }
        PushEvent::Finished { reference, digest } => {
            json!({ "container": container, "event": "finished", "reference": reference, "digest": digest })
        }
    }
}

fn outcome_fields(outcome: &Outcome) -> Value {
    let message = outcome.to_string();
    match outcome {
        Outcome::Deployed { job, express } => {
            json!({ "outcome": "deployed", "job": job, "express": express, "message": message })
        }
        Outcome::AtRest { stack, status } => {
            json!({ "outcome": "at_rest", "stack": stack, "status": status, "message": message })
        }
        Outcome::Unchanged { stack, pushed } => {
            json!({ "outcome": "unchanged", "stack": stack, "pushed": pushed, "message": message })
        }
        Outcome::Declined { stack } => {
            json!({ "outcome": "declined", "stack": stack, "message": message })
        }
        Outcome::Detached { stack, id, attach } => {
            json!({ "outcome": "detached", "stack": stack, "id": id, "attach": attach, "message": message })
        }
    }
}

fn error_fields(error: &Error) -> Value {
    let places: Vec<Value> = error.places().iter().map(|remark| Value::Object(place(remark))).collect();
    json!({
        "message": error.to_string(),
        "details": error.detail_lines().iter().cloned().chain(last_lines(error)).collect::<Vec<_>>(),
        "hints": error.hints(),
        "places": places,
        "exit_code": error.exit_code(),
    })
}

fn place(remark: &Remark) -> Map<String, Value> {
    let severity = match remark.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut fields = Map::new();
    fields.insert("severity".to_owned(), severity.into());
    fields.insert("file".to_owned(), remark.file.as_str().into());
    if remark.line > 0 {
        fields.insert("line".to_owned(), remark.line.into());
        fields.insert("column".to_owned(), remark.column.into());
    }
    fields.insert("message".to_owned(), remark.message.as_str().into());
    fields
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
