//! `network`.

use std::collections::BTreeMap;

use super::container;
use crate::manifest::fields::{Field, Map};
use crate::manifest::findings::{Diagnostics, Located};
use crate::manifest::job::Imported;
use crate::manifest::job::layer::{NetworkPart, PlacementPart, SecurityGroupsPart};
use crate::manifest::job::table;

/// `network`; its `connect` is checked for its form only, because jobs have no services to connect.
pub(super) fn network(map: &Map<'_>, diagnostics: &mut Diagnostics) -> NetworkPart {
    let Some(map) = map.get("network").and_then(|field| field.map(table::NETWORK, diagnostics)) else {
        return NetworkPart::default();
    };
    if let Some(field) = map.get("connect") {
        connect(&field, diagnostics);
    }
    let Some(vpc) = map.get("vpc").and_then(|field| field.map(table::VPC, diagnostics)) else {
        return NetworkPart::default();
    };
    NetworkPart {
        placement: vpc.get("placement").and_then(|field| placement(&field, diagnostics)),
        security_groups: vpc.get("security_groups").and_then(|field| security_groups(&field, diagnostics)),
    }
}

fn connect(field: &Field<'_>, diagnostics: &mut Diagnostics) {
    let valid = if field.is_map() {
        field
            .union_map(table::CONNECT, diagnostics)
            .and_then(|map| map.string("alias", diagnostics))
            .is_some()
    } else {
        field.flag(diagnostics, "true, false or a map with `alias`").is_some()
    };
    if valid {
        diagnostics.warn(&field.place, "has no effect on a job: Service Connect is for services", None);
    }
}

fn placement(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Located<PlacementPart>> {
    if !field.is_map() {
        let text = field.text(diagnostics, "public, private or a map with `subnets`")?;
        return Some(field.at(PlacementPart::Text(text.value)));
    }
    let subnets = field.union_map(table::PLACEMENT, diagnostics)?.get("subnets")?;
    let part = if subnets.is_map() {
        let tags = subnets.union_map(table::SUBNETS, diagnostics)?.get("from_tags")?;
        let tags = from_tags(&tags, diagnostics);
        if tags.is_empty() {
            subnets.mismatch(diagnostics, "at least one tag below `from_tags`");
            return None;
        }
        PlacementPart::FromTags(tags)
    } else if subnets.is_list() {
        let ids = subnets.strings(diagnostics)?;
        if ids.is_empty() {
            diagnostics.error(&subnets.place, "the list of subnets is empty");
            return None;
        }
        PlacementPart::Subnets(ids)
    } else {
        subnets.mismatch(diagnostics, "a list of subnet ids or a map with `from_tags`");
        return None;
    };
    Some(field.at(part))
}

/// Tag keys with their accepted values; null stands for any value.
fn from_tags(field: &Field<'_>, diagnostics: &mut Diagnostics) -> BTreeMap<String, Vec<String>> {
    let mut tags = BTreeMap::new();
    for (key, value) in field.entries(diagnostics) {
        let values = if value.node.is_null() {
            Some(Vec::new())
        } else if value.is_list() {
            value.strings(diagnostics)
        } else {
            value.text(diagnostics, "a text or a list of texts").map(|text| vec![text.value])
        };
        tags.extend(values.map(|values| (key, values)));
    }
    tags
}

fn security_groups(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Located<SecurityGroupsPart>> {
    if field.is_list() {
        return groups(field, diagnostics).map(|list| field.at(SecurityGroupsPart::List(list)));
    }
    if !field.is_map() {
        field.mismatch(diagnostics, "a list of security groups or a map with `groups`");
        return None;
    }
    let map = field.union_map(table::SECURITY_GROUPS, diagnostics)?;
    let groups = map.get("groups").and_then(|field| groups(&field, diagnostics));
    let deny_default = map.boolean("deny_default", diagnostics);
    if deny_default.is_none() && groups.as_ref().is_some_and(Vec::is_empty) {
        diagnostics.error(&field.place, "the map names no security group");
        return None;
    }
    Some(field.at(SecurityGroupsPart::Settings { groups, deny_default }))
}

fn groups(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Vec<Located<Imported>>> {
    let items = field.items(diagnostics)?;
    let count = items.len();
    let groups: Vec<_> = items.iter().filter_map(|item| container::imported(item, diagnostics)).collect();
    (groups.len() == count).then_some(groups)
}
