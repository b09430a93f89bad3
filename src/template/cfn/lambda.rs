//! The functions behind custom resources.

use super::artifacts::S3Object;
use super::intrinsic::get_att;
use super::mapping::Map;
use super::resource::Resource;
use crate::yaml::Node;

/// The old tool's `nodejs20.x` can no longer be created.
pub const RUNTIME: &str = "nodejs24.x";
/// Memory in MiB.
const MEMORY: u32 = 512;

/// A function whose ARN must not change, because custom resources have it as their `ServiceToken`: it has no name of its
/// own, and its logical id stays.
pub(crate) struct Function<'a> {
    pub(crate) id: &'static str,
    /// Where its code lies.
    pub(crate) code: &'a S3Object,
    pub(crate) handler: &'static str,
    /// Seconds it may run.
    pub(crate) timeout: u32,
    /// Logical id of its role.
    pub(crate) role: &'static str,
}

impl Function<'_> {
    pub(crate) fn build(self) -> Resource {
        let code = Map::new().with_text("S3Bucket", &self.code.bucket).with_text("S3Key", &self.code.key);
        let properties = Map::new()
            .with("Code", code.build())
            .with_text("Handler", self.handler)
            .with("Timeout", Node::plain(self.timeout))
            .with("MemorySize", Node::plain(MEMORY))
            .with("Role", get_att(self.role, "Arn"))
            .with_text("Runtime", RUNTIME);
        Resource::new(self.id, "AWS::Lambda::Function", properties)
    }
}
