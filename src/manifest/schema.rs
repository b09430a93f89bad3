//! JSON Schemas (2020-12) of manifests, for editors: made of the tables that the decoder reads with.

use serde_json::{Map, Value, json};

use super::table::{Shape, Spec, Table};
use super::{env, job};

/// The dialect of the schemas.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A kind of manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A scheduled job.
    Job,
    /// An environment.
    Environment,
}

impl Subject {
    /// Name of the file that a workspace keeps the schema in, below `copilot/.schema/`.
    pub fn file(self) -> &'static str {
        match self {
            Self::Job => "job.json",
            Self::Environment => "environment.json",
        }
    }

    /// The line that tells editors where the schema is, from a manifest's own place.
    pub(super) fn modeline(self) -> String {
        let up = match self {
            Self::Job => "..",
            Self::Environment => "../..",
        };
        format!("# yaml-language-server: $schema={up}/.schema/{}\n", self.file())
    }
}

/// The schema of this kind of manifest, as JSON that ends in a line break.
pub fn schema(subject: Subject) -> String {
    let (title, table) = match subject {
        Subject::Job => ("Manifest of a scheduled job", job::table::JOB),
        Subject::Environment => ("Manifest of an environment", env::table::ENVIRONMENT),
    };
    // `x-…` keys hold anchors by convention.
    let mut whole = map_of(table);
    whole["patternProperties"] = json!({ "^x-": {} });
    let schema = json!({
        "$schema": DIALECT,
        "title": title,
        "$ref": "#/$defs/manifest",
        "required": ["name", "type"],
        "$defs": { "manifest": whole },
    });
    // A tree of texts is always JSON.
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

/// A map with these fields only. A field without a value counts as not written.
fn map_of(table: Table) -> Value {
    let properties: Map<String, Value> =
        table.iter().map(|spec| (spec.name.to_owned(), described(spec))).collect();
    json!({ "type": ["object", "null"], "properties": properties, "additionalProperties": false })
}

fn described(spec: &Spec) -> Value {
    let mut schema = of(&spec.shape);
    schema["description"] = Value::from(spec.about);
    schema
}

/// Words of YAML 1.1 that stand for true or false, which editors take for texts.
const FLAGS: [&str; 16] =
    ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"];

/// Every form is a schema of its own types. A keyword counts for its type only, so that the forms of a field make up one
/// schema without alternatives: an editor then underlines the mistake, not the whole value.
fn of(shape: &Shape) -> Value {
    match shape {
        Shape::Text => json!({ "type": ["string", "number", "boolean", "null"] }),
        Shape::Word(words) => {
            json!({ "type": ["string", "null"], "pattern": one_of(words), "examples": words })
        }
        Shape::Number => json!({ "type": ["number", "null"] }),
        Shape::Flag => json!({ "type": ["boolean", "string", "null"], "pattern": one_of(&FLAGS) }),
        Shape::Duration => json!({ "type": ["string", "null"] }),
        Shape::Anything => json!({}),
        Shape::Fields(table) => map_of(table),
        Shape::SomeOf(table) => {
            let mut map = map_of(table);
            map["minProperties"] = Value::from(1);
            map
        }
        Shape::Named(shape) => json!({ "type": ["object", "null"], "additionalProperties": of(shape) }),
        Shape::List(shape) => json!({ "type": ["array", "null"], "items": of(shape) }),
        Shape::Any(shapes) => shapes.iter().map(of).fold(json!({ "type": [] }), both),
        Shape::Whole => json!({ "$ref": "#/$defs/manifest" }),
    }
}

/// One of these words, or a text with a variable, whose value only the deployment knows.
fn one_of(words: &[&str]) -> String {
    format!("^({})$|\\$\\{{", words.join("|"))
}

/// What one of two forms takes. They have no type but null in common.
fn both(mut one: Value, other: Value) -> Value {
    let Value::Object(other) = other else { return one };
    for (keyword, value) in other {
        match (one.get_mut(&keyword), value) {
            (Some(Value::Array(types)), Value::Array(more)) => {
                let new = more.into_iter().filter(|kind| !types.contains(kind)).collect::<Vec<_>>();
                types.extend(new);
            }
            (_, value) => one[&keyword] = value,
        }
    }
    one
}
