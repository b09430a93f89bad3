//! The network of a deployed environment beside the one that its manifest asks for. Another VPC, or other addresses, replace
//! nearly everything in the environment, and mostly fail half-way: that is told before anything is done.

use crate::template::cfn::section::{OUTPUTS, RESOURCES, entries};
use crate::template::env::ids::VPC;
use crate::yaml::{Kind, Node};

/// What of the network changes, one line each; nothing when no network is deployed yet.
pub(crate) fn changes(deployed: &Node, new: &Node) -> Vec<String> {
    let (before, after) = (Network::of(deployed), Network::of(new));
    let (Some(before), Some(after)) = (before, after) else { return Vec::new() };
    match (&before.vpc, &after.vpc) {
        (Owned::Imported(old), Owned::Imported(new)) if old != new => {
            vec![format!("the environment is in VPC {old}, and the manifest names {new}")]
        }
        (Owned::Imported(old), Owned::Managed(cidr)) => vec![format!(
            "the environment is in VPC {old}, and its manifest names none: it would get a VPC of its own ({cidr})"
        )],
        (Owned::Managed(cidr), Owned::Imported(new)) => vec![format!(
            "the environment has a VPC of its own ({cidr}), which would be deleted, and the manifest names {new}"
        )],
        (Owned::Managed(old), Owned::Managed(new)) if old != new => {
            vec![format!(
                "the VPC's addresses are {old}, and the manifest says {new}: it would be replaced with everything in it"
            )]
        }
        _ => before.subnets.iter().filter_map(|subnet| subnet.change(&after.subnets)).collect(),
    }
}

struct Network {
    vpc: Owned,
    subnets: Vec<Subnets>,
}

enum Owned {
    /// Addresses.
    Managed(String),
    /// Id.
    Imported(String),
}

/// Something that subnets are told by.
struct Subnets {
    /// Logical id of a subnet, or name of the output with imported ones.
    name: String,
    imported: bool,
    cidr: Option<String>,
    /// Only where the template names it.
    zone: Option<String>,
    ids: Vec<String>,
}

impl Network {
    fn of(template: &Node) -> Option<Self> {
        let property = |resource: &Node, name: &str| {
            Some(resource.get("Properties")?.get(name)?)
                .filter(|node| node.tag.is_none())?
                .as_text()
                .map(str::to_owned)
        };
        let vpc = template.get(RESOURCES).and_then(|resources| resources.get(VPC));
        if let Some(vpc) = vpc {
            let is_subnet = |resource: &Node| {
                resource.get("Type").and_then(Node::as_text).is_some_and(|kind| kind == "AWS::EC2::Subnet")
            };
            let subnets = entries(template, RESOURCES).filter(|(_, _, resource)| is_subnet(resource));
            let subnets = subnets.map(|(_, id, resource)| Subnets {
                name: id.to_owned(),
                imported: false,
                cidr: property(resource, "CidrBlock"),
                zone: property(resource, "AvailabilityZone"),
                ids: Vec::new(),
            });
            let cidr = property(vpc, "CidrBlock").unwrap_or_default();
            return Some(Self { vpc: Owned::Managed(cidr), subnets: subnets.collect() });
        }
        let output = |name: &str| template.get(OUTPUTS)?.get(name)?.get("Value");
        let id = output("VpcId").filter(|value| value.tag.is_none())?.as_text()?.to_owned();
        let subnets = ["PublicSubnets", "PrivateSubnets"].into_iter().filter_map(|name| {
            let mut ids = Vec::new();
            collect_ids(output(name)?, &mut ids);
            Some(Subnets { name: name.to_owned(), imported: true, cidr: None, zone: None, ids })
        });
        Some(Self { subnets: subnets.collect(), vpc: Owned::Imported(id) })
    }
}

impl Subnets {
    fn change(&self, after: &[Self]) -> Option<String> {
        let name = &self.name;
        let Some(new) = after.iter().find(|new| new.name == *name) else {
            return Some(match self.imported {
                true => format!(
                    "the manifest names no {name} any more, and the environment has {}",
                    self.ids.join(", ")
                ),
                false => format!("{name} is not in the manifest any more: it would be deleted"),
            });
        };
        let differs = |old: &Option<String>, new: &Option<String>| match (old, new) {
            (Some(old), Some(new)) if old != new => Some((old.clone(), new.clone())),
            _ => None,
        };
        if let Some((old, new)) = differs(&self.cidr, &new.cidr) {
            return Some(format!(
                "{name} has the addresses {old}, and the manifest says {new}: it would be replaced"
            ));
        }
        if let Some((old, new)) = differs(&self.zone, &new.zone) {
            return Some(format!("{name} is in {old}, and the manifest says {new}: it would be replaced"));
        }
        (self.ids != new.ids).then(|| {
            format!(
                "{name} are {}, and the manifest says {}: CloudFormation refuses that while a stack imports them",
                self.ids.join(", "),
                new.ids.join(", ")
            )
        })
    }
}

