//! What every container can have: command lines, variables, secrets, health checks.

use crate::manifest::fields::{Field, JSON_LIST, Map};
use crate::manifest::findings::{Diagnostics, Located};
use crate::manifest::job::layer::{HealthCheckPart, Secrets, Variables, WordsPart};
use crate::manifest::job::table;
use crate::manifest::job::{Imported, Secret, Variable};

/// `entrypoint` and `command`: a text or a list of texts.
pub(super) fn words(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Located<WordsPart>> {
    if field.is_list() {
        return field.strings(diagnostics).map(|words| field.at(WordsPart::List(words)));
    }
    let text = field.text(diagnostics, "a text or a list of texts")?;
    Some(field.at(WordsPart::Text(text.value)))
}

/// `variables`: texts or `from_cfn`.
pub(super) fn variables(map: &Map<'_>, diagnostics: &mut Diagnostics) -> Variables {
    let mut variables = Variables::new();
    for (name, field) in map.get("variables").map(|field| field.entries(diagnostics)).unwrap_or_default() {
        variables.extend(variable(&field, diagnostics).map(|value| (name, field.at(value))));
    }
    variables
}

fn variable(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Variable> {
    if field.node.is_null() {
        return Some(Variable::Plain(String::new()));
    }
    if field.is_map() {
        let map = field.union_map(table::EXPORT, diagnostics)?;
        return map.string("from_cfn", diagnostics).map(|export| Variable::FromCfn(export.value));
    }
    if field.is_list() {
        diagnostics.error_help(
            &field.place,
            "expected a text or a map with `from_cfn`, found a list",
            JSON_LIST,
        );
        return None;
    }
    field.string(diagnostics).map(|text| Variable::Plain(text.value))
}

/// `secrets` and `secretOptions`: texts, `secretsmanager` or `from_cfn`.
pub(super) fn secrets(map: &Map<'_>, key: &str, diagnostics: &mut Diagnostics) -> Secrets {
    let mut secrets = Secrets::new();
    for (name, field) in map.get(key).map(|field| field.entries(diagnostics)).unwrap_or_default() {
        secrets.extend(secret(&field, diagnostics).map(|value| (name, field.at(value))));
    }
    secrets
}

fn secret(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Secret> {
    if field.node.is_null() {
        return Some(Secret::Plain(String::new()));
    }
    if !field.is_map() {
        let wanted = "the name of an SSM parameter, an ARN, or a map with `secretsmanager` or `from_cfn`";
        return field.text(diagnostics, wanted).map(|text| Secret::Plain(text.value));
    }
    let map = field.union_map(table::SECRET, diagnostics)?;
    let from_cfn = map.string("from_cfn", diagnostics);
    match map.get("secretsmanager") {
        Some(field) => {
            if let Some(other) = from_cfn {
                diagnostics.warn(&other.place, "has no effect beside `secretsmanager`", None);
            }
            field.string(diagnostics).map(|name| Secret::SecretsManager(name.value))
        }
        None => from_cfn.map(|export| Secret::FromCfn(export.value)),
    }
}

/// A text or `from_cfn`.
pub(super) fn imported(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Located<Imported>> {
    let value = if field.is_map() {
        let map = field.union_map(table::EXPORT, diagnostics)?;
        Imported::FromCfn(map.string("from_cfn", diagnostics)?.value)
    } else {
        Imported::Plain(field.text(diagnostics, "a text or a map with `from_cfn`")?.value)
    };
    Some(field.at(value))
}

/// `healthcheck`.
pub(super) fn healthcheck(map: &Map<'_>, diagnostics: &mut Diagnostics) -> HealthCheckPart {
    let healthcheck = map.get("healthcheck");
    let Some(map) = healthcheck.and_then(|field| field.map(table::HEALTHCHECK, diagnostics)) else {
        return HealthCheckPart::default();
    };
    let duration =
        |key: &str, diagnostics: &mut Diagnostics| map.get(key).and_then(|field| field.duration(diagnostics));
    HealthCheckPart {
        command: map.get("command").and_then(|field| field.strings(diagnostics).map(|words| field.at(words))),
        interval: duration("interval", diagnostics),
        retries: map.integer("retries", diagnostics),
        timeout: duration("timeout", diagnostics),
        start_period: duration("start_period", diagnostics),
    }
}
