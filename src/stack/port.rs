//! What the engine needs of CloudFormation, in its own terms. `aws` implements it.
#![allow(async_fn_in_trait, reason = "the engine is generic over its ports and never boxes them")]

use std::collections::BTreeMap;

use super::status::StackStatus;
use crate::error::Result;

/// All that the engine needs.
pub trait CloudFormation: Stacks + ChangeSets + StackControl {}

impl<T: Stacks + ChangeSets + StackControl> CloudFormation for T {}

/// Reads stacks.
pub trait Stacks {
    /// A stack's state; `None` when there is no such stack.
    async fn stack(&self, stack: &str) -> Result<Option<Stack>>;
    /// The template a stack was last given; `None` when there is no such stack or it has none yet.
    async fn template(&self, stack: &str) -> Result<Option<String>>;
    /// The `Metadata` section of a stack's template, as JSON or YAML text.
    async fn template_metadata(&self, stack: &str) -> Result<Option<String>>;
    /// The events of the stack's newest operation, oldest first.
    async fn last_operation(&self, stack: &str) -> Result<Vec<StackEvent>>;
    /// The stack's events, oldest first, back to (not including) the event `seen` or the time
    /// `since` (seconds since 1970).
    async fn events(&self, stack: &str, since: f64, seen: Option<&str>) -> Result<Vec<StackEvent>>;
}

/// Makes and executes change sets.
pub trait ChangeSets {
    /// Creates a change set and returns its id.
    async fn create_change_set(&self, proposal: &ChangeSetRequest) -> Result<String>;
    /// Reads a change set, with all its changes once it is complete.
    async fn change_set(&self, id: &str, stack: &str) -> Result<ChangeSet>;
    /// Starts the change set.
    async fn execute_change_set(&self, id: &str, stack: &str, disable_rollback: bool) -> Result<()>;
    /// Deletes a change set that was not executed.
    async fn delete_change_set(&self, id: &str, stack: &str) -> Result<()>;
    /// What early validation found wrong with a change set, as lines.
    async fn validation_failures(&self, change_set: &str) -> Result<Vec<String>>;
}

/// Stops, undoes and removes.
pub trait StackControl {
    /// Starts the deletion of a stack. Without a role CloudFormation works with the one of the stack's last operation.
    async fn delete_stack(&self, stack: &str, role_arn: Option<&str>) -> Result<()>;
    /// Cancels an update, which is then rolled back; `false` when there is none to cancel any more.
    async fn cancel_update(&self, stack: &str) -> Result<bool>;
    /// Continues a rollback that failed, leaving these resources (by logical id) as they are.
    async fn continue_rollback(&self, stack: &str, skip: &[String]) -> Result<()>;
}

/// A stack as `DescribeStacks` shows it.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    /// Stack id (an ARN).
    pub id: String,
    /// How it is.
    pub status: StackStatus,
    /// The change set that was executed last.
    pub change_set: Option<String>,
    /// The last operation ran in CloudFormation's Express mode.
    pub express: bool,
    /// CloudFormation refuses to delete it.
    pub protected: bool,
    /// Parameter values.
    pub parameters: BTreeMap<String, String>,
    /// Output values.
    pub outputs: BTreeMap<String, String>,
    /// Tags of the stack itself.
    pub tags: BTreeMap<String, String>,
    /// When it was created or last changed, in seconds since 1970.
    pub changed: Option<i64>,
}

/// What a change set shall be made of.
#[derive(Clone, Debug)]
pub struct ChangeSetRequest {
    /// Stack name.
    pub stack: String,
    /// Change set name.
    pub name: String,
    /// The stack does not exist yet, or only as the shell of an earlier change set.
    pub create: bool,
    /// The template.
    pub template: TemplateSource,
    /// Parameter values, all of them.
    pub parameters: Vec<(String, String)>,
    /// Parameters that keep the value which the stack has by then, whatever `parameters` say.
    pub kept_parameters: Vec<String>,
    /// Stack tags.
    pub tags: BTreeMap<String, String>,
    /// Role CloudFormation works with; empty for the caller's own credentials.
    pub role_arn: String,
    /// Run in CloudFormation's Express mode, with rollback.
    pub express: bool,
}

/// How CloudFormation gets a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateSource {
    /// With the call.
    Inline(String),
    /// From the bucket, by the object's URL.
    Url(String),
}

