//! The template's outputs. Stacks of workloads import most of them by the names of their exports.

use super::dns;
use super::ids::{
    ALB_WORKLOADS, ALIASES, APP_RUNNER_ENDPOINT, APP_RUNNER_WORKLOADS, CLUSTER, CLUSTER_OUTPUT, CREATE_ALB,
    CREATE_APP_RUNNER_ENDPOINT, CREATE_EFS, CREATE_INTERNAL_ALB, CREATE_NAT, DELEGATE_DNS, DISTRIBUTION,
    EFS_WORKLOADS, EXECUTION_ROLE, EXECUTION_ROLE_OUTPUT, EXPORT_HTTPS, EXPORT_INTERNAL_HTTPS, FILE_SYSTEM,
    FILE_SYSTEM_OUTPUT, FORCE_DEPLOY_OUTPUT, HOSTED_ZONE, HTTP_LISTENER, HTTPS_LISTENER,
    INTERNAL_ALB_WORKLOADS, INTERNAL_BALANCER, INTERNAL_GROUP, INTERNAL_HTTP_LISTENER,
    INTERNAL_HTTPS_LISTENER, INTERNAL_ZONE, INTERNET_GATEWAY, MANAGER_ROLE, MANAGER_ROLE_OUTPUT, NAMESPACE,
    NAT_WORKLOADS, PRIVATE_ROUTES_OUTPUT, PUBLIC_BALANCER, PUBLIC_ROUTE_TABLE, PUBLIC_TARGETS,
    SECURITY_GROUP, private_route_table,
};
use super::inputs::Inputs;
use super::internal_load_balancer::{ZONE_NAME, has_zone};
use super::subnets::{managed_private, private_subnets, public_subnets, vpc_id};
use crate::manifest::env::{Environment, ManagedVpc, Vpc};
use crate::template::cfn::intrinsic::{get_att, join, reference, sub};
use crate::template::cfn::output::Output;
use crate::yaml::Node;

/// The template's `Outputs` section.
pub(super) fn section(env: &Environment, inputs: &Inputs) -> Node {
    let mut outputs = network(env);
    outputs.extend(public_balancer());
    outputs.extend(internal_balancer(env));
    outputs.push(exported(CLUSTER_OUTPUT, reference(CLUSTER), CLUSTER_OUTPUT));
    outputs.extend(roles());
    if dns::manages_certificate(env) {
        outputs.extend(subdomain());
    }
    outputs.push(enabled_features());
    outputs.push(
        exported(FILE_SYSTEM_OUTPUT, reference(FILE_SYSTEM), "FilesystemID")
            .on_condition(CREATE_EFS)
            .described("The ID of the Copilot-managed EFS filesystem."),
    );
    if env.cdn.is_some() {
        outputs.push(
            exported("CloudFrontDomainName", get_att(DISTRIBUTION, "DomainName"), "CloudFrontDomainName")
                .on_condition(CREATE_ALB)
                .described("The domain name of an associated CloudFront Distribution."),
        );
    }
    let for_everybody = !env.http.public.ingress.cdn || inputs.cdn_prefix_lists.is_empty();
    outputs.push(Output::new("PublicALBAccessible", Node::plain(for_everybody)).on_condition(CREATE_ALB));
    outputs.push(
        Output::new(FORCE_DEPLOY_OUTPUT, Node::quoted(&inputs.force_deploy_id)).described(
            "Optionally force the template to update when no immediate resource change is present.",
        ),
    );
    if let Vpc::Managed(_) = env.network.vpc {
        outputs.push(
            exported("AppRunnerVpcEndpointId", reference(APP_RUNNER_ENDPOINT), "AppRunnerVpcEndpointId")
                .on_condition(CREATE_APP_RUNNER_ENDPOINT)
                .described("VPC Endpoint to App Runner for private services"),
        );
    }
    Node::mapping(outputs.into_iter().map(Output::into_entry))
}

/// The outputs that the bootstrap template has, too.
pub(super) fn roles() -> [Output; 2] {
    [
        exported(MANAGER_ROLE_OUTPUT, get_att(MANAGER_ROLE, "Arn"), MANAGER_ROLE_OUTPUT)
            .described("The role to be assumed by the ecs-cli to manage environments."),
        exported(EXECUTION_ROLE_OUTPUT, get_att(EXECUTION_ROLE, "Arn"), EXECUTION_ROLE_OUTPUT).described(
            "The role to be assumed by the Cloudformation service when it deploys application infrastructure.",
        ),
    ]
}

fn exported(name: &str, value: Node, export: &str) -> Output {
    Output::new(name, value).exported(sub(format!("${{AWS::StackName}}-{export}")))
}

