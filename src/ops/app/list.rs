//! `copilot app ls`

use serde::Serialize;

use crate::error::Result;
use crate::store::port::Parameters;
use crate::store::{self, go_json};

/// The applications of an account and region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Applications {
    /// Their names, in AWS's order.
    #[serde(rename = "applications")]
    pub names: Vec<String>,
}

impl Applications {
    /// One line of JSON.
    pub fn json(&self) -> String {
        go_json::encode(self)
    }
}

/// Lists the applications.
///
/// # Errors
/// When they cannot be listed.
pub async fn run(store: &impl Parameters) -> Result<Applications> {
    let found = store::applications(store).await?;
    Ok(Applications { names: found.into_iter().map(|app| app.name).collect() })
}
