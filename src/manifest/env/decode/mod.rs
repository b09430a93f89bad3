//! From the tree to the partial model: every field in all its forms, all mismatches reported.

mod http;
mod network;

use super::layer::EnvironmentLayer;
use super::table;
use crate::manifest::fields::Field;
use crate::manifest::findings::{Diagnostics, Place};
use crate::manifest::suggest::Hints;
use crate::yaml::Node;

/// Fields that people write where an environment does not have them, with what to do instead.
pub(super) const MISPLACED: Hints = &[
    ("environments", "this manifest is of one environment only: write its settings at the top"),
    ("vpc", "write `vpc` below `network:`"),
    ("subnets", "write `subnets` below `vpc:` of `network:`, or below `private:` of `http:`"),
    ("security_group", "write `security_group` below `vpc:` of `network:`"),
    (
        "security_groups",
        "the environment's rules are below `security_group:`, which is below `vpc:` of `network:`",
    ),
    ("flow_logs", "write `flow_logs` below `vpc:` of `network:`"),
    ("container_insights", "write `container_insights` below `observability:`"),
    (
        "certificate",
        "write `certificate` below `cdn:`, or `certificates` below `public:` or `private:` of `http:`",
    ),
    ("certificates", "write `certificates` below `public:` or `private:` of `http:`"),
    ("access_logs", "write `access_logs` below `public:` of `http:`"),
    ("ssl_policy", "write `ssl_policy` below `public:` or `private:` of `http:`"),
    ("source_ips", "write `source_ips` below `ingress:`, which is below `public:` of `http:`"),
    ("from_vpc", "below `private:` of `http:`, write `ingress:` with `vpc: true`"),
    ("static_assets", "write `static_assets` below `cdn:`"),
    ("terminate_tls", "write `terminate_tls` below `cdn:`"),
    ("tags", "resources get the application's tags"),
    ("region", "`copilot env init --region` decides the region"),
];

/// A whole manifest.
pub(super) fn environment(root: &Node, diagnostics: &mut Diagnostics) -> EnvironmentLayer {
    let field = Field { node: root, place: Place { span: root.span, field: String::new() } };
    let Some(map) = field.map(table::ENVIRONMENT, diagnostics) else { return EnvironmentLayer::default() };
    let vpc = map.get("network").and_then(|field| field.map(table::NETWORK, diagnostics)?.get("vpc"));
    let observability =
        map.get("observability").and_then(|field| field.map(table::OBSERVABILITY, diagnostics));
    let http = map.get("http").and_then(|field| field.map(table::HTTP, diagnostics));
    let balancer = |key: &str| http.as_ref().and_then(|http| http.get(key));
    EnvironmentLayer {
        vpc: vpc.and_then(|field| network::vpc(&field, diagnostics)).unwrap_or_default(),
        container_insights: observability.and_then(|map| map.boolean("container_insights", diagnostics)),
        public: balancer("public").and_then(|field| http::public(&field, diagnostics)).unwrap_or_default(),
        private: balancer("private").and_then(|field| http::private(&field, diagnostics)).unwrap_or_default(),
        cdn: map.get("cdn").and_then(|field| http::cdn(&field, diagnostics)),
    }
}
