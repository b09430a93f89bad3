//! The environment's own VPC: subnets, and the public ones' way to the internet.

use super::ids::{
    INTERNET_GATEWAY, INTERNET_GATEWAY_ATTACHMENT, PUBLIC_ROUTE_TABLE, VPC, private_subnet, public_subnet,
};
use super::subnets::name_tags;
use crate::manifest::env::{ManagedVpc, Subnet};
use crate::manifest::unquoted;
use crate::template::cfn::intrinsic::{availability_zones, reference, select};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

/// Every address of IPv4.
pub(super) const ANYWHERE: &str = "0.0.0.0/0";

pub(super) fn resources(vpc: &ManagedVpc) -> Vec<Resource> {
    let mut resources = vec![network(vpc)];
    resources.extend(internet());
    for (index, subnet) in vpc.public_subnets.iter().enumerate() {
        let number = index + 1;
        let about = format!("Public subnet {number} for resources that can access the internet");
        let properties = subnet_properties(subnet, index, true, &format!("-pub{index}"));
        resources.push(Resource::new(public_subnet(number), "AWS::EC2::Subnet", properties).described(about));
    }
    for (index, subnet) in vpc.private_subnets.iter().enumerate() {
        let number = index + 1;
        let about = format!("Private subnet {number} for resources with no internet access");
        let properties = subnet_properties(subnet, index, false, &format!("-priv{index}"));
        resources
            .push(Resource::new(private_subnet(number), "AWS::EC2::Subnet", properties).described(about));
    }
    resources.extend((1..=vpc.public_subnets.len()).map(route_table_association));
    resources
}

fn network(vpc: &ManagedVpc) -> Resource {
    let properties = Map::new()
        .with("CidrBlock", unquoted::value(&vpc.cidr))
        .with("EnableDnsHostnames", Node::plain(true))
        .with("EnableDnsSupport", Node::plain(true))
        .with_text("InstanceTenancy", "default")
        .with("Tags", name_tags(""));
    Resource::new(VPC, "AWS::EC2::VPC", properties)
        .described("A Virtual Private Cloud to control networking of your AWS resources")
}

fn internet() -> [Resource; 4] {
    let routes = Map::new().with("VpcId", reference(VPC)).with("Tags", name_tags(""));
    let route = Map::new()
        .with("RouteTableId", reference(PUBLIC_ROUTE_TABLE))
        .with_text("DestinationCidrBlock", ANYWHERE)
        .with("GatewayId", reference(INTERNET_GATEWAY));
    let attachment =
        Map::new().with("InternetGatewayId", reference(INTERNET_GATEWAY)).with("VpcId", reference(VPC));
    [
        Resource::new(PUBLIC_ROUTE_TABLE, "AWS::EC2::RouteTable", routes)
            .described("A custom route table that directs network traffic for the public subnets"),
        Resource::new("DefaultPublicRoute", "AWS::EC2::Route", route).depends_on(INTERNET_GATEWAY_ATTACHMENT),
        Resource::new(INTERNET_GATEWAY, "AWS::EC2::InternetGateway", Map::new().with("Tags", name_tags("")))
            .described("An Internet Gateway to connect to the public internet"),
        Resource::new(INTERNET_GATEWAY_ATTACHMENT, "AWS::EC2::VPCGatewayAttachment", attachment),
    ]
}

fn subnet_properties(subnet: &Subnet, index: usize, public: bool, suffix: &str) -> Map {
    let zone = match &subnet.availability_zone {
        Some(zone) => unquoted::value(zone),
        None => select(index, availability_zones()),
    };
    Map::new()
        .with("CidrBlock", unquoted::value(&subnet.cidr))
        .with("VpcId", reference(VPC))
        .with("AvailabilityZone", zone)
        .with("MapPublicIpOnLaunch", Node::plain(public))
        .with("Tags", name_tags(suffix))
}

fn route_table_association(number: usize) -> Resource {
    let subnet = public_subnet(number);
    let properties =
        Map::new().with("RouteTableId", reference(PUBLIC_ROUTE_TABLE)).with("SubnetId", reference(&subnet));
    let id = format!("{subnet}RouteTableAssociation");
    Resource::new(id, "AWS::EC2::SubnetRouteTableAssociation", properties)
}
