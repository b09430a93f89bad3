//! Secrets of containers and log drivers.

use std::collections::BTreeMap;

use super::addons_stack::outputs;
use super::inputs::{AddonOutputKind, Inputs};
use crate::manifest::job::Secret;
use crate::manifest::unquoted;
use crate::template::cfn::intrinsic::{import_value, sub};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::names::variable_name;
use crate::yaml::Node;

/// The entries of `Secrets` or `SecretOptions`, by name.
pub(super) fn secrets(secrets: &BTreeMap<String, Secret>) -> Vec<Node> {
    secrets
        .iter()
        .map(|(name, secret)| Map::new().with_text("Name", name).with("ValueFrom", source(secret)).build())
        .collect()
}

/// The main container's secrets that the addons make, in the addons template's order.
pub(super) fn of_addons(inputs: &Inputs) -> impl Iterator<Item = Node> {
    outputs(inputs, &[AddonOutputKind::Secret]).map(|(name, value)| {
        Map::new().with_text("Name", variable_name(name)).with("ValueFrom", value).build()
    })
}

fn source(secret: &Secret) -> Node {
    match secret {
        Secret::Plain(name_or_arn) => unquoted::value(name_or_arn),
        Secret::FromCfn(export) => import_value(export),
        Secret::SecretsManager(name) => sub(format!(
            "arn:${{AWS::Partition}}:secretsmanager:${{AWS::Region}}:${{AWS::AccountId}}:secret:{name}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::job::testing::map;
    use crate::yaml::emit;

    #[test]
    fn three_sources() {
        let given = map([
            ("C", Secret::SecretsManager("db:password::".to_owned())),
            ("A", Secret::Plain("/a/b".to_owned())),
            ("B", Secret::FromCfn("stack-Secret".to_owned())),
        ]);
        insta::assert_snapshot!(emit(&Node::sequence(secrets(&given))), @r#"
        - Name: A
          ValueFrom: /a/b
        - Name: B
          ValueFrom: !ImportValue stack-Secret
        - Name: C
          ValueFrom: !Sub "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:db:password::"
        "#);
    }
}
