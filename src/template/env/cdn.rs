//! The CloudFront distribution in front of the public load balancer, and its certificate in us-east-1.

use super::dns;
use super::ids::{
    ALB_WORKLOADS, ALIASES, APP_NAME, CERTIFICATE, CERTIFICATE_REPLICA, CERTIFICATE_REPLICATOR, CREATE_ALB,
    CUSTOM_RESOURCE_ROLE, DELEGATE_DNS, DISTRIBUTION, ENV_NAME, PUBLIC_BALANCER, UNIQUE_ALIASES,
    UNIQUE_JSON_VALUES,
};
use super::inputs::Inputs;
use crate::manifest::env::{Cdn, Environment, StaticAssets};
use crate::manifest::unquoted;
use crate::template::cfn::iam::{Role, assumed_by_lambda, description, service_role_policy};
use crate::template::cfn::intrinsic::{get_att, only_when, reference, sub};
use crate::template::cfn::lambda::Function;
use crate::template::cfn::mapping::{Map, strings};
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

const UNIQUE_ROLE: &str = "UniqueJSONValuesFunctionRole";
const ORIGIN_ACCESS: &str = "CloudFrontOriginAccessControl";
/// Id of CloudFront's policy `CachingDisabled`.
const NO_CACHING: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
/// Id of CloudFront's policy `CachingOptimized`.
const CACHING: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";
/// Id of CloudFront's policy `AllViewer`: every header, cookie and query reaches the load balancer.
const WHOLE_REQUEST: &str = "216adef6-5c7f-47e4-b989-5492eafa07d3";
const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"];

pub(super) fn resources(cdn: &Cdn, env: &Environment, inputs: &Inputs) -> Vec<Resource> {
    let has_aliases = cdn.certificate.is_some() || inputs.domain.is_some();
    let replicates = cdn.certificate.is_none() && dns::manages_certificate(env);
    let mut resources = Vec::new();
    if has_aliases {
        resources.extend(unique_aliases(cdn, inputs));
    }
    resources.extend(cdn.static_assets.as_ref().map(|_| origin_access()));
    resources.push(distribution(cdn, has_aliases, replicates));
    if replicates {
        resources.extend(replica(inputs));
    }
    resources
}

fn unique_aliases(cdn: &Cdn, inputs: &Inputs) -> [Resource; 3] {
    let basics = &inputs.basics;
    let role = Role {
        id: UNIQUE_ROLE,
        description: Some(description("An IAM Role", basics.boundary(), "for the unique json values lambda")),
        name: None,
        assume: vec![assumed_by_lambda()],
        boundary: basics.permissions_boundary.clone(),
        path: Some("/"),
        managed_policies: vec![service_role_policy("AWSLambdaBasicExecutionRole")],
        policies: Vec::new(),
    };
    let function = Function {
        id: UNIQUE_JSON_VALUES,
        code: &inputs.functions.unique_json_values,
        handler: "index.handler",
        timeout: 600,
        role: UNIQUE_ROLE,
    };
    let more = cdn.static_assets.iter().map(|assets| unquoted::value(&assets.alias)).collect();
    let action = Map::new()
        .with("ServiceToken", get_att(UNIQUE_JSON_VALUES, "Arn"))
        .with("Aliases", reference(ALIASES))
        .with_items("AdditionalStrings", more)
        .with("FilterFor", reference(ALB_WORKLOADS));
    let action = Resource::new(UNIQUE_ALIASES, "Custom::UniqueJSONValuesFunction", action)
        .described("An action to get unique custom aliases for services in your environment");
    [role.build(), function.build(), action].map(|resource| resource.on_condition(CREATE_ALB))
}

fn origin_access() -> Resource {
    let config = Map::new()
        .with_text("Description", "Access control for static s3 origin")
        .with("Name", sub("copilot-${AppName}-${EnvironmentName}-origin-access-control"))
        .with_text("OriginAccessControlOriginType", "s3")
        .with_text("SigningBehavior", "always")
        .with_text("SigningProtocol", "sigv4");
    let properties = Map::new().with("OriginAccessControlConfig", config.build());
    Resource::new(ORIGIN_ACCESS, "AWS::CloudFront::OriginAccessControl", properties)
        .described("Access control to make the content in the S3 bucket only accessible through CloudFront")
}