/// A change set's state.
#[derive(Clone, Debug, Default)]
pub struct ChangeSet {
    /// `CREATE_PENDING`, `CREATE_COMPLETE`, `FAILED`, …
    pub status: String,
    /// Why, when CloudFormation says so.
    pub reason: Option<String>,
    /// Whether it can be executed (`AVAILABLE`).
    pub execution_status: String,
    /// Id (an ARN) of the stack it is for.
    pub stack_id: String,
    /// Seconds since 1970.
    pub created: f64,
    /// What it does to the stack's resources, in CloudFormation's order; then to those of nested stacks.
    pub changes: Vec<Change>,
}

impl ChangeSet {
    /// Logical ids of the stack's own resources it touches, in CloudFormation's order.
    pub fn resources(&self) -> Vec<String> {
        self.changes.iter().filter(|c| c.within.is_empty()).map(|c| c.logical_id.clone()).collect()
    }
}

/// What a change set does to one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Logical ids of the nested stacks the resource is in, outermost first.
    pub within: Vec<String>,
    /// Logical id in its template.
    pub logical_id: String,
    /// Resource type.
    pub resource_type: String,
    /// Physical id, empty before there is one.
    pub physical_id: String,
    /// What is done.
    pub action: Action,
    /// Whether a modified resource becomes another one.
    pub replacement: Replacement,
    /// A removed or replaced resource stays in the account (`DeletionPolicy`, `UpdateReplacePolicy`).
    pub retained: bool,
    /// Which attributes change: `Properties`, `Metadata`, `Tags`, …
    pub scope: Vec<String>,
    /// What leads to the modification.
    pub details: Vec<Detail>,
}

/// What a change set does with a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// Creates it.
    Add,
    /// Changes it, perhaps by replacing it.
    #[default]
    Modify,
    /// Deletes it, or leaves it behind when it is retained.
    Remove,
    /// Takes an existing one into the stack.
    Import,
    /// CloudFormation decides while it executes.
    Undecided,
}

/// Whether a modified resource becomes another one, with another physical id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replacement {
    /// It stays.
    #[default]
    No,
    /// It depends on values that are known only while the change set is executed.
    Conditional,
    /// It does.
    Yes,
}

/// One reason why a resource is modified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// `Properties`, `Metadata`, `Tags`, …
    pub attribute: String,
    /// The property, when a property changes.
    pub property: Option<String>,
    /// Whether a new value of it makes another resource.
    pub recreation: Recreation,
    /// Whether the new value is known only while the change set is executed.
    pub dynamic: bool,
    /// The resource (`A`), attribute (`A.Arn`) or parameter whose change is passed on; `None` when the
    /// template itself changed here.
    pub cause: Option<String>,
}

/// Whether a new value of a property makes another resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recreation {
    /// Never.
    #[default]
    Never,
    /// For some values.
    Conditionally,
    /// Always.
    Always,
}

/// One stack event.
#[derive(Clone, Debug, PartialEq)]
pub struct StackEvent {
    /// Unique id.
    pub id: String,
    /// Id (an ARN) of the stack.
    pub stack_id: String,
    /// Logical id; the stack's name for the stack itself.
    pub logical_id: String,
    /// Physical id, empty before there is one.
    pub physical_id: String,
    /// Resource type.
    pub resource_type: String,
    /// Status of the resource, or of the stack itself.
    pub status: StackStatus,
    /// Reason, when there is one.
    pub reason: Option<String>,
    /// When it happened, in seconds since 1970.
    pub time: f64,
}

impl StackEvent {
    /// The event is about the stack itself, not about one of its resources.
    pub fn is_of_stack(&self) -> bool {
        self.resource_type == "AWS::CloudFormation::Stack" && self.physical_id == self.stack_id
    }

    /// An operation on the stack begins with this event. What a failure or a cancellation adds, such as a rollback, belongs
    /// to the operation before it.
    pub fn begins_operation(&self) -> bool {
        let continued = self.status.is("UPDATE_ROLLBACK_IN_PROGRESS")
            && self.reason.as_deref().is_some_and(|reason| reason.contains("User Initiated"));
        let begins = matches!(
            self.status.as_str(),
            "CREATE_IN_PROGRESS"
                | "UPDATE_IN_PROGRESS"
                | "DELETE_IN_PROGRESS"
                | "IMPORT_IN_PROGRESS"
                | "REVIEW_IN_PROGRESS"
        );
        self.is_of_stack() && (begins || continued)
    }
}
