//! Checks that every container shares: command lines, variables, secrets, environment files, health
//! checks, dependency conditions.

use std::collections::BTreeMap;

use crate::manifest::duration::SECOND;
use crate::manifest::findings::{Diagnostics, Located, Place};
use crate::manifest::job::layer::{HealthCheckPart, Secrets, Texts, Variables, WordsPart};
use crate::manifest::job::{HealthCheck, Secret, Variable};
use crate::manifest::shell::{self, SplitError};

/// The words of a command line.
pub(super) fn words(part: Option<Located<WordsPart>>, diagnostics: &mut Diagnostics) -> Vec<String> {
    let Some(Located { value, place }) = part else { return Vec::new() };
    let text = match value {
        WordsPart::List(words) => return words,
        WordsPart::Text(text) => text,
    };
    shell::split(&text).unwrap_or_else(|error| {
        let message = match error {
            SplitError::OpenQuote(quote) => format!("`{text}` has a quote ({quote}) that is not closed"),
            SplitError::TrailingBackslash => format!("`{text}` ends with a backslash"),
        };
        diagnostics.error_help(
            &place,
            message,
            "write the words as a list to avoid quoting: [\"sh\", \"-c\", \"…\"]",
        );
        Vec::new()
    })
}

/// Variables with their values; import names must not be empty.
pub(super) fn variables(part: Variables, diagnostics: &mut Diagnostics) -> BTreeMap<String, Variable> {
    part.into_iter()
        .map(|(name, Located { value, place })| {
            if matches!(&value, Variable::FromCfn(export) if export.is_empty()) {
                diagnostics.error(&place, "the name of the export in `from_cfn` is empty");
            }
            (name, value)
        })
        .collect()
}

/// Secrets with their sources; an empty plain one is accepted as the old tool does, but warned about.
pub(super) fn secrets(part: Secrets, diagnostics: &mut Diagnostics) -> BTreeMap<String, Secret> {
    part.into_iter()
        .map(|(name, Located { value, place })| {
            let (Secret::Plain(source) | Secret::SecretsManager(source) | Secret::FromCfn(source)) = &value;
            if let Some(c) = source.chars().find(|c| is_invisible(*c)) {
                let message = format!("`{source}` holds an invisible character, U+{:04X}", u32::from(c));
                diagnostics.error_help(&place, message, "type the name instead of copying it");
            }
            match &value {
                Secret::FromCfn(export) if export.is_empty() => {
                    diagnostics.error(&place, "the name of the export in `from_cfn` is empty");
                }
                Secret::SecretsManager(secret) if secret.is_empty() => {
                    diagnostics.error(&place, "the name of the secret in `secretsmanager` is empty");
                }
                Secret::Plain(text) if text.is_empty() => {
                    let help = "give the name of an SSM parameter or the ARN of a secret".to_owned();
                    diagnostics.warn(
                        &place,
                        "the secret is empty; ECS will not be able to start the task",
                        Some(help),
                    );
                }
                _ => {}
            }
            (name, value)
        })
        .collect()
}

/// Whether a character takes no ink, other than a blank and a line break, which the text of a function may have.
fn is_invisible(c: char) -> bool {
    let formats = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    formats || (c != ' ' && c != '\n' && (c.is_whitespace() || c.is_control()))
}

/// An environment file's path, which must end in `.env`.
pub(super) fn env_file(part: Option<Located<String>>, diagnostics: &mut Diagnostics) -> Option<String> {
    let Located { value, place } = part?;
    let file = value.rsplit('/').next().unwrap_or_default();
    if file.rfind('.').is_none_or(|dot| file.get(dot..) != Some(".env")) {
        let help = "ECS reads environment files only with this extension: rename it to something.env";
        diagnostics.error_help(&place, format!("`{value}` does not end in .env"), help);
    }
    Some(value)
}

/// Texts without their places.
pub(super) fn texts(part: Texts) -> BTreeMap<String, String> {
    part.into_iter().map(|(name, text)| (name, text.value)).collect()
}

/// Conditions of dependencies, in upper case.
pub(super) fn conditions(part: Texts, diagnostics: &mut Diagnostics) -> BTreeMap<String, String> {
    part.into_iter()
        .map(|(name, Located { value, place })| {
            let condition = value.to_uppercase();
            if !matches!(condition.as_str(), "START" | "COMPLETE" | "SUCCESS" | "HEALTHY") {
                let message =
                    format!("`{value}` is not a condition; it is one of start, complete, success, healthy");
                diagnostics.error(&place, message);
            }
            (name, condition)
        })
        .collect()
}

/// A health check with its defaults, if any of its fields is written.
pub(super) fn healthcheck(part: HealthCheckPart, diagnostics: &mut Diagnostics) -> Option<HealthCheck> {
    let HealthCheckPart { command, interval, retries, timeout, start_period } = part;
    if command.is_none()
        && interval.is_none()
        && retries.is_none()
        && timeout.is_none()
        && start_period.is_none()
    {
        return None;
    }
    let mut limited = |value: Option<Located<i64>>, unit: i64, default: i64, low: i64, high: i64| {
        let Some(Located { value, place }) = value else { return default };
        // Fractions of a second are dropped.
        let value = value / unit;
        if !(low..=high).contains(&value) {
            let what = if unit == 1 { "" } else { " seconds" };
            diagnostics.error(&place, format!("Amazon ECS takes {low} to {high}{what}; this is {value}"));
        }
        value
    };
    Some(HealthCheck {
        interval: limited(interval, SECOND, 10, 5, 300),
        retries: limited(retries, 1, 2, 1, 10),
        start_period: limited(start_period, SECOND, 0, 0, 300),
        timeout: limited(timeout, SECOND, 5, 2, 60),
        command: command.map_or_else(
            || vec!["CMD-SHELL".to_owned(), "curl -f http://localhost/ || exit 1".to_owned()],
            |Located { value, place }| {
                check_command(&value, &place, diagnostics);
                value
            },
        ),
    })
}

/// The first word of a health check's command says what the others are. Amazon ECS takes other first words, too;
/// what comes of them depends on what runs the container.
fn check_command(command: &[String], place: &Place, diagnostics: &mut Diagnostics) {
    let first = command.first().map(String::as_str);
    if matches!(first, Some("CMD" | "CMD-SHELL" | "NONE")) {
        return;
    }
    let message = match first {
        Some(first) => format!("the command begins with `{first}` instead of CMD or CMD-SHELL"),
        None => "the command is empty".to_owned(),
    };
    let help = match command {
        [] => "write [\"CMD-SHELL\", \"curl -f http://localhost/ || exit 1\"]".to_owned(),
        [line] if line.contains(' ') => format!("write [\"CMD-SHELL\", {line:?}]"),
        words => {
            let words: Vec<String> = words.iter().map(|word| format!(", {word:?}")).collect();
            format!("write [\"CMD\"{}]", words.concat())
        }
    };
    diagnostics.warn(place, message, Some(help));
}
