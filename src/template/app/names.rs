//! Names of an application's stacks and roles. Roles of environments and IAM policies of users refer to them.

use crate::template::cfn::names::partition_of_region;

/// What the stack set says of itself.
pub const STACK_SET_DESCRIPTION: &str = "ECS CLI Application Resources (ECR repos, KMS keys, S3 buckets)";

/// The stack with the application's roles.
pub fn roles_stack(app: &str) -> String {
    format!("{app}-infrastructure-roles")
}

/// The stack set with the application's resources in each region.
pub fn stack_set(app: &str) -> String {
    format!("{app}-infrastructure")
}

/// The role that CloudFormation takes on to administer the stack set.
pub fn admin_role(app: &str) -> String {
    format!("{app}-adminrole")
}

/// The role with which the stack set's instances are made.
pub fn execution_role(app: &str) -> String {
    format!("{app}-executionrole")
}

/// The role with which environments change the application's hosted zone.
pub fn dns_delegation_role(app: &str) -> String {
    format!("{app}-DNSDelegationRole")
}

/// ARN of a role in an account of a region's partition.
pub fn role_arn(region: &str, account_id: &str, role: &str) -> String {
    format!("arn:{}:iam::{account_id}:role/{role}", partition_of_region(region))
}

/// ARN of a policy in an account of a region's partition; `policy` may have a path before its name.
pub fn policy_arn(region: &str, account_id: &str, policy: &str) -> String {
    format!("arn:{}:iam::{account_id}:policy/{policy}", partition_of_region(region))
}
