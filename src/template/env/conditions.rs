//! The template's conditions: what exists by the values of parameters.

use super::ids::{
    ALB_WORKLOADS, ALIASES, APP_RUNNER_WORKLOADS, CREATE_ALB, CREATE_APP_RUNNER_ENDPOINT, CREATE_EFS,
    CREATE_HTTPS, CREATE_INTERNAL_ALB, CREATE_INTERNAL_HTTPS, CREATE_NAT, DELEGATE_DNS, DOMAIN,
    EFS_WORKLOADS, EXPORT_HTTPS, EXPORT_INTERNAL_HTTPS, INTERNAL_ALB_WORKLOADS, MANAGED_ALIASES,
    NAT_WORKLOADS,
};
use crate::template::cfn::intrinsic::{all_of, condition, parameter_equals, parameter_is_set};
use crate::yaml::Node;

pub(super) fn section() -> Node {
    let https =
        |balancer, parameter| all_of([condition(balancer), parameter_equals(parameter, Node::plain(true))]);
    let aliases = all_of([condition(DELEGATE_DNS), parameter_is_set(ALIASES), condition(CREATE_ALB)]);
    Node::mapping([
        (CREATE_ALB, parameter_is_set(ALB_WORKLOADS)),
        (CREATE_INTERNAL_ALB, parameter_is_set(INTERNAL_ALB_WORKLOADS)),
        (DELEGATE_DNS, parameter_is_set(DOMAIN)),
        (EXPORT_HTTPS, https(CREATE_ALB, CREATE_HTTPS)),
        (EXPORT_INTERNAL_HTTPS, https(CREATE_INTERNAL_ALB, CREATE_INTERNAL_HTTPS)),
        (CREATE_EFS, parameter_is_set(EFS_WORKLOADS)),
        (CREATE_NAT, parameter_is_set(NAT_WORKLOADS)),
        (CREATE_APP_RUNNER_ENDPOINT, parameter_is_set(APP_RUNNER_WORKLOADS)),
        (MANAGED_ALIASES, aliases),
    ])
}
