//! The environment's subdomain of the application's domain: zone, delegation, certificate and aliases. Created with the
//! first deployment when the application has a domain, whether or not there are services.

use super::ids::{
    ALIASES, APP_NAME, CERTIFICATE, CERTIFICATE_VALIDATION, CUSTOM_DOMAIN, CUSTOM_RESOURCE_ROLE,
    DELEGATE_DNS, DELEGATION, DISTRIBUTION, DNS_DELEGATION, DNS_ROLE, DOMAIN, ENV_NAME, HOSTED_ZONE,
    MANAGED_ALIASES, PUBLIC_BALANCER,
};
use super::inputs::Inputs;
use crate::manifest::env::Environment;
use crate::template::cfn::iam::{Role, Statement, assumed_by_lambda, description, policy};
use crate::template::cfn::intrinsic::{get_att, reference, sub};
use crate::template::cfn::lambda::Function;
use crate::template::cfn::mapping::Map;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

const CUSTOM_DOMAIN_ACTION: &str = "CustomDomainAction";
/// Id of the zone that aliases of every CloudFront distribution point to.
const CLOUDFRONT_ZONE: &str = "Z2FDTNDATAQYW2";
/// The environment's subdomain.
pub(super) const SUBDOMAIN: &str = "${EnvironmentName}.${AppName}.${AppDNSName}";

/// Whether the template has all this. The user's certificates take its place.
pub(super) fn manages_certificate(env: &Environment) -> bool {
    env.http.public.certificates.is_empty()
}

pub(super) fn resources(env: &Environment, inputs: &Inputs) -> [Resource; 8] {
    let code = &inputs.functions;
    let function = |id, code, handler, timeout| {
        Function { id, code, handler, timeout, role: CUSTOM_RESOURCE_ROLE }.build()
    };
    [
        role(inputs),
        zone(),
        function(
            CERTIFICATE_VALIDATION,
            &code.certificate_validation,
            "index.certificateRequestHandler",
            900,
        )
        .on_condition(DELEGATE_DNS),
        function(CUSTOM_DOMAIN, &code.custom_domain, "index.handler", 600).on_condition(MANAGED_ALIASES),
        function(DNS_DELEGATION, &code.dns_delegation, "index.domainDelegationHandler", 600)
            .on_condition(DELEGATE_DNS),
        delegation(),
        certificate(),
        aliases(env),
    ]
}

fn role(inputs: &Inputs) -> Resource {
    let basics = &inputs.basics;
    let manage = Statement::allow()
        .actions(&[
            "acm:ListCertificates",
            "acm:RequestCertificate",
            "acm:DescribeCertificate",
            "acm:GetCertificate",
            "acm:DeleteCertificate",
            "acm:AddTagsToCertificate",
            "sts:AssumeRole",
            "logs:*",
            "route53:ChangeResourceRecordSets",
            "route53:Get*",
            "route53:Describe*",
            "route53:ListResourceRecordSets",
            "route53:ListHostedZonesByName",
        ])
        .on_each([Node::string("*")]);
    Role {
        id: CUSTOM_RESOURCE_ROLE,
        description: Some(description(
            "An IAM role",
            basics.boundary(),
            "to manage certificates and Route53 hosted zones",
        )),
        name: None,
        assume: vec![assumed_by_lambda()],
        boundary: basics.permissions_boundary.clone(),
        path: Some("/"),
        managed_policies: Vec::new(),
        policies: vec![policy(Node::string("DNSandACMAccess"), [manage])],
    }
    .build()
    .on_condition(DELEGATE_DNS)
}

fn zone() -> Resource {
    let comment = sub(format!("HostedZone for environment ${{EnvironmentName}} - {SUBDOMAIN}"));
    let properties = Map::new()
        .with("HostedZoneConfig", Node::mapping([("Comment", comment)]))
        .with("Name", sub(SUBDOMAIN));
    Resource::new(HOSTED_ZONE, "AWS::Route53::HostedZone", properties)
        .described("A Route 53 Hosted Zone for the environment's subdomain")
        .on_condition(DELEGATE_DNS)
}

fn delegation() -> Resource {
    let properties = Map::new()
        .with("ServiceToken", get_att(DNS_DELEGATION, "Arn"))
        .with("DomainName", sub("${AppName}.${AppDNSName}"))
        .with("SubdomainName", sub(SUBDOMAIN))
        .with("NameServers", get_att(HOSTED_ZONE, "NameServers"))
        .with("RootDNSRole", reference(DNS_ROLE));
    Resource::new(DELEGATION, "Custom::DNSDelegationFunction", properties)
        .described("Delegate DNS for environment subdomain")
        .on_condition(DELEGATE_DNS)
        .depends_on_each(&[DNS_DELEGATION, HOSTED_ZONE])
}

fn certificate() -> Resource {
    let properties = Map::new()
        .with("ServiceToken", get_att(CERTIFICATE_VALIDATION, "Arn"))
        .with("AppName", reference(APP_NAME))
        .with("EnvName", reference(ENV_NAME))
        .with("DomainName", reference(DOMAIN))
        .with("Aliases", reference(ALIASES))
        .with("EnvHostedZoneId", reference(HOSTED_ZONE))
        .with("Region", reference("AWS::Region"))
        .with("RootDNSRole", reference(DNS_ROLE));
    Resource::new(CERTIFICATE, "Custom::CertificateValidationFunction", properties)
        .described("Request and validate an ACM certificate for your domain")
        .on_condition(DELEGATE_DNS)
        .depends_on_each(&[CERTIFICATE_VALIDATION, HOSTED_ZONE, DELEGATION])
}

fn aliases(env: &Environment) -> Resource {
    let (name, zone) = match env.cdn {
        Some(_) => (get_att(DISTRIBUTION, "DomainName"), Node::string(CLOUDFRONT_ZONE)),
        None => (get_att(PUBLIC_BALANCER, "DNSName"), get_att(PUBLIC_BALANCER, "CanonicalHostedZoneID")),
    };
    let properties = Map::new()
        .with("ServiceToken", get_att(CUSTOM_DOMAIN, "Arn"))
        .with("AppName", reference(APP_NAME))
        .with("EnvName", reference(ENV_NAME))
        .with("Aliases", reference(ALIASES))
        .with("AppDNSRole", reference(DNS_ROLE))
        .with("DomainName", reference(DOMAIN))
        .with("PublicAccessDNS", name)
        .with("PublicAccessHostedZone", zone);
    Resource::new(CUSTOM_DOMAIN_ACTION, "Custom::CustomDomainFunction", properties)
        .described("Add an A-record to the hosted zone for the domain alias")
        .on_condition(MANAGED_ALIASES)
}
