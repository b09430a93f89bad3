//! A form of templates in which notation no longer matters: JSON with sorted keys, every scalar a
//! text, intrinsic functions in their long form.

use std::collections::BTreeMap;

use copilot::yaml::{Kind, Node, Style};
use serde_json::Value;

/// The node in normal form.
pub(super) fn normal_form(node: &Node) -> Value {
    let value = match &node.kind {
        Kind::Scalar(_) if node.is_null() => Value::Null,
        Kind::Scalar(scalar) => Value::from(match (scalar.style, scalar.text.as_str()) {
            (Style::Plain, "True" | "TRUE") => "true".to_owned(),
            (Style::Plain, "False" | "FALSE") => "false".to_owned(),
            _ => scalar.text.clone(),
        }),
        Kind::Sequence(items) => items.iter().map(normal_form).collect(),
        Kind::Mapping(entries) => sorted(entries.iter().map(|(key, value)| {
            let key = key.as_text().unwrap();
            (
                key.to_owned(),
                if key == "Fn::GetAtt" { attribute(normal_form(value)) } else { normal_form(value) },
            )
        })),
    };
    match node.tag.as_deref().and_then(|tag| tag.strip_prefix('!')) {
        None => value,
        Some(name @ ("Ref" | "Condition")) => sorted([(name.to_owned(), value)]),
        Some("GetAtt") => sorted([("Fn::GetAtt".to_owned(), attribute(value))]),
        Some(name) => sorted([(format!("Fn::{name}"), value)]),
    }
}

/// `A.B.C` as resource and attribute.
fn attribute(value: Value) -> Value {
    match value.as_str().and_then(|text| text.split_once('.')) {
        Some((resource, attribute)) => Value::from(vec![resource, attribute]),
        None => value,
    }
}

fn sorted(entries: impl IntoIterator<Item = (String, Value)>) -> Value {
    let entries: BTreeMap<String, Value> = entries.into_iter().collect();
    Value::Object(entries.into_iter().collect())
}
