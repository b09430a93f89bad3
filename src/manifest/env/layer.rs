//! An environment's manifest as written: everything optional, every value with its place. Private to the manifest
//! module; only the checked [`super::Environment`] leaves it.

use crate::manifest::findings::{Located, Place};

/// The fields of an environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct EnvironmentLayer {
    pub vpc: VpcPart,
    pub container_insights: Option<Located<bool>>,
    pub public: PublicPart,
    pub private: PrivatePart,
    pub cdn: Option<Located<CdnPart>>,
}

/// `network.vpc`.
#[derive(Clone, Debug, Default)]
pub(crate) struct VpcPart {
    pub id: Option<Located<String>>,
    pub cidr: Option<Located<String>>,
    pub public_subnets: Vec<SubnetPart>,
    pub private_subnets: Vec<SubnetPart>,
    pub ingress: Vec<RulePart>,
    pub egress: Vec<RulePart>,
    pub flow_logs: Option<Located<FlowLogsPart>>,
}

/// An item of `subnets.public` or `subnets.private`.
#[derive(Clone, Debug)]
pub(crate) struct SubnetPart {
    pub place: Place,
    pub id: Option<Located<String>>,
    pub cidr: Option<Located<String>>,
    pub az: Option<Located<String>>,
}

/// A rule of `security_group`.
#[derive(Clone, Debug)]
pub(crate) struct RulePart {
    pub place: Place,
    pub ip_protocol: Option<Located<String>>,
    pub ports: Option<Located<PortsPart>>,
    pub cidr: Option<Located<String>>,
}

/// `ports`: a number, or a range as a text.
#[derive(Clone, Debug)]
pub(crate) enum PortsPart {
    Number(i64),
    Range(String),
}

/// `flow_logs`.
#[derive(Clone, Debug)]
pub(crate) enum FlowLogsPart {
    Flag(bool),
    Settings { retention: Option<Located<i64>> },
}

/// `http.public`.
#[derive(Clone, Debug, Default)]
pub(crate) struct PublicPart {
    pub certificates: Option<Vec<Located<String>>>,
    pub ssl_policy: Option<Located<String>>,
    pub access_logs: Option<AccessLogsPart>,
    pub ingress: RestrictionPart,
    pub deprecated: DeprecatedPart,
}

/// `access_logs`.
#[derive(Clone, Debug)]
pub(crate) enum AccessLogsPart {
    Flag(bool),
    Settings { bucket_name: Option<String>, prefix: Option<String> },
}

/// `http.public.ingress`, or `restrict_to` of the deprecated form.
#[derive(Clone, Debug, Default)]
pub(crate) struct RestrictionPart {
    pub cdn: Option<Located<bool>>,
    pub source_ips: Vec<Located<String>>,
}

impl RestrictionPart {
    /// The first place where something is written.
    pub(crate) fn place(&self) -> Option<&Place> {
        let flag = self.cdn.as_ref().map(|flag| &flag.place);
        flag.or_else(|| self.source_ips.first().map(|range| &range.place))
    }
}

/// `security_groups.ingress`, which both load balancers had before `ingress`.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeprecatedPart {
    pub restrict_to: RestrictionPart,
    pub from_vpc: Option<Located<bool>>,
}

impl DeprecatedPart {
    /// The first place where something is written.
    pub(crate) fn place(&self) -> Option<&Place> {
        self.restrict_to.place().or_else(|| self.from_vpc.as_ref().map(|flag| &flag.place))
    }
}

/// `http.private`.
#[derive(Clone, Debug, Default)]
pub(crate) struct PrivatePart {
    pub subnets: Vec<Located<String>>,
    pub certificates: Option<Vec<Located<String>>>,
    pub ssl_policy: Option<Located<String>>,
    pub vpc_ingress: Option<Located<bool>>,
    pub deprecated: DeprecatedPart,
}

/// `cdn`.
#[derive(Clone, Debug, Default)]
pub(crate) struct CdnPart {
    /// Whether there shall be a distribution, which a map means too.
    pub enabled: bool,
    pub certificate: Option<Located<String>>,
    pub terminate_tls: bool,
    pub static_assets: Option<StaticPart>,
}

/// `cdn.static_assets`, with at least one field; empty texts count as not written.
#[derive(Clone, Debug)]
pub(crate) struct StaticPart {
    pub place: Place,
    pub location: Option<String>,
    pub alias: Option<String>,
    pub path: Option<String>,
}
