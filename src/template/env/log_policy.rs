//! The policy by which state machines may write to the log groups of their jobs.

use crate::template::cfn::intrinsic::sub;
use crate::template::cfn::mapping::Map;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

/// The document is a text for CloudWatch Logs, and every change of it, also of its layout, is a change of the resource.
const DOCUMENT: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "StateMachineToCloudWatchLogs",
      "Effect": "Allow",
      "Principal": {
        "Service": ["delivery.logs.amazonaws.com"]
      },
      "Action": [
        "logs:CreateLogStream",
        "logs:PutLogEvents"
      ],
      "Resource": [
        "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/copilot/${AppName}-${EnvironmentName}-*:log-stream:*"
      ],
      "Condition": {
        "StringEquals": {
          "aws:SourceAccount": "${AWS::AccountId}"
        },
        "ArnLike": {
          "aws:SourceArn": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*"
        }
      }
    }
  ]
}
"#;

pub(super) fn policy() -> Resource {
    let properties = Map::new()
        .with("PolicyName", sub("${AppName}-${EnvironmentName}-LogResourcePolicy"))
        .with("PolicyDocument", Node::mapping([("Fn::Sub", Node::string(DOCUMENT))]));
    Resource::new("LogResourcePolicy", "AWS::Logs::ResourcePolicy", properties)
        .described("A resource policy to allow AWS services to create log streams for your workloads.")
}
