//! Security groups of tasks and load balancers, and who may reach whom.

use super::ids::{
    CREATE_ALB, CREATE_INTERNAL_ALB, EXPORT_HTTPS, EXPORT_INTERNAL_HTTPS, INTERNAL_GROUP, PUBLIC_HTTP_GROUP,
    PUBLIC_HTTPS_GROUP, SECURITY_GROUP,
};
use super::inputs::Inputs;
use super::subnets::{group_description, name_tags, vpc_id};
use super::vpc::ANYWHERE;
use crate::manifest::env::{Environment, SecurityGroupRule};
use crate::manifest::unquoted;
use crate::template::cfn::intrinsic::reference;
use crate::template::cfn::mapping::Map;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

const INGRESS: &str = "AWS::EC2::SecurityGroupIngress";
const GROUP: &str = "AWS::EC2::SecurityGroup";

pub(super) fn resources(env: &Environment, inputs: &Inputs) -> Vec<Resource> {
    let mut resources = vec![
        public_group(
            PUBLIC_HTTP_GROUP,
            "HTTP access to the public facing load balancer",
            public_ingress(env, inputs, 80),
            env,
            "-lb-http",
        )
        .described("A security group for your load balancer allowing HTTP traffic")
        .on_condition(CREATE_ALB),
        public_group(
            PUBLIC_HTTPS_GROUP,
            "HTTPS access to the public facing load balancer",
            public_ingress(env, inputs, 443),
            env,
            "-lb-https",
        )
        .described("A security group for your load balancer allowing HTTPS traffic")
        .on_condition(EXPORT_HTTPS),
        internal_group(env),
        environment_group(env),
        from_group(
            "EnvironmentHTTPSecurityGroupIngressFromPublicALB",
            "HTTP ingress from the public ALB",
            SECURITY_GROUP,
            PUBLIC_HTTP_GROUP,
        )
        .on_condition(CREATE_ALB),
        from_group(
            "EnvironmentHTTPSSecurityGroupIngressFromPublicALB",
            "HTTPS ingress from the public ALB",
            SECURITY_GROUP,
            PUBLIC_HTTPS_GROUP,
        )
        .on_condition(EXPORT_HTTPS),
        from_group(
            "EnvironmentSecurityGroupIngressFromInternalALB",
            "Ingress from the internal ALB",
            SECURITY_GROUP,
            INTERNAL_GROUP,
        )
        .on_condition(CREATE_INTERNAL_ALB),
        from_group(
            "EnvironmentSecurityGroupIngressFromSelf",
            "Ingress from other containers in the same security group",
            SECURITY_GROUP,
            SECURITY_GROUP,
        ),
        from_group(
            "InternalALBIngressFromEnvironmentSecurityGroup",
            "Ingress from the env security group",
            INTERNAL_GROUP,
            SECURITY_GROUP,
        )
        .on_condition(CREATE_INTERNAL_ALB),
    ];
    if env.http.private.vpc_ingress {
        resources.push(from_vpc("Http", 80).on_condition(CREATE_INTERNAL_ALB));
        resources.push(from_vpc("Https", 443).on_condition(EXPORT_INTERNAL_HTTPS));
    }
    resources
}

fn public_group(
    id: &'static str,
    description: &str,
    ingress: Vec<Node>,
    env: &Environment,
    suffix: &str,
) -> Resource {
    let properties = Map::new()
        .with_text("GroupDescription", description)
        .with("SecurityGroupIngress", Node::sequence(ingress))
        .with("VpcId", vpc_id(env))
        .with("Tags", name_tags(suffix));
    Resource::new(id, GROUP, properties)
}

/// Who may reach the public load balancer at a port: everybody, unless the manifest restricts it.
fn public_ingress(env: &Environment, inputs: &Inputs, port: u16) -> Vec<Node> {
    let restricted = &env.http.public.ingress;
    let rule = |key: &str, source: Node, description: String| {
        Map::new()
            .with(key, source)
            .with_text("Description", description)
            .with("FromPort", Node::plain(port))
            .with_text("IpProtocol", "tcp")
            .with("ToPort", Node::plain(port))
            .build()
    };
    let lists = inputs.cdn_prefix_lists.iter().filter(|_| restricted.cdn).map(|list| {
        let text = format!("Allow ingress from prefix list {list} on port {port}");
        rule("SourcePrefixListId", Node::string(list), text)
    });
    let ranges = restricted.source_ips.iter().map(|range| {
        // Amazon EC2 refuses a range of IPv6 under the other key, which the old tool wrote.
        let key = if range.contains(':') { "CidrIpv6" } else { "CidrIp" };
        let text = format!("Allow ingress from source IP {} on port {port}", unquoted::name(range));
        rule(key, unquoted::value(range), text)
    });
    let rules: Vec<Node> = lists.chain(ranges).collect();
    if rules.is_empty() {
        let text = format!("Allow from anyone on port {port}");
        return vec![rule("CidrIp", Node::string(ANYWHERE), text)];
    }
    rules
}

fn internal_group(env: &Environment) -> Resource {
    let properties = Map::new()
        .with_text("GroupDescription", "Access to the internal load balancer")
        .with("VpcId", vpc_id(env))
        .with("Tags", name_tags("-internal-lb"));
    Resource::new(INTERNAL_GROUP, GROUP, properties)
        .described(
            "A security group for your internal load balancer allowing HTTP traffic from within the VPC",
        )
        .on_condition(CREATE_INTERNAL_ALB)
}

fn environment_group(env: &Environment) -> Resource {
    let rules = |rules: &[SecurityGroupRule]| rules.iter().map(rule).collect();
    let group = &env.network.security_group;
    let properties = Map::new()
        .with("GroupDescription", group_description(SECURITY_GROUP))
        .with("VpcId", vpc_id(env))
        .with("Tags", name_tags("-env"))
        .with_items("SecurityGroupIngress", rules(&group.ingress))
        .with_items("SecurityGroupEgress", rules(&group.egress));
    Resource::new(SECURITY_GROUP, GROUP, properties)
        .described("A security group to allow your containers to talk to each other")
}

fn rule(rule: &SecurityGroupRule) -> Node {
    Map::new()
        .with("IpProtocol", unquoted::value(&rule.ip_protocol))
        .with("FromPort", Node::plain(rule.from_port))
        .with("ToPort", Node::plain(rule.to_port))
        .with("CidrIp", unquoted::value(&rule.cidr))
        .build()
}

fn from_group(id: &str, description: &str, group: &str, source: &str) -> Resource {
    let properties = Map::new()
        .with_text("Description", description)
        .with("GroupId", reference(group))
        .with("IpProtocol", Node::plain(-1))
        .with("SourceSecurityGroupId", reference(source));
    Resource::new(id, INGRESS, properties)
}

fn from_vpc(suffix: &str, port: u16) -> Resource {
    let properties = Map::new()
        .with_text("Description", format!("Allow from within the VPC on port {port}"))
        .with_text("CidrIp", ANYWHERE)
        .with("FromPort", Node::plain(port))
        .with("ToPort", Node::plain(port))
        .with_text("IpProtocol", "tcp")
        .with("GroupId", reference(INTERNAL_GROUP));
    Resource::new(format!("{INTERNAL_GROUP}IngressFrom{suffix}"), INGRESS, properties).described(format!(
        "An inbound rule to the internal load balancer security group for port {port} within the VPC"
    ))
}
