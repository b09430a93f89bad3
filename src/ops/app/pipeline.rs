//! Pipelines, which the old tool set up and this program only names.

use serde::Serialize;

use crate::ops::null_if_empty;

/// A pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pipeline {
    /// Name in AWS.
    #[serde(rename = "pipelineName")]
    pub name: String,
    /// Region it is in.
    pub region: String,
    /// Account it is in.
    #[serde(rename = "accountId")]
    pub account_id: String,
    /// What it does, in this order.
    #[serde(serialize_with = "null_if_empty")]
    pub stages: Vec<Stage>,
    /// When it was created.
    #[serde(rename = "createdAt")]
    pub created_at: String,
    /// When it was last changed.
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
}

/// A stage of a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// `Source`, `Build` or `Deploy`.
    pub category: String,
    /// The service behind it.
    pub provider: String,
    /// What it works on.
    pub details: String,
}
