//! Two templates compared by meaning: notation, order of keys and short forms of functions make no difference.

use std::collections::{BTreeMap, BTreeSet};

use crate::yaml::{Kind, Node, Style};

/// What differs between two templates.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The deployed template could be read.
    readable: bool,
    /// Paths by resource, such as `Properties.Code.S3Key`; by section for what is outside the resources.
    /// A path that is the whole resource is empty.
    resources: BTreeMap<String, BTreeSet<String>>,
    sections: BTreeMap<String, BTreeSet<String>>,
}

impl Comparison {
    /// Compares the deployed template with the new one. `Metadata` is left out: it differs by intention.
    pub fn new(deployed: Option<&Node>, new: &Node) -> Self {
        let Some(deployed) = deployed else { return Self::default() };
        let mut compared = Self { readable: true, ..Self::default() };
        let (old, new) = (value(deployed), value(new));
        let mut paths = Vec::new();
        differences(&mut Vec::new(), Some(&old), Some(&new), &mut paths);
        for path in paths {
            let rest = |from: usize| path.get(from..).unwrap_or_default().join(".");
            match path.as_slice() {
                [section, ..] if section == "Metadata" => {}
                [section, resource, ..] if section == "Resources" => {
                    compared.resources.entry(resource.clone()).or_default().insert(rest(2));
                }
                [section, ..] => {
                    compared.sections.entry(section.clone()).or_default().insert(rest(1));
                }
                [] => {}
            }
        }
        compared
    }

    /// Whether the deployed template could be read, so that differences are known.
    pub fn is_readable(&self) -> bool {
        self.readable
    }

    /// Logical ids of the resources that differ.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.resources.keys().map(String::as_str)
    }

    /// Whether the text of a resource's property differs; `true` when that is unknown.
    pub fn touches(&self, resource: &str, property: &str) -> bool {
        let touched = |path: &String| {
            let rest = path.strip_prefix("Properties");
            // The resource or its properties as a whole, the property, or something in it.
            path.is_empty()
                || rest == Some("")
                || rest
                    .and_then(|rest| rest.strip_prefix('.')?.strip_prefix(property))
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        !self.readable || self.resources.get(resource).is_some_and(|paths| paths.iter().any(touched))
    }

    /// Whether the text of a resource is as it was deployed.
    pub fn leaves(&self, resource: &str) -> bool {
        self.readable && !self.resources.contains_key(resource)
    }

    /// One line for each resource and section with differences.
    pub fn lines(&self) -> Vec<String> {
        let line = |(name, paths): (&String, &BTreeSet<String>)| {
            let shown = |path: &String| path.strip_prefix("Properties.").unwrap_or(path).to_owned();
            let paths: Vec<String> = paths.iter().filter(|path| !path.is_empty()).map(shown).collect();
            let colon = if paths.is_empty() { "" } else { ": " };
            format!("{name}{colon}{}", paths.join(", "))
        };
        self.resources.iter().chain(&self.sections).map(line).collect()
    }
}

/// A value whose notation no longer matters.
#[derive(Debug, PartialEq, Eq)]
enum Value {
    Null,
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

/// Intrinsic functions in their long form, scalars as text, keys sorted.
fn value(node: &Node) -> Value {
    let plain = match &node.kind {
        Kind::Scalar(_) if node.is_null() => Value::Null,
        Kind::Scalar(scalar) => Value::Text(match (scalar.style, scalar.text.as_str()) {
            (Style::Plain, "True" | "TRUE") => "true".to_owned(),
            (Style::Plain, "False" | "FALSE") => "false".to_owned(),
            _ => scalar.text.clone(),
        }),
        Kind::Sequence(items) => Value::List(items.iter().map(value).collect()),
        Kind::Mapping(entries) => Value::Map(
            entries
                .iter()
                .map(|(key, inner)| {
                    let key = key.as_text().unwrap_or_default();
                    let inner = value(inner);
                    (key.to_owned(), if key == "Fn::GetAtt" { attribute(inner) } else { inner })
                })
                .collect(),
        ),
    };
    match node.tag.as_deref().and_then(|tag| tag.strip_prefix('!')) {
        Some(name @ ("Ref" | "Condition")) => Value::Map([(name.to_owned(), plain)].into()),
        Some("GetAtt") => Value::Map([("Fn::GetAtt".to_owned(), attribute(plain))].into()),
        // YAML's own tags, such as `!!str`, change nothing here.
        Some(name) if !name.starts_with('!') => Value::Map([(format!("Fn::{name}"), plain)].into()),
        _ => plain,
    }
}

/// `A.B.C` as resource and attribute.
fn attribute(value: Value) -> Value {
    match &value {
        Value::Text(text) => match text.split_once('.') {
            Some((resource, attribute)) => {
                Value::List([resource, attribute].map(|part| Value::Text(part.to_owned())).into())
            }
            None => value,
        },
        _ => value,
    }
}

/// Whether a map is one function call, which is one value.
fn is_function(map: &BTreeMap<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|key| key == "Ref" || key == "Condition" || key.starts_with("Fn::"))
}

