//! ECS: task definitions.

use serde_json::json;

use super::operation::{JSON_1_1, Operation};
use super::session::Session;
use crate::error::Result;

const DESCRIBE_TASK_DEFINITION: Operation = Operation {
    service: "ecs",
    permission: "ecs:DescribeTaskDefinition",
    headers: &[JSON_1_1, ("x-amz-target", "AmazonEC2ContainerServiceV20141113.DescribeTaskDefinition")],
    gone: &[],
};

/// The image of a container in a task definition, given by its ARN; `None` when it has no such container.
pub(super) async fn container_image(
    session: &Session,
    task_definition: &str,
    container: &str,
) -> Result<Option<String>> {
    let input = json!({ "taskDefinition": task_definition });
    let answer = DESCRIBE_TASK_DEFINITION.ask(session, task_definition, &input).await?.unwrap_or_default();
    let containers = answer["taskDefinition"]["containerDefinitions"].as_array();
    let found = containers.into_iter().flatten().find(|one| one["name"] == container);
    Ok(found.and_then(|one| one["image"].as_str()).map(str::to_owned))
}
