//! What the workspace says of an environment, checked.

use bytes::Bytes;

use crate::addons::Addons;
use crate::addons::package::Packaging;
use crate::manifest::env::Environment;
use crate::ops::overrides::Overrides;
use crate::template::cfn::artifacts::{self, S3Object};

/// Folder of the keys of addons.
pub(crate) const ADDONS_OWNER: &str = "environments";
/// The directories that all environments share, as people write them.
pub(crate) const OVERRIDES: &str = "copilot/environments/overrides";
pub(crate) const ADDONS: &str = "copilot/environments/addons";

/// What the workspace says, checked.
pub(crate) struct EnvironmentPlan {
    pub environment: Environment,
    /// The interpolated manifest, for the template's metadata.
    pub manifest_text: String,
    pub addons: Option<Addons>,
    /// What the addons' local files become.
    pub packaging: Packaging,
    pub functions: Vec<Function>,
    /// What changes the template after rendering.
    pub overrides: Overrides,
}

/// A function of the environment's stack.
pub(crate) struct Function {
    pub name: &'static str,
    pub zip: Bytes,
}

impl Function {
    /// Where its code goes.
    pub(crate) fn object(&self, bucket: &str) -> S3Object {
        let key = artifacts::custom_resource_key(self.name, &self.zip);
        S3Object { bucket: bucket.to_owned(), key }
    }
}
