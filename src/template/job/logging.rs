//! Log drivers and the FireLens container.

use std::collections::BTreeMap;

use super::env_files::EnvFile;
use super::environment_variables::environment;
use super::ids::{LOG_GROUP, ROUTER};
use super::inputs::Inputs;
use super::secrets::secrets;
use crate::manifest::job::{Job, LogRouter, Logging};
use crate::manifest::unquoted;
use crate::template::cfn::intrinsic::reference;
use crate::template::cfn::mapping::{Map, string_map};
use crate::yaml::Node;

/// Follows the 2.x releases of Fluent Bit for AWS.
const DEFAULT_ROUTER_IMAGE: &str = "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable";

/// The `LogConfiguration` of containers that write to the job's log group.
pub(super) fn to_log_group() -> Node {
    let options = Map::new()
        .with("awslogs-region", reference("AWS::Region"))
        .with("awslogs-group", reference(LOG_GROUP))
        .with_text("awslogs-stream-prefix", "copilot")
        .build();
    Map::new().with_text("LogDriver", "awslogs").with("Options", options).build()
}

/// The main container's `LogConfiguration`.
pub(super) fn of_main(logging: &Logging) -> Node {
    match &logging.router {
        None => to_log_group(),
        Some(router) => Map::new()
            .with_text("LogDriver", "awsfirelens")
            .with_some("Options", string_map(&router.destination))
            .with_items("SecretOptions", secrets(&router.secret_options))
            .build(),
    }
}

/// The FireLens container.
pub(super) fn router_container(job: &Job, inputs: &Inputs, router: &LogRouter) -> Node {
    let mut options =
        Map::new().with("enable-ecs-log-metadata", Node::plain(router.enable_metadata.unwrap_or(true)));
    if let Some(path) = &router.config_file_path {
        options =
            options.with_text("config-file-type", "file").with("config-file-value", unquoted::value(path));
    }
    let firelens = Map::new().with_text("Type", "fluentbit").with("Options", options.build()).build();
    Map::new()
        .with_text("Name", ROUTER)
        .with("Image", unquoted::value(router.image.as_deref().unwrap_or(DEFAULT_ROUTER_IMAGE)))
        .with("Environment", environment(job, inputs, &router.variables, &BTreeMap::new()))
        .with("EnvironmentFiles", EnvFile::of_router().container_property())
        .with_items("Secrets", secrets(&router.secrets))
        .with("FirelensConfiguration", firelens)
        .with("LogConfiguration", to_log_group())
        .build()
}
