//! Environments and inputs for the tests of this module.

use super::deployed::Deployed;
use super::inputs::{Addons, Basics, Functions, Inputs};
use crate::manifest::env::*;
use crate::template::cfn::artifacts::S3Object;
use crate::yaml;

pub(super) fn basics() -> Basics {
    Basics {
        app: "shop".to_owned(),
        env: "test".to_owned(),
        region: "us-west-2".to_owned(),
        app_account_id: "123456789012".to_owned(),
        artifact_bucket: "artifacts".to_owned(),
        artifact_key_arn: "arn:aws:kms:us-west-2:123456789012:key/0000".to_owned(),
        permissions_boundary: None,
    }
}

/// Inputs of the first deployment after `env init`.
pub(in crate::template) fn inputs() -> Inputs {
    let place = |function: &'static str| {
        let key = format!("manual/scripts/custom-resources/{}/00.zip", function.to_lowercase());
        Ok::<_, std::convert::Infallible>(S3Object { bucket: "artifacts".to_owned(), key })
    };
    Inputs {
        basics: basics(),
        domain: None,
        template_version: "v1.34.1+rs.1.35.0".to_owned(),
        manifest_text: "name: test\ntype: Environment\n\n".to_owned(),
        functions: Functions::new(place).unwrap(),
        cdn_prefix_lists: Vec::new(),
        addons: None,
        force_deploy_id: String::new(),
        previous_parameters: None,
        deployed: Deployed::default(),
    }
}

/// An environment whose manifest says nothing but its name.
pub(super) fn minimal() -> Environment {
    Environment { name: "test".to_owned(), ..Environment::default() }
}

pub(super) fn certificate(number: u8) -> String {
    format!("arn:aws:acm:us-west-2:123456789012:certificate/{number}")
}

pub(super) fn imported_vpc() -> Vpc {
    let ids = |ids: [&str; 2]| ids.map(str::to_owned).into();
    Vpc::Imported(ImportedVpc {
        id: "vpc-0123456789abcdef0".to_owned(),
        public_subnets: ids(["subnet-0a000000000000001", "subnet-0a000000000000002"]),
        private_subnets: ids(["subnet-0b000000000000001", "subnet-0b000000000000002"]),
    })
}

/// An imported VPC with everything that a manifest can say of it and of both load balancers.
pub(in crate::template) fn imported() -> (Environment, Inputs) {
    let rule = |ip_protocol: &str, from_port, to_port, cidr: &str| SecurityGroupRule {
        ip_protocol: ip_protocol.to_owned(),
        from_port,
        to_port,
        cidr: cidr.to_owned(),
    };
    let mut env = minimal();
    env.network = Network {
        vpc: imported_vpc(),
        security_group: SecurityGroup {
            ingress: vec![rule("tcp", 80, 80, "10.0.0.0/8"), rule("17", 53, 53, "192.168.1.0/24")],
            egress: vec![rule("udp", 6000, 7000, "0.0.0.0/0")],
        },
        flow_logs: FlowLogs::Enabled { retention_days: 30 },
    };
    env.observability.container_insights = true;
    env.http.public.certificates = vec![certificate(1), certificate(2), certificate(3)];
    env.http.public.ssl_policy = Some("ELBSecurityPolicy-TLS13-1-1-2021-06".to_owned());
    env.http.public.access_logs =
        Some(AccessLogs { bucket_name: Some("logs".to_owned()), prefix: Some("elb".to_owned()) });
    env.http.public.ingress.source_ips = vec!["1.1.1.1/32".to_owned(), "2001:db8::/32".to_owned()];
    env.http.private = PrivateHttp {
        subnets: vec!["subnet-0b000000000000001".to_owned(), "subnet-0b000000000000002".to_owned()],
        certificates: vec![certificate(4), certificate(5)],
        ssl_policy: Some("ELBSecurityPolicy-2016-08".to_owned()),
        vpc_ingress: true,
    };
    let mut inputs = inputs();
    inputs.force_deploy_id = "8f6b0d1c-3f0a-4b53-9f5e-0d3f6a6f9f11".to_owned();
    let value = yaml::load("!Ref Cluster").unwrap().unwrap();
    inputs.addons = Some(Addons {
        template_url: "https://artifacts.s3.us-west-2.amazonaws.com/manual/addons/environments/00.yml"
            .to_owned(),
        parameters: vec![("ClusterName".to_owned(), value)],
    });
    (env, inputs)
}

/// A domain, a distribution and a bucket of access logs, under a permissions boundary.
pub(in crate::template) fn distributed() -> (Environment, Inputs) {
    let mut env = minimal();
    let subnet =
        |cidr: &str, zone: &str| Subnet { cidr: cidr.to_owned(), availability_zone: Some(zone.to_owned()) };
    env.network.vpc = Vpc::Managed(ManagedVpc {
        cidr: "10.1.0.0/16".to_owned(),
        public_subnets: vec![subnet("10.1.0.0/24", "us-west-2a"), subnet("10.1.1.0/24", "us-west-2b")],
        private_subnets: vec![subnet("10.1.2.0/24", "us-west-2a"), subnet("10.1.3.0/24", "us-west-2b")],
    });
    env.http.public.access_logs = Some(AccessLogs { bucket_name: None, prefix: Some("elb".to_owned()) });
    env.http.public.ingress.cdn = true;
    env.cdn = Some(Cdn::default());
    let mut inputs = inputs();
    inputs.domain = Some("example.com".to_owned());
    inputs.cdn_prefix_lists = vec!["pl-1".to_owned()];
    inputs.basics.permissions_boundary = Some("Boundary".to_owned());
    (env, inputs)
}

/// A distribution with certificates of the user's and static assets.
pub(in crate::template) fn distributed_with_certificates() -> (Environment, Inputs) {
    let mut env = minimal();
    env.http.public.certificates = vec![certificate(1)];
    env.cdn = Some(Cdn {
        certificate: Some("arn:aws:acm:us-east-1:123456789012:certificate/9".to_owned()),
        terminate_tls: true,
        static_assets: Some(StaticAssets {
            location: "assets.s3.us-west-2.amazonaws.com".to_owned(),
            alias: "static.example.com".to_owned(),
            path: "static/*".to_owned(),
        }),
    });
    (env, inputs())
}
