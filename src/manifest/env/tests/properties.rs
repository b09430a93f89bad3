//! Whatever a manifest holds, loading ends in an environment or in findings; and what is written is read back.

use proptest::prelude::*;

use super::{complete, load_text};
use crate::manifest::env::write::{NewEnvironment, NewNetwork, write};
use crate::manifest::env::{ImportedVpc, ManagedVpc, Subnet, Vpc};
use crate::yaml;

/// Sections, each in several forms.
const FORMS: [&[&str]; 5] = [
    &[
        "network:\n  vpc:\n    id: vpc-1\n    subnets:\n      public: [{id: a}, {id: b}]\n      private:\n        - id: c\n        - id: d\n",
        "network:\n  vpc:\n    cidr: 10.0.0.0/16\n    subnets:\n      public:\n        - {cidr: 10.0.0.0/24, az: a}\n        - {cidr: 10.0.1.0/24, az: b}\n      private:\n        - {cidr: 10.0.2.0/24, az: b}\n        - {cidr: 10.0.3.0/24, az: a}\n",
        "network:\n  vpc:\n    security_group:\n      ingress:\n        - ip_protocol: tcp\n          ports: 80-90\n          cidr: 0.0.0.0/0\n      egress: [{ip_protocol: -1, ports: 0, cidr: ::/0}]\n    flow_logs: {retention: 30}\n",
        "network:\n  vpc:\n    flow_logs: off\n",
    ],
    &["observability:\n  container_insights: true\n", "observability:\n"],
    &[
        "http:\n  public:\n    certificates: [arn:aws:acm:us-west-2:1:certificate/a]\n    access_logs: {prefix: \"${B}\"}\n    ssl_policy: ELBSecurityPolicy-2016-08\n",
        "http:\n  public:\n    ingress: {cdn: true, source_ips: [10.0.0.0/8]}\n  private:\n    subnets: [c, d]\n    ingress: {vpc: true}\n",
        "http:\n  private:\n    security_groups: {ingress: {from_vpc: yes, restrict_to: {cdn: no}}}\n",
    ],
    &[
        "cdn: true\n",
        "cdn:\n  certificate: arn:aws:acm:us-east-1:1:certificate/b\n  terminate_tls: true\n",
        "cdn: {static_assets: {location: l, alias: a, path: p}}\n",
    ],
    &["x-note: &n [a]\n", "environments: {test: *n}\n"],
];

/// Pieces that manifests are spoilt with.
const PIECES: [&str; 30] = [
    "",
    "id: ",
    "cidr: ",
    "az: a",
    "subnets: ",
    "ports: ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ": ",
    "\n",
    "  ",
    "\t",
    "&n ",
    "*n",
    "${B}",
    "\\${B}",
    "!Ref X",
    "\"",
    "-1",
    "99999999999999999999",
    "~",
    "10.0.0.0/33",
    "#",
    "---\n",
    "<<: *n",
    "日本",
];

fn sections() -> impl Strategy<Value = String> {
    let sections = FORMS.map(|forms| prop::option::of(prop::sample::select(forms)));
    sections.to_vec().prop_map(|chosen| complete(&chosen.into_iter().flatten().collect::<String>()))
}

fn texts(pattern: &'static str, least: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set(pattern, least..5).prop_map(|texts| texts.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text(text in any::<String>()) {
        let _ = load_text(&text, &[]);
        let _ = load_text(&complete(&text), &[]);
    }

    #[test]
    fn spoilt_manifests(
        text in sections(),
        value in any::<String>(),
        spoilings in prop::collection::vec((any::<prop::sample::Index>(), 0..6_usize, prop::sample::select(&PIECES[..])), 0..6),
    ) {
        let mut text: Vec<char> = text.chars().collect();
        for (place, removed, piece) in spoilings {
            let start = place.index(text.len() + 1);
            let end = (start + removed).min(text.len());
            text.splice(start..end, piece.chars());
        }
        let text: String = text.into_iter().collect();
        match load_text(&text, &[("B", &value)]) {
            Ok(manifest) => {
                prop_assert!(yaml::load(&manifest.text).is_ok());
                if let Vpc::Managed(vpc) = manifest.environment.network.vpc {
                    prop_assert_eq!(vpc.public_subnets.len(), vpc.private_subnets.len());
                }
            }
            Err(findings) => {
                prop_assert!(!findings.errors.is_empty());
                let _ = findings.to_string();
                for finding in findings.errors.iter().chain(&findings.warnings) {
                    prop_assert!(text.get(finding.span.start..finding.span.end).is_some(), "{finding}");
                    prop_assert!(finding.span.line <= text.lines().count() + 1, "{finding}");
                }
            }
        }
    }

    #[test]
    fn written_networks_are_read_back(
        public_subnets in texts("subnet-[0-9a-f]{1,8}", 2),
        private_subnets in texts("[^$\\[]{1,12}\n{0,2}", 2),
        id in "[^$\\[]{1,20}",
    ) {
        let network = NewNetwork::Imported {
            id: id.clone(),
            public_subnets: public_subnets.clone(),
            private_subnets: private_subnets.clone(),
        };
        let text = write(&NewEnvironment { name: "test".to_owned(), network, ..NewEnvironment::default() });
        let manifest = load_text(&text, &[]).map_err(|findings| TestCaseError::fail(findings.to_string()))?;
        let want = Vpc::Imported(ImportedVpc { id, public_subnets, private_subnets });
        prop_assert_eq!(manifest.environment.network.vpc, want);
    }

    #[test]
    fn written_ranges_are_read_back(first in any::<[u8; 2]>(), count in 2..5_u8) {
        let [a, b] = first;
        let cidrs = |start: u8| (start..start + count).map(|n| format!("{a}.{b}.{n}.0/24")).collect::<Vec<_>>();
        let zones: Vec<String> = (0..count).map(|n| format!("zone-{n}")).collect();
        let (public_cidrs, private_cidrs) = (cidrs(0), cidrs(100));
        let subnets = |cidrs: &[String]| -> Vec<Subnet> {
            let zones = zones.iter().map(|zone| Some(zone.clone()));
            cidrs.iter().zip(zones).map(|(cidr, availability_zone)| Subnet { cidr: cidr.clone(), availability_zone }).collect()
        };
        let cidr = format!("{a}.{b}.0.0/16");
        let want = ManagedVpc { cidr: cidr.clone(), public_subnets: subnets(&public_cidrs), private_subnets: subnets(&private_cidrs) };
        let network = NewNetwork::Adjusted { cidr, availability_zones: zones.clone(), public_cidrs, private_cidrs };
        let text = write(&NewEnvironment { name: "test".to_owned(), network, ..NewEnvironment::default() });
        let manifest = load_text(&text, &[]).map_err(|findings| TestCaseError::fail(findings.to_string()))?;
        prop_assert_eq!(manifest.environment.network.vpc, Vpc::Managed(want));
    }
}
