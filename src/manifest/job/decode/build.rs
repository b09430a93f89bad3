//! `build`. Its fields from `cache_to` on are ours: the old tool had none of them.

use std::collections::BTreeMap;

use crate::manifest::fields::{Field, Map};
use crate::manifest::findings::{Diagnostics, Located};
use crate::manifest::job::layer::{BuildPart, BuildSettings};
use crate::manifest::job::table;
use crate::manifest::job::{BuildNetwork, BuildSecret, CacheTarget, NamedContext};

/// The id under which `RUN --mount=type=ssh` looks when it names none.
const DEFAULT_AGENT: &str = "default";

/// `build`: a Dockerfile's path, or a map.
pub(super) fn build(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Located<BuildPart>> {
    if !field.is_map() {
        let path = field.text(diagnostics, "the path of a Dockerfile or a map")?;
        return Some(field.at(BuildPart::Path(path.value)));
    }
    let map = field.union_map(table::BUILD, diagnostics)?;
    let settings = BuildSettings {
        dockerfile: map.string("dockerfile", diagnostics),
        context: map.string("context", diagnostics),
        target: map.string("target", diagnostics),
        args: map.texts("args", diagnostics),
        cache_from: map.get("cache_from").and_then(|field| field.strings(diagnostics)),
        cache_to: map.get("cache_to").and_then(|field| cache_to(&field, diagnostics)),
        secrets: named(&map, "secrets", diagnostics, secret),
        ssh: map.get("ssh").and_then(|field| ssh(&field, diagnostics)),
        contexts: named(&map, "contexts", diagnostics, context),
        no_cache: map.boolean("no_cache", diagnostics),
        network: map.get("network").and_then(|field| network(&field, diagnostics)),
    };
    Some(field.at(BuildPart::Settings(Box::new(settings))))
}

/// A map whose values are read one by one.
fn named<T>(
    map: &Map<'_>,
    key: &str,
    diagnostics: &mut Diagnostics,
    read: fn(&Field<'_>, &mut Diagnostics) -> Option<T>,
) -> BTreeMap<String, Located<T>> {
    let mut values = BTreeMap::new();
    for (name, field) in map.get(key).map(|field| field.entries(diagnostics)).unwrap_or_default() {
        if name.is_empty() {
            diagnostics.error(&field.place, "expected a name as the key");
        }
        values.extend(read(&field, diagnostics).map(|value| (name, field.at(value))));
    }
    values
}

/// One of `build.secrets`: exactly one source.
fn secret(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<BuildSecret> {
    if !field.is_map() {
        field.mismatch(diagnostics, "a map with `env`, `file`, `ssm` or `secretsmanager`");
        return None;
    }
    let map = field.union_map(table::BUILD_SECRET, diagnostics)?;
    let written: Vec<_> =
        table::BUILD_SECRET.iter().filter_map(|spec| Some((spec.name, map.get(spec.name)?))).collect();
    let [(kind, source)] = written.as_slice() else {
        let message = "a secret has one source: write one of `env`, `file`, `ssm` and `secretsmanager`";
        diagnostics.error(&field.place, message);
        return None;
    };
    let text = source.string(diagnostics)?.value;
    if text.trim().is_empty() {
        diagnostics.error(&source.place, "it is empty");
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
fn ssh(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Vec<String>> {
    if field.is_list() {
        return field.strings(diagnostics);
    }
    let flag = field.flag(diagnostics, "true, false or a list of ids")?;
    Some(if flag.value { vec![DEFAULT_AGENT.to_owned()] } else { Vec::new() })
}

/// One of `build.contexts`: a directory, an image or a remote source.
fn context(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<NamedContext> {
    let text = field.text(diagnostics, "a directory, `docker-image://<image>` or an address")?.value;
    if text.trim().is_empty() {
        diagnostics.error(&field.place, "it is empty");
        return None;
    }
    let Some((scheme, _)) = text.split_once("://") else { return Some(NamedContext::Directory(text)) };
    if !["docker-image", "https", "http", "git", "ssh"].contains(&scheme) {
        let message = format!("`{scheme}://` is not supported here");
        diagnostics.error_help(
            &field.place,
            message,
            "write a directory, docker-image://<image>, or an https:// address",
        );
        return None;
    }
    Some(NamedContext::Reference(text))
}

/// `build.network`.
fn network(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Located<BuildNetwork>> {
    let text = field.string(diagnostics)?;
    let network = match text.value.as_str() {
        "default" => BuildNetwork::Default,
        "none" => BuildNetwork::None,
        "host" => BuildNetwork::Host,
        other => {
            diagnostics.error(&field.place, format!("expected default, none or host, found `{other}`"));
            return None;
        }
    };
    Some(field.at(network))
}

/// `build.cache_to`: a list of BuildKit's `type=…,key=value` texts; an image alone means a registry.
fn cache_to(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Vec<CacheTarget>> {
    let items = field.items(diagnostics)?;
    let count = items.len();
    let targets: Vec<_> = items.iter().filter_map(|item| cache_target(item, diagnostics)).collect();
    (targets.len() == count).then_some(targets)
}

fn cache_target(item: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<CacheTarget> {
    let text = item.string(diagnostics)?.value;
    if !text.is_empty() && !text.contains('=') {
        return Some(CacheTarget::Registry(BTreeMap::from([("ref".to_owned(), text)])));
    }
    let mut attributes = BTreeMap::new();
    for part in text.split(',') {
        let Some((key, value)) = part.split_once('=') else {
            diagnostics.error(&item.place, format!("expected key=value, found `{part}`"));
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
            diagnostics.error_help(&item.place, "`ref` is missing", help);
            None
        }
        Some("inline") => {
            diagnostics.error(&item.place, "`type=inline` has no further settings");
            None
        }
        Some(other) => {
            diagnostics.error_help(&item.place, format!("the cache type `{other}` is not supported"), help);
            None
        }
        None => {
            diagnostics.error_help(&item.place, "`type` is missing", help);
            None
        }
    }
}
