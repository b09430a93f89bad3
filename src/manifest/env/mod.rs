//! An environment as the rest of the program sees it: its manifest with defaults filled in, deprecated spellings
//! resolved and everything checked.
//!
//! The old tool wrote the manifest's texts into its template without quotes. What such a text means there (a second
//! pair of quotes, a CloudFormation function) is told by [`super::unquoted`]; the model keeps the text as written.

pub mod cidr;
mod decode;
mod layer;
mod load;
pub(super) mod table;
mod validate;
pub mod write;

pub use load::{ENVIRONMENT_TYPE, Manifest, Target, load};

#[cfg(test)]
mod tests;

/// An environment ready to be rendered and deployed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Name of the environment and part of every resource's name.
    pub name: String,
    /// The VPC and what belongs to it.
    pub network: Network,
    /// Monitoring of the cluster.
    pub observability: Observability,
    /// Settings of the two load balancers. They exist only while a service needs them, the settings always.
    pub http: Http,
    /// The `CloudFront` distribution in front of the public load balancer; `None` when there shall be none.
    pub cdn: Option<Cdn>,
}

/// `network.vpc`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// The VPC itself with its subnets.
    pub vpc: Vpc,
    /// Rules of the environment's security group besides the one that lets its members reach each other.
    pub security_group: SecurityGroup,
    /// Logs of the VPC's traffic.
    pub flow_logs: FlowLogs,
}

/// Whose VPC the environment uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vpc {
    /// The user's, named by ids.
    Imported(ImportedVpc),
    /// The environment's own, with the user's address ranges or the default ones.
    Managed(ManagedVpc),
}

/// The environment's own VPC with the default address ranges.
impl Default for Vpc {
    fn default() -> Self {
        Self::Managed(ManagedVpc::default())
    }
}

/// A VPC of the user's. At least one list has subnets, and none has exactly one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedVpc {
    /// Id of the VPC; never empty.
    pub id: String,
    /// Ids of the public subnets, in the order of the manifest, which the exports keep.
    pub public_subnets: Vec<String>,
    /// Ids of the private subnets, in the order of the manifest, which numbers the mount targets.
    pub private_subnets: Vec<String>,
}

/// A VPC that the environment's stack creates. Both lists have the same length and the order in which subnets are
/// numbered: by availability zone, those of the same zone or without one as they are written. They are empty when
/// the manifest has a range for the VPC and none for subnets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedVpc {
    /// IPv4 range of the VPC; `10.0.0.0/16` by default.
    pub cidr: String,
    /// Public subnets; `10.0.0.0/24` and `10.0.1.0/24` by default.
    pub public_subnets: Vec<Subnet>,
    /// Private subnets; `10.0.2.0/24` and `10.0.3.0/24` by default.
    pub private_subnets: Vec<Subnet>,
}

impl Default for ManagedVpc {
    fn default() -> Self {
        let subnet = |cidr: &str| Subnet { cidr: cidr.to_owned(), availability_zone: None };
        Self {
            cidr: "10.0.0.0/16".to_owned(),
            public_subnets: vec![subnet("10.0.0.0/24"), subnet("10.0.1.0/24")],
            private_subnets: vec![subnet("10.0.2.0/24"), subnet("10.0.3.0/24")],
        }
    }
}

/// A subnet that the environment's stack creates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// IPv4 range of the subnet.
    pub cidr: String,
    /// Name of its availability zone; `None` for the region's n-th zone. Either all subnets have one, and public and
    /// private ones of the same number the same, or none has.
    pub availability_zone: Option<String>,
}

/// `network.vpc.security_group`: rules of the environment's security group, in the order of the manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityGroup {
    /// Traffic to the members; empty when the manifest has no such rules.
    pub ingress: Vec<SecurityGroupRule>,
    /// Traffic from the members. Empty leaves Amazon EC2's default, which allows all; one rule replaces it.
    pub egress: Vec<SecurityGroupRule>,
}

/// A rule of a security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroupRule {
    /// Name or number of the protocol; `-1` for all.
    pub ip_protocol: String,
    /// First port, or ICMP type; -1 for all.
    pub from_port: i64,
    /// Last port, or ICMP code; never less than the first.
    pub to_port: i64,
    /// IPv4 range at the other end.
    pub cidr: String,
}

/// `network.vpc.flow_logs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlowLogs {
    /// Nothing is written: no flow logs.
    #[default]
    Unset,
    /// `false`. The old tool took it for `true`, so a deployed stack may have flow logs in spite of it; taking them
    /// away deletes the logs.
    Disabled,
    /// `true`, or a map.
    Enabled {
        /// Days that logs are kept; 14 by default.
        retention_days: i64,
    },
}

/// `observability`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observability {
    /// Whether the cluster collects Container Insights; off by default.
    pub container_insights: bool,
}

/// `http`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Http {
    /// The public load balancer.
    pub public: PublicHttp,
    /// The internal load balancer.
    pub private: PrivateHttp,
}

/// `http.public`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicHttp {
    /// ARNs of the HTTPS listener's certificates, the default one first; empty when the user brings none.
    pub certificates: Vec<String>,
    /// Name of the HTTPS listener's security policy; `None` for the load balancer's default.
    pub ssl_policy: Option<String>,
    /// Where access logs go; `None` for no access logs.
    pub access_logs: Option<AccessLogs>,
    /// Who may reach the load balancer. Everybody, unless one of its fields is set.
    pub ingress: PublicIngress,
}

/// `http.public.access_logs`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessLogs {
    /// Name of the user's bucket; `None` for one that the environment's stack creates.
    pub bucket_name: Option<String>,
    /// Prefix of the objects' keys; `None` for none.
    pub prefix: Option<String>,
}

/// `http.public.ingress`, and `http.public.security_groups.ingress`, its deprecated place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicIngress {
    /// Lets `CloudFront` in; set only with a distribution.
    pub cdn: bool,
    /// IPv4 or IPv6 ranges that are let in.
    pub source_ips: Vec<String>,
}

/// `http.private`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrivateHttp {
    /// Ids of the imported subnets the load balancer is placed in; empty for all private subnets.
    pub subnets: Vec<String>,
    /// ARNs of the HTTPS listener's certificates, the default one first; empty when the user brings none.
    pub certificates: Vec<String>,
    /// Name of the HTTPS listener's security policy; `None` for the load balancer's default.
    pub ssl_policy: Option<String>,
    /// Lets the whole VPC reach ports 80 and 443: `ingress.vpc`, or `security_groups.ingress.from_vpc`, its
    /// deprecated place.
    pub vpc_ingress: bool,
}

/// `cdn`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cdn {
    /// ARN of the distribution's certificate, in us-east-1; `None` for the one of the application's domain, or for
    /// `CloudFront`'s own.
    pub certificate: Option<String>,
    /// Whether TLS ends at the distribution, so that it reaches the load balancer by HTTP; off by default.
    pub terminate_tls: bool,
    /// A bucket that part of the paths is served from.
    pub static_assets: Option<StaticAssets>,
}

/// `cdn.static_assets`. No field is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticAssets {
    /// Domain name of the bucket (`NAME.s3.REGION.amazonaws.com`).
    pub location: String,
    /// Further domain name of the distribution.
    pub alias: String,
    /// Pattern of the paths (`static/*`).
    pub path: String,
}
