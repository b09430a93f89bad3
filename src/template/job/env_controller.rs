//! The custom resource that asks the environment's stack for shared resources: NAT gateways and the
//! managed file system. It is rendered even when it asks for nothing.

use super::ids::{ACTION, ENV_CONTROLLER};
use super::inputs::Inputs;
use super::storage;
use crate::manifest::job::{Job, Placement};
use crate::template::cfn::iam::{
    Role, Statement, assumed_by_lambda, description, policy, service_role_policy,
};
use crate::template::cfn::intrinsic::{get_att, reference, sub};
use crate::template::cfn::lambda::Function;
use crate::template::cfn::mapping::{Map, strings};
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

const ROLE: &str = "EnvControllerRole";
/// Seconds the function may run: Lambda's maximum, as the environment's update takes minutes.
const TIMEOUT: u32 = 900;

/// The environment stack's features that the job needs, in the template's order.
pub(super) fn needed_features(job: &Job) -> Vec<&'static str> {
    let mut features = Vec::new();
    if job.network.placement == Placement::Private {
        features.push("NATWorkloads");
    }
    if storage::managed_volume(job).is_some() {
        features.push("EFSWorkloads");
    }
    features
}

pub(super) fn action(job: &Job, inputs: &Inputs) -> Resource {
    let properties = Map::new()
        .with("ServiceToken", get_att(ENV_CONTROLLER, "Arn"))
        .with("Workload", reference("WorkloadName"))
        .with("EnvStack", sub("${AppName}-${EnvName}"))
        .with("Parameters", Node::sequence(strings(needed_features(job))))
        .with_text("EnvVersion", &inputs.env_version);
    Resource::new(ACTION, "Custom::EnvControllerFunction", properties)
        .described("Update your environment's shared resources")
}

pub(super) fn function(inputs: &Inputs) -> Resource {
    Function {
        id: ENV_CONTROLLER,
        code: &inputs.env_controller_code,
        handler: "index.handler",
        timeout: TIMEOUT,
        role: ROLE,
    }
    .build()
}

pub(super) fn role(inputs: &Inputs) -> Resource {
    let boundary = inputs.permissions_boundary.clone();
    let update_stack = Statement::allow()
        .actions(&["cloudformation:DescribeStacks", "cloudformation:UpdateStack"])
        .on(sub("arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/${AppName}-${EnvName}/*"))
        .when_tagged("cloudformation:ResourceTag");
    let pass_role = Statement::allow()
        .actions(&["iam:PassRole"])
        .on(sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${AppName}-${EnvName}-CFNExecutionRole"))
        .when_tagged("iam:ResourceTag");
    Role {
        id: ROLE,
        description: Some(description(
            "An IAM role",
            boundary.as_deref(),
            "to update your environment stack",
        )),
        name: None,
        assume: vec![assumed_by_lambda()],
        boundary,
        path: Some("/"),
        managed_policies: vec![service_role_policy("AWSLambdaBasicExecutionRole")],
        policies: vec![
            policy(Node::string("EnvControllerStackUpdate"), [update_stack]),
            policy(Node::string("EnvControllerRolePass"), [pass_role]),
        ],
    }
    .build()
}
