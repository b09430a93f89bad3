//! Load balancers and the distribution in front of them.

use std::collections::BTreeSet;

use crate::manifest::env::cidr::{self, Ipv4Range};
use crate::manifest::env::layer::{
    AccessLogsPart, CdnPart, PrivatePart, PublicPart, RestrictionPart, StaticPart,
};
use crate::manifest::env::{AccessLogs, Cdn, PrivateHttp, PublicHttp, PublicIngress, StaticAssets, Vpc};
use crate::manifest::findings::{Diagnostics, Located};
use crate::manifest::unquoted::{self, Meaning};

/// What all names of security policies of load balancers begin with.
const POLICY: &str = "ELBSecurityPolicy-";

/// The region that `CloudFront` takes certificates from.
const CDN_REGION: &str = "us-east-1";

/// `http.public`.
pub(super) fn public(part: PublicPart, cdn_is_enabled: bool, diagnostics: &mut Diagnostics) -> PublicHttp {
    let deprecated = part.deprecated;
    if let (Some(place), Some(_)) = (deprecated.place(), part.ingress.place()) {
        let message = "`security_groups.ingress` and `ingress` exclude each other";
        diagnostics.error_help(place, message, "keep `ingress`, and remove `security_groups`");
    }
    if let Some(flag) = &deprecated.from_vpc {
        let message = "a public load balancer lets the VPC in anyway";
        let help =
            "remove it; for the internal load balancer, write `ingress:` with `vpc: true` below `private:`";
        diagnostics.error_help(&flag.place, message, help);
    }
    check_ranges(&part.ingress, diagnostics);
    check_ranges(&deprecated.restrict_to, diagnostics);
    if let Some(range) = deprecated.restrict_to.source_ips.first() {
        diagnostics.warn(
            &range.place,
            "has no effect: everybody may reach the load balancer",
            Some("write `source_ips` below `ingress:` of `public:` instead".to_owned()),
        );
    }
    let written = part.ingress.place().is_some();
    let cdn = if written { part.ingress.cdn } else { deprecated.restrict_to.cdn };
    if let Some(Located { value: true, place }) = &cdn
        && !cdn_is_enabled
    {
        let message = "only CloudFront is let in, but there is no distribution";
        diagnostics.error_help(place, message, "add `cdn: true` to the manifest, or remove this");
    }
    PublicHttp {
        certificates: certificates(part.certificates, diagnostics),
        ssl_policy: ssl_policy(part.ssl_policy, diagnostics),
        access_logs: match part.access_logs {
            None | Some(AccessLogsPart::Flag(false)) => None,
            Some(AccessLogsPart::Flag(true)) => Some(AccessLogs::default()),
            Some(AccessLogsPart::Settings { bucket_name, prefix }) => {
                Some(AccessLogs { bucket_name, prefix })
            }
        },
        ingress: PublicIngress {
            cdn: cdn.is_some_and(|flag| flag.value),
            source_ips: part.ingress.source_ips.into_iter().map(|range| range.value).collect(),
        },
    }
}

/// Who may reach a load balancer is given as ranges; Amazon EC2 takes those of IPv4 here.
fn check_ranges(part: &RestrictionPart, diagnostics: &mut Diagnostics) {
    for Located { value, place } in &part.source_ips {
        if !cidr::is_range(value) {
            let help = match cidr::single(value) {
                Some(range) => format!("write `{range}` for this one address"),
                None => "write an address and a prefix, such as 192.0.2.0/24".to_owned(),
            };
            diagnostics.error_help(place, format!("`{value}` is not an address range"), help);
        } else if value.parse::<Ipv4Range>().is_err() {
            let message = format!("`{value}` is a range of IPv6; Amazon EC2 will refuse it here");
            diagnostics.warn(place, message, None);
        }
    }
}

/// `http.private`.
pub(super) fn private(part: PrivatePart, vpc: &Vpc, diagnostics: &mut Diagnostics) -> PrivateHttp {
    let deprecated = part.deprecated;
    if let (Some(place), Some(_)) = (deprecated.place(), &part.vpc_ingress) {
        let message = "`security_groups.ingress` and `ingress` exclude each other";
        diagnostics.error_help(place, message, "keep `ingress`, and remove `security_groups`");
    }
    if let Some(place) = deprecated.restrict_to.place() {
        let message =
            "an internal load balancer cannot be restricted further: nothing outside of the VPC reaches it";
        diagnostics.error_help(place, message, "remove `restrict_to`");
    }
    check_subnets(&part.subnets, vpc, diagnostics);
    let vpc_ingress = [&part.vpc_ingress, &deprecated.from_vpc];
    PrivateHttp {
        subnets: part.subnets.into_iter().map(|subnet| subnet.value).collect(),
        certificates: certificates(part.certificates, diagnostics),
        ssl_policy: ssl_policy(part.ssl_policy, diagnostics),
        vpc_ingress: vpc_ingress.into_iter().flatten().any(|flag| flag.value),
    }
}

