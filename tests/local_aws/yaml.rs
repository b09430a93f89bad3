//! Templates as values, without the meaning of their tags.

use granit_parser::{Event as YamlEvent, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// A YAML or JSON document without anchors; tags are ignored.
pub(super) fn read_yaml(text: &str) -> Option<Value> {
    let mut events = Parser::new_from_str(text).filter_map(|event| event.ok().map(|(event, _)| event));
    while let Some(event) = events.next() {
        if let Some(value) = read_node(event, &mut events) {
            return Some(value);
        }
    }
    None
}

fn read_node<'a>(event: YamlEvent<'a>, rest: &mut impl Iterator<Item = YamlEvent<'a>>) -> Option<Value> {
    match event {
        YamlEvent::Scalar(text, ScalarStyle::Plain, ..) => {
            Some(serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned())))
        }
        YamlEvent::Scalar(text, ..) => Some(Value::String(text.into_owned())),
        YamlEvent::SequenceStart(..) => {
            let mut items = Vec::new();
            while let Some(item) = rest.next().and_then(|event| read_node(event, rest)) {
                items.push(item);
            }
            Some(Value::Array(items))
        }
        YamlEvent::MappingStart(..) => {
            let mut map = Map::new();
            while let Some(key) = rest.next().and_then(|event| read_node(event, rest)) {
                let value = rest.next().and_then(|event| read_node(event, rest))?;
                map.insert(key.as_str().map_or_else(|| key.to_string(), str::to_owned), value);
            }
            Some(Value::Object(map))
        }
        _ => None,
    }
}
