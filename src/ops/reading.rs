//! What the commands that show something need from outside.
#![allow(async_fn_in_trait, reason = "used generically, never boxed")]

use super::app::pipeline::Pipeline;
use crate::error::Result;
use crate::stack::port::Stacks;
use crate::store::Environment;
use crate::store::port::Parameters;

/// The application's account, with the user's own credentials.
pub trait ApplicationReader: Parameters {
    /// An environment's account, with the environment's manager role.
    type Environment: EnvironmentReader;

    /// Assumes the environment's manager role.
    async fn enter(&self, environment: &Environment) -> Result<Self::Environment>;
    /// The text of the `Metadata` section of a template; `None` when there is no such stack or stack set.
    async fn metadata(&self, of: &Template) -> Result<Option<String>>;
    /// Names of the pipelines that carry the application's tag.
    async fn pipelines(&self, app: &str) -> Result<Vec<String>>;
    /// What a pipeline consists of.
    async fn pipeline(&self, name: &str) -> Result<Pipeline>;
}

/// The environment's account and region.
pub trait EnvironmentReader: Stacks {
    /// Names of the workloads that have a stack in an environment, sorted.
    async fn workloads(&self, app: &str, env: &str) -> Result<Vec<String>>;
    /// A stack's resources, in CloudFormation's order.
    async fn resources(&self, stack: &str) -> Result<Vec<Resource>>;
    /// The image of a container in a task definition, given by its ARN; `None` when it has no such container.
    async fn container_image(&self, task_definition: &str, container: &str) -> Result<Option<String>>;
}

/// Whose template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Template {
    /// A stack's, by name.
    Stack(String),
    /// A stack set's, by name.
    StackSet(String),
}

/// A resource of a stack.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Resource {
    /// Resource type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Physical id.
    #[serde(rename = "physicalID")]
    pub physical_id: String,
    /// Logical id in the template.
    #[serde(rename = "logicalID", skip_serializing_if = "String::is_empty")]
    pub logical_id: String,
}
