//! What manifests mean.

use super::{environment, load_text, valid, warnings};
use crate::manifest::env::{
    AccessLogs, Cdn, Environment, FlowLogs, ImportedVpc, ManagedVpc, Network, Observability, PublicIngress,
    SecurityGroupRule, StaticAssets, Subnet, Vpc,
};

fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

#[test]
fn an_ordinary_manifest() {
    let text = "\
# The stage that customers see.
name: test
type: Environment
network:
  vpc:
    id: vpc-1 # shared
    subnets:
      public: [{id: subnet-2}, {id: subnet-1}]
      private: [{id: subnet-4}, {id: subnet-3}]
    flow_logs: {retention: 30}
observability:
  container_insights: true
http:
  public:
    certificates: [\"arn:aws:acm:us-west-2:${ACCOUNT}:certificate/1\"]
    access_logs: {prefix: \"${COPILOT_APPLICATION_NAME}/${COPILOT_ENVIRONMENT_NAME}\"}
";
    let manifest = load_text(text, &[("ACCOUNT", "123456789012")]).unwrap();
    assert_eq!(manifest.warnings, []);
    insta::assert_snapshot!(manifest.text, @r#"
    # The stage that customers see.
    name: test
    type: Environment
    network:
      vpc:
        id: vpc-1 # shared
        subnets:
          public: [{id: subnet-2}, {id: subnet-1}]
          private: [{id: subnet-4}, {id: subnet-3}]
        flow_logs: {retention: 30}
    observability:
      container_insights: true
    http:
      public:
        certificates: ["arn:aws:acm:us-west-2:123456789012:certificate/1"]
        access_logs: {prefix: "shop/test"}
    "#);
    let mut want = Environment { name: "test".to_owned(), ..Environment::default() };
    want.network = Network {
        vpc: Vpc::Imported(ImportedVpc {
            id: "vpc-1".to_owned(),
            public_subnets: words(["subnet-2", "subnet-1"]),
            private_subnets: words(["subnet-4", "subnet-3"]),
        }),
        flow_logs: FlowLogs::Enabled { retention_days: 30 },
        ..Network::default()
    };
    want.observability = Observability { container_insights: true };
    want.http.public.certificates = words(["arn:aws:acm:us-west-2:123456789012:certificate/1"]);
    want.http.public.access_logs =
        Some(AccessLogs { bucket_name: None, prefix: Some("shop/test".to_owned()) });
    assert_eq!(manifest.environment, want);
}

#[test]
fn defaults() {
    let want = Environment { name: "test".to_owned(), ..Environment::default() };
    for fragment in [
        "",
        "network:\nhttp:\nobservability:\ncdn:",
        "network: {vpc: }\nhttp: {public: , private: }\nobservability: {container_insights: }",
        "network: {vpc: {id: , cidr: , subnets: , security_group: , flow_logs: }}",
        "cdn: false\nhttp: {public: {access_logs: no, certificates: []}}",
    ] {
        assert_eq!(environment(fragment), want, "{fragment}");
        assert_eq!(warnings(fragment), "", "{fragment}");
    }
}

#[test]
fn subnets_are_numbered_by_zone() {
    let vpc = environment(
        "network: {vpc: {cidr: 10.1.0.0/16, subnets: {
          public: [{cidr: 10.1.3.0/24, az: c}, {cidr: 10.1.1.0/24, az: a}],
          private: [{cidr: 10.1.11.0/24, az: a}, {cidr: 10.1.13.0/24, az: c}]}}}",
    );
    let subnet = |cidr: &str, az: Option<&str>| Subnet {
        cidr: cidr.to_owned(),
        availability_zone: az.map(str::to_owned),
    };
    let want = ManagedVpc {
        cidr: "10.1.0.0/16".to_owned(),
        public_subnets: vec![subnet("10.1.1.0/24", Some("a")), subnet("10.1.3.0/24", Some("c"))],
        private_subnets: vec![subnet("10.1.11.0/24", Some("a")), subnet("10.1.13.0/24", Some("c"))],
    };
    assert_eq!(vpc.network.vpc, Vpc::Managed(want));
    let vpc = environment(
        "network: {vpc: {cidr: 10.1.0.0/16, subnets: {
          public: [{cidr: 10.1.3.0/24}, {cidr: 10.1.1.0/24, az: ''}], private: [{cidr: 10.1.5.0/24}, {cidr: 10.1.4.0/24}]}}}",
    );
    let want = ManagedVpc {
        cidr: "10.1.0.0/16".to_owned(),
        public_subnets: vec![subnet("10.1.3.0/24", None), subnet("10.1.1.0/24", None)],
        private_subnets: vec![subnet("10.1.5.0/24", None), subnet("10.1.4.0/24", None)],
    };
    assert_eq!(vpc.network.vpc, Vpc::Managed(want));
}

