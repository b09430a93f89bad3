//! The ECS task definition (`spec/template.md` §2.3).

use super::containers;
use super::execution_role::EXECUTION_ROLE;
use super::inputs::Inputs;
use super::intrinsic::{get_att, join, reference};
use super::log_group::LOG_GROUP;
use super::map::{Map, strings};
use super::names::workload_name_parts;
use super::platform::runtime_platform;
use super::resource::Resource;
use super::storage::volumes;
use super::task_role::TASK_ROLE;
use crate::manifest::job::Job;
use crate::yaml::Node;

pub(super) const TASK_DEFINITION: &str = "TaskDefinition";
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
