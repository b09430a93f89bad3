//! Files that are written for people: what they hold, and what only their comments hold.

use std::collections::{BTreeMap, BTreeSet};

use copilot::yaml;
use serde_json::Value;

use super::normal_form::normal_form;

/// What a text holds, in the normal form.
pub(super) fn parsed(text: &str) -> Value {
    normal_form(&yaml::load(text).unwrap().unwrap())
}

/// The fields that only stand in comments, as they would read without the comment signs.
pub(super) fn samples(text: &str, written: &Value) -> Value {
    let is_field = |line: &str| {
        let key = line.trim_start().split(':').next().unwrap_or_default();
        line.contains(':') && !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let uncommented: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| is_field(rest)).unwrap_or(line))
        .collect();
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    leaves(written, String::new(), &mut before);
    leaves(&parsed(&uncommented.join("\n")), String::new(), &mut after);
    let known: BTreeSet<&String> = before.keys().collect();
    let only = after.iter().filter(|(path, _)| !known.contains(path));
    Value::Object(only.map(|(path, value)| (path.clone(), value.clone())).collect())
}

fn leaves(value: &Value, path: String, found: &mut BTreeMap<String, Value>) {
    match value.as_object() {
        Some(map) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                leaves(value, path, found);
            }
        }
        None => drop(found.insert(path, value.clone())),
    }
}
