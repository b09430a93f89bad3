//! Logs of the VPC's traffic.

use super::ids::{APP_NAME, ENV_NAME};
use super::inputs::Inputs;
use super::subnets::vpc_id;
use crate::manifest::env::{Environment, FlowLogs};
use crate::template::cfn::iam::{Role, Statement, assumed_by, description, policy};
use crate::template::cfn::intrinsic::{get_att, join, reference, sub};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

const GROUP: &str = "VpcFlowLogGroup";
const ROLE: &str = "FlowLogRole";

pub(super) fn resources(env: &Environment, inputs: &Inputs) -> Vec<Resource> {
    match retention(env, inputs) {
        None => Vec::new(),
        Some(days) => vec![group(days), flow_log(env), role(inputs)],
    }
}

/// Days that logs are kept; `None` without flow logs.
fn retention(env: &Environment, inputs: &Inputs) -> Option<i64> {
    match env.network.flow_logs {
        FlowLogs::Enabled { retention_days } => Some(retention_days),
        FlowLogs::Disabled => inputs.deployed.flow_logs,
        FlowLogs::Unset => None,
    }
}

fn group(days: i64) -> Resource {
    let name = join("-", [reference(APP_NAME), reference(ENV_NAME), Node::string("FlowLogs")]);
    let properties = Map::new().with("LogGroupName", name).with("RetentionInDays", Node::plain(days));
    Resource::new(GROUP, "AWS::Logs::LogGroup", properties)
        .described(format!("A CloudWatch log group with {days} days retention for VPC flow log data"))
}

fn flow_log(env: &Environment) -> Resource {
    let properties = Map::new()
        .with("DeliverLogsPermissionArn", get_att(ROLE, "Arn"))
        .with_text("LogDestinationType", "cloud-watch-logs")
        .with("LogGroupName", reference(GROUP))
        .with("MaxAggregationInterval", Node::plain(60))
        .with("ResourceId", vpc_id(env))
        .with_text("ResourceType", "VPC")
        .with_text("TrafficType", "ALL");
    Resource::new("FlowLog", "AWS::EC2::FlowLog", properties)
        .described("A flow log for the VPC to capture information about the IP traffic")
}

fn role(inputs: &Inputs) -> Resource {
    let basics = &inputs.basics;
    let flow_logs = sub("arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc-flow-log/*");
    let of_this_account = Map::new()
        .with("StringEquals", Node::mapping([("aws:SourceAccount", reference("AWS::AccountId"))]))
        .with("ArnLike", Node::mapping([("aws:SourceArn", flow_logs)]));
    let publish = Statement::allow()
        .actions(&[
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "logs:DescribeLogGroups",
            "logs:DescribeLogStreams",
        ])
        .on_everything();
    Role {
        id: ROLE,
        description: Some(description(
            "An IAM Role",
            basics.boundary(),
            "for the flow logs service to publish logs",
        )),
        name: None,
        assume: vec![assumed_by("vpc-flow-logs.amazonaws.com").when_all(of_this_account)],
        boundary: basics.permissions_boundary.clone(),
        path: None,
        managed_policies: Vec::new(),
        policies: vec![policy(Node::string("GrantAccesstoEC2toPublishFlowlogs"), [publish])],
    }
    .build()
}
