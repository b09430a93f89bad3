//! What names the VPC and its subnets, whoever they belong to.

use super::ids::{APP_NAME, ENV_NAME, VPC, private_subnet, public_subnet};
use crate::manifest::env::{Environment, ManagedVpc, Vpc};
use crate::manifest::unquoted;
use crate::template::cfn::intrinsic::{join, reference, sub};
use crate::template::cfn::mapping::{tag, values};
use crate::yaml::Node;

/// Id of the VPC.
pub fn vpc_id(env: &Environment) -> Node {
    match &env.network.vpc {
        Vpc::Imported(imported) => unquoted::value(&imported.id),
        Vpc::Managed(_) => reference(VPC),
    }
}

/// Ids of the public subnets.
pub(super) fn public_subnets(env: &Environment) -> Vec<Node> {
    match &env.network.vpc {
        Vpc::Imported(imported) => values(&imported.public_subnets),
        Vpc::Managed(managed) => {
            (1..=managed.public_subnets.len()).map(|number| reference(&public_subnet(number))).collect()
        }
    }
}

/// Ids of the private subnets.
pub fn private_subnets(env: &Environment) -> Vec<Node> {
    match &env.network.vpc {
        Vpc::Imported(imported) => values(&imported.private_subnets),
        Vpc::Managed(managed) => managed_private(managed),
    }
}

/// Ids of the private subnets of the environment's own VPC.
pub(super) fn managed_private(vpc: &ManagedVpc) -> Vec<Node> {
    (1..=vpc.private_subnets.len()).map(|number| reference(&private_subnet(number))).collect()
}

/// Tags that name a resource after the environment.
pub(super) fn name_tags(suffix: &str) -> Node {
    let name = sub(format!("copilot-${{AppName}}-${{EnvironmentName}}{suffix}"));
    Node::sequence([tag("Name", name)])
}

/// Description of a security group. It cannot be changed: another one would be another group.
pub(super) fn group_description(what: &str) -> Node {
    join("", [reference(APP_NAME), Node::string("-"), reference(ENV_NAME), Node::string(what)])
}
