//! The configuration store: applications, environments and workloads as records in SSM.
//! The old tool reads and writes the same records, so keys, their order and what is left out are its own.

mod application;
mod environment;
pub mod go_json;
pub mod port;
mod records;
mod secret;
mod workload;

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::Value;

pub use application::{APPLICATIONS, Application, application_parameter};
pub use environment::{
    AdjustVpc, CustomConfig, Environment, ImportVpc, Telemetry, environment_parameter, environments_path,
};
pub use records::{applications, environments, overwrite, read_application, read_environment, workloads};
pub use secret::{
    ADVANCED, STANDARD, Secret, SecretValue, check_parameter_name, check_secret_name, secret_parameter,
    secret_reference, secret_tags, secrets_path,
};
pub use workload::{Workload, workload_parameter, workloads_path};

use crate::error::{Error, Result};

/// What a parameter can hold.
pub trait Record: DeserializeOwned {
    /// What it does not hold when it cannot be read, such as `no record of an environment`.
    const ABSENT: &'static str;
    /// Keys that it must have, all of them texts.
    const REQUIRED: &'static [&'static str];
}

/// Reads a record.
///
/// # Errors
/// When the text is not the JSON object that the record's kind has; names the parameter and what is wrong with it.
pub fn parse<T: Record>(parameter: &str, text: &str) -> Result<T> {
    let wrong = |what: String| {
        Error::new(format!("SSM parameter {parameter} holds {}: {what}", T::ABSENT)).hint(format!(
            "Look at it with `aws ssm get-parameter --name {parameter}`; AWS Copilot wrote it as one JSON object."
        ))
    };
    let value: Value = serde_json::from_str(text).map_err(|e| wrong(format!("it is no JSON: {e}")))?;
    T::deserialize(&value).map_err(|_| wrong(fault::<T>(&value)))
}

/// What is wrong with a value that is no such record.
fn fault<T: Record>(value: &Value) -> String {
    let Value::Object(fields) = value else {
        return format!("it is {} and not an object", kind(value));
    };
    for key in T::REQUIRED {
        match fields.get(*key) {
            Some(Value::String(_)) => {}
            Some(other) => return format!("its `{key}` is {} and not a text", kind(other)),
            None => return format!("it has no `{key}`"),
        }
    }
    // A field is wrong when a record of the least that there must be cannot be read with it.
    let least = || T::REQUIRED.iter().map(|key| ((*key).to_owned(), Value::String(String::new())));
    let is_wrong = |key: &str, value: &Value| {
        let mut fields: serde_json::Map<_, _> = least().collect();
        fields.insert(key.to_owned(), value.clone());
        T::deserialize(Value::Object(fields)).is_err()
    };
    let wrong = fields.iter().filter(|(key, value)| is_wrong(key, value));
    let wrong: Vec<String> = wrong.map(|(key, _)| format!("`{key}`")).collect();
    format!("what it holds as {} does not belong there", wrong.join(" and as "))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Go reads null as the empty value.
fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests;