/// Paths of what differs, as deep as both sides are maps.
fn differences(
    path: &mut Vec<String>,
    old: Option<&Value>,
    new: Option<&Value>,
    found: &mut Vec<Vec<String>>,
) {
    match (old, new) {
        (Some(Value::Map(old)), Some(Value::Map(new))) if !is_function(old) && !is_function(new) => {
            for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
                path.push(key.clone());
                differences(path, old.get(key), new.get(key), found);
                path.pop();
            }
        }
        _ if old == new => {}
        _ => found.push(path.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(deployed: &str, new: &str) -> Comparison {
        let read = |text: &str| crate::yaml::load(text).unwrap().unwrap();
        Comparison::new(Some(&read(deployed)), &read(new))
    }

    #[test]
    fn notation_does_not_matter() {
        for (deployed, new) in [
            ("Resources: {A: {P: !Ref X}}", r#"{"Resources": {"A": {"P": {"Ref": "X"}}}}"#),
            ("Resources: {A: {P: !GetAtt X.Arn}}", "Resources: {A: {P: {Fn::GetAtt: [X, Arn]}}}"),
            ("Resources: {A: {P: !GetAtt X.Outputs.Y}}", "Resources: {A: {P: {Fn::GetAtt: [X, Outputs.Y]}}}"),
            ("Resources: {A: {P: {Fn::GetAtt: X.Arn}}}", "Resources: {A: {P: !GetAtt [X, Arn]}}"),
            ("Resources: {A: {P: !Sub '${X}', Q: 1}}", "Resources: {A: {Q: '1', P: {'Fn::Sub': '${X}'}}}"),
            ("Resources: {A: {P: True, Q: FALSE}}", "Resources: {A: {P: true, Q: false}}"),
            ("Resources: {A: {C: !Condition X}}", "Resources: {A: {C: {Condition: X}}}"),
            ("Metadata: {Version: v1.34.0}", "Metadata: {Version: v1.34.1+rs.1.35.0, Manifest: x}"),
        ] {
            assert_eq!(compare(deployed, new).lines(), [""; 0], "{deployed} and {new}");
        }
    }

    #[test]
    fn differences_are_named_by_resource_and_property() {
        let deployed = "Parameters: {A: {Type: String}}
Resources:
  Function: {Type: L, Properties: {Code: {S3Bucket: b, S3Key: old}, Runtime: nodejs20.x, Role: !GetAtt R.Arn}}
  Gone: {Type: T}
  Task: {Type: T, Properties: {Image: !Ref A, List: [1, 2]}}
";
        let new = "Parameters: {A: {Type: String, Default: x}, B: {Type: String}}
Resources:
  Function: {Type: L, Properties: {Code: {S3Bucket: b, S3Key: new}, Runtime: nodejs24.x, Role: !GetAtt R.Arn}}
  Added: {Type: T}
  Task: {Type: T, Condition: C, Properties: {Image: !Ref B, List: [2, 1]}}
";
        let compared = compare(deployed, new);
        assert_eq!(
            compared.lines(),
            [
                "Added",
                "Function: Code.S3Key, Runtime",
                "Gone",
                "Task: Condition, Image, List",
                "Parameters: A.Default, B"
            ]
        );
        assert!(compared.touches("Function", "Code"));
        assert!(compared.touches("Gone", "Anything"));
        assert!(!compared.touches("Function", "Role"));
        assert!(!compared.touches("Function", "Cod"));
        assert!(!compared.touches("Other", "Role"));
        assert!(Comparison::new(None, &Node::null()).touches("Other", "Role"));
    }
}
