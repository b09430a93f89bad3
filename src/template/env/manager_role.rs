//! The role that this program takes on for everything in the environment: what it may do.

use super::access_logs;
use super::ids::{ACCESS_LOGS_BUCKET, EXECUTION_ROLE, MANAGER_ROLE};
use super::inputs::{Basics, Inputs};
use super::statements;
use crate::manifest::env::Environment;
use crate::template::cfn::iam::{Role, Statement, description, policy};
use crate::template::cfn::intrinsic::{get_att, join, sub};
use crate::template::cfn::mapping::strings;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

/// The role as the bootstrap template has it.
pub(super) fn bootstrap(basics: &Basics) -> Resource {
    let all = [statements::workloads(), statements::artifacts(basics), statements::environment()];
    with(basics, all.into_iter().flatten())
}

/// The role as the whole template has it.
pub(super) fn role(env: &Environment, inputs: &Inputs) -> Resource {
    let mut all = Vec::new();
    all.extend(imported_certificates(env));
    for statement in statements::workloads() {
        let starts_runs = statement.has_sid(statements::START_STATE_MACHINE);
        all.push(statement);
        if starts_runs {
            all.push(read_job_runs());
        }
    }
    all.extend(access_logs::creates_bucket(env).then(empty_access_logs));
    all.extend(statements::artifacts(&inputs.basics));
    all.extend(statements::environment());
    with(&inputs.basics, all)
}

fn with(basics: &Basics, statements: impl IntoIterator<Item = Statement>) -> Resource {
    let tools_account = sub("${ToolsAccountPrincipalARN}");
    Role {
        id: MANAGER_ROLE,
        description: Some(description(
            "An IAM Role",
            basics.boundary(),
            "to describe resources in your environment",
        )),
        name: Some(sub("${AWS::StackName}-EnvManagerRole")),
        assume: vec![Statement::allow().principal("AWS", tools_account).action("sts:AssumeRole")],
        boundary: basics.permissions_boundary.clone(),
        path: Some("/"),
        managed_policies: Vec::new(),
        policies: vec![policy(Node::string("root"), statements)],
    }
    .build()
    .retained()
    .depends_on(EXECUTION_ROLE)
}

/// Every certificate that the manifest names.
fn imported_certificates(env: &Environment) -> Option<Statement> {
    let public = &env.http.public.certificates;
    let cdn = env.cdn.as_ref().and_then(|cdn| cdn.certificate.as_ref());
    let arns = strings(public.iter().chain(&env.http.private.certificates).chain(cdn));
    (!arns.is_empty()).then(|| {
        Statement::allow().sid("ImportedCertificates").actions(&["acm:DescribeCertificate"]).on_each(arns)
    })
}

/// What jobs' runs are watched and stopped with. The old tool only started them.
fn read_job_runs() -> Statement {
    let arn = |rest: &str| {
        sub(format!("arn:${{AWS::Partition}}:states:${{AWS::Region}}:${{AWS::AccountId}}:{rest}"))
    };
    Statement::allow()
        .sid("ReadJobRuns")
        .actions(&[
            "states:DescribeExecution",
            "states:ListExecutions",
            "states:GetExecutionHistory",
            "states:StopExecution",
        ])
        .on_each([
            arn("stateMachine:${AppName}-${EnvironmentName}-*"),
            arn("execution:${AppName}-${EnvironmentName}-*:*"),
        ])
}

fn empty_access_logs() -> Statement {
    let objects = join("/", [get_att(ACCESS_LOGS_BUCKET, "Arn"), Node::string("*")]);
    // No such action exists in IAM. The text stays: without it the statement would be a change.
    Statement::allow().sid("EmptyELBAccessLogsBucket").actions(&["s3:EmptyBucket"]).on(objects)
}
