//! The role of the job's own code.

use super::addons_stack::outputs;
use super::ids::TASK_ROLE;
use super::inputs::{AddonOutputKind, Inputs};
use super::{storage, topics};
use crate::manifest::job::Job;
use crate::template::cfn::iam::{Role, Statement, assumed_by, description, policy};
use crate::template::cfn::intrinsic::reference;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

pub(super) fn task_role(job: &Job, inputs: &Inputs) -> Resource {
    let boundary = inputs.permissions_boundary.clone();
    let deny_iam = Statement::deny().action("iam:*").on_everything();
    let mut policies = vec![policy(Node::string("DenyIAM"), [deny_iam])];
    policies.extend(storage::access_policies(job));
    if !job.topics.is_empty() {
        let topics = job.topics.iter().map(|topic| reference(&topics::logical_id(topic)));
        let publish = Statement::allow().action("sns:Publish").on_each(topics);
        policies.push(policy(Node::string("Publish2SNS"), [publish]));
    }
    Role {
        id: TASK_ROLE,
        description: Some(description(
            "An IAM role",
            boundary.as_deref(),
            "to control permissions for the containers in your tasks",
        )),
        name: None,
        assume: vec![assumed_by("ecs-tasks.amazonaws.com")],
        boundary,
        path: None,
        managed_policies: outputs(inputs, &[AddonOutputKind::ManagedPolicy]).map(|(_, arn)| arn).collect(),
        policies,
    }
    .build()
}
