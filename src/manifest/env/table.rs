//! The fields of an environment's manifest.

use crate::manifest::table::{Shape, Table, field};

pub(in crate::manifest) const ENVIRONMENT: Table = &[
    field("name", Shape::Text, "Name of the environment, which is that of its directory."),
    field("type", Shape::Word(&["Environment"]), "Kind of manifest."),
    field("network", Shape::Fields(NETWORK), "The environment's network."),
    field("observability", Shape::Fields(OBSERVABILITY), "What is measured."),
    field("http", Shape::Fields(HTTP), "Load balancers, which only services use."),
    field(
        "cdn",
        Shape::Any(&[Shape::Flag, Shape::SomeOf(CDN)]),
        "A CloudFront distribution before the public load balancer: true or a map.",
    ),
];

pub(super) const NETWORK: Table =
    &[field("vpc", Shape::Fields(VPC), "The VPC. It stays as it is for the life of the environment.")];

pub(super) const VPC: Table = &[
    field("id", Shape::Text, "ID of a VPC of your own, in which the environment is created."),
    field("cidr", Shape::Text, "Range of the VPC that is created. Default: 10.0.0.0/16."),
    field("subnets", Shape::Fields(SUBNETS), "Subnets: IDs with `id`, ranges without."),
    field(
        "security_group",
        Shape::Fields(SECURITY_GROUP),
        "Further rules of the environment's security group.",
    ),
    field(
        "flow_logs",
        Shape::Any(&[Shape::Flag, Shape::SomeOf(FLOW_LOGS)]),
        "Records the traffic of the VPC in CloudWatch Logs.",
    ),
];

pub(super) const SUBNETS: Table = &[
    field("public", Shape::List(&Shape::Fields(SUBNET)), "Subnets that are reached from the internet."),
    field("private", Shape::List(&Shape::Fields(SUBNET)), "Subnets that are not reached from the internet."),
];

pub(super) const SUBNET: Table = &[
    field("id", Shape::Text, "ID of a subnet of your own."),
    field("cidr", Shape::Text, "Range of a subnet that is created."),
    field("az", Shape::Text, "Availability zone of a subnet that is created."),
];

pub(super) const SECURITY_GROUP: Table = &[
    field("ingress", Shape::List(&Shape::Fields(RULE)), "Traffic that may come in."),
    field("egress", Shape::List(&Shape::Fields(RULE)), "Traffic that may go out."),
];

pub(super) const RULE: Table = &[
    field("ip_protocol", Shape::Text, "Protocol: tcp, udp, icmp, a number, or -1 for all."),
    field("ports", Shape::Any(&[Shape::Number, Shape::Text]), "A port, or a range such as 8000-8080."),
    field("cidr", Shape::Text, "Range of addresses."),
];

pub(super) const FLOW_LOGS: Table =
    &[field("retention", Shape::Number, "Days for which the records are kept. Default: 14.")];

pub(super) const OBSERVABILITY: Table = &[field(
    "container_insights",
    Shape::Flag,
    "CPU, memory and network figures of tasks, which CloudWatch charges for. Default: false.",
)];

pub(super) const HTTP: Table = &[
    field("public", Shape::Fields(PUBLIC), "The load balancer that is reached from the internet."),
    field("private", Shape::Fields(PRIVATE), "The load balancer inside the VPC."),
];

pub(super) const PUBLIC: Table = &[
    field("certificates", Shape::List(&Shape::Text), "ARNs of certificates of ACM."),
    field("ssl_policy", Shape::Text, "Security policy of the HTTPS listener."),
    field(
        "access_logs",
        Shape::Any(&[Shape::Flag, Shape::SomeOf(ACCESS_LOGS)]),
        "Stores access logs in S3: true or a map.",
    ),
    field("ingress", Shape::Fields(RESTRICTION), "From where the load balancer may be reached."),
    field("security_groups", Shape::Fields(DEPRECATED_GROUPS), "An older form of `ingress`."),
];

pub(super) const PRIVATE: Table = &[
    field("subnets", Shape::List(&Shape::Text), "IDs of the load balancer's subnets."),
    field("certificates", Shape::List(&Shape::Text), "ARNs of certificates of ACM."),
    field("ssl_policy", Shape::Text, "Security policy of the HTTPS listener."),
    field("ingress", Shape::Fields(VPC_INGRESS), "From where the load balancer may be reached."),
    field("security_groups", Shape::Fields(DEPRECATED_GROUPS), "An older form of `ingress`."),
];

pub(super) const ACCESS_LOGS: Table = &[
    field("bucket_name", Shape::Text, "A bucket of your own. Default: one is created."),
    field("prefix", Shape::Text, "Prefix of the keys in the bucket."),
];

pub(super) const RESTRICTION: Table = &[
    field("cdn", Shape::Flag, "Only CloudFront may reach it."),
    field("source_ips", Shape::List(&Shape::Text), "Only these addresses and ranges may reach it."),
];

pub(super) const VPC_INGRESS: Table = &[field("vpc", Shape::Flag, "The whole VPC may reach it.")];

pub(super) const DEPRECATED_GROUPS: Table =
    &[field("ingress", Shape::Fields(DEPRECATED_INGRESS), "From where the load balancer may be reached.")];

pub(super) const DEPRECATED_INGRESS: Table = &[
    field("restrict_to", Shape::Fields(RESTRICTION), "An older form of `http.public.ingress`."),
    field("from_vpc", Shape::Flag, "An older form of `http.private.ingress.vpc`."),
];

pub(super) const CDN: Table = &[
    field("certificate", Shape::Text, "ARN of a certificate of ACM in us-east-1."),
    field("terminate_tls", Shape::Flag, "CloudFront speaks HTTP with the load balancer. Default: false."),
    field("static_assets", Shape::Fields(STATIC_ASSETS), "Files that CloudFront serves from a bucket."),
];

pub(super) const STATIC_ASSETS: Table = &[
    field("location", Shape::Text, "Domain name of the bucket."),
    field("alias", Shape::Text, "Domain name under which the files are served."),
    field("path", Shape::Text, "Pattern of the paths, such as static/*."),
];
