//! Names in a job's template: logical ids of resources, parameters, conditions and the log router's container. Deployed
//! stacks have them, and users' overrides and addons refer to them.

/// The log group.
pub const LOG_GROUP: &str = "LogGroup";
/// The custom resource that switches shared resources of the environment on.
pub const ACTION: &str = "EnvControllerAction";
/// The function behind it. Its name is part of the key of its code, too.
pub const ENV_CONTROLLER: &str = "EnvControllerFunction";
/// The type of that custom resource, which updates the environment's stack.
pub const ENV_CONTROLLER_TYPE: &str = "Custom::EnvControllerFunction";
/// The task definition.
pub const TASK_DEFINITION: &str = "TaskDefinition";
/// The role Amazon ECS starts the task with.
pub const EXECUTION_ROLE: &str = "ExecutionRole";
/// The role of the containers.
pub const TASK_ROLE: &str = "TaskRole";
/// The state machine that runs the task.
pub const STATE_MACHINE: &str = "StateMachine";
/// The rule that starts the state machine by the schedule.
pub const RULE: &str = "Rule";
/// The nested stack of the addons.
pub const ADDONS_STACK: &str = "AddonsStack";

/// Parameter with the main container's image.
pub const CONTAINER_IMAGE: &str = "ContainerImage";
/// Parameter with the ARN of the main container's environment file.
pub const ENV_FILE: &str = "EnvFileARN";
/// Parameter with the ARN of the log router's environment file.
pub const LOGGING_ENV_FILE: &str = "LoggingEnvFileARN";
/// Parameter with the URL of the addons template.
pub const ADDONS_TEMPLATE_URL: &str = "AddonsTemplateURL";

/// Condition that the job has an addons stack.
pub const HAS_ADDONS: &str = "HasAddons";

/// Name of the FireLens container.
pub const ROUTER: &str = "firelens_log_router";
