//! A check for tests: everything a template refers to is in it.

use std::collections::BTreeSet;

use crate::yaml::{Kind, Node};

/// Names that the functions of a template use.
#[derive(Default)]
struct Used {
    /// Of `Ref` and of variables in `Fn::Sub`: parameters, resources, pseudo parameters.
    values: BTreeSet<String>,
    /// Of `Fn::GetAtt`, `DependsOn` and variables with an attribute.
    resources: BTreeSet<String>,
    conditions: BTreeSet<String>,
}

/// The keys of a section.
pub(crate) fn keys(map: Option<&Node>) -> BTreeSet<String> {
    match map.map(|map| &map.kind) {
        Some(Kind::Mapping(entries)) => {
            entries.iter().map(|(k, _)| k.as_text().unwrap().to_owned()).collect()
        }
        _ => BTreeSet::new(),
    }
}

/// What a template refers to although it does not have it, one line each.
pub(crate) fn unresolved(body: &Node) -> Vec<String> {
    let mut used = Used::default();
    used.collect(body);
    let resources = keys(body.get("Resources"));
    let mut values = keys(body.get("Parameters"));
    values.extend(resources.iter().cloned());
    let conditions = keys(body.get("Conditions"));
    let missing = |kind: &str, used: &BTreeSet<String>, known: &BTreeSet<String>| {
        let missing = used.difference(known).filter(|name| !name.starts_with("AWS::"));
        missing.map(|name| format!("{kind} {name}")).collect::<Vec<_>>()
    };
    [
        missing("value", &used.values, &values),
        missing("resource", &used.resources, &resources),
        missing("condition", &used.conditions, &conditions),
    ]
    .concat()
}

impl Used {
    fn collect(&mut self, node: &Node) {
        if let Some(tag) = &node.tag {
            self.function(tag.trim_start_matches('!'), node);
        }
        match &node.kind {
            Kind::Scalar(_) => {}
            Kind::Sequence(items) => items.iter().for_each(|item| self.collect(item)),
            Kind::Mapping(entries) => {
                // Containers depend on each other's state by a field of this name, too.
                let of_container = node.get("ContainerName").is_some();
                for (key, value) in entries {
                    match (key.as_text().unwrap_or_default(), &value.kind) {
                        ("Ref", _) => self.function("Ref", value),
                        ("Condition", Kind::Scalar(_)) if !of_container => self.function("Condition", value),
                        ("DependsOn", Kind::Sequence(ids)) => {
                            self.resources.extend(ids.iter().filter_map(|id| Some(id.as_text()?.to_owned())));
                        }
                        ("DependsOn", _) => self.resources.extend(value.as_text().map(str::to_owned)),
                        (key, _) => {
                            if let Some(function) = key.strip_prefix("Fn::") {
                                self.function(function, value);
                            }
                        }
                    }
                    self.collect(value);
                }
            }
        }
    }

    fn function(&mut self, name: &str, argument: &Node) {
        let first = match &argument.kind {
            Kind::Sequence(items) => items.first().and_then(Node::as_text),
            _ => argument.as_text(),
        };
        let first = first.unwrap_or_default();
        match name {
            "Ref" => drop(self.values.insert(first.to_owned())),
            "GetAtt" => self.resources.extend(first.split('.').next().map(str::to_owned)),
            "If" | "Condition" => drop(self.conditions.insert(first.to_owned())),
            "Sub" => {
                let own = match &argument.kind {
                    Kind::Sequence(items) => keys(items.get(1)),
                    _ => BTreeSet::new(),
                };
                for variable in variables(first).filter(|variable| !own.contains(*variable)) {
                    match variable.split_once('.') {
                        Some((resource, _)) => drop(self.resources.insert(resource.to_owned())),
                        None => drop(self.values.insert(variable.to_owned())),
                    }
                }
            }
            _ => {}
        }
    }
}

/// The variables of a text for `Fn::Sub`; `${!X}` is the text `${X}`.
pub(super) fn variables(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split("${").skip(1).filter_map(|part| Some(part.split_once('}')?.0.trim()));
    parts.filter(|variable| !variable.starts_with('!'))
}

#[test]
fn missing_names_are_found() {
    let template = "Conditions:
  Has: !Not [!Equals [!Ref P, '']]
  Not: !Not [!Condition Gone]
Parameters: {P: {}}
Resources:
  A:
    Condition: Hass
    DependsOn: [A, B]
    Properties:
      One: !Sub ['${X}${P}${Y}${C.Arn}${!Z}${AWS::Region}', {X: !Ref Q}]
      Two: !GetAtt D.Arn
      Three: {Fn::GetAtt: [E, Arn]}
      Four: !If [Hat, {Ref: A}, {'Fn::Sub': '${F}'}]
";
    let body = crate::yaml::load(template).unwrap().unwrap();
    assert_eq!(
        unresolved(&body),
        [
            "value F",
            "value Q",
            "value Y",
            "resource B",
            "resource C",
            "resource D",
            "resource E",
            "condition Gone",
            "condition Hass",
            "condition Hat"
        ]
    );
}
