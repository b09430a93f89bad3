//! The role with which Fargate starts containers: secrets and environment files.

use super::env_files::EnvFile;
use super::ids::EXECUTION_ROLE;
use super::inputs::Inputs;
use crate::manifest::job::Job;
use crate::template::cfn::iam::{Role, Statement, assumed_by, description, policy, service_role_policy};
use crate::template::cfn::intrinsic::{join, reference, sub};
use crate::template::cfn::names::workload_name_parts;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

pub(super) fn execution_role(job: &Job, inputs: &Inputs) -> Resource {
    let boundary = inputs.permissions_boundary.clone();
    let secrets_name = join("", workload_name_parts().into_iter().chain([Node::string("SecretsPolicy")]));
    let mut policies = vec![policy(secrets_name, secrets_statements())];
    policies.extend(EnvFile::all(job).iter().map(EnvFile::read_policy));
    Role {
        id: EXECUTION_ROLE,
        description: Some(description(
            "An IAM Role",
            boundary.as_deref(),
            "for the Fargate agent to make AWS API calls on your behalf",
        )),
        name: None,
        assume: vec![assumed_by("ecs-tasks.amazonaws.com")],
        boundary,
        path: None,
        managed_policies: vec![service_role_policy("AmazonECSTaskExecutionRolePolicy")],
        policies,
    }
    .build()
}

fn secrets_statements() -> [Statement; 4] {
    let arn = |rest: &str| sub(format!("arn:${{AWS::Partition}}:{rest}"));
    [
        Statement::allow()
            .actions(&["ssm:GetParameters"])
            .on_each([arn("ssm:${AWS::Region}:${AWS::AccountId}:parameter/*")])
            .when_tagged("ssm:ResourceTag"),
        Statement::allow()
            .actions(&["secretsmanager:GetSecretValue"])
            .on_each([arn("secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:*")])
            .when_tagged("secretsmanager:ResourceTag"),
        Statement::allow().actions(&["kms:Decrypt"]).on_each([reference("ArtifactKeyARN")]),
        Statement::allow()
            .sid("DecryptTaggedKMSKey")
            .actions(&["kms:Decrypt"])
            .on_each([arn("kms:${AWS::Region}:${AWS::AccountId}:key/*")])
            .when_tagged("aws:ResourceTag"),
    ]
}
