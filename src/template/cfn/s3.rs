//! What buckets have in common.

use super::mapping::Map;
use crate::yaml::Node;

/// A bucket's `PublicAccessBlockConfiguration`: no object can be made public.
pub(crate) fn no_public_access() -> Node {
    let keys = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
    keys.into_iter().fold(Map::new(), |map, key| map.with(key, Node::plain(true))).build()
}

/// A bucket's `VersioningConfiguration`: what is overwritten or deleted stays as an older version.
pub(crate) fn versioned() -> Node {
    Node::mapping([("Status", Node::string("Enabled"))])
}

/// A bucket's `BucketEncryption` with one rule.
pub(crate) fn encrypted(rule: Node) -> Node {
    Node::mapping([("ServerSideEncryptionConfiguration", Node::sequence([rule]))])
}
