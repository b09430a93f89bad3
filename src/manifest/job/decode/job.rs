//! The 23 top-level fields and the environment blocks.

use super::{container, image, network, publish, sidecar, storage};
use crate::manifest::fields::{Field, Map};
use crate::manifest::findings::{Diagnostics, Located, Place};
use crate::manifest::job::layer::{CountPart, JobLayer, PlatformPart};
use crate::manifest::job::table;
use crate::manifest::suggest;
use crate::yaml::Node;

/// A whole manifest: its base and, when there is one, the block of the environment `env`. The other
/// blocks must be well-formed too, and belong to one of `environments` unless these are not known.
pub(crate) fn job(
    root: &Node,
    env: &str,
    environments: &[String],
    diagnostics: &mut Diagnostics,
) -> (JobLayer, Option<JobLayer>) {
    let field = Field { node: root, place: Place { span: root.span, field: String::new() } };
    let Some(map) = field.map(table::JOB, diagnostics) else { return (JobLayer::default(), None) };
    let base = part(&map, diagnostics);
    let mut target = None;
    for (name, field) in map.get("environments").map(|field| field.entries(diagnostics)).unwrap_or_default() {
        if !environments.is_empty() && !environments.contains(&name) {
            let known: Vec<&str> = environments.iter().map(String::as_str).collect();
            let help = match suggest::nearest(&name, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its environments are: {}", known.join(", ")),
            };
            diagnostics.warn(&field.place, "the application has no such environment", Some(help));
        }
        // The old tool crashes on an empty block; it overrides nothing.
        if field.node.is_null() {
            continue;
        }
        let Some(map) = field.map(table::JOB, diagnostics) else { continue };
        for key in ["name", "type", "environments"] {
            if let Some(field) = map.get(key) {
                diagnostics.warn(&field.place, "has no effect inside an environment", None);
            }
        }
        let block = part(&map, diagnostics);
        if name == env {
            target = Some(block);
        }
    }
    (base, target)
}

fn part(map: &Map<'_>, diagnostics: &mut Diagnostics) -> JobLayer {
    exec(map, diagnostics);
    JobLayer {
        image: image::image(map, diagnostics),
        entrypoint: map.get("entrypoint").and_then(|field| container::words(&field, diagnostics)),
        command: map.get("command").and_then(|field| container::words(&field, diagnostics)),
        cpu: map.integer("cpu", diagnostics),
        memory: map.integer("memory", diagnostics),
        count: map.get("count").and_then(|field| count(&field, diagnostics)),
        platform: map.get("platform").and_then(|field| platform(&field, diagnostics)),
        variables: container::variables(map, diagnostics),
        secrets: container::secrets(map, "secrets", diagnostics),
        env_file: map.string("env_file", diagnostics),
        storage: storage::storage(map, diagnostics),
        logging: storage::logging(map, diagnostics),
        sidecars: sidecar::sidecars(map, diagnostics),
        network: network::network(map, diagnostics),
        schedule: schedule(map, diagnostics),
        timeout: map.string("timeout", diagnostics),
        retries: map.integer("retries", diagnostics),
        topics: publish::topics(map, diagnostics),
        taskdef_overrides: publish::overrides(map, diagnostics),
    }
}

fn schedule(map: &Map<'_>, diagnostics: &mut Diagnostics) -> Option<Located<String>> {
    let field = map.get("on")?;
    if let Some(text) = field.node.as_text() {
        let message = format!("expected a map, found `{text}`");
        diagnostics.error_help(
            &field.place,
            message,
            "write `schedule:` with the schedule in quotes below `on:`",
        );
        return None;
    }
    field.map(table::ON, diagnostics)?.string("schedule", diagnostics)
}

/// `exec` is checked for its form only: tasks of a job are started without ECS Exec.
fn exec(map: &Map<'_>, diagnostics: &mut Diagnostics) {
    let Some(field) = map.get("exec") else { return };
    let enabled = if field.is_map() {
        field.union_map(table::EXEC, diagnostics).and_then(|map| map.boolean("enable", diagnostics))
    } else {
        field.flag(diagnostics, "true, false or a map with `enable`")
    };
    if let Some(Located { value: true, place }) = enabled {
        diagnostics.warn(&place, "has no effect on a job: its tasks run without ECS Exec", None);
    }
}

fn count(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Located<CountPart>> {
    if field.is_map()
        && let Some(map) = field.map(table::AUTOSCALING, diagnostics)
        && table::AUTOSCALING.iter().any(|spec| map.get(spec.name).is_some())
    {
        return Some(field.at(CountPart::Autoscaling));
    }
    let count = field.integer(diagnostics)?.value;
    if count != 1 {
        diagnostics.warn(&field.place, "has no effect on a job: each run is one task", None);
    }
    Some(field.at(CountPart::Number(count)))
}

fn platform(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Located<PlatformPart>> {
    if field.is_map() {
        let map = field.union_map(table::PLATFORM, diagnostics)?;
        let (os, arch) = (map.string("osfamily", diagnostics), map.string("architecture", diagnostics));
        return Some(field.at(PlatformPart::Pair { os, arch }));
    }
    let text =
        field.text(diagnostics, "a text such as linux/arm64, or a map with `osfamily` and `architecture`")?;
    Some(field.at(PlatformPart::Text(text.value)))
}
