//! From the partial model to an [`Environment`]: what belongs together, values, defaults.
//!
//! What the old tool deploys is not refused here, unless it can never work: a value that only AWS judges, such as an
//! address range, is warned about.

mod addresses;
mod http;
mod rules;
mod subnets;

use super::layer::{EnvironmentLayer, FlowLogsPart};
use super::{Environment, FlowLogs, Http, Network, Observability, SecurityGroup};
use crate::manifest::findings::{Diagnostics, Located};
use crate::manifest::retention;

const FLOW_LOG_RETENTION: i64 = 14;

/// Checks a decoded manifest.
pub(super) fn environment(layer: EnvironmentLayer, name: &str, diagnostics: &mut Diagnostics) -> Environment {
    let vpc = subnets::vpc(&layer.vpc, diagnostics);
    let security_group = SecurityGroup {
        ingress: rules::rules(&layer.vpc.ingress, diagnostics),
        egress: rules::rules(&layer.vpc.egress, diagnostics),
    };
    rules::check_egress(&security_group.egress, &layer.vpc.egress, diagnostics);
    let cdn_is_enabled = layer.cdn.as_ref().is_some_and(|cdn| cdn.value.enabled);
    let has_certificates = layer.public.certificates.as_ref().map(|list| !list.is_empty());
    let public = http::public(layer.public, cdn_is_enabled, diagnostics);
    let private = http::private(layer.private, &vpc, diagnostics);
    let cdn = layer.cdn.and_then(|cdn| http::cdn(cdn, has_certificates, diagnostics));
    Environment {
        name: name.to_owned(),
        network: Network { vpc, security_group, flow_logs: flow_logs(layer.vpc.flow_logs, diagnostics) },
        observability: Observability {
            container_insights: layer.container_insights.is_some_and(|flag| flag.value),
        },
        http: Http { public, private },
        cdn,
    }
}

fn flow_logs(part: Option<Located<FlowLogsPart>>, diagnostics: &mut Diagnostics) -> FlowLogs {
    match part.map(|part| part.value) {
        None => FlowLogs::Unset,
        Some(FlowLogsPart::Flag(false)) => FlowLogs::Disabled,
        Some(FlowLogsPart::Flag(true)) => FlowLogs::Enabled { retention_days: FLOW_LOG_RETENTION },
        Some(FlowLogsPart::Settings { retention }) => {
            if let Some(days) = &retention {
                retention::check(days, diagnostics);
            }
            FlowLogs::Enabled { retention_days: retention.map_or(FLOW_LOG_RETENTION, |days| days.value) }
        }
    }
}
