//! `network.vpc`.

use crate::manifest::env::layer::{FlowLogsPart, PortsPart, RulePart, SubnetPart, VpcPart};
use crate::manifest::env::table;
use crate::manifest::fields::{Field, Map};
use crate::manifest::findings::{Diagnostics, Located};
use crate::yaml::scalar;

/// `vpc`.
pub(super) fn vpc(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<VpcPart> {
    let map = field.map(table::VPC, diagnostics)?;
    let subnets = map.get("subnets").and_then(|field| field.map(table::SUBNETS, diagnostics));
    let group = map.get("security_group").and_then(|field| field.map(table::SECURITY_GROUP, diagnostics));
    Some(VpcPart {
        id: map.string("id", diagnostics),
        cidr: map.string("cidr", diagnostics),
        public_subnets: items(subnets.as_ref(), "public", diagnostics, subnet),
        private_subnets: items(subnets.as_ref(), "private", diagnostics, subnet),
        ingress: items(group.as_ref(), "ingress", diagnostics, rule),
        egress: items(group.as_ref(), "egress", diagnostics, rule),
        flow_logs: map.get("flow_logs").and_then(|field| flow_logs(&field, diagnostics)),
    })
}

/// The items of a list that is a field of a map; none when one of both is not written.
fn items<T>(
    map: Option<&Map<'_>>,
    key: &str,
    diagnostics: &mut Diagnostics,
    item: fn(&Field<'_>, &mut Diagnostics) -> Option<T>,
) -> Vec<T> {
    let items = map.and_then(|map| map.get(key)).and_then(|field| field.items(diagnostics));
    items.unwrap_or_default().iter().filter_map(|field| item(field, diagnostics)).collect()
}

fn subnet(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<SubnetPart> {
    if let Some(text) = field.node.as_text() {
        let key = if text.contains('/') { "cidr" } else { "id" };
        let help = format!("write `- {key}: {text}`");
        diagnostics.error_help(&field.place, format!("expected a map, found `{text}`"), help);
        return None;
    }
    let map = field.map(table::SUBNET, diagnostics)?;
    Some(SubnetPart {
        place: field.place.clone(),
        id: map.string("id", diagnostics),
        cidr: map.string("cidr", diagnostics),
        az: map.string("az", diagnostics),
    })
}

fn rule(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<RulePart> {
    let map = field.map(table::RULE, diagnostics)?;
    Some(RulePart {
        place: field.place.clone(),
        ip_protocol: map.string("ip_protocol", diagnostics),
        ports: map.get("ports").and_then(|field| ports(&field, diagnostics)),
        cidr: map.string("cidr", diagnostics),
    })
}

fn ports(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Located<PortsPart>> {
    if let Some(port) = scalar::integer(field.node) {
        return Some(field.at(PortsPart::Number(port)));
    }
    let text = field.text(diagnostics, "a number, or a range such as 8000-8080")?;
    Some(field.at(PortsPart::Range(text.value)))
}

fn flow_logs(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Located<FlowLogsPart>> {
    if field.is_map() {
        let retention = field.union_map(table::FLOW_LOGS, diagnostics)?.integer("retention", diagnostics);
        return Some(field.at(FlowLogsPart::Settings { retention }));
    }
    let flag = field.flag(diagnostics, "true, false or a map with `retention`")?;
    Some(field.at(FlowLogsPart::Flag(flag.value)))
}
