//! What the pipeline needs from the outside, in its own terms. `aws` and `docker` implement these.
#![allow(async_fn_in_trait, reason = "the pipeline is generic over its ports and never boxes them")]

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use bytes::Bytes;

use crate::error::{Error, Result};
use crate::image::events::{BuildEvent, PushEvent};
use crate::image::plan::BuildPlan;
use crate::image::secrets::SecretValues;
use crate::ops::reading::EnvironmentReader;
use crate::ops::secret::port::{SecretStore, TaggedSecrets};
use crate::report::events::CommandEvent;
use crate::stack::port::CloudFormation;
use crate::store::port::Parameters;
use crate::store::{Application, Environment};
use crate::template::cfn::artifacts::S3Object;

/// The AWS account that holds the application's records, with the user's own credentials.
pub trait Account: Parameters {
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
    /// A region with the user's own credentials.
    fn in_region(&self, region: &str) -> Self::EnvironmentAccount;
    /// Assumes the environment's manager role.
    async fn assume_manager(&self, environment: &Environment) -> Result<Self::EnvironmentAccount>;
}

/// The environment's account and region.
pub trait EnvironmentAccount:
    CloudFormation
    + Artifacts
    + Subnets
    + SecretParameters
    + SecretStore
    + TaggedSecrets
    + EnvironmentReader
    + LogGroups
{
}

impl<T> EnvironmentAccount for T where
    T: CloudFormation
        + Artifacts
        + Subnets
        + SecretParameters
        + SecretStore
        + TaggedSecrets
        + EnvironmentReader
        + LogGroups
{
}

/// The artifact bucket.
pub trait Artifacts {
    /// Makes sure that an object has this content, whatever lies there.
    async fn put_artifact(&self, object: &S3Object, body: impl Into<Bytes>) -> Result<Stored>;
    /// Reads a template from the bucket; `None` when there is no such object or it is too large for one.
    async fn artifact(&self, object: &S3Object) -> Result<Option<Vec<u8>>>;
}

/// The networks of the environment's region.
pub trait Subnets {
    /// Ids of the subnets that carry all tags, sorted; of one VPC when it is known.
    async fn subnets(&self, vpc: Option<&str>, tags: &BTreeMap<String, Vec<String>>) -> Result<Vec<String>>;
    /// Ids of the lists of addresses that AWS keeps under this name.
    async fn managed_prefix_lists(&self, name: &str) -> Result<Vec<String>>;
}

/// The parameters of the environment's region.
pub trait SecretParameters {
    /// The decrypted value of an SSM parameter.
    async fn secret_parameter(&self, name: &str) -> Result<String>;
}

/// The log groups of the environment's region.
pub trait LogGroups {
    /// A log group, found by its streams, which managers may list; `None` when there is none of that name.
    async fn log_group(&self, name: &str) -> Result<Option<LogGroup>>;
    /// The same found in the list of log groups, which managers may not read.
    async fn listed_log_group(&self, name: &str) -> Result<Option<LogGroup>>;
}

/// What is known of a log group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogGroup {
    /// When it was made, in seconds since 1970.
    pub created: Option<i64>,
    /// Bytes of logs in it.
    pub bytes: Option<u64>,
    /// Time of its newest log line, in seconds since 1970.
    pub written: Option<i64>,
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
    ///
    /// # Errors
    /// What is missing.
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
    /// Id (an ARN) of the stack that made them.
    pub stack_id: String,
}

impl RegionalResources {
    /// Says of a failed upload what a missing bucket means.
    pub(crate) fn explain(&self, error: Error) -> Error {
        if !error.to_string().contains("NoSuchBucket") {
            return error;
        }
        let (message, [repair, loss]) = lost_bucket(&self.bucket, &self.stack_id);
        Error::new(message).details([error.to_string()]).hint(repair).hint(loss)
    }
}

/// What it means that the artifact bucket of a stack is gone, what to do about it, and what goes with it.
pub(crate) fn lost_bucket(bucket: &str, stack: &str) -> (String, [String; 2]) {
    let region = stack.split(':').nth(3).unwrap_or_default();
    let account = stack.split(':').nth(4).unwrap_or_default();
    let set = stack_set_of(stack);
    let message =
        format!("the artifact bucket {bucket} of {region}, which stack {stack} made, no longer exists");
    let repair = format!(
        "Remove that stack and have it made again: empty the application's image repositories in {region}, run `aws \
         cloudformation delete-stack-instances --stack-set-name {set} --accounts {account} --regions {region} \
         --no-retain-stacks`, then `copilot env init` for the environment there."
    );
    let loss = format!(
        "The images of the application's jobs in {region} go with it: deploy the jobs again afterwards."
    );
    (message, [repair, loss])
}

/// The stack set that a stack is an instance of, by the stack's id: `…:stack/StackSet-NAME-UUID/…`.
fn stack_set_of(stack_id: &str) -> &str {
    const UUID: usize = 37;
    let name = stack_id.split('/').nth(1).unwrap_or_default();
    let name = name.strip_prefix("StackSet-").unwrap_or(name);
    name.len().checked_sub(UUID).and_then(|end| name.get(..end)).unwrap_or(name)
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
