//! ECS: task definitions.

use serde_json::json;

use super::session::Session;
use super::signed::{self, Call};
use crate::error::Result;

/// The image of a container in a task definition, given by its ARN; `None` when it has no such container.
pub(super) async fn container_image(
    session: &Session,
    task_definition: &str,
    container: &str,
) -> Result<Option<String>> {
    let call = Call {
        service: "ecs",
        permission: "ecs:DescribeTaskDefinition",
        target: task_definition,
        headers: &[
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "AmazonEC2ContainerServiceV20141113.DescribeTaskDefinition"),
        ],
        body: json!({ "taskDefinition": task_definition }).to_string(),
    };
    let answer = signed::send(session, call, signed::json).await?;
    let containers = answer["taskDefinition"]["containerDefinitions"].as_array();
    let found = containers.into_iter().flatten().find(|one| one["name"] == container);
    Ok(found.and_then(|one| one["image"].as_str()).map(str::to_owned))
}
