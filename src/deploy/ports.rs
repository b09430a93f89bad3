//! What the pipeline needs from the outside, in its own terms. `aws` and `docker` implement these.
#![allow(async_fn_in_trait, reason = "the pipeline is generic over its ports and never boxes them")]

use std::collections::BTreeMap;
use std::fmt;

use crate::deploy::events::{BuildEvent, PushEvent};
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
    /// Stores an object unless an object of that key is already there (keys are content hashes).
    async fn put_artifact(&self, object: &S3Object, body: Vec<u8>) -> Result<()>;
    /// Creates a change set and returns its id.
    async fn create_change_set(&self, proposal: &ChangeSetRequest) -> Result<String>;
    /// Reads a change set, with all its changes once it is complete.
    async fn change_set(&self, id: &str, stack: &str) -> Result<ChangeSet>;
    /// Starts the change set.
    async fn execute_change_set(&self, id: &str, stack: &str, disable_rollback: bool) -> Result<()>;
    /// Deletes a change set that was not executed.
    async fn delete_change_set(&self, id: &str, stack: &str) -> Result<()>;
    /// Starts the deletion of a stack.
    async fn delete_stack(&self, stack: &str) -> Result<()>;
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
    /// Builds an image and returns its id.
    async fn build(
        &self,
        plan: &BuildPlan,
        secrets: SecretValues,
        on: &(dyn Fn(BuildEvent) + Sync),
    ) -> Result<String>;
    /// Pushes one tag and returns the digest the registry knows it by.
    async fn push(
        &self,
        repository: &str,
        tag: &str,
        credentials: &RegistryCredentials,
        on: &(dyn Fn(PushEvent) + Sync),
    ) -> Result<String>;
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
    /// Parameter values.
    pub parameters: BTreeMap<String, String>,
    /// Output values.
    pub outputs: BTreeMap<String, String>,
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
    /// Where the template lies.
    pub template_url: String,
    /// Parameter values, all of them.
    pub parameters: Vec<(String, String)>,
    /// Stack tags.
    pub tags: BTreeMap<String, String>,
    /// Role CloudFormation works with.
    pub role_arn: String,
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
    /// Seconds since 1970.
    pub created: f64,
    /// Logical ids of the resources it touches, in CloudFormation's order.
    pub resources: Vec<String>,
}

/// One stack event.
#[derive(Clone, Debug, PartialEq)]
pub struct StackEvent {
    /// Unique id.
    pub id: String,
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
