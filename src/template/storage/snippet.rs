//! What a job's manifest needs to use an environment's storage.

use super::{Kind, bucket, cluster, table};
use crate::template::cfn::names::logical_id_safe;
use crate::yaml::{self, Node};

/// Lines of the manifest that give the job's containers a variable, or a secret and the way to the cluster.
pub fn manifest(kind: Kind, name: &str) -> String {
    let id = logical_id_safe(name);
    let from = |export: String| {
        let export = format!("${{COPILOT_APPLICATION_NAME}}-${{COPILOT_ENVIRONMENT_NAME}}-{export}");
        Node::mapping([("from_cfn", Node::string(export))])
    };
    let variable = |name: &str, export| [("variables", Node::mapping([(name, from(export))]))];
    yaml::emit(&match kind {
        Kind::S3 => Node::mapping(variable("BUCKET_NAME", bucket::name_export(&id))),
        Kind::DynamoDb => Node::mapping(variable("DB_NAME", table::name_export(&id))),
        Kind::Aurora => {
            let groups = Node::sequence([from(cluster::group_export(&id))]);
            let vpc = Node::mapping([("security_groups", groups)]);
            Node::mapping([
                ("network", Node::mapping([("vpc", vpc)])),
                ("secrets", Node::mapping([("DB_SECRET", from(cluster::secret_export(&id)))])),
            ])
        }
    })
}