#[test]
fn ports_are_numbers_or_ranges() {
    let rules = environment(
        "network: {vpc: {security_group: {
          ingress: [{ip_protocol: tcp, ports: 80, cidr: 0.0.0.0/0}, {ip_protocol: icmp, ports: -1, cidr: 10.0.0.0/8}],
          egress: [{ip_protocol: -1, ports: 0, cidr: 0.0.0.0/0}, {ip_protocol: 17, ports: 6000-7000, cidr: 0.0.0.0/0}]}}}",
    )
    .network
    .security_group;
    let rule = |ip_protocol: &str, from_port, to_port, cidr: &str| SecurityGroupRule {
        ip_protocol: ip_protocol.to_owned(),
        from_port,
        to_port,
        cidr: cidr.to_owned(),
    };
    assert_eq!(rules.ingress, [rule("tcp", 80, 80, "0.0.0.0/0"), rule("icmp", -1, -1, "10.0.0.0/8")]);
    assert_eq!(rules.egress, [rule("-1", 0, 0, "0.0.0.0/0"), rule("17", 6000, 7000, "0.0.0.0/0")]);
}

#[test]
fn flow_logs() {
    for (value, want) in [
        ("", FlowLogs::Unset),
        ("false", FlowLogs::Disabled),
        ("off", FlowLogs::Disabled),
        ("true", FlowLogs::Enabled { retention_days: 14 }),
        ("{retention: 365}", FlowLogs::Enabled { retention_days: 365 }),
    ] {
        let fragment = format!("network: {{vpc: {{flow_logs: {value}}}}}");
        assert_eq!(environment(&fragment).network.flow_logs, want, "{value}");
    }
}

#[test]
fn access_logs() {
    let logs = |bucket: Option<&str>, prefix: Option<&str>| {
        Some(AccessLogs { bucket_name: bucket.map(str::to_owned), prefix: prefix.map(str::to_owned) })
    };
    for (value, want) in [
        ("false", None),
        ("true", logs(None, None)),
        ("{bucket_name: '', prefix: p}", logs(None, Some("p"))),
        ("{bucket_name: b}", logs(Some("b"), None)),
    ] {
        let fragment = format!("http: {{public: {{access_logs: {value}}}}}");
        assert_eq!(environment(&fragment).http.public.access_logs, want, "{value}");
    }
}

#[test]
fn who_is_let_in() {
    for (ingress, cdn, source_ips) in [
        ("{ingress: {cdn: true}}", true, vec![]),
        ("{ingress: {source_ips: [1.1.1.1/32, 2.2.2.0/24]}}", false, words(["1.1.1.1/32", "2.2.2.0/24"])),
        ("{security_groups: {ingress: {restrict_to: {cdn: true}}}}", true, vec![]),
        ("{ingress: {}, security_groups: {ingress: {restrict_to: {cdn: true}}}}", true, vec![]),
    ] {
        let http = environment(&format!("cdn: true\nhttp: {{public: {ingress}}}")).http;
        assert_eq!(http.public.ingress, PublicIngress { cdn, source_ips }, "{ingress}");
    }
    for (private, want) in [
        ("{ingress: {vpc: true}}", true),
        ("{ingress: {vpc: false}}", false),
        ("{security_groups: {ingress: {from_vpc: true}}}", true),
        ("{ingress: {from_vpc: true}}", false),
    ] {
        let http = environment(&format!("http: {{private: {private}}}")).http;
        assert_eq!(http.private.vpc_ingress, want, "{private}");
    }
}

#[test]
fn distributions() {
    let arn = "arn:aws:acm:us-east-1:123456789012:certificate/9";
    let plain = Cdn::default();
    let own = Cdn { certificate: Some(arn.to_owned()), terminate_tls: true, static_assets: None };
    let assets = StaticAssets {
        location: "b.s3.us-west-2.amazonaws.com".to_owned(),
        alias: "a.example.com".to_owned(),
        path: "s/*".to_owned(),
    };
    for (value, want) in [
        ("off".to_owned(), None),
        ("\"on\"".to_owned(), Some(plain.clone())),
        ("{terminate_tls: false}".to_owned(), Some(plain.clone())),
        ("{terminate_tls: false, static_assets: {}}".to_owned(), Some(plain.clone())),
        (format!("{{certificate: {arn}, terminate_tls: true}}"), Some(own)),
        (
            "{static_assets: {location: b.s3.us-west-2.amazonaws.com, alias: a.example.com, path: s/*}}"
                .to_owned(),
            Some(Cdn { static_assets: Some(assets), ..plain }),
        ),
    ] {
        assert_eq!(environment(&format!("cdn: {value}")).cdn, want, "{value}");
    }
}

#[test]
fn functions_in_texts_are_left_to_cloudformation() {
    let fragment = "network: {vpc: {cidr: '!ImportValue range', subnets: {public: [{cidr: '!Ref A'}], private: [{cidr: \"'10.0.0.0/24'\"}]}}}
http: {public: {ssl_policy: '!Ref Policy'}}";
    assert_eq!(valid(fragment).warnings, []);
}
