//! What the pipeline needs from the outside, in its own terms. `aws` and `docker` implement these.
#![allow(async_fn_in_trait, reason = "the pipeline is generic over its ports and never boxes them")]

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use bytes::Bytes;

use crate::deploy::events::{BuildEvent, CommandEvent, PushEvent};
use crate::error::Result;
use crate::image::plan::BuildPlan;
use crate::image::secrets::SecretValues;
use crate::store::{Application, Environment};
use crate::template::inputs::S3Object;

/// The AWS account that holds the application's records, with the user's own credentials.
pub trait Account {
    /// An environment's account, with the environment's manager role.
    type EnvironmentAccount: EnvironmentAccount;

    /// Reads an application's record.
    async fn application(&self, app: &str) -> Result<Application>;
    /// Reads an environment's record.
    async fn environment(&self, app: &str, env: &str) -> Result<Environment>;
    /// Names of the application's environments, sorted.
    async fn environments(&self, app: &str) -> Result<Vec<String>>;
    /// Names of the application's registered scheduled jobs.
    async fn jobs(&self, app: &str) -> Result<Vec<String>>;
    /// Finds what the application has in a region.
    async fn regional_resources(&self, app: &str, account: &str, region: &str) -> Result<RegionalResources>;
    /// Gets a login for the image registry of a region, valid for some hours.
    async fn registry_login(&self, region: &str) -> Result<RegistryCredentials>;
    /// The current value of a Secrets Manager secret, by name or ARN.
    async fn secret(&self, region: &str, id: &str) -> Result<Vec<u8>>;
    /// Assumes the environment's manager role.
    async fn assume_manager(&self, environment: &Environment) -> Result<Self::EnvironmentAccount>;
}

/// The environment's account and region: stacks and the artifact bucket.
pub trait EnvironmentAccount {
    /// A stack's state; `None` when there is no such stack.
    async fn stack(&self, stack: &str) -> Result<Option<Stack>>;
    /// The template a stack was last given; `None` when there is no such stack or it has none yet.
    async fn template(&self, stack: &str) -> Result<Option<String>>;
    /// The `Metadata` section of a stack's template, as JSON or YAML text.
    async fn template_metadata(&self, stack: &str) -> Result<Option<String>>;
    /// Ids of the subnets that carry all tags, sorted; of one VPC when it is known.
    async fn subnets(&self, vpc: Option<&str>, tags: &BTreeMap<String, Vec<String>>) -> Result<Vec<String>>;
    /// The decrypted value of an SSM parameter.
    async fn secret_parameter(&self, name: &str) -> Result<String>;
    /// Makes sure that an object has this content, whatever lies there.
    async fn put_artifact(&self, object: &S3Object, body: impl Into<Bytes>) -> Result<Stored>;
    /// Reads a template from the bucket; `None` when there is no such object or it is too large for one.
    async fn artifact(&self, object: &S3Object) -> Result<Option<Vec<u8>>>;
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
    /// Starts the deletion of a stack.
    async fn delete_stack(&self, stack: &str) -> Result<()>;
    /// Cancels an update, which is then rolled back; `false` when there is none to cancel any more.
    async fn cancel_update(&self, stack: &str) -> Result<bool>;
    /// Continues a rollback that failed, leaving these resources (by logical id) as they are.
    async fn continue_rollback(&self, stack: &str, skip: &[String]) -> Result<()>;
    /// The events of the stack's newest operation, oldest first.
    async fn last_operation(&self, stack: &str) -> Result<Vec<StackEvent>>;
    /// The stack's events, oldest first, back to (not including) the event `seen` or the time
    /// `since` (seconds since 1970).
    async fn events(&self, stack: &str, since: f64, seen: Option<&str>) -> Result<Vec<StackEvent>>;
}

