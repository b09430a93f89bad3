//! The load balancer of services within the VPC.

use super::ids::{
    CREATE_INTERNAL_ALB, EXPORT_INTERNAL_HTTPS, INTERNAL_BALANCER, INTERNAL_GROUP, INTERNAL_HTTP_LISTENER,
    INTERNAL_HTTPS_LISTENER, INTERNAL_TARGETS, INTERNAL_ZONE,
};
use super::inputs::Inputs;
use super::listener::{Balancer, default_targets, more_certificates};
use super::subnets::{private_subnets, vpc_id};
use crate::manifest::env::Environment;
use crate::manifest::unquoted;
use crate::template::cfn::intrinsic::{get_att, reference, sub};
use crate::template::cfn::mapping::{Map, values};
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

/// Name of the private zone of services behind the load balancer.
pub(super) const ZONE_NAME: &str = "${EnvironmentName}.${AppName}.internal";

/// Whether services have names in a zone of the environment's. The user's certificates are for other names.
pub(super) fn has_zone(env: &Environment) -> bool {
    env.http.private.certificates.is_empty()
}

pub(super) fn resources(env: &Environment, inputs: &Inputs) -> Vec<Resource> {
    let http = &env.http.private;
    let listeners = Balancer { id: INTERNAL_BALANCER, targets: INTERNAL_TARGETS };
    let certificate = http.certificates.first().map(|arn| unquoted::value(arn));
    let mut resources = vec![
        balancer(env),
        default_targets(INTERNAL_TARGETS, env).on_condition(CREATE_INTERNAL_ALB),
        listeners
            .http_listener(INTERNAL_HTTP_LISTENER)
            .described("An internal load balancer listener to route HTTP traffic")
            .on_condition(CREATE_INTERNAL_ALB),
        listeners
            .https_listener(INTERNAL_HTTPS_LISTENER, certificate, http.ssl_policy.as_deref())
            .described("An internal load balancer listener to route HTTPS traffic")
            .on_condition(EXPORT_INTERNAL_HTTPS),
    ];
    let more =
        more_certificates("InternalHTTPSImportCertificate", INTERNAL_HTTPS_LISTENER, &http.certificates);
    resources.extend(more.map(|certificate| certificate.on_condition(EXPORT_INTERNAL_HTTPS)));
    if has_zone(env) {
        resources.push(zone(env, inputs));
    }
    resources
}

fn balancer(env: &Environment) -> Resource {
    let subnets = match env.http.private.subnets.as_slice() {
        [] => private_subnets(env),
        subnets => values(subnets),
    };
    let properties = Map::new()
        .with_text("Scheme", "internal")
        .with("SecurityGroups", Node::sequence([get_att(INTERNAL_GROUP, "GroupId")]))
        .with("Subnets", Node::sequence(subnets))
        .with_text("Type", "application");
    Resource::new(INTERNAL_BALANCER, "AWS::ElasticLoadBalancingV2::LoadBalancer", properties)
        .described(
            "An internal Application Load Balancer to distribute private traffic from within the VPC to your services",
        )
        .on_condition(CREATE_INTERNAL_ALB)
}

fn zone(env: &Environment, inputs: &Inputs) -> Resource {
    let (app, name) = (&inputs.basics.app, &inputs.basics.env);
    let vpc = Map::new().with("VPCId", vpc_id(env)).with("VPCRegion", reference("AWS::Region")).build();
    let properties = Map::new().with("Name", sub(ZONE_NAME)).with("VPCs", Node::sequence([vpc]));
    Resource::new(INTERNAL_ZONE, "AWS::Route53::HostedZone", properties)
        .described(format!(
            "A hosted zone named {name}.{app}.internal for backends behind a private load balancer"
        ))
        .on_condition(CREATE_INTERNAL_ALB)
}
