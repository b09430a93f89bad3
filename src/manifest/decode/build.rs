//! `build`. Its fields from `cache_to` on are ours: the old tool had none of them.

use std::collections::BTreeMap;

use super::fields::{Field, Map};
use crate::manifest::findings::{At, Notes};
use crate::manifest::job::{BuildNetwork, BuildSecret, CacheTarget, NamedContext};
use crate::manifest::partial::{BuildPart, BuildSettings};

const BUILD: [&str; 11] = [
    "dockerfile",
    "context",
    "target",
    "args",
    "cache_from",
    "cache_to",
    "secrets",
    "ssh",
    "contexts",
    "no_cache",
    "network",
];
const SECRET: [&str; 4] = ["env", "file", "ssm", "secretsmanager"];
/// The id under which `RUN --mount=type=ssh` looks when it names none.
const DEFAULT_AGENT: &str = "default";

/// `build`: a Dockerfile's path, or a map.
pub fn build(field: &Field<'_>, notes: &mut Notes) -> Option<At<BuildPart>> {
    if !field.is_map() {
        let path = field.text(notes, "the path of a Dockerfile or a map")?;
        return Some(field.at(BuildPart::Path(path.value)));
    }
    let map = field.union_map(&BUILD, notes)?;
    let settings = BuildSettings {
        dockerfile: map.string("dockerfile", notes),
        context: map.string("context", notes),
        target: map.string("target", notes),
        args: map.texts("args", notes),
        cache_from: map.get("cache_from").and_then(|field| field.strings(notes)),
        cache_to: map.get("cache_to").and_then(|field| cache_to(&field, notes)),
        secrets: named(&map, "secrets", notes, secret),
        ssh: map.get("ssh").and_then(|field| ssh(&field, notes)),
        contexts: named(&map, "contexts", notes, context),
        no_cache: map.boolean("no_cache", notes),
        network: map.get("network").and_then(|field| network(&field, notes)),
    };
    Some(field.at(BuildPart::Settings(Box::new(settings))))
}

/// A map whose values are read one by one.
fn named<T>(
    map: &Map<'_>,
    key: &str,
    notes: &mut Notes,
    read: fn(&Field<'_>, &mut Notes) -> Option<T>,
) -> BTreeMap<String, At<T>> {
    let mut values = BTreeMap::new();
    for (name, field) in map.get(key).map(|field| field.entries(notes)).unwrap_or_default() {
        if name.is_empty() {
            notes.error(&field.place, "expected a name as the key");
        }
        values.extend(read(&field, notes).map(|value| (name, field.at(value))));
    }
    values
}

/// One of `build.secrets`: exactly one source.
fn secret(field: &Field<'_>, notes: &mut Notes) -> Option<BuildSecret> {
    if !field.is_map() {
        field.mismatch(notes, "a map with `env`, `file`, `ssm` or `secretsmanager`");
        return None;
    }
    let map = field.union_map(&SECRET, notes)?;
    let written: Vec<_> = SECRET.iter().filter_map(|key| Some((*key, map.get(key)?))).collect();
    let [(kind, source)] = written.as_slice() else {
        let message = "a secret has one source: write one of `env`, `file`, `ssm` and `secretsmanager`";
        notes.error(&field.place, message);
        return None;
    };
    let text = source.string(notes)?.value;
    if text.trim().is_empty() {
        notes.error(&source.place, "it is empty");
        return None;
    }
    Some(match *kind {
        "env" => BuildSecret::Env(text),
        "file" => BuildSecret::File(text),
        "ssm" => BuildSecret::Ssm(text),
        _ => BuildSecret::SecretsManager(text),
    })
}

/// `build.ssh`: true, or the ids that the Dockerfile uses.
fn ssh(field: &Field<'_>, notes: &mut Notes) -> Option<Vec<String>> {
    if field.is_list() {
        return field.strings(notes);
    }
    let flag = field.flag(notes, "true, false or a list of ids")?;
    Some(if flag.value { vec![DEFAULT_AGENT.to_owned()] } else { Vec::new() })
}

/// One of `build.contexts`: a directory, an image or a remote source.
fn context(field: &Field<'_>, notes: &mut Notes) -> Option<NamedContext> {
    let text = field.text(notes, "a directory, `docker-image://<image>` or an address")?.value;
    if text.trim().is_empty() {
        notes.error(&field.place, "it is empty");
        return None;
    }
    let Some((scheme, _)) = text.split_once("://") else { return Some(NamedContext::Directory(text)) };
    if !["docker-image", "https", "http", "git", "ssh"].contains(&scheme) {
        let message = format!("`{scheme}://` is not supported here");
        notes.error_help(
            &field.place,
            message,
            "write a directory, docker-image://<image>, or an https:// address",
        );
        return None;
    }
    Some(NamedContext::Reference(text))
}

/// `build.network`.
fn network(field: &Field<'_>, notes: &mut Notes) -> Option<At<BuildNetwork>> {
    let text = field.string(notes)?;
    let network = match text.value.as_str() {
        "default" => BuildNetwork::Default,
        "none" => BuildNetwork::None,
        "host" => BuildNetwork::Host,
        other => {
            notes.error(&field.place, format!("expected default, none or host, found `{other}`"));
            return None;
        }
    };
    Some(field.at(network))
}

/// `build.cache_to`: a list of BuildKit's `type=…,key=value` texts; an image alone means a registry.
fn cache_to(field: &Field<'_>, notes: &mut Notes) -> Option<Vec<CacheTarget>> {
    let items = field.items(notes)?;
    let count = items.len();
    let targets: Vec<_> = items.iter().filter_map(|item| cache_target(item, notes)).collect();
    (targets.len() == count).then_some(targets)
}

fn cache_target(item: &Field<'_>, notes: &mut Notes) -> Option<CacheTarget> {
    let text = item.string(notes)?.value;
    if !text.is_empty() && !text.contains('=') {
        return Some(CacheTarget::Registry(BTreeMap::from([("ref".to_owned(), text)])));
    }
    let mut attributes = BTreeMap::new();
    for part in text.split(',') {
        let Some((key, value)) = part.split_once('=') else {
            notes.error(&item.place, format!("expected key=value, found `{part}`"));
            return None;
        };
        attributes.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    let help = "write `type=inline`, `type=registry,ref=<image>` or just an image";
    match attributes.remove("type").as_deref() {
        Some("inline") if attributes.is_empty() => Some(CacheTarget::Inline),
        Some("registry") if attributes.get("ref").is_some_and(|image| !image.is_empty()) => {
            Some(CacheTarget::Registry(attributes))
        }
        Some("registry") => {
            notes.error_help(&item.place, "`ref` is missing", help);
            None
        }
        Some("inline") => {
            notes.error(&item.place, "`type=inline` has no further settings");
            None
        }
        Some(other) => {
            notes.error_help(&item.place, format!("the cache type `{other}` is not supported"), help);
            None
        }
        None => {
            notes.error_help(&item.place, "`type` is missing", help);
            None
        }
    }
}
