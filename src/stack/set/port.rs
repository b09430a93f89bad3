//! What the engine needs of CloudFormation to change a stack set. `aws` implements it.
#![allow(async_fn_in_trait, reason = "the engine is generic over its ports and never boxes them")]

use std::collections::BTreeMap;

use crate::error::Result;

/// Reads and changes stack sets.
pub trait StackSets {
    /// A stack set's template; `None` when there is no such stack set.
    async fn stack_set_template(&self, set: &str) -> Result<Option<String>>;
    /// Creates a stack set without instances; `false` when there is one of this name already.
    async fn create_stack_set(&self, request: &StackSetRequest) -> Result<bool>;
    /// Gives a stack set, and with it all instances, another template. The operation gets this id: of two updates with the
    /// same id only one is made.
    async fn update_stack_set(&self, request: &StackSetRequest, operation: &str) -> Result<Start>;
    /// Deletes a stack set that has no instances.
    async fn delete_stack_set(&self, set: &str) -> Result<()>;
}

/// Reads and changes the instances of stack sets, and follows operations.
pub trait StackInstances {
    /// All instances.
    async fn instances(&self, set: &str) -> Result<Vec<Instance>>;
    /// Makes an instance of an account in a region.
    async fn create_instance(&self, set: &str, account: &str, region: &str) -> Result<Start>;
    /// Deletes the instances of an account in these regions, with their stacks.
    async fn delete_instances(&self, set: &str, account: &str, regions: &[String]) -> Result<Start>;
    /// How an operation is going.
    async fn operation(&self, set: &str, id: &str) -> Result<Progress>;
    /// Why an operation failed, a line for each region that did.
    async fn failures(&self, set: &str, id: &str) -> Result<Vec<String>>;
    /// The operation that is under way.
    async fn running_operation(&self, set: &str) -> Result<Option<String>>;
}

/// A stack set as it shall be.
#[derive(Clone, Debug)]
pub struct StackSetRequest {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its template.
    pub template: String,
    /// Role that CloudFormation administers it with.
    pub admin_role_arn: String,
    /// Name of the role that makes the instances.
    pub execution_role: String,
    /// Tags of the stack set and of its stacks.
    pub tags: BTreeMap<String, String>,
}

/// Whether an operation was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// It was; its id.
    Operation(String),
    /// Another operation is under way, or somebody else changed the stack set meanwhile.
    Busy,
}

/// A stack set's stack in one region of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Account id.
    pub account: String,
    /// Region.
    pub region: String,
    /// Id (an ARN) of its stack; `None` before there is one.
    pub stack_id: Option<String>,
    /// `CURRENT`, `OUTDATED` or `INOPERABLE`.
    pub status: String,
    /// Why it is outdated, when CloudFormation says so.
    pub reason: Option<String>,
}

/// How an operation is going, and since when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// How it is going.
    pub state: SetOperation,
    /// When it began, in seconds since 1970.
    pub begun: f64,
    /// When it ended, in seconds since 1970.
    pub ended: Option<f64>,
}

/// Whether an operation goes on, or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperation {
    /// It goes on.
    Running,
    /// It has ended well.
    Succeeded,
    /// It has failed.
    Failed,
    /// Somebody stopped it.
    Stopped,
}
