//! The way to private services on App Runner.

use super::ids::{APP_RUNNER_ENDPOINT, CREATE_APP_RUNNER_ENDPOINT, SECURITY_GROUP, VPC};
use super::inputs::Inputs;
use super::subnets;
use crate::manifest::env::ManagedVpc;
use crate::template::cfn::intrinsic::{reference, sub};
use crate::template::cfn::mapping::{Map, tag};
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

const GROUP: &str = "AppRunnerVpcEndpointSecurityGroup";
/// Longest description of a security group and longest value of a tag, in bytes.
const LONGEST: usize = 255;

pub(super) fn resources(vpc: &ManagedVpc, inputs: &Inputs) -> [Resource; 3] {
    let (app, env) = (&inputs.basics.app, &inputs.basics.env);
    let name = cut(format!("copilot-{app}-{env}-app-runner-vpc-endpoint"));
    let group = Map::new()
        .with_text("GroupDescription", cut(format!("{app}-{env}-{GROUP}")))
        .with("VpcId", reference(VPC))
        .with("Tags", Node::sequence([tag("Name", Node::string(name))]));
    let ingress = Map::new()
        .with_text("Description", "Ingress from services in the environment")
        .with("GroupId", reference(GROUP))
        .with("IpProtocol", Node::plain(-1))
        .with("SourceSecurityGroupId", reference(SECURITY_GROUP));
    let endpoint = Map::new()
        .with_text("VpcEndpointType", "Interface")
        .with("VpcId", reference(VPC))
        .with("SecurityGroupIds", Node::sequence([reference(GROUP)]))
        .with("ServiceName", sub("com.amazonaws.${AWS::Region}.apprunner.requests"))
        .with("SubnetIds", Node::sequence(subnets::managed_private(vpc)));
    [
        Resource::new(GROUP, "AWS::EC2::SecurityGroup", group)
            .described("A security group for App Runner private services"),
        Resource::new(
            "AppRunnerVpcEndpointSecurityGroupIngressFromEnvironment",
            "AWS::EC2::SecurityGroupIngress",
            ingress,
        ),
        Resource::new(APP_RUNNER_ENDPOINT, "AWS::EC2::VPCEndpoint", endpoint)
            .described("VPC Endpoint to connect environment to App Runner for private services"),
    ]
    .map(|resource| resource.on_condition(CREATE_APP_RUNNER_ENDPOINT))
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(LONGEST));
    text
}
