//! Reads the manifests of the cases.

use copilot::manifest::env::*;
use copilot::yaml::{self, Kind, Node};

/// Just enough for the cases, all of which are right.
pub(super) fn load(text: &str) -> Environment {
    let root = yaml::load(text).unwrap().unwrap();
    let at = |path: &str| path.split('.').try_fold(&root, |node, key| node.get(key));
    let text = |path: &str| at(path).and_then(Node::as_text).map(str::to_owned);
    let flag = |path: &str| text(path).as_deref() == Some("true");
    let list = |path: &str| items(at(path)).iter().map(|item| item.as_text().unwrap().to_owned()).collect();
    let retention = |days: i64| FlowLogs::Enabled { retention_days: days };
    let flow_logs = match (text("network.vpc.flow_logs").as_deref(), text("network.vpc.flow_logs.retention"))
    {
        (Some("true"), _) => retention(14),
        (Some("false"), _) => FlowLogs::Disabled,
        (_, Some(days)) => retention(days.parse().unwrap()),
        _ => FlowLogs::Unset,
    };
    let access_logs = at("http.public.access_logs").map(|node| AccessLogs {
        bucket_name: node.get("bucket_name").and_then(Node::as_text).map(str::to_owned),
        prefix: node.get("prefix").and_then(Node::as_text).map(str::to_owned),
    });
    let assets = text("cdn.static_assets.location").map(|location| StaticAssets {
        location,
        alias: text("cdn.static_assets.alias").unwrap(),
        path: text("cdn.static_assets.path").unwrap(),
    });
    let ids = |path: &str| {
        items(at(path)).iter().map(|subnet| subnet.get("id").unwrap().as_text().unwrap().to_owned()).collect()
    };
    let subnets = |path: &str| {
        let mut subnets: Vec<Subnet> = items(at(path)).iter().map(subnet).collect();
        subnets.sort_by(|a, b| a.availability_zone.cmp(&b.availability_zone));
        subnets
    };
    let (public, private) = ("network.vpc.subnets.public", "network.vpc.subnets.private");
    let vpc = match (text("network.vpc.id"), text("network.vpc.cidr")) {
        (Some(id), _) => {
            Vpc::Imported(ImportedVpc { id, public_subnets: ids(public), private_subnets: ids(private) })
        }
        (None, Some(cidr)) => Vpc::Managed(ManagedVpc {
            cidr,
            public_subnets: subnets(public),
            private_subnets: subnets(private),
        }),
        (None, None) => Vpc::default(),
    };
    let rules = |path: &str| items(at(path)).iter().map(rule).collect();
    Environment {
        name: text("name").unwrap(),
        network: Network {
            vpc,
            security_group: SecurityGroup {
                ingress: rules("network.vpc.security_group.ingress"),
                egress: rules("network.vpc.security_group.egress"),
            },
            flow_logs,
        },
        observability: Observability { container_insights: flag("observability.container_insights") },
        http: Http {
            public: PublicHttp {
                certificates: list("http.public.certificates"),
                ssl_policy: text("http.public.ssl_policy"),
                access_logs,
                ingress: PublicIngress {
                    cdn: flag("http.public.ingress.cdn")
                        || flag("http.public.security_groups.ingress.restrict_to.cdn"),
                    source_ips: list("http.public.ingress.source_ips"),
                },
            },
            private: PrivateHttp {
                subnets: list("http.private.subnets"),
                certificates: list("http.private.certificates"),
                ssl_policy: text("http.private.ssl_policy"),
                vpc_ingress: flag("http.private.ingress.vpc")
                    || flag("http.private.security_groups.ingress.from_vpc"),
            },
        },
        cdn: at("cdn").map(|_| Cdn {
            certificate: text("cdn.certificate"),
            terminate_tls: flag("cdn.terminate_tls"),
            static_assets: assets,
        }),
    }
}

fn items(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.kind) {
        Some(Kind::Sequence(items)) => items,
        _ => &[],
    }
}

fn subnet(node: &Node) -> Subnet {
    let text = |key: &str| node.get(key).and_then(Node::as_text).map(str::to_owned);
    Subnet { cidr: text("cidr").unwrap(), availability_zone: text("az") }
}

fn rule(node: &Node) -> SecurityGroupRule {
    let text = |key: &str| node.get(key).unwrap().as_text().unwrap().to_owned();
    let ports = text("ports");
    let (from, to) = ports.split_once('-').unwrap_or((&ports, &ports));
    SecurityGroupRule {
        ip_protocol: text("ip_protocol"),
        from_port: from.parse().unwrap(),
        to_port: to.parse().unwrap(),
        cidr: text("cidr"),
    }
}