fn distribution(cdn: &Cdn, has_aliases: bool, replicates: bool) -> Resource {
    let balancer_id = || sub("copilot-${AppName}-${EnvironmentName}-origin");
    let viewer_protocol = if cdn.terminate_tls { "redirect-to-https" } else { "allow-all" };
    let origin_protocol = if cdn.terminate_tls { "http-only" } else { "match-viewer" };
    let behavior = Map::new()
        .with("AllowedMethods", Node::sequence(strings(METHODS)))
        .with_text("CachePolicyId", NO_CACHING)
        .with("TargetOriginId", balancer_id())
        .with_text("OriginRequestPolicyId", WHOLE_REQUEST)
        .with_text("ViewerProtocolPolicy", viewer_protocol);
    let balancer = Map::new()
        .with("Id", balancer_id())
        .with("DomainName", get_att(PUBLIC_BALANCER, "DNSName"))
        .with("CustomOriginConfig", Node::mapping([("OriginProtocolPolicy", Node::string(origin_protocol))]));
    let assets = cdn.static_assets.as_ref();
    let origins = std::iter::once(balancer.build()).chain(assets.map(assets_origin));
    let certificate = match &cdn.certificate {
        Some(arn) => Some(viewer_certificate(unquoted::value(arn))),
        None => {
            replicates.then(|| only_when(DELEGATE_DNS, viewer_certificate(reference(CERTIFICATE_REPLICA))))
        }
    };
    let config = Map::new()
        .with_some("Aliases", has_aliases.then(|| get_att(UNIQUE_ALIASES, "UniqueValues")))
        .with("DefaultCacheBehavior", behavior.build())
        .with("Enabled", Node::plain(true))
        .with("IPV6Enabled", Node::plain(true))
        .with("Origins", Node::sequence(origins))
        .with_items("CacheBehaviors", assets.map(assets_behavior).into_iter().collect())
        .with_some("ViewerCertificate", certificate);
    let properties = Map::new().with("DistributionConfig", config.build());
    Resource::new(DISTRIBUTION, "AWS::CloudFront::Distribution", properties)
        .described("A CloudFront distribution for global content delivery")
        .on_condition(CREATE_ALB)
}

fn assets_id() -> Node {
    sub("copilot-${AppName}-${EnvironmentName}-s3")
}

fn assets_origin(assets: &StaticAssets) -> Node {
    // CloudFront wants an origin access identity of every bucket, also an empty one beside an origin access control.
    let no_identity = Node::mapping([("OriginAccessIdentity", Node::string(""))]);
    Map::new()
        .with("Id", assets_id())
        .with("DomainName", unquoted::value(&assets.location))
        .with("OriginAccessControlId", reference(ORIGIN_ACCESS))
        .with("S3OriginConfig", no_identity)
        .build()
}

fn assets_behavior(assets: &StaticAssets) -> Node {
    Map::new()
        .with("AllowedMethods", Node::sequence(strings(METHODS)))
        .with_text("ViewerProtocolPolicy", "allow-all")
        .with_text("CachePolicyId", CACHING)
        .with("TargetOriginId", assets_id())
        .with_text("PathPattern", &assets.path)
        .build()
}

fn viewer_certificate(arn: Node) -> Node {
    Map::new()
        .with("AcmCertificateArn", arn)
        .with_text("MinimumProtocolVersion", "TLSv1")
        .with_text("SslSupportMethod", "sni-only")
        .build()
}

/// The certificate's copy in us-east-1, the only region whose certificates CloudFront takes.
fn replica(inputs: &Inputs) -> [Resource; 2] {
    let function = Function {
        id: CERTIFICATE_REPLICATOR,
        code: &inputs.functions.certificate_replicator,
        handler: "index.certificateReplicateHandler",
        timeout: 900,
        role: CUSTOM_RESOURCE_ROLE,
    };
    let properties = Map::new()
        .with("ServiceToken", get_att(CERTIFICATE_REPLICATOR, "Arn"))
        .with("AppName", reference(APP_NAME))
        .with("EnvName", reference(ENV_NAME))
        .with_text("TargetRegion", "us-east-1")
        .with("EnvRegion", reference("AWS::Region"))
        .with("CertificateArn", reference(CERTIFICATE));
    let action = Resource::new(CERTIFICATE_REPLICA, "Custom::CertificateReplicatorFunction", properties)
        .described("Replicate certificate to us-east-1");
    [function.build(), action].map(|resource| resource.on_condition(DELEGATE_DNS))
}
