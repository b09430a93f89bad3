//! The records of `--json` held against what users are told of them, `src/cli/help/json.md`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Fields by name: the type, and whether the field may be absent.
type Fields = BTreeMap<String, (String, bool)>;

/// What the document says: fields by record (`build started`) and by part (`words`).
pub(crate) struct Schema {
    records: BTreeMap<String, Fields>,
    parts: BTreeMap<String, Fields>,
}

impl Schema {
    pub(crate) fn read() -> Self {
        let text = include_str!("../../src/cli/help/json.md");
        let mut schema = Self { records: BTreeMap::new(), parts: BTreeMap::new() };
        let mut in_parts = false;
        for line in text.lines() {
            let Some((head, fields)) =
                line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")?.split_once(" | "))
            else {
                continue;
            };
            in_parts |= head == "part";
            if !head.starts_with('`') {
                continue;
            }
            let fields: Fields = fields.split("; ").filter_map(field).collect();
            assert!(!fields.is_empty(), "{line}");
            match in_parts {
                true => {
                    for name in head.split(", ") {
                        schema.parts.insert(name.replace('`', ""), fields.clone());
                    }
                }
                false => drop(schema.records.insert(head.replace('`', ""), fields)),
            }
        }
        assert!(schema.records.len() > 20 && schema.parts.len() > 5);
        schema
    }

    /// What is wrong with a record.
    pub(crate) fn problems(&self, record: &Map<String, Value>) -> Vec<String> {
        let text = |field: &str| record.get(field).and_then(Value::as_str);
        let kind = text("type").unwrap_or_default();
        let second = match kind {
            "build" | "push" | "command" | "run" => Some("event"),
            "outcome" => Some("outcome"),
            _ => None,
        };
        let mut rest = record.clone();
        let mut problems = Vec::new();
        for (field, needed) in [("type", true), ("time", true), ("subject", false)] {
            if rest.remove(field).map_or(needed, |value| !value.is_string()) {
                problems.push(format!("no text `{field}`"));
            }
        }
        let name = match second {
            Some(field) => {
                rest.remove(field);
                format!("{kind} {}", text(field).unwrap_or_default())
            }
            None => kind.to_owned(),
        };
        match self.records.get(&name) {
            Some(fields) => self.compare(&name, fields, &rest, &mut problems),
            None => problems.push(format!("there is no record `{name}`")),
        }
        problems
    }

    fn compare(&self, of: &str, fields: &Fields, found: &Map<String, Value>, problems: &mut Vec<String>) {
        for (name, (_, may_be_absent)) in fields {
            if !may_be_absent && !found.contains_key(name) {
                problems.push(format!("{of}: `{name}` is missing"));
            }
        }
        for (name, value) in found {
            let Some((kind, _)) = fields.get(name) else {
                problems.push(format!("{of}: `{name}` is not described"));
                continue;
            };
            let fits = match kind.as_str() {
                "text" => value.is_string(),
                "number" => value.is_number(),
                "boolean" => value.is_boolean(),
                "list" => value.is_array(),
                "object" => value.is_object(),
                "number or null" => value.is_number() || value.is_null(),
                "value" => true,
                words => value.as_str().is_some_and(|value| words.contains(&format!("`{value}`"))),
            };
            if !fits {
                problems.push(format!("{of}: `{name}` is no {kind}: {value}"));
            }
            let Some(part) = self.parts.get(name) else { continue };
            let inner = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            for inner in inner {
                match inner.as_object() {
                    Some(inner) => self.compare(name, part, inner, problems),
                    None => problems.push(format!("{of}: `{name}` holds {inner}")),
                }
            }
        }
    }
}

/// `` `name`?: type, more words ``
fn field(text: &str) -> Option<(String, (String, bool))> {
    let (name, kind) = text.split_once(": ")?;
    let (name, may_be_absent) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
    let name = name.strip_prefix('`')?.strip_suffix('`')?;
    let kind = if kind.starts_with('`') { kind } else { kind.split(',').next()? };
    Some((name.to_owned(), (kind.to_owned(), may_be_absent)))
}

/// Holds every record that a command wrote against the document.
pub(crate) fn check(stdout: &str) {
    let schema = Schema::read();
    for line in stdout.lines() {
        let record: Map<String, Value> = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let problems = schema.problems(&record);
        assert!(problems.is_empty(), "{}\nin {line}", problems.join("\n"));
    }
}