/// An internal load balancer is placed in subnets that are imported.
fn check_subnets(subnets: &[Located<String>], vpc: &Vpc, diagnostics: &mut Diagnostics) {
    let Some(first) = subnets.first() else { return };
    let Vpc::Imported(vpc) = vpc else {
        let help = "remove `subnets`, or import a VPC with `id` and `subnets` below `vpc:` of `network:`";
        diagnostics.error_help(
            &first.place,
            "the load balancer can only be placed in imported subnets, and the VPC is not imported",
            help,
        );
        return;
    };
    let imported: BTreeSet<&str> =
        vpc.private_subnets.iter().chain(&vpc.public_subnets).map(String::as_str).collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for Located { value, place } in subnets {
        if !seen.insert(value) {
            diagnostics.error(place, format!("`{value}` is listed twice"));
        } else if !imported.contains(value.as_str()) {
            // The old tool wrote all ids into one item.
            let several = value.split_whitespace().nth(1).is_some();
            let help = if several {
                format!(
                    "write each id as an item of its own: [{}]",
                    value.split_whitespace().collect::<Vec<_>>().join(", ")
                )
            } else {
                "list it below `subnets:` of `network.vpc` as well".to_owned()
            };
            diagnostics.error_help(place, format!("`{value}` is not an imported subnet"), help);
        }
    }
}

fn certificates(list: Option<Vec<Located<String>>>, diagnostics: &mut Diagnostics) -> Vec<String> {
    let list = list.unwrap_or_default();
    list.iter().for_each(|certificate| check_arn(certificate, diagnostics));
    list.into_iter().map(|certificate| certificate.value).collect()
}

/// The parts of an ARN, whose fourth is the region. `None` for another text.
fn arn_parts(text: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    (parts.len() == 6 && parts.first() == Some(&"arn")).then_some(parts)
}

fn check_arn(certificate: &Located<String>, diagnostics: &mut Diagnostics) {
    if arn_parts(&certificate.value).is_none() {
        let message = format!("`{}` is not the ARN of a certificate", certificate.value);
        let help = "write the whole ARN: arn:aws:acm:REGION:ACCOUNT:certificate/ID";
        diagnostics.error_help(&certificate.place, message, help);
    }
}

fn ssl_policy(part: Option<Located<String>>, diagnostics: &mut Diagnostics) -> Option<String> {
    let policy = part.filter(|policy| !policy.value.is_empty())?;
    let is_function = matches!(unquoted::meaning(&policy.value), Meaning::Function(_));
    if !is_function && !unquoted::name(&policy.value).starts_with(POLICY) {
        let message = format!(
            "names of security policies begin with `{POLICY}`; Elastic Load Balancing will refuse this one"
        );
        diagnostics.warn(&policy.place, message, None);
    }
    Some(policy.value)
}

/// `cdn`; `has_certificates` says whether the public load balancer has certificates, if it has a list of them.
pub(super) fn cdn(
    part: Located<CdnPart>,
    has_certificates: Option<bool>,
    diagnostics: &mut Diagnostics,
) -> Option<Cdn> {
    let CdnPart { enabled: true, certificate, terminate_tls, static_assets: assets } = part.value else {
        return None;
    };
    match &certificate {
        Some(certificate) => {
            check_arn(certificate, diagnostics);
            let region = arn_parts(&certificate.value).and_then(|parts| parts.get(3).copied());
            if let Some(region) = region.filter(|region| *region != CDN_REGION) {
                let message = format!(
                    "the certificate is in `{region}`; CloudFront takes certificates of {CDN_REGION} only"
                );
                diagnostics.error_help(&certificate.place, message, "import or request it there as well");
            }
            if has_certificates.is_none() && !terminate_tls {
                let message = "the load balancer behind the distribution has no certificate";
                let help =
                    "add `terminate_tls: true` below `cdn:`, or `certificates` below `public:` of `http:`";
                diagnostics.error_help(&certificate.place, message, help);
            }
        }
        None if has_certificates == Some(true) => {
            let message = "the public load balancer has certificates, the distribution has none";
            let help =
                format!("add `certificate:` with the ARN of a certificate in {CDN_REGION} below `cdn:`");
            diagnostics.error_help(&part.place, message, help);
        }
        None => {}
    }
    Some(Cdn {
        certificate: certificate.map(|certificate| certificate.value),
        terminate_tls,
        static_assets: assets.and_then(|assets| static_assets(assets, diagnostics)),
    })
}

fn static_assets(part: StaticPart, diagnostics: &mut Diagnostics) -> Option<StaticAssets> {
    for (field, name, example) in [
        (&part.location, "location", "the bucket's domain name, such as NAME.s3.REGION.amazonaws.com"),
        (&part.alias, "alias", "a domain name of the distribution"),
        (&part.path, "path", "a pattern, such as static/*"),
    ] {
        if field.is_none() {
            let help = format!("add `{name}:` with {example}");
            diagnostics.error_help(&part.place, format!("there is no `{name}`"), help);
        }
    }
    Some(StaticAssets { location: part.location?, alias: part.alias?, path: part.path? })
}