/// The ids of subnets in a value, in its order.
fn collect_ids(node: &Node, found: &mut Vec<String>) {
    match &node.kind {
        Kind::Scalar(scalar) => found.extend(
            scalar.text.split(',').map(str::trim).filter(|id| id.starts_with("subnet-")).map(str::to_owned),
        ),
        Kind::Sequence(items) => items.iter().for_each(|item| collect_ids(item, found)),
        Kind::Mapping(inner) => inner.iter().for_each(|(_, value)| collect_ids(value, found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "Resources: {
        VPC: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}},
        PublicSubnet1: {Type: AWS::EC2::Subnet, Properties: {CidrBlock: 10.0.0.0/24, AvailabilityZone: !Select [0, !GetAZs '']}},
        PublicSubnet2: {Type: AWS::EC2::Subnet, Properties: {CidrBlock: 10.0.1.0/24, AvailabilityZone: us-west-2b}}}";
    const IMPORTED: &str = "Outputs: {VpcId: {Value: vpc-1},
        PublicSubnets: {Value: !Join [',', [subnet-a, subnet-b]]}, PrivateSubnets: {Value: 'subnet-c,subnet-d'}}";

    #[test]
    fn changes_of_networks() {
        let mut told = String::new();
        for (name, deployed, new) in [
            ("the same", OWN, OWN.to_owned()),
            ("only the roles so far", "Resources: {EnvironmentManagerRole: {}}", OWN.to_owned()),
            ("imported in place of an own one", OWN, IMPORTED.to_owned()),
            ("an own one in place of an imported one", IMPORTED, OWN.to_owned()),
            ("another one", IMPORTED, IMPORTED.replace("vpc-1", "vpc-2")),
            ("other addresses", OWN, OWN.replace("10.0.0.0/16", "10.1.0.0/16")),
            ("other addresses of a subnet", OWN, OWN.replace("10.0.1.0/24", "10.0.9.0/24")),
            ("another zone", OWN, OWN.replace("us-west-2b", "us-west-2c")),
            ("a zone that is written down", OWN, OWN.replace("!Select [0, !GetAZs '']", "us-west-2a")),
            (
                "one subnet less",
                OWN,
                OWN.replace("PublicSubnet2: {Type: AWS::EC2::Subnet", "Other: {Type: X"),
            ),
            ("one subnet more", IMPORTED, IMPORTED.replace("subnet-b]", "subnet-b, subnet-e]")),
            ("no private ones", IMPORTED, IMPORTED.replace("PrivateSubnets", "Other")),
        ] {
            let read = |text: &str| crate::yaml::load(text).unwrap().unwrap();
            let changes = changes(&read(deployed), &read(&new));
            told.push_str(&format!("{name}: {}\n", if changes.is_empty() { "nothing" } else { &changes[0] }));
            assert!(changes.len() < 2, "{changes:?}");
        }
        insta::assert_snapshot!(told, @"
        the same: nothing
        only the roles so far: nothing
        imported in place of an own one: the environment has a VPC of its own (10.0.0.0/16), which would be deleted, and the manifest names vpc-1
        an own one in place of an imported one: the environment is in VPC vpc-1, and its manifest names none: it would get a VPC of its own (10.0.0.0/16)
        another one: the environment is in VPC vpc-1, and the manifest names vpc-2
        other addresses: the VPC's addresses are 10.0.0.0/16, and the manifest says 10.1.0.0/16: it would be replaced with everything in it
        other addresses of a subnet: PublicSubnet2 has the addresses 10.0.1.0/24, and the manifest says 10.0.9.0/24: it would be replaced
        another zone: PublicSubnet2 is in us-west-2b, and the manifest says us-west-2c: it would be replaced
        a zone that is written down: nothing
        one subnet less: PublicSubnet2 is not in the manifest any more: it would be deleted
        one subnet more: PublicSubnets are subnet-a, subnet-b, and the manifest says subnet-a, subnet-b, subnet-e: CloudFormation refuses that while a stack imports them
        no private ones: the manifest names no PrivateSubnets any more, and the environment has subnet-c, subnet-d
        ");
    }
}
