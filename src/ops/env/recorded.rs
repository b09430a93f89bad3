//! The manifest of an environment that was deployed without one, from what its record holds: before environments had
//! manifests, their network, certificates and monitoring were noted there.

use crate::store::{AdjustVpc, CustomConfig, Environment, ImportVpc};
use crate::yaml::{Node, emit};

/// The manifest as YAML.
pub fn manifest(environment: &Environment) -> String {
    let config = environment.custom_config.clone().unwrap_or_default();
    let monitoring = environment
        .telemetry
        .as_ref()
        .map(|telemetry| Node::mapping([("container_insights", Node::plain(telemetry.container_insights))]));
    let entries = [
        ("name", Some(Node::string(&environment.name))),
        ("type", Some(Node::string("Environment"))),
        ("network", network(&config).map(|vpc| Node::mapping([("vpc", vpc)]))),
        ("observability", monitoring),
        ("http", http(&config)),
    ];
    emit(&mapping(entries))
}

fn network(config: &CustomConfig) -> Option<Node> {
    let own = config.adjust_vpc.as_ref();
    let imported = config.import_vpc.as_ref();
    let (public, private) = match (imported, own) {
        (Some(ImportVpc { public_subnet_ids, private_subnet_ids, .. }), _) => {
            (imported_subnets(public_subnet_ids.as_deref()), imported_subnets(private_subnet_ids.as_deref()))
        }
        (
            None,
            Some(AdjustVpc { availability_zone_names, public_subnet_cidrs, private_subnet_cidrs, .. }),
        ) => {
            let zones = availability_zone_names.as_deref().unwrap_or_default();
            let subnets = |cidrs: Option<&[String]>| own_subnets(cidrs.unwrap_or_default(), zones);
            (subnets(public_subnet_cidrs.as_deref()), subnets(private_subnet_cidrs.as_deref()))
        }
        (None, None) => return None,
    };
    let subnets = some_mapping([("public", public), ("private", private)]);
    some_mapping([
        ("id", imported.and_then(|vpc| text(&vpc.id))),
        ("cidr", own.and_then(|vpc| text(&vpc.cidr))),
        ("subnets", subnets),
    ])
}

fn imported_subnets(ids: Option<&[String]>) -> Option<Node> {
    list(ids.unwrap_or_default().iter().map(|id| Node::mapping([("id", Node::string(id))])))
}

fn own_subnets(cidrs: &[String], zones: &[String]) -> Option<Node> {
    list(cidrs.iter().enumerate().map(|(index, cidr)| {
        let zone = zones.get(index).map(Node::string);
        mapping([("cidr", Some(Node::string(cidr))), ("az", zone)])
    }))
}

/// The load balancers. Without public subnets the one that there can be is internal.
fn http(config: &CustomConfig) -> Option<Node> {
    let strings = |texts: &[String]| list(texts.iter().map(Node::string));
    let certificates = strings(&config.import_cert_arns);
    let public = |vpc: &ImportVpc| vpc.public_subnet_ids.as_ref().is_some_and(|ids| !ids.is_empty());
    if config.import_vpc.as_ref().is_none_or(public) {
        let public = some_mapping([("certificates", certificates)])?;
        return Some(Node::mapping([("public", public)]));
    }
    let ingress = config.enable_internal_alb_vpc_ingress.then(|| Node::mapping([("vpc", Node::plain(true))]));
    let private = some_mapping([
        ("subnets", strings(&config.internal_alb_subnets)),
        ("certificates", certificates),
        ("ingress", ingress),
    ])?;
    Some(Node::mapping([("private", private)]))
}

fn text(text: &str) -> Option<Node> {
    (!text.is_empty()).then(|| Node::string(text))
}

fn list(items: impl IntoIterator<Item = Node>) -> Option<Node> {
    let items: Vec<Node> = items.into_iter().collect();
    (!items.is_empty()).then(|| Node::sequence(items))
}

fn mapping<const N: usize>(entries: [(&str, Option<Node>); N]) -> Node {
    Node::mapping(entries.into_iter().filter_map(|(key, value)| Some((key, value?))))
}

fn some_mapping<const N: usize>(entries: [(&str, Option<Node>); N]) -> Option<Node> {
    entries.iter().any(|(_, value)| value.is_some()).then(|| mapping(entries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;

    fn written(fields: &str) -> String {
        let text = format!(
            r#"{{"app":"shop","name":"test","region":"r","accountID":"1","executionRoleARN":"e","managerRoleARN":"m"{fields}}}"#
        );
        manifest(&store::parse("p", &text).unwrap())
    }

    #[test]
    fn what_a_record_holds_becomes_a_manifest() {
        insta::assert_snapshot!(written(""), @r"
        name: test
        type: Environment
        ");
        insta::assert_snapshot!(written(r#","customConfig":{"importVPC":{"id":"vpc-1","publicSubnetIDs":["a","b"],"privateSubnetIDs":null},"importCertARNs":["arn:c"]},"telemetry":{"containerInsights":false}"#), @r"
        name: test
        type: Environment
        network:
          vpc:
            id: vpc-1
            subnets:
              public:
                - id: a
                - id: b
        observability:
          container_insights: false
        http:
          public:
            certificates:
              - arn:c
        ");
        insta::assert_snapshot!(written(r#","customConfig":{"importVPC":{"id":"vpc-1","privateSubnetIDs":["a","b"]},"importCertARNs":["arn:c"],"internalALBSubnets":["a"],"enableInternalALBVPCIngress":true}"#), @r"
        name: test
        type: Environment
        network:
          vpc:
            id: vpc-1
            subnets:
              private:
                - id: a
                - id: b
        http:
          private:
            subnets:
              - a
            certificates:
              - arn:c
            ingress:
              vpc: true
        ");
        insta::assert_snapshot!(written(r#","customConfig":{"adjustVPC":{"cidr":"10.1.0.0/16","availabilityZoneNames":["us-west-2a"],"publicSubnetCIDRs":["10.1.0.0/24","10.1.1.0/24"],"privateSubnetCIDRs":[]}},"telemetry":{"containerInsights":true}"#), @r"
        name: test
        type: Environment
        network:
          vpc:
            cidr: 10.1.0.0/16
            subnets:
              public:
                - cidr: 10.1.0.0/24
                  az: us-west-2a
                - cidr: 10.1.1.0/24
        observability:
          container_insights: true
        ");
        insta::assert_snapshot!(written(r#","customConfig":{"internalALBSubnets":["a"]}"#), @r"
        name: test
        type: Environment
        ");
    }
}
