//! The state machine that runs the task, and its role.

use super::addons_stack::outputs;
use super::ids::{ADDONS_STACK, LOG_GROUP, STATE_MACHINE, TASK_DEFINITION};
use super::inputs::{AddonOutputKind, Inputs};
use super::platform;
use super::state_machine_definition::Definition;
use crate::error::{Error, Result};
use crate::manifest::job::{Imported, Job, Placement};
use crate::manifest::unquoted;
use crate::template::cfn::iam::{Role, Statement, assumed_by, description, policy};
use crate::template::cfn::intrinsic::{
    get_att, get_att_in_full, import_named, import_sub, join, join_list, reference, split, sub, sub_with,
};
use crate::template::cfn::mapping::{Map, strings, values};
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

const ROLE: &str = "StateMachineRole";
/// The definition wraps a substitution in `["…"]`, so this turns a list into JSON's.
const LIST_SEPARATOR: &str = "\",\"";
const CLUSTER_EXPORT: &str = "${AppName}-${EnvName}-ClusterId";

pub(super) fn state_machine(job: &Job, inputs: &Inputs) -> Result<Resource> {
    let definition = Definition {
        platform_version: platform::fargate_version(job),
        timeout_seconds: job.timeout_seconds,
        retries: job.retries,
    };
    let group = Node::mapping([("LogGroupArn", get_att(LOG_GROUP, "Arn"))]);
    let logging = Map::new()
        .with("Destinations", Node::sequence([Node::mapping([("CloudWatchLogsLogGroup", group)])]))
        // As the old tool wrote it: the comparison of templates compares texts.
        .with("IncludeExecutionData", Node::plain("True"))
        .with_text("Level", "ALL")
        .build();
    let properties = Map::new()
        .with("StateMachineName", sub("${AppName}-${EnvName}-${WorkloadName}"))
        .with("RoleArn", get_att(ROLE, "Arn"))
        .with("LoggingConfiguration", logging)
        .with("DefinitionSubstitutions", substitutions(job, inputs)?)
        .with_text("DefinitionString", definition.text());
    Ok(Resource::new(STATE_MACHINE, "AWS::StepFunctions::StateMachine", properties)
        .described("A state machine to invoke your job and handle retry and timeout logic"))
}

fn substitutions(job: &Job, inputs: &Inputs) -> Result<Node> {
    let public = job.network.placement == Placement::Public;
    Ok(Map::new()
        // The definition does not use it; its removal would be a change of every deployed job.
        .with("ContainerName", reference("WorkloadName"))
        .with("Cluster", import_sub(CLUSTER_EXPORT))
        .with("TaskDefinition", reference(TASK_DEFINITION))
        .with("Partition", reference("AWS::Partition"))
        .with("Subnets", subnets(job, inputs)?)
        .with_text("AssignPublicIp", if public { "ENABLED" } else { "DISABLED" })
        .with("SecurityGroups", security_groups(&job.network.security_groups, inputs))
        .build())
}

fn subnets(job: &Job, inputs: &Inputs) -> Result<Node> {
    let ids = match &job.network.placement {
        Placement::Public => return Ok(exported_subnets("${AppName}-${EnvName}-PublicSubnets")),
        Placement::Private => return Ok(exported_subnets("${AppName}-${EnvName}-PrivateSubnets")),
        Placement::Subnets(ids) => values(ids),
        Placement::SubnetsFromTags(_) => strings(&inputs.subnets_from_tags),
    };
    if ids.is_empty() {
        return Err(Error::new(format!("no subnet to run job \"{}\" in", job.name))
            .hint("Check the field \"network.vpc.placement.subnets\" of the manifest."));
    }
    Ok(join(LIST_SEPARATOR, ids))
}

fn exported_subnets(export: &str) -> Node {
    join_list(LIST_SEPARATOR, split(",", import_sub(export)))
}

/// The environment's group always comes first: `deny_default` has no effect on jobs.
pub(super) fn security_groups(groups: &[Imported], inputs: &Inputs) -> Node {
    let environment = import_sub("${AppName}-${EnvName}-EnvironmentSecurityGroup");
    let own = groups.iter().map(|group| match group {
        Imported::Plain(id) => unquoted::value(id),
        Imported::FromCfn(export) => import_named(export),
    });
    // The comparison of templates takes a list and a dotted text for different arguments where it has read a call around
    // them in another form, and the old tool wrote the list.
    let addons = outputs(inputs, &[AddonOutputKind::SecurityGroup])
        .map(|(name, _)| get_att_in_full(ADDONS_STACK, &format!("Outputs.{name}")));
    join(LIST_SEPARATOR, std::iter::once(environment).chain(own).chain(addons))
}

pub(super) fn role(inputs: &Inputs) -> Resource {
    let boundary = inputs.permissions_boundary.clone();
    Role {
        id: ROLE,
        description: Some(description(
            "An IAM role",
            boundary.as_deref(),
            "for a state machine to run ECS tasks in your cluster",
        )),
        name: None,
        assume: vec![assumed_by("states.amazonaws.com")],
        boundary,
        path: None,
        managed_policies: Vec::new(),
        policies: vec![policy(Node::string("StateMachine"), statements())],
    }
    .build()
}

fn statements() -> [Statement; 5] {
    [
        Statement::allow()
            .action("iam:PassRole")
            .on_each([get_att("ExecutionRole", "Arn"), get_att("TaskRole", "Arn")]),
        in_cluster(Statement::allow().action("ecs:RunTask").on(reference(TASK_DEFINITION))),
        in_cluster(Statement::allow().actions(&["ecs:StopTask", "ecs:DescribeTasks"]).on_everything()),
        Statement::allow()
            .actions(&[
                "logs:CreateLogDelivery",
                "logs:GetLogDelivery",
                "logs:UpdateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:DescribeResourcePolicies",
                "logs:DescribeLogGroups",
            ])
            .on_everything(),
        Statement::allow().actions(&["events:PutTargets", "events:PutRule", "events:DescribeRule"]).on(sub(
            "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/StepFunctionsGetEventsForECSTaskRule",
        )),
    ]
}

fn in_cluster(statement: Statement) -> Statement {
    let cluster = sub_with(
        "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:cluster/${ClusterID}",
        [("ClusterID", import_sub(CLUSTER_EXPORT))],
    );
    statement.when("ArnEquals", [("ecs:cluster".to_owned(), cluster)])
}
