//! A template's parameters and tags as one file: the template configuration that `CodePipeline` reads,
//! and that `aws cloudformation deploy --parameter-overrides` takes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Parameters and tags as JSON: keys sorted, two spaces for each level, no line break at the end, and what HTML would not take
/// as it is in strings escaped, as the old tool wrote it.
pub fn configuration(parameters: &[(String, String)], tags: &BTreeMap<String, String>) -> String {
    let sorted: BTreeMap<&str, &str> = parameters.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let mut document = Map::new();
    document.insert("Parameters".to_owned(), object(sorted));
    if !tags.is_empty() {
        document.insert("Tags".to_owned(), object(tags.iter().map(|(k, v)| (k.as_str(), v.as_str()))));
    }
    let mut escaped = String::new();
    for char in format!("{:#}", Value::Object(document)).chars() {
        match char {
            // They stand in strings only.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(char)));
            }
            _ => escaped.push(char),
        }
    }
    escaped
}

fn object<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_and_texts_escaped_as_the_old_tool_did() {
        let parameters =
            [("Schedule", "cron(0 9 ? * 2-6 *)"), ("ContainerImage", "a/b:<c>&\u{2028}\"\\\n\té")];
        let parameters = parameters.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let tags = BTreeMap::from([("copilot-service".to_owned(), "report-gen".to_owned())]);
        let expected = r#"{
  "Parameters": {
    "ContainerImage": "a/b:\u003cc\u003e\u0026\u2028\"\\\n\té",
    "Schedule": "cron(0 9 ? * 2-6 *)"
  },
  "Tags": {
    "copilot-service": "report-gen"
  }
}"#;
        assert_eq!(configuration(&parameters, &tags), expected);
        assert_eq!(configuration(&[], &BTreeMap::new()), "{\n  \"Parameters\": {}\n}");
    }
}
