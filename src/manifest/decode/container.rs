//! What every container can have: command lines, variables, secrets, health checks.

use super::fields::{Field, JSON_LIST, Map};
use crate::manifest::findings::{At, Notes};
use crate::manifest::job::{Imported, Secret, Variable};
use crate::manifest::partial::{HealthCheckPart, Secrets, Variables, WordsPart};

/// `entrypoint` and `command`: a text or a list of texts.
pub fn words(field: &Field<'_>, notes: &mut Notes) -> Option<At<WordsPart>> {
    if field.is_list() {
        return field.strings(notes).map(|words| field.at(WordsPart::List(words)));
    }
    let text = field.text(notes, "a text or a list of texts")?;
    Some(field.at(WordsPart::Text(text.value)))
}

/// `variables`: texts or `from_cfn`.
pub fn variables(map: &Map<'_>, notes: &mut Notes) -> Variables {
    let mut variables = Variables::new();
    for (name, field) in map.get("variables").map(|field| field.entries(notes)).unwrap_or_default() {
        variables.extend(variable(&field, notes).map(|value| (name, field.at(value))));
    }
    variables
}

fn variable(field: &Field<'_>, notes: &mut Notes) -> Option<Variable> {
    if field.node.is_null() {
        return Some(Variable::Plain(String::new()));
    }
    if field.is_map() {
        let map = field.union_map(&["from_cfn"], notes)?;
        return map.string("from_cfn", notes).map(|export| Variable::FromCfn(export.value));
    }
    if field.is_list() {
        notes.error_help(&field.place, "expected a text or a map with `from_cfn`, found a list", JSON_LIST);
        return None;
    }
    field.string(notes).map(|text| Variable::Plain(text.value))
}

/// `secrets` and `secretOptions`: texts, `secretsmanager` or `from_cfn`.
pub fn secrets(map: &Map<'_>, key: &str, notes: &mut Notes) -> Secrets {
    let mut secrets = Secrets::new();
    for (name, field) in map.get(key).map(|field| field.entries(notes)).unwrap_or_default() {
        secrets.extend(secret(&field, notes).map(|value| (name, field.at(value))));
    }
    secrets
}

fn secret(field: &Field<'_>, notes: &mut Notes) -> Option<Secret> {
    if field.node.is_null() {
        return Some(Secret::Plain(String::new()));
    }
    if !field.is_map() {
        let wanted = "the name of an SSM parameter, an ARN, or a map with `secretsmanager` or `from_cfn`";
        return field.text(notes, wanted).map(|text| Secret::Plain(text.value));
    }
    let map = field.union_map(&["secretsmanager", "from_cfn"], notes)?;
    let from_cfn = map.string("from_cfn", notes);
    match map.get("secretsmanager") {
        Some(field) => {
            if let Some(other) = from_cfn {
                notes.warn(&other.place, "has no effect beside `secretsmanager`", None);
            }
            field.string(notes).map(|name| Secret::SecretsManager(name.value))
        }
        None => from_cfn.map(|export| Secret::FromCfn(export.value)),
    }
}

/// A text or `from_cfn`.
pub fn imported(field: &Field<'_>, notes: &mut Notes) -> Option<At<Imported>> {
    let value = if field.is_map() {
        let map = field.union_map(&["from_cfn"], notes)?;
        Imported::FromCfn(map.string("from_cfn", notes)?.value)
    } else {
        Imported::Plain(field.text(notes, "a text or a map with `from_cfn`")?.value)
    };
    Some(field.at(value))
}

/// `healthcheck`.
pub fn healthcheck(map: &Map<'_>, notes: &mut Notes) -> HealthCheckPart {
    let known = ["command", "interval", "retries", "timeout", "start_period"];
    let Some(map) = map.get("healthcheck").and_then(|field| field.map(&known, notes)) else {
        return HealthCheckPart::default();
    };
    let duration = |key: &str, notes: &mut Notes| map.get(key).and_then(|field| field.duration(notes));
    HealthCheckPart {
        command: map.get("command").and_then(|field| field.strings(notes).map(|words| field.at(words))),
        interval: duration("interval", notes),
        retries: map.integer("retries", notes),
        timeout: duration("timeout", notes),
        start_period: duration("start_period", notes),
    }
}
