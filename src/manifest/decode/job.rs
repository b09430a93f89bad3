//! The 23 top-level fields and the environment blocks.

use super::fields::{Field, Map};
use super::{container, image, network, publish, sidecar, storage};
use crate::manifest::findings::{At, Notes, Place};
use crate::manifest::partial::{CountPart, JobPart, PlatformPart};
use crate::manifest::suggest;
use crate::yaml::Node;

const JOB: [&str; 23] = [
    "name",
    "type",
    "image",
    "entrypoint",
    "command",
    "cpu",
    "memory",
    "platform",
    "count",
    "exec",
    "variables",
    "env_file",
    "secrets",
    "storage",
    "logging",
    "sidecars",
    "on",
    "timeout",
    "retries",
    "network",
    "publish",
    "taskdef_overrides",
    "environments",
];

/// Fields that the old tool's autoscaling settings have.
const AUTOSCALING: [&str; 8] = [
    "spot",
    "range",
    "cooldown",
    "cpu_percentage",
    "memory_percentage",
    "requests",
    "response_time",
    "queue_delay",
];

/// A whole manifest: its base and, when there is one, the block of the environment `env`. The other
/// blocks must be well-formed too, and belong to one of `environments` unless these are not known.
pub fn job(root: &Node, env: &str, environments: &[String], notes: &mut Notes) -> (JobPart, Option<JobPart>) {
    let field = Field { node: root, place: Place { span: root.span, field: String::new() } };
    let Some(map) = field.map(&JOB, notes) else { return (JobPart::default(), None) };
    let base = part(&map, notes);
    let mut target = None;
    for (name, field) in map.get("environments").map(|field| field.entries(notes)).unwrap_or_default() {
        if !environments.is_empty() && !environments.contains(&name) {
            let known: Vec<&str> = environments.iter().map(String::as_str).collect();
            let help = match suggest::nearest(&name, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its environments are: {}", known.join(", ")),
            };
            notes.warn(&field.place, "the application has no such environment", Some(help));
        }
        // The old tool crashes on an empty block; it overrides nothing.
        if field.node.is_null() {
            continue;
        }
        let Some(map) = field.map(&JOB, notes) else { continue };
        for key in ["name", "type", "environments"] {
            if let Some(field) = map.get(key) {
                notes.warn(&field.place, "has no effect inside an environment", None);
            }
        }
        let block = part(&map, notes);
        if name == env {
            target = Some(block);
        }
    }
    (base, target)
}

fn part(map: &Map<'_>, notes: &mut Notes) -> JobPart {
    exec(map, notes);
    JobPart {
        image: image::image(map, notes),
        entrypoint: map.get("entrypoint").and_then(|field| container::words(&field, notes)),
        command: map.get("command").and_then(|field| container::words(&field, notes)),
        cpu: map.integer("cpu", notes),
        memory: map.integer("memory", notes),
        count: map.get("count").and_then(|field| count(&field, notes)),
        platform: map.get("platform").and_then(|field| platform(&field, notes)),
        variables: container::variables(map, notes),
        secrets: container::secrets(map, "secrets", notes),
        env_file: map.string("env_file", notes),
        storage: storage::storage(map, notes),
        logging: storage::logging(map, notes),
        sidecars: sidecar::sidecars(map, notes),
        network: network::network(map, notes),
        schedule: schedule(map, notes),
        timeout: map.string("timeout", notes),
        retries: map.integer("retries", notes),
        topics: publish::topics(map, notes),
        taskdef_overrides: publish::overrides(map, notes),
    }
}

fn schedule(map: &Map<'_>, notes: &mut Notes) -> Option<At<String>> {
    let field = map.get("on")?;
    if let Some(text) = field.node.as_text() {
        let message = format!("expected a map, found `{text}`");
        notes.error_help(&field.place, message, "write `schedule:` with the schedule in quotes below `on:`");
        return None;
    }
    field.map(&["schedule"], notes)?.string("schedule", notes)
}

/// `exec` is checked for its form only: tasks of a job are started without ECS Exec.
fn exec(map: &Map<'_>, notes: &mut Notes) {
    let Some(field) = map.get("exec") else { return };
    let enabled = if field.is_map() {
        field.union_map(&["enable"], notes).and_then(|map| map.boolean("enable", notes))
    } else {
        field.flag(notes, "true, false or a map with `enable`")
    };
    if let Some(At { value: true, place }) = enabled {
        notes.warn(&place, "has no effect on a job: its tasks run without ECS Exec", None);
    }
}

fn count(field: &Field<'_>, notes: &mut Notes) -> Option<At<CountPart>> {
    if field.is_map()
        && let Some(map) = field.map(&AUTOSCALING, notes)
        && AUTOSCALING.iter().any(|key| map.get(key).is_some())
    {
        return Some(field.at(CountPart::Autoscaling));
    }
    let count = field.integer(notes)?.value;
    if count != 1 {
        notes.warn(&field.place, "has no effect on a job: each run is one task", None);
    }
    Some(field.at(CountPart::Number(count)))
}

fn platform(field: &Field<'_>, notes: &mut Notes) -> Option<At<PlatformPart>> {
    if field.is_map() {
        let map = field.union_map(&["osfamily", "architecture"], notes)?;
        let (os, arch) = (map.string("osfamily", notes), map.string("architecture", notes));
        return Some(field.at(PlatformPart::Pair { os, arch }));
    }
    let text =
        field.text(notes, "a text such as linux/arm64, or a map with `osfamily` and `architecture`")?;
    Some(field.at(PlatformPart::Text(text.value)))
}
