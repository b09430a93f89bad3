//! `http` and `cdn`.

use crate::manifest::env::layer::{
    AccessLogsPart, CdnPart, DeprecatedPart, PrivatePart, PublicPart, RestrictionPart, StaticPart,
};
use crate::manifest::env::table;
use crate::manifest::fields::{Field, Map};
use crate::manifest::findings::{Diagnostics, Located};
use crate::manifest::table::names;

/// `http.public`.
pub(super) fn public(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<PublicPart> {
    let map = field.map(table::PUBLIC, diagnostics)?;
    let ingress = map.get("ingress").and_then(|field| restriction(&field, diagnostics));
    Some(PublicPart {
        certificates: texts(&map, "certificates", diagnostics),
        ssl_policy: map.string("ssl_policy", diagnostics),
        access_logs: map.get("access_logs").and_then(|field| access_logs(&field, diagnostics)),
        ingress: ingress.unwrap_or_default(),
        deprecated: deprecated(&map, diagnostics),
    })
}

/// `http.private`.
pub(super) fn private(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<PrivatePart> {
    let map = field.map(table::PRIVATE, diagnostics)?;
    let ingress = map.get("ingress").and_then(|field| field.map(table::VPC_INGRESS, diagnostics));
    Some(PrivatePart {
        subnets: texts(&map, "subnets", diagnostics).unwrap_or_default(),
        certificates: texts(&map, "certificates", diagnostics),
        ssl_policy: map.string("ssl_policy", diagnostics),
        vpc_ingress: ingress.and_then(|map| map.boolean("vpc", diagnostics)),
        deprecated: deprecated(&map, diagnostics),
    })
}

/// A list of texts with their places. `None` when nothing is written.
fn texts(map: &Map<'_>, key: &str, diagnostics: &mut Diagnostics) -> Option<Vec<Located<String>>> {
    let items = map.get(key)?.items(diagnostics)?;
    Some(items.iter().filter_map(|item| item.string(diagnostics)).collect())
}

fn restriction(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<RestrictionPart> {
    let map = field.map(table::RESTRICTION, diagnostics)?;
    let cdn = map.boolean("cdn", diagnostics);
    Some(RestrictionPart { cdn, source_ips: texts(&map, "source_ips", diagnostics).unwrap_or_default() })
}

/// `security_groups`.
fn deprecated(map: &Map<'_>, diagnostics: &mut Diagnostics) -> DeprecatedPart {
    let groups =
        map.get("security_groups").and_then(|field| field.map(table::DEPRECATED_GROUPS, diagnostics));
    let ingress = groups.and_then(|map| map.get("ingress"));
    let Some(map) = ingress.and_then(|field| field.map(table::DEPRECATED_INGRESS, diagnostics)) else {
        return DeprecatedPart::default();
    };
    let restrict_to = map.get("restrict_to").and_then(|field| restriction(&field, diagnostics));
    DeprecatedPart {
        restrict_to: restrict_to.unwrap_or_default(),
        from_vpc: map.boolean("from_vpc", diagnostics),
    }
}

fn access_logs(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<AccessLogsPart> {
    if field.is_map() {
        let map = field.union_map(table::ACCESS_LOGS, diagnostics)?;
        let bucket_name = filled(&map, "bucket_name", diagnostics);
        return Some(AccessLogsPart::Settings { bucket_name, prefix: filled(&map, "prefix", diagnostics) });
    }
    let flag = field.flag(diagnostics, "true, false or a map with `bucket_name` or `prefix`")?;
    Some(AccessLogsPart::Flag(flag.value))
}

/// A text that is not empty.
fn filled(map: &Map<'_>, key: &str, diagnostics: &mut Diagnostics) -> Option<String> {
    map.string(key, diagnostics).map(|text| text.value).filter(|text| !text.is_empty())
}

/// `cdn`.
pub(super) fn cdn(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<Located<CdnPart>> {
    if !field.is_map() {
        let flag = field.flag(diagnostics, "true, false or a map")?;
        return Some(field.at(CdnPart { enabled: flag.value, ..CdnPart::default() }));
    }
    let map = field.union_map(table::CDN, diagnostics)?;
    let certificate = map.string("certificate", diagnostics);
    let terminate_tls = map.boolean("terminate_tls", diagnostics);
    let assets = map.get("static_assets");
    let static_assets = assets.as_ref().and_then(|field| static_assets(field, diagnostics));
    if let (None, None, None, Some(field)) = (&certificate, &terminate_tls, &static_assets, &assets)
        && field.is_map()
    {
        let message = format!("the map needs: {}", names(table::STATIC_ASSETS).join(", "));
        diagnostics.error(&field.place, message);
        return None;
    }
    let terminate_tls = terminate_tls.is_some_and(|flag| flag.value);
    Some(field.at(CdnPart { enabled: true, certificate, terminate_tls, static_assets }))
}

/// `None` also for a map without anything in it, which the old tool takes for no assets.
fn static_assets(field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<StaticPart> {
    let map = field.map(table::STATIC_ASSETS, diagnostics)?;
    let part = StaticPart {
        place: field.place.clone(),
        location: filled(&map, "location", diagnostics),
        alias: filled(&map, "alias", diagnostics),
        path: filled(&map, "path", diagnostics),
    };
    let empty = part.location.is_none() && part.alias.is_none() && part.path.is_none();
    (!empty).then_some(part)
}
