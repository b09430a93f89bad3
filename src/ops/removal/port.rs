//! What deletions need from outside.
#![allow(async_fn_in_trait, reason = "used generically, never boxed")]

use std::collections::BTreeMap;

use crate::error::Result;
use crate::ops::app::port::Home;
use crate::ops::port::Artifacts;
use crate::ops::reading::{ApplicationReader, EnvironmentReader};
use crate::stack::port::CloudFormation;
use crate::stack::set::port::{StackInstances, StackSets};

/// The application's account, with the user's own credentials.
pub trait OwnAccount: ApplicationReader<Environment: Place> + Home + StackSets + StackInstances {
    /// A region of this account.
    fn own(&self, region: &str) -> Self::Environment;
}

/// One region of an account, with an environment's manager role or the user's own credentials.
pub trait Place:
    EnvironmentReader + CloudFormation + Artifacts + Buckets + Repositories + Roles + Belongings + Runs
{
}

impl<T> Place for T where
    T: EnvironmentReader + CloudFormation + Artifacts + Buckets + Repositories + Roles + Belongings + Runs
{
}

/// Buckets that are emptied.
pub trait Buckets {
    /// A page of a bucket's versions and delete markers, behind what `after` names; `None` when there is no such bucket.
    async fn versions(&self, bucket: &str, after: Option<&Marker>) -> Result<Option<VersionPage>>;
    /// Deletes up to a thousand versions. Returns those that S3 refuses to delete.
    async fn delete_versions(&self, bucket: &str, versions: &[Version]) -> Result<Vec<Refused>>;
}

/// A version of an object, or a delete marker.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Version {
    /// The object's key.
    pub key: String,
    /// Its id.
    pub id: String,
    /// When it was made, in seconds since 1970.
    pub modified: f64,
}

/// Some of a bucket's versions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VersionPage {
    /// In the order of keys.
    pub versions: Vec<Version>,
    /// Where the next page begins, when there is one.
    pub next: Option<Marker>,
}

/// A place in the list of a bucket's versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marker {
    /// The object's key.
    pub key: String,
    /// The version's id; without one, behind all versions of the object.
    pub id: Option<String>,
}

/// A version that S3 refuses to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The object's key.
    pub key: String,
    /// The version's id.
    pub id: String,
    /// S3's code and words.
    pub reason: String,
}

/// Repositories of images.
pub trait Repositories {
    /// Digests of a repository's images, a page of them; `None` when there is no such repository.
    async fn images(&self, repository: &str) -> Result<Option<Vec<String>>>;
    /// Deletes up to a hundred images. Returns digests that ECR refuses to delete, with the reason.
    async fn delete_images(&self, repository: &str, digests: &[String]) -> Result<Vec<(String, String)>>;
    /// Names of the account's repositories that begin like this.
    async fn repositories(&self, prefix: &str) -> Result<Vec<String>>;
}

/// Roles of environments.
pub trait Roles {
    /// A role; `None` when there is none of that name.
    async fn role(&self, name: &str) -> Result<Option<Role>>;
    /// Deletes a role with the policies that it holds itself.
    async fn delete_role(&self, name: &str) -> Result<()>;
}

/// A role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// Runs of jobs: executions of state machines, and the tasks that they start.
pub trait Runs {
    /// ARNs of the executions that are under way; none without the state machine.
    async fn executions(&self, state_machine: &str) -> Result<Vec<String>>;
    /// Ends an execution, if it is still under way.
    async fn stop_execution(&self, execution: &str, cause: &str) -> Result<()>;
    /// ARNs of the tasks of a family that are to run; none without the cluster.
    async fn tasks(&self, cluster: &str, family: &str) -> Result<Vec<String>>;
    /// Ends a task, if there still is one.
    async fn stop_task(&self, cluster: &str, task: &str, reason: &str) -> Result<()>;
}

/// What else belongs to an environment, or stands in its way.
pub trait Belongings {
    /// All stacks that carry the tags of an environment, or of any environment of the application.
    async fn tagged_stacks(&self, app: &str, env: Option<&str>) -> Result<Vec<TaggedStack>>;
    /// How many SSM parameters lie right below a path.
    async fn parameters(&self, path: &str) -> Result<usize>;
    /// Network interfaces in a subnet (`subnet-id`) or with a security group (`group-id`).
    async fn interfaces(&self, filter: &str, id: &str) -> Result<Vec<Interface>>;
}

/// A stack with an application's tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaggedStack {
    /// Its name.
    pub name: String,
    /// The environment it is in.
    pub environment: Option<String>,
    /// The job or service it deploys.
    pub workload: Option<String>,
    /// The group of one-off tasks that it is for.
    pub task: Option<String>,
}

/// A network interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Its id.
    pub id: String,
    /// What whoever made it says it is for.
    pub description: String,
    /// Ids of its security groups.
    pub groups: Vec<String>,
}
