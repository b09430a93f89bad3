//! What to build for one container, with every path and name resolved.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// One image to build and push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildPlan {
    /// Container the image is for.
    pub container: String,
    /// Manifest field that asks for the build, for messages: `image.build`.
    pub field: String,
    /// Absolute path of the Dockerfile; may lie outside the context.
    pub dockerfile: PathBuf,
    /// Absolute path of the build context.
    pub context: PathBuf,
    /// Stage to build.
    pub target: Option<String>,
    /// Build arguments.
    pub args: BTreeMap<String, String>,
    /// Images to use as cache sources.
    pub cache_from: Vec<String>,
    /// `os/arch` given to the engine.
    pub platform: String,
    /// Labels set on the image.
    pub labels: BTreeMap<String, String>,
    /// Repository without a tag: `<registry>/<app>/<job>`.
    pub repository: String,
    /// Tags to set and push, the first is the one that is inspected.
    pub tags: Vec<String>,
}

impl BuildPlan {
    /// Full references, one per tag.
    pub fn references(&self) -> impl Iterator<Item = String> {
        self.tags.iter().map(|tag| format!("{}:{tag}", self.repository))
    }
}
