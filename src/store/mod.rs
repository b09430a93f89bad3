//! The configuration store: applications, environments and workloads as records in SSM.
//! The old tool reads and writes the same records, so keys, their order and what is left out are its own.

mod application;
mod environment;
pub mod go_json;
pub mod port;
mod records;
mod workload;

use serde::de::{Deserialize, DeserializeOwned, Deserializer};

pub use application::{APPLICATIONS, Application, application_parameter};
pub use environment::{
    AdjustVpc, CustomConfig, Environment, ImportVpc, Telemetry, environment_parameter, environments_path,
};
pub use records::{applications, environments, overwrite, read_application, read_environment, workloads};
pub use workload::{Workload, workload_parameter, workloads_path};

use crate::error::{Error, Result};

/// Reads a record.
///
/// # Errors
/// When the text is not the JSON object that the record's kind has; names the parameter.
pub fn parse<T: DeserializeOwned>(parameter: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| {
        Error::new(format!("SSM parameter {parameter} does not hold a record this program understands: {e}"))
            .hint(format!("Look at it with `aws ssm get-parameter --name {parameter}`; AWS Copilot wrote it as one JSON object."))
    })
}

/// Go reads null as the empty value.
fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests;
