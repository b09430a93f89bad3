//! The load balancer of public services.

use super::access_logs;
use super::ids::{
    ACCESS_LOGS_BUCKET, ACCESS_LOGS_BUCKET_POLICY, CERTIFICATE, CREATE_ALB, EXPORT_HTTPS, HTTP_LISTENER,
    HTTPS_LISTENER, PUBLIC_BALANCER, PUBLIC_HTTP_GROUP, PUBLIC_HTTPS_GROUP, PUBLIC_TARGETS,
};
use super::listener::{Balancer, default_targets, more_certificates};
use super::subnets::public_subnets;
use crate::manifest::env::Environment;
use crate::manifest::unquoted;
use crate::template::cfn::intrinsic::{get_att, only_when, reference};
use crate::template::cfn::mapping::{Map, tag};
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

pub(super) fn resources(env: &Environment) -> Vec<Resource> {
    let http = &env.http.public;
    let listeners = Balancer { id: PUBLIC_BALANCER, targets: PUBLIC_TARGETS };
    let certificate = match http.certificates.first() {
        Some(arn) => unquoted::value(arn),
        None => reference(CERTIFICATE),
    };
    let mut resources = vec![
        balancer(env),
        default_targets(PUBLIC_TARGETS, env).on_condition(CREATE_ALB),
        listeners
            .http_listener(HTTP_LISTENER)
            .described("A load balancer listener to route HTTP traffic")
            .on_condition(CREATE_ALB),
        listeners
            .https_listener(HTTPS_LISTENER, Some(certificate), http.ssl_policy.as_deref())
            .described("A load balancer listener to route HTTPS traffic")
            .on_condition(EXPORT_HTTPS),
    ];
    let more = more_certificates("HTTPSImportCertificate", HTTPS_LISTENER, &http.certificates);
    resources.extend(more.map(|certificate| certificate.on_condition(EXPORT_HTTPS)));
    resources
}

fn balancer(env: &Environment) -> Resource {
    let groups = [
        get_att(PUBLIC_HTTP_GROUP, "GroupId"),
        only_when(EXPORT_HTTPS, get_att(PUBLIC_HTTPS_GROUP, "GroupId")),
    ];
    let properties = Map::new()
        .with("LoadBalancerAttributes", Node::sequence(access_log_attributes(env)))
        .with_text("Scheme", "internet-facing")
        .with("SecurityGroups", Node::sequence(groups))
        .with("Subnets", Node::sequence(public_subnets(env)))
        .with_text("Type", "application");
    let balancer = Resource::new(PUBLIC_BALANCER, "AWS::ElasticLoadBalancingV2::LoadBalancer", properties)
        .described("An Application Load Balancer to distribute public traffic to your services")
        .on_condition(CREATE_ALB);
    match access_logs::creates_bucket(env) {
        true => balancer.depends_on(ACCESS_LOGS_BUCKET_POLICY),
        false => balancer,
    }
}

fn access_log_attributes(env: &Environment) -> Vec<Node> {
    let enabled = |enabled: bool| tag("access_logs.s3.enabled", Node::plain(enabled));
    let Some(logs) = &env.http.public.access_logs else { return vec![enabled(false)] };
    let bucket = match &logs.bucket_name {
        Some(name) => unquoted::value(name),
        None => reference(ACCESS_LOGS_BUCKET),
    };
    let prefix = logs.prefix.iter().map(|prefix| tag("access_logs.s3.prefix", unquoted::value(prefix)));
    std::iter::once(enabled(true)).chain(prefix).chain([tag("access_logs.s3.bucket", bucket)]).collect()
}
