//! The role CloudFormation takes on for the stacks of the environment.

use super::deployed::Deployed;
use super::ids::EXECUTION_ROLE;
use super::inputs::Basics;
use crate::template::cfn::iam::{Role, Statement, description, policy};
use crate::template::cfn::intrinsic::sub;
use crate::template::cfn::mapping::strings;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

pub(super) fn role(basics: &Basics, deployed: &Deployed) -> Resource {
    let lambda = deployed.function_with_execution_role.then_some("lambda.amazonaws.com");
    let services = strings(["cloudformation.amazonaws.com"].into_iter().chain(lambda));
    // Everything but the organisation and the account itself: workloads have roles and resources of every kind.
    let statements = [
        Statement::allow().all_but(&["organizations:*", "account:*"]).on_everything(),
        Statement::allow()
            .actions(&["organizations:DescribeOrganization", "account:ListRegions"])
            .on_everything(),
    ];
    Role {
        id: EXECUTION_ROLE,
        description: Some(description(
            "An IAM Role",
            basics.boundary(),
            "for AWS CloudFormation to manage resources",
        )),
        name: Some(sub("${AWS::StackName}-CFNExecutionRole")),
        assume: vec![
            Statement::allow().principal("Service", Node::sequence(services)).action("sts:AssumeRole"),
        ],
        boundary: basics.permissions_boundary.clone(),
        path: Some("/"),
        managed_policies: Vec::new(),
        policies: vec![policy(Node::string("executeCfn"), statements)],
    }
    .build()
    .retained()
}
