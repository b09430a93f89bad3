//! What the checks need from outside.
#![allow(async_fn_in_trait, reason = "used generically, never boxed")]

use std::path::PathBuf;

use crate::error::Result;
use crate::ops::adapters::Adapters;
use crate::ops::app::port::ApplicationAccount;
use crate::ops::port;
use crate::ops::removal::port::{OwnAccount, Place};
use crate::ops::secret::port::{SecretStore, TaggedSecrets};

/// The machine that the program runs on, and what it reaches from there.
pub trait Machine: Adapters<Account: Account> {
    /// Resolves credentials and region, for calls that do not take long when they fail.
    async fn impatient_account(&self) -> Result<Self::Account>;
    /// The files that the program is run from.
    fn program(&self) -> Program;
    /// What the Docker Engine says of itself.
    async fn engine_description(&self) -> Result<EngineDescription>;
    /// What is wrong with this machine's clock, such as `51 min behind AWS`; nothing before AWS has answered.
    fn clock_difference(&self) -> Option<String>;
    /// Whether somebody may be asked for something on the way to credentials.
    fn may_ask(&self) -> bool;
}

/// Where the program is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// The file of this process.
    pub own: Option<PathBuf>,
    /// What `copilot` stands for on the command line, links followed.
    pub on_path: Option<PathBuf>,
}

/// A Docker Engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineDescription {
    /// Its name and version.
    pub name: String,
    /// Where it was found.
    pub address: String,
    /// What it runs without emulation, such as `linux/amd64`.
    pub platform: String,
    /// Whether images are built with BuildKit.
    pub has_buildkit: bool,
    /// What is wrong with the logins for registries on this machine.
    pub login_problems: Vec<String>,
}

/// The application's account, with the user's own credentials.
pub trait Account: port::Account + OwnAccount<Environment: Region> + ApplicationAccount + Policies {}

impl<T: port::Account + OwnAccount<Environment: Region> + ApplicationAccount + Policies> Account for T {}

/// IAM policies.
pub trait Policies {
    /// The document of a policy's version in force; `None` when there is no such policy.
    async fn policy_document(&self, arn: &str) -> Result<Option<String>>;
}

/// A region, with an environment's manager role or the user's own credentials.
pub trait Region: Place + SecretStore + Inspection + TaggedSecrets {}

impl<T: Place + SecretStore + Inspection + TaggedSecrets> Region for T {}

/// What a deployed job consists of.
pub trait Inspection {
    /// A task definition, by its ARN; `None` when there is none.
    async fn task_definition(&self, arn: &str) -> Result<Option<TaskDefinition>>;
    /// A state machine, by its ARN; `None` when there is none.
    async fn state_machine(&self, arn: &str) -> Result<Option<StateMachine>>;
    /// The newest execution of a state machine; `None` when there is none.
    async fn last_execution(&self, state_machine: &str) -> Result<Option<Execution>>;
    /// Whether a rule is enabled, by its name; `None` when there is none.
    async fn is_rule_enabled(&self, rule: &str) -> Result<Option<bool>>;
    /// An image of a repository; `None` when there is none.
    async fn image(&self, image: &EcrImage) -> Result<Option<ImageManifest>>;
    /// Whether there is a bucket.
    async fn has_bucket(&self, bucket: &str) -> Result<bool>;
}

/// A task definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskDefinition {
    /// Its containers.
    pub containers: Vec<Container>,
    /// `X86_64` or `ARM64`, when it says so.
    pub architecture: Option<String>,
}

/// A container of a task definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// Where the values of its secrets come from, by their names.
    pub secrets: Vec<(String, String)>,
}

/// A state machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateMachine {
    /// Whether its executions are logged to a log group.
    pub is_logged: bool,
    /// Its definition repeats a failed run.
    pub retries: bool,
}

/// An execution of a state machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Execution {
    /// Its name.
    pub name: String,
    /// `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
    pub status: String,
    /// When it began, in seconds since 1970.
    pub started: i64,
}

/// An image in Amazon ECR.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EcrImage {
    /// Account of the registry.
    pub account: String,
    /// Region of the registry.
    pub region: String,
    /// Name of the repository.
    pub repository: String,
    /// Tag, or digest with its algorithm.
    pub reference: String,
}

/// What an image is made for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageManifest {
    /// Architectures as images name them (`amd64`); empty when the manifest does not say.
    pub architectures: Vec<String>,
}
