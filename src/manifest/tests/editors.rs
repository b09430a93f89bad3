//! What an editor makes of manifests by the schemas: it accepts whatever the loader accepts without a warning.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Map, Value};

use super::{complete, load_text};
use crate::manifest::schema::{Subject, schema};
use crate::yaml::{self, Kind, Node, Style, scalar};

fn parsed(subject: Subject) -> Value {
    serde_json::from_str(&schema(subject)).unwrap()
}

static VALIDATORS: LazyLock<BTreeMap<&str, Validator>> = LazyLock::new(|| {
    let validator = |subject| jsonschema::draft202012::new(&parsed(subject)).unwrap();
    BTreeMap::from([("job", validator(Subject::Job)), ("env", validator(Subject::Environment))])
});

/// The text as editors read it; `None` where it is no map of texts.
fn document(text: &str) -> Option<Value> {
    value(&yaml::load(text).ok()??)
}

fn value(node: &Node) -> Option<Value> {
    Some(match &node.kind {
        Kind::Sequence(items) => items.iter().map(value).collect::<Option<Vec<_>>>()?.into(),
        Kind::Mapping(entries) => {
            let pair = |(key, entry): &(Node, Node)| Some((key.as_text()?.to_owned(), value(entry)?));
            Value::Object(entries.iter().map(pair).collect::<Option<Map<_, _>>>()?)
        }
        Kind::Scalar(_) if node.is_null() => Value::Null,
        Kind::Scalar(scalar) => match (scalar.text.as_str(), scalar.style == Style::Plain) {
            ("true" | "True" | "TRUE", true) => Value::from(true),
            ("false" | "False" | "FALSE", true) => Value::from(false),
            (text, _) => match scalar::integer(node) {
                Some(number) => Value::from(number),
                None => Value::from(text),
            },
        },
    })
}

/// What an editor underlines in a manifest (`job` or `env`): places and messages.
fn underlined(kind: &str, text: &str) -> Vec<String> {
    let Some(document) = document(text) else { return Vec::new() };
    let errors = VALIDATORS[kind].iter_errors(&document);
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Whatever the loader accepts without a warning is accepted by the schema.
pub(crate) fn agree(kind: &str, text: &str, flawless: bool) {
    if flawless {
        let underlined = underlined(kind, text);
        assert!(underlined.is_empty(), "{text}\n{}", underlined.join("\n"));
    }
}

/// Misspelt keywords are ignored by validators, so that everything would be accepted.
#[test]
fn the_schemas_have_known_keywords_only() {
    const KEYWORDS: [&str; 12] = [
        "$ref",
        "additionalProperties",
        "description",
        "examples",
        "items",
        "minProperties",
        "pattern",
        "patternProperties",
        "properties",
        "required",
        "title",
        "type",
    ];
    fn check(schema: &Value, place: &str) {
        let Value::Object(schema) = schema else { return };
        for (keyword, inner) in schema {
            assert!(KEYWORDS.contains(&keyword.as_str()), "{place}: {keyword}");
            match (keyword.as_str(), inner) {
                ("properties" | "patternProperties", Value::Object(named)) => {
                    for (name, inner) in named {
                        check(inner, &format!("{place}.{name}"));
                    }
                }
                ("items" | "additionalProperties", inner) => check(inner, &format!("{place}[]")),
                _ => {}
            }
        }
    }
    for subject in [Subject::Job, Subject::Environment] {
        let schema = parsed(subject);
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        let Value::Object(mut root) = schema else { panic!("no map") };
        assert_eq!(root.remove("$schema").unwrap(), "https://json-schema.org/draft/2020-12/schema");
        check(&root.remove("$defs").unwrap()["manifest"], "");
        check(&Value::Object(root), "");
    }
}

/// Each is refused or warned about by the loader too.
#[test]
fn mistakes_are_underlined_where_they_are() {
    let shown: Vec<String> = [
        "cpus: 1",
        "cpu: a lot",
        "cpu: '256'",
        "memory: [512]",
        "retries: many",
        "timeout: {hours: 1}",
        "image: nginx",
        "image: {build: {}}",
        "image: {build: {dockerfil: Dockerfile}}",
        "image: {build: {args: [a]}}",
        "image: {location: [a]}",
        "image: {location: a, healthcheck: {command: true}}",
        "image: {location: a, healthcheck: {interval: 10}}",
        "image: {build: {dockerfile: Dockerfile, network: bridge}}",
        "image: {build: {dockerfile: Dockerfile, secrets: {a: {}}}}",
        "on: '@daily'",
        "on: {schedule: ['@daily']}",
        "on: {cron: '@daily'}",
        "variables: [A=1]",
        "variables: {A: [1]}",
        "variables: {A: {from: x}}",
        "secrets: {A: {ssm: x}}",
        "storage: {ephemeral: large}",
        "storage: {readonly_fs: maybe}",
        "storage: {volumes: {a: {efs: fs-1}}}",
        "storage: {volumes: {a: {efs: {uid: me}}}}",
        "storage: {volumes: [a]}",
        "logging: {retention: {days: 1}}",
        "logging: {retain: 1}",
        "sidecars: [a]",
        "sidecars: {a: {mount_points: {source_volume: x}}}",
        "sidecars: {a: {essential: 1}}",
        "network: {vpc: {placement: outside}}",
        "network: {vpc: {placement: {subnet: a}}}",
        "network: {vpc: {security_groups: sg-1}}",
        "publish: {topics: [a]}",
        "publish: {topics: {name: a}}",
        "platform: {os: linux}",
        "taskdef_overrides: {path: a}",
        "environments: {test: {cpu: many}}",
        "environments: [test]",
    ]
    .iter()
    .map(|fragment| {
        let text = complete(fragment);
        let warned = load_text(&text, &[]).is_ok_and(|manifest| manifest.warnings.is_empty());
        assert!(!warned, "{fragment}");
        let places: Vec<String> = underlined("job", &text);
        assert!(!places.is_empty(), "{fragment}");
        format!("{fragment} → {}", places.join(" | "))
    })
    .collect();
    insta::assert_snapshot!(shown.join("\n"));
}
