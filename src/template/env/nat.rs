//! The private subnets' way to the internet, one gateway for each.

use super::ids::{
    CREATE_NAT, INTERNET_GATEWAY_ATTACHMENT, VPC, private_route_table, private_subnet, public_subnet,
};
use super::subnets::name_tags;
use super::vpc::ANYWHERE;
use crate::manifest::env::ManagedVpc;
use crate::template::cfn::intrinsic::{get_att, reference};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

pub(super) fn resources(vpc: &ManagedVpc) -> impl Iterator<Item = Resource> {
    (0..vpc.private_subnets.len()).flat_map(gateway)
}

fn gateway(index: usize) -> [Resource; 5] {
    let number = index + 1;
    let gateway = format!("NatGateway{number}");
    let address = format!("{gateway}Attachment");
    let routes = private_route_table(number);
    let nat = Map::new()
        .with("AllocationId", get_att(&address, "AllocationId"))
        .with("SubnetId", reference(&public_subnet(number)))
        .with("Tags", name_tags(&format!("-{index}")));
    let route = Map::new()
        .with("RouteTableId", reference(&routes))
        .with_text("DestinationCidrBlock", ANYWHERE)
        .with("NatGatewayId", reference(&gateway));
    let association = Map::new()
        .with("RouteTableId", reference(&routes))
        .with("SubnetId", reference(&private_subnet(number)));
    let table = Map::new().with("VpcId", reference(VPC));
    let domain = Map::new().with("Domain", Node::string("vpc"));
    let route_id = format!("PrivateRoute{number}");
    let association_id = format!("{routes}Association");
    [
        Resource::new(&address, "AWS::EC2::EIP", domain)
            .described(format!("An Elastic IP for NAT Gateway {number}"))
            .depends_on(INTERNET_GATEWAY_ATTACHMENT),
        Resource::new(&gateway, "AWS::EC2::NatGateway", nat).described(format!(
            "NAT Gateway {number} enabling workloads placed in private subnet {number} to reach the internet"
        )),
        Resource::new(&routes, "AWS::EC2::RouteTable", table),
        Resource::new(route_id, "AWS::EC2::Route", route),
        Resource::new(association_id, "AWS::EC2::SubnetRouteTableAssociation", association),
    ]
    .map(|resource| resource.on_condition(CREATE_NAT))
}
