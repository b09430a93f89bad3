//! What the engine has to know of a job's resources to tell which changes cost data or identity.

use super::target::Target;
use crate::ops::job::plan::surroundings::Surroundings;
use crate::stack::port::Change;

/// Types of which a new resource is as good as the old one: they hold no data, and nothing outside the stack refers to
/// them by id.
pub(crate) const HARMLESS: [&str; 5] = [
    "AWS::ECS::TaskDefinition",
    "AWS::Events::Rule",
    "AWS::IAM::Policy",
    "AWS::Lambda::Function",
    "AWS::SNS::TopicPolicy",
];

/// The env-controller's custom resource: its function answers every update with the id the resource already has.
pub(crate) const KEEPS_ID: [&str; 1] = ["EnvControllerAction"];

const ACCESS_POINT: &str = "AccessPoint";
/// The environment's parameter that lists the workloads on its managed file system.
const FILE_SYSTEM_USERS: &str = "EFSWorkloads";

/// What the deletion of a resource leads to beyond itself: the environment deletes its managed file system when the last
/// workload leaves it.
pub(crate) fn consequence<E>(target: &Target, state: &Surroundings<E>, change: &Change) -> Option<String> {
    let users = state.env_stack.parameters.get(FILE_SYSTEM_USERS).map(String::as_str).unwrap_or_default();
    let is_last = users.split(',').filter(|user| !user.is_empty()).all(|user| user == target.job);
    (change.logical_id == ACCESS_POINT && is_last).then(|| {
        "no other workload uses the environment's file system, so that is deleted too, with all its files"
            .to_owned()
    })
}
