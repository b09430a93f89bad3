//! The ECS task definition.

use super::containers;
use super::ids::{EXECUTION_ROLE, LOG_GROUP, TASK_DEFINITION, TASK_ROLE};
use super::inputs::Inputs;
use super::platform::runtime_platform;
use super::storage::volumes;
use crate::manifest::job::Job;
use crate::template::cfn::intrinsic::{get_att, join, reference};
use crate::template::cfn::mapping::{Map, strings};
use crate::template::cfn::names::workload_name_parts;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

/// Fargate's own size in GiB; CloudFormation refuses to have it written.
const DEFAULT_EPHEMERAL_STORAGE: i64 = 20;

pub(super) fn task_definition(job: &Job, inputs: &Inputs) -> Resource {
    let ephemeral = job.storage.ephemeral.filter(|size| *size != DEFAULT_EPHEMERAL_STORAGE);
    let properties = Map::new()
        .with("Family", join("", workload_name_parts()))
        .with_some("RuntimePlatform", runtime_platform(job))
        .with_text("NetworkMode", "awsvpc")
        .with("RequiresCompatibilities", Node::sequence(strings(["FARGATE"])))
        .with("Cpu", reference("TaskCPU"))
        .with("Memory", reference("TaskMemory"))
        .with_some(
            "EphemeralStorage",
            ephemeral.map(|size| Node::mapping([("SizeInGiB", Node::plain(size))])),
        )
        .with("ExecutionRoleArn", get_att(EXECUTION_ROLE, "Arn"))
        .with("TaskRoleArn", get_att(TASK_ROLE, "Arn"))
        .with("ContainerDefinitions", containers::definitions(job, inputs))
        .with_items("Volumes", volumes(job));
    Resource::new(TASK_DEFINITION, "AWS::ECS::TaskDefinition", properties)
        .described("An ECS task definition to group your containers and run them on ECS")
        .depends_on(LOG_GROUP)
}
