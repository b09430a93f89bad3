//! `publish` and `taskdef_overrides`.

use crate::manifest::fields::{Field, Map};
use crate::manifest::findings::Diagnostics;
use crate::manifest::job::layer::{FifoPart, OverridePart, TopicPart};
use crate::manifest::job::table;
use crate::yaml::Node;

/// `publish.topics`.
pub(super) fn topics(map: &Map<'_>, diagnostics: &mut Diagnostics) -> Option<Vec<TopicPart>> {
    let items = map.get("publish")?.map(table::PUBLISH, diagnostics)?.get("topics")?.items(diagnostics)?;
    Some(items.iter().filter_map(|item| topic(item, diagnostics)).collect())
}

fn topic(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<TopicPart> {
    if let Some(text) = field.node.as_text() {
        diagnostics.error_help(
            &field.place,
            "expected a map, found a text",
            format!("write `- name: {text}`"),
        );
        return None;
    }
    let map = field.map(table::TOPIC, diagnostics)?;
    Some(TopicPart {
        place: field.place.clone(),
        name: map.string("name", diagnostics),
        fifo: map.get("fifo").and_then(|field| fifo(&field, diagnostics)),
    })
}

fn fifo(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<FifoPart> {
    if field.is_map() {
        let map = field.union_map(table::FIFO, diagnostics)?;
        let flag = map.boolean("content_based_deduplication", diagnostics)?;
        return Some(FifoPart::Settings { content_based_deduplication: Some(flag.value) });
    }
    let flag = field.flag(diagnostics, "true, false or a map with `content_based_deduplication`")?;
    Some(FifoPart::Flag(flag.value))
}

/// `taskdef_overrides`.
pub(super) fn overrides(map: &Map<'_>, diagnostics: &mut Diagnostics) -> Option<Vec<OverridePart>> {
    let items = map.get("taskdef_overrides")?.items(diagnostics)?;
    let mut rules = Vec::with_capacity(items.len());
    for item in items {
        let Some(map) = item.map(table::OVERRIDE, diagnostics) else { continue };
        // A missing value writes null, which `get` does not see.
        let value = item.node.get("value").cloned().unwrap_or_else(Node::null);
        rules.push(OverridePart { place: item.place.clone(), path: map.string("path", diagnostics), value });
    }
    Some(rules)
}
