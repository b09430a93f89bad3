//! A workload's record.

use serde::{Deserialize, Serialize};

use super::port::Parameter;
use super::{Record, go_json, null_is_empty};

/// `/copilot/applications/<app>/components/<name>`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Workload {
    /// Application name.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub app: String,
    /// Workload name.
    pub name: String,
    /// `Scheduled Job` or a service type.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Parameter that holds a workload.
pub fn workload_parameter(app: &str, name: &str) -> String {
    format!("{}{name}", workloads_path(app))
}

/// Path below which an application's workloads lie.
pub fn workloads_path(app: &str) -> String {
    format!("/copilot/applications/{app}/components/")
}

impl Record for Workload {
    const ABSENT: &'static str = "no record of a job or service";
    const REQUIRED: &'static [&'static str] = &["name", "type"];
}

impl Workload {
    /// The parameter to create.
    pub fn parameter(&self) -> Parameter {
        Parameter {
            name: workload_parameter(&self.app, &self.name),
            value: go_json::encode(self),
            description: format!("Copilot {} {}", self.kind, self.name),
            tags: vec![("copilot-application", self.app.clone()), ("copilot-service", self.name.clone())],
        }
    }
}
