//! The cluster and the namespace of service discovery.

use super::ids::{CLUSTER, DISCOVERY_ENDPOINT, NAMESPACE};
use super::subnets::vpc_id;
use crate::manifest::env::Environment;
use crate::template::cfn::intrinsic::reference;
use crate::template::cfn::mapping::{Map, strings};
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

pub(super) fn resources(env: &Environment) -> [Resource; 2] {
    let namespace = Map::new().with("Name", reference(DISCOVERY_ENDPOINT)).with("Vpc", vpc_id(env));
    let logging = Node::mapping([("Logging", Node::string("DEFAULT"))]);
    let insights = if env.observability.container_insights { "enabled" } else { "disabled" };
    let insights = Map::new().with_text("Name", "containerInsights").with_text("Value", insights).build();
    let cluster = Map::new()
        .with("CapacityProviders", Node::sequence(strings(["FARGATE", "FARGATE_SPOT"])))
        .with("Configuration", Node::mapping([("ExecuteCommandConfiguration", logging)]))
        .with("ClusterSettings", Node::sequence([insights]));
    [
        Resource::new(NAMESPACE, "AWS::ServiceDiscovery::PrivateDnsNamespace", namespace)
            .described("A private DNS namespace for discovering services within the environment"),
        Resource::new(CLUSTER, "AWS::ECS::Cluster", cluster)
            .described("An ECS cluster to group your services"),
    ]
}
