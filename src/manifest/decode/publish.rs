//! `publish` and `taskdef_overrides`.

use super::fields::{Field, Map};
use crate::manifest::findings::Notes;
use crate::manifest::partial::{FifoPart, OverridePart, TopicPart};
use crate::yaml::Node;

/// `publish.topics`.
pub fn topics(map: &Map<'_>, notes: &mut Notes) -> Option<Vec<TopicPart>> {
    let items = map.get("publish")?.map(&["topics"], notes)?.get("topics")?.items(notes)?;
    Some(items.iter().filter_map(|item| topic(item, notes)).collect())
}

fn topic(field: &Field<'_>, notes: &mut Notes) -> Option<TopicPart> {
    if let Some(text) = field.node.as_text() {
        notes.error_help(&field.place, "expected a map, found a text", format!("write `- name: {text}`"));
        return None;
    }
    let map = field.map(&["name", "fifo"], notes)?;
    Some(TopicPart {
        place: field.place.clone(),
        name: map.string("name", notes),
        fifo: map.get("fifo").and_then(|field| fifo(&field, notes)),
    })
}

fn fifo(field: &Field<'_>, notes: &mut Notes) -> Option<FifoPart> {
    if field.is_map() {
        let map = field.union_map(&["content_based_deduplication"], notes)?;
        let flag = map.boolean("content_based_deduplication", notes)?;
        return Some(FifoPart::Settings { content_based_deduplication: Some(flag.value) });
    }
    let flag = field.flag(notes, "true, false or a map with `content_based_deduplication`")?;
    Some(FifoPart::Flag(flag.value))
}

/// `taskdef_overrides`.
pub fn overrides(map: &Map<'_>, notes: &mut Notes) -> Option<Vec<OverridePart>> {
    let items = map.get("taskdef_overrides")?.items(notes)?;
    let mut rules = Vec::with_capacity(items.len());
    for item in items {
        let Some(map) = item.map(&["path", "value"], notes) else { continue };
        // A missing value writes null, which `get` does not see.
        let value = item.node.get("value").cloned().unwrap_or_else(Node::null);
        rules.push(OverridePart { place: item.place.clone(), path: map.string("path", notes), value });
    }
    Some(rules)
}