fn network(env: &Environment) -> Vec<Output> {
    let lists = [("PublicSubnets", public_subnets(env)), ("PrivateSubnets", private_subnets(env))];
    let managed = match &env.network.vpc {
        Vpc::Managed(managed) => Some(managed),
        Vpc::Imported(_) => None,
    };
    let mut outputs = vec![exported("VpcId", vpc_id(env), "VpcId")];
    for (name, subnets) in lists {
        // An imported VPC without subnets of a kind has no such export.
        if managed.is_some() || !subnets.is_empty() {
            outputs.push(exported(name, join(",", subnets), name));
        }
    }
    outputs.extend(managed.into_iter().flat_map(routes));
    outputs.push(exported(
        "ServiceDiscoveryNamespaceID",
        get_att(NAMESPACE, "Id"),
        "ServiceDiscoveryNamespaceID",
    ));
    outputs.push(exported(SECURITY_GROUP, reference(SECURITY_GROUP), SECURITY_GROUP));
    outputs
}

fn routes(vpc: &ManagedVpc) -> [Output; 3] {
    let tables = (1..=managed_private(vpc).len()).map(|number| reference(&private_route_table(number)));
    [
        exported("InternetGatewayID", reference(INTERNET_GATEWAY), "InternetGatewayID"),
        exported("PublicRouteTableID", reference(PUBLIC_ROUTE_TABLE), "PublicRouteTableID"),
        exported(PRIVATE_ROUTES_OUTPUT, join(",", tables), PRIVATE_ROUTES_OUTPUT).on_condition(CREATE_NAT),
    ]
}

fn public_balancer() -> [Output; 6] {
    let of_balancer = |name, attribute, export| {
        exported(name, get_att(PUBLIC_BALANCER, attribute), export).on_condition(CREATE_ALB)
    };
    [
        of_balancer("PublicLoadBalancerDNSName", "DNSName", "PublicLoadBalancerDNS"),
        of_balancer("PublicLoadBalancerFullName", "LoadBalancerFullName", "PublicLoadBalancerFullName"),
        of_balancer("PublicLoadBalancerHostedZone", "CanonicalHostedZoneID", "CanonicalHostedZoneID"),
        exported("HTTPListenerArn", reference(HTTP_LISTENER), "HTTPListenerArn").on_condition(CREATE_ALB),
        exported("HTTPSListenerArn", reference(HTTPS_LISTENER), "HTTPSListenerArn")
            .on_condition(EXPORT_HTTPS),
        exported("DefaultHTTPTargetGroupArn", reference(PUBLIC_TARGETS), "DefaultHTTPTargetGroup")
            .on_condition(CREATE_ALB),
    ]
}

fn internal_balancer(env: &Environment) -> Vec<Output> {
    let when = |output: Output| output.on_condition(CREATE_INTERNAL_ALB);
    let of_balancer =
        |name, attribute, export| when(exported(name, get_att(INTERNAL_BALANCER, attribute), export));
    let mut outputs = vec![
        of_balancer("InternalLoadBalancerDNSName", "DNSName", "InternalLoadBalancerDNS"),
        of_balancer("InternalLoadBalancerFullName", "LoadBalancerFullName", "InternalLoadBalancerFullName"),
        of_balancer(
            "InternalLoadBalancerHostedZone",
            "CanonicalHostedZoneID",
            "InternalLoadBalancerCanonicalHostedZoneID",
        ),
    ];
    if has_zone(env) {
        outputs.push(when(exported(
            INTERNAL_ZONE,
            reference(INTERNAL_ZONE),
            "InternalWorkloadsHostedZoneID",
        )));
        outputs.push(when(exported(
            "InternalWorkloadsHostedZoneName",
            sub(ZONE_NAME),
            "InternalWorkloadsHostedZoneName",
        )));
    }
    outputs.extend([
        when(exported(
            "InternalHTTPListenerArn",
            reference(INTERNAL_HTTP_LISTENER),
            "InternalHTTPListenerArn",
        )),
        exported("InternalHTTPSListenerArn", reference(INTERNAL_HTTPS_LISTENER), "InternalHTTPSListenerArn")
            .on_condition(EXPORT_INTERNAL_HTTPS),
        when(exported(INTERNAL_GROUP, reference(INTERNAL_GROUP), INTERNAL_GROUP)),
    ]);
    outputs
}

fn subdomain() -> [Output; 2] {
    [
        exported(HOSTED_ZONE, reference(HOSTED_ZONE), "HostedZone")
            .described("The HostedZone for this environment's private DNS."),
        exported("EnvironmentSubdomain", sub(dns::SUBDOMAIN), "SubDomain")
            .described("The domain name of this environment."),
    ]
    .map(|output| output.on_condition(DELEGATE_DNS))
}

/// Changes with every feature parameter: CloudFormation updates a stack only if its template or an output changes.
fn enabled_features() -> Output {
    let features =
        [ALB_WORKLOADS, INTERNAL_ALB_WORKLOADS, EFS_WORKLOADS, NAT_WORKLOADS, ALIASES, APP_RUNNER_WORKLOADS]
            .map(|name| format!("${{{name}}}"));
    Output::new("EnabledFeatures", sub(features.join(","))).described(
        "Required output to force the stack to update if mutating feature params, like ALBWorkloads, does not change the template.",
    )
}
