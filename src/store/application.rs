//! An application's record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::port::Parameter;
use super::{Record, go_json, null_is_empty};

/// Version of the records' layout. It says nothing about templates and never changes.
const SCHEMA_VERSION: &str = "1.0";

/// Path below which all applications lie.
pub const APPLICATIONS: &str = "/copilot/applications/";

/// `/copilot/applications/<app>`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Application name.
    pub name: String,
    /// Account that holds the application's stack set.
    pub account: String,
    /// Name of the policy that bounds every role, when set.
    #[serde(default, skip_serializing_if = "is_blank")]
    pub permissions_boundary: Option<String>,
    /// Domain in Route 53; empty without one.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub domain: String,
    /// Id of the domain's hosted zone; empty without one.
    #[serde(default, deserialize_with = "null_is_empty", rename = "domainHostedZoneID")]
    pub domain_hosted_zone_id: String,
    /// Version of the layout as it was read; writing sets it.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub version: String,
    /// Tags for every resource.
    #[serde(default, skip_serializing_if = "has_none")]
    pub tags: Option<BTreeMap<String, String>>,
}

#[allow(clippy::ref_option, reason = "serde calls it with a reference")]
fn is_blank(text: &Option<String>) -> bool {
    text.as_ref().is_none_or(String::is_empty)
}

#[allow(clippy::ref_option, reason = "serde calls it with a reference")]
fn has_none(tags: &Option<BTreeMap<String, String>>) -> bool {
    tags.as_ref().is_none_or(BTreeMap::is_empty)
}

/// Parameter that holds an application.
pub fn application_parameter(app: &str) -> String {
    format!("{APPLICATIONS}{app}")
}

impl Record for Application {
    const ABSENT: &'static str = "no record of an application";
    const REQUIRED: &'static [&'static str] = &["name", "account"];
}

impl Application {
    /// The parameter to create.
    pub fn parameter(&self) -> Parameter {
        let record = Self { version: SCHEMA_VERSION.to_owned(), ..self.clone() };
        Parameter {
            name: application_parameter(&self.name),
            value: go_json::encode(&record),
            description: "Copilot Application".to_owned(),
            tags: vec![("copilot-application", self.name.clone())],
        }
    }
}
