//! Secrets of containers and log drivers (`spec/template.md` §2.5).

use std::collections::BTreeMap;

use super::intrinsic::{import_value, sub};
use super::map::Map;
use crate::manifest::job::Secret;
use crate::yaml::Node;

/// The entries of `Secrets` or `SecretOptions`, by name.
pub(super) fn secrets(secrets: &BTreeMap<String, Secret>) -> Vec<Node> {
    secrets
        .iter()
        .map(|(name, secret)| Map::new().with_text("Name", name).with("ValueFrom", source(secret)).build())
        .collect()
}

fn source(secret: &Secret) -> Node {
    match secret {
        Secret::Plain(name_or_arn) => Node::string(name_or_arn),
        Secret::FromCfn(export) => import_value(export),
        Secret::SecretsManager(name) => sub(format!(
            "arn:${{AWS::Partition}}:secretsmanager:${{AWS::Region}}:${{AWS::AccountId}}:secret:{name}"
        )),
    }
}
