//! Secrets as users give them: on the command line, in files, on standard input. What is wrong with them is told before
//! anything is sent, by file and line or by name, and never with anything of a value.

mod dotenv;
mod mapping;
mod pairs;

use crate::error::{Error, Remark, Result, Severity};
use crate::store::{ADVANCED, STANDARD, Secret, SecretValue};
use crate::text;

/// A secret for one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The secret's name.
    pub name: String,
    /// Environment name.
    pub env: String,
    /// Where the file says so, from 1.
    pub line: usize,
    /// The value.
    pub value: SecretValue,
}

/// The secrets of a file of `NAME=value` lines; `file` is its name in messages.
///
/// # Errors
/// When it is no text, holds nothing, or a line of it cannot be used.
pub fn dotenv(bytes: Vec<u8>, file: &str) -> Result<Vec<Secret>> {
    let secrets = dotenv::parse(&decoded(bytes, file)?).map_err(|faults| {
        unusable(file, faults.into_iter().map(|fault| (fault.line, fault.message)).collect())
    })?;
    if secrets.is_empty() {
        return Err(Error::usage(format!("{file} holds no secrets"))
            .hint("It has a line NAME=value for each; `#` begins a remark."));
    }
    Ok(secrets)
}

/// One secret whose value is a whole file, the line end at its end included.
///
/// # Errors
/// When it is empty, no text, or cannot be a value.
pub fn whole(name: &str, bytes: Vec<u8>, file: &str) -> Result<Secret> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        Error::usage(format!("{file} is not UTF-8 text (from byte {} on)", place + 1)).hint(
            "A secret becomes an environment variable, which is a text. Encode other content first, for example with base64.",
        )
    })?;
    let secret = Secret { name: name.to_owned(), value: SecretValue::new(text) };
    match secret.value.check() {
        Ok(()) => Ok(secret),
        Err(wrong) => Err(Error::usage(format!("{file} cannot be stored as {name}: {wrong}"))),
    }
}

/// The secrets of a YAML file: secret → environment → value.
///
/// # Errors
/// When it is no text, no YAML, or something in it cannot be used.
pub fn mapping(bytes: Vec<u8>, file: &str) -> Result<Vec<Entry>> {
    let entries = mapping::parse(&decoded(bytes, file)?).map_err(|faults| {
        unusable(file, faults.into_iter().map(|fault| (fault.line, fault.message)).collect()).hint(
            "The file has the secrets as keys and, below each, the environments with the values: `DB_PASSWORD:` and \
             `  test: \"…\"`.",
        )
    })?;
    if entries.is_empty() {
        return Err(Error::usage(format!("{file} holds no secrets")));
    }
    Ok(entries)
}

/// The values of one secret by environment, from the texts of `--values`.
///
/// # Errors
/// When a text cannot be split or names no environment of the application.
pub(super) fn pairs(
    texts: &[SecretValue],
    app: &str,
    environments: &[&str],
) -> Result<Vec<(String, SecretValue)>> {
    let mut all: Vec<(String, SecretValue)> = Vec::new();
    for text in texts {
        let split = pairs::split(text.expose(), environments).and_then(|pairs| {
            let again = pairs.iter().find(|(env, _)| all.iter().any(|(known, _)| known == env));
            match again {
                Some((env, _)) => Err(format!("environment {env} is given twice")),
                None => Ok(pairs),
            }
        });
        all.extend(split.map_err(|wrong| {
            Error::usage(format!("--values: {wrong}")).hint(format!(
                "Environments of {app}: {}. Write ENV=VALUE,ENV=VALUE. A pair with a comma and an equals sign in its value \
                 stands in double quotes, or the value comes from a file with --from-file.",
                environments.join(", ")
            ))
        })?);
    }
    Ok(all)
}

/// Refuses values that only the advanced tier takes, unless it is asked for: AWS charges for it.
///
/// # Errors
/// When there are any, each with its name and size.
pub fn check_tier<'a>(
    secrets: impl IntoIterator<Item = (&'a str, &'a SecretValue)>,
    advanced: bool,
) -> Result<()> {
    let mut large: Vec<String> = secrets
        .into_iter()
        .filter(|(_, value)| value.needs_advanced_tier() && !advanced)
        .map(|(name, value)| format!("{name} has {} bytes", value.expose().len()))
        .collect();
    large.sort();
    large.dedup();
    if large.is_empty() {
        return Ok(());
    }
    Err(Error::usage(format!(
        "{}, and Parameter Store takes {STANDARD} in its standard tier",
        large.join(", ")
    ))
    .hint(format!(
        "Pass --advanced to store larger secrets in the advanced tier, which takes {ADVANCED} bytes and which AWS charges for. \
         Nothing was written."
    )))
}

fn decoded(bytes: Vec<u8>, file: &str) -> Result<String> {
    text::decode(bytes).map_err(|wrong| {
        let message = format!("{file}:{}:{}: {}", wrong.line, wrong.column, wrong.what);
        Error::usage(message).hint(wrong.advice)
    })
}

/// The error about lines of a file; line 0 is the whole file.
fn unusable(file: &str, faults: Vec<(usize, String)>) -> Error {
    let remark = |(line, message): (usize, String)| Remark {
        severity: Severity::Error,
        file: file.to_owned(),
        line,
        column: 0,
        message: match line {
            0 => format!("{file}: {message}"),
            line => format!("{file}:{line}: {message}"),
        },
    };
    let remarks: Vec<Remark> = faults.into_iter().map(remark).collect();
    let error = match remarks.as_slice() {
        [only] => Error::usage(&only.message),
        all => Error::usage(format!("{file}: {} lines cannot be used", all.len()))
            .details(all.iter().map(|remark| remark.message.clone())),
    };
    error.remarks(remarks)
}