/// Builds and pushes images.
pub trait ImageEngine {
    /// What the engine runs without emulation, such as `linux/amd64`.
    fn platform(&self) -> &str;
    /// Checks that the engine can do what a plan asks for.
    async fn check(&self, plan: &BuildPlan) -> Result<()>;
    /// Builds an image and returns its id. The logins are for the plan's own registry: base images may come
    /// from it too.
    async fn build(
        &self,
        plan: &BuildPlan,
        secrets: SecretValues,
        logins: &impl Logins,
        on: &(dyn Fn(BuildEvent) + Sync),
    ) -> Result<String>;
    /// What a repository is known to have of an image. Sends nothing; `None` when that cannot be told.
    async fn find(&self, image: &Tagged<'_>, login: &RegistryCredentials) -> Option<Found>;
    /// Pushes an image under one or several tags of a repository, whatever of it is missing there.
    async fn push(
        &self,
        image: &Tagged<'_>,
        logins: &impl Logins,
        on: &(dyn Fn(PushEvent) + Sync),
    ) -> Result<Pushed>;
}

/// A local image and the names it shall have in a registry.
#[derive(Clone, Copy, Debug)]
pub struct Tagged<'a> {
    /// The engine's id of the image.
    pub id: &'a str,
    /// Repository without a tag: `<registry>/<app>/<job>`.
    pub repository: &'a str,
    /// The tags, of which the engine knows the image by each.
    pub tags: &'a [String],
}

/// An image that a repository has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Digest the registry knows the image by (`sha256:…`).
    pub digest: String,
    /// Tags that do not stand for it, or not yet.
    pub missing: Vec<String>,
}

/// What a push came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Digest the registry knows the image by (`sha256:…`).
    pub digest: String,
    /// The image or one of its tags was missing in the registry.
    pub sent: bool,
}

/// Gives logins for one registry. They end after some hours: a push that takes longer asks again.
pub trait Logins {
    /// The login at hand.
    async fn login(&self) -> RegistryCredentials;
    /// A new login, after the registry called this one expired.
    async fn renew(&self) -> Result<RegistryCredentials>;
}

/// Runs the CDK app that rewrites a job's template: the directory with its `cdk.json`.
pub trait CdkRunner {
    /// Checks what can be checked without running anything: files of the app, programs it needs.
    fn check(&self, app: &Path) -> Result<()>;
    /// Installs the app's packages.
    async fn install(&self, app: &Path, on: &(dyn Fn(CommandEvent) + Sync)) -> Result<()>;
    /// Lets the app rewrite a template; returns what it printed.
    async fn synthesize(
        &self,
        app: &Path,
        input: &CdkInput<'_>,
        on: &(dyn Fn(CommandEvent) + Sync),
    ) -> Result<String>;
}

/// What a CDK app gets to know.
#[derive(Clone, Copy, Debug)]
pub struct CdkInput<'a> {
    /// Application name.
    pub app: &'a str,
    /// Environment name.
    pub env: &'a str,
    /// The job's template, as YAML text.
    pub template: &'a str,
}

/// Asks the user; fails when there is nobody to ask.
pub trait Prompter {
    /// Lets the user choose one of several names. `flag` answers the question without asking.
    fn select(&self, question: &str, flag: &str, options: &[String]) -> Result<usize>;
    /// Asks a question that Enter answers with no. `flag` answers it in advance; a piped `y` or `n` does
    /// as well.
    async fn confirm(&self, question: &str, flag: &str) -> Result<bool>;
}

/// A registry user and password; never shown, never stored.
#[derive(Clone)]
pub struct RegistryCredentials {
    /// User name.
    pub username: String,
    /// Short-lived password.
    pub password: String,
}

impl fmt::Debug for RegistryCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryCredentials").field("username", &self.username).finish_non_exhaustive()
    }
}

/// Outputs of the application's stack in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionalResources {
    /// Key that encrypts the bucket.
    pub kms_key_arn: String,
    /// Artifact bucket.
    pub bucket: String,
    /// Repository ARNs by workload.
    pub repositories: BTreeMap<String, String>,
}

/// A stack as `DescribeStacks` shows it.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    /// Stack id (an ARN).
    pub id: String,
    /// `CREATE_COMPLETE` and the like.
    pub status: String,
    /// The change set that was executed last.
    pub change_set: Option<String>,
    /// The last operation ran in CloudFormation's Express mode.
    pub express: bool,
    /// Parameter values.
    pub parameters: BTreeMap<String, String>,
    /// Output values.
    pub outputs: BTreeMap<String, String>,
    /// Tags of the stack itself.
    pub tags: BTreeMap<String, String>,
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
    /// Stack tags.
    pub tags: BTreeMap<String, String>,
    /// Role CloudFormation works with.
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

/// What was found where an object belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Nothing, or nothing that is known to be other content.
    Sent,
    /// The very content: nothing was sent.
    Found,
    /// Other content, which was replaced.
    Replaced,
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
    /// Status.
    pub status: String,
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
        let continued = self.status == "UPDATE_ROLLBACK_IN_PROGRESS"
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
