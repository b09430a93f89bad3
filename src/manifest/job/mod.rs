//! A scheduled job as the rest of the program sees it: one environment's manifest with overrides
//! applied, defaults filled in, unions resolved and everything checked.

pub(super) mod decode;
pub(super) mod layer;
pub(super) mod overlay;
pub(super) mod table;
pub(super) mod validate;
pub mod write;

use std::collections::BTreeMap;

use crate::yaml::Node;

/// A job ready to be built, rendered and deployed.
#[derive(Clone, Debug)]
pub struct Job {
    /// Name of the job, of its main container and part of every resource's name.
    pub name: String,
    /// The main container's image.
    pub image: Image,
    /// The main container's entry point; empty when the image decides.
    pub entrypoint: Vec<String>,
    /// The main container's command; empty when the image decides.
    pub command: Vec<String>,
    /// CPU units of the task.
    pub cpu: i64,
    /// Memory of the task in MiB.
    pub memory: i64,
    /// Value of the stack's `TaskCount` parameter; nothing uses it.
    pub count: i64,
    /// Operating system and architecture; `None` when the manifest names none (Linux on x86-64).
    pub platform: Option<Platform>,
    /// The main container's environment variables.
    pub variables: BTreeMap<String, Variable>,
    /// The main container's secrets.
    pub secrets: BTreeMap<String, Secret>,
    /// Path of the main container's environment file, from the workspace root.
    pub env_file: Option<String>,
    /// Disk space, volumes and file systems.
    pub storage: Storage,
    /// Retention and log routing.
    pub logging: Logging,
    /// Containers beside the main one, by name.
    pub sidecars: BTreeMap<String, Sidecar>,
    /// Where tasks run and what may reach them.
    pub network: Network,
    /// SNS topics the job publishes to.
    pub topics: Vec<Topic>,
    /// When the job runs.
    pub schedule: Schedule,
    /// How often a failed run is repeated; 0 for never.
    pub retries: u64,
    /// Time limit of one execution with all its retries, in seconds.
    pub timeout_seconds: Option<u64>,
    /// Changes to the rendered task definition, in order.
    pub taskdef_overrides: Vec<TaskDefOverride>,
    /// The CloudFormation functions that texts above are, with where they are written.
    pub functions: Vec<WrittenFunction>,
}

/// A schedule in the form EventBridge takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// `cron(…)` or `rate(…)`.
    Expression(String),
    /// `none`: the rule exists but is disabled.
    Disabled,
}

impl Schedule {
    /// The value of the stack's `Schedule` parameter.
    pub fn parameter(&self) -> &str {
        match self {
            Self::Expression(expression) => expression,
            Self::Disabled => "none",
        }
    }
}

/// A container's image and what belongs to it in the manifest.
#[derive(Clone, Debug)]
pub struct Image {
    /// Built here or taken from a registry.
    pub source: ImageSource,
    /// ARN of the secret with the registry's credentials.
    pub credentials: Option<String>,
    /// Docker labels of the container.
    pub labels: BTreeMap<String, String>,
    /// Containers to wait for: name to condition, upper case.
    pub depends_on: BTreeMap<String, String>,
    /// The container's health check.
    pub healthcheck: Option<HealthCheck>,
}

/// Where an image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageSource {
    /// Built from a Dockerfile and pushed to the job's repository.
    Build(Build),
    /// An image reference, used as written.
    Location(String),
}

/// How to build an image; paths are as written, relative to the workspace root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// Path of the Dockerfile, when given.
    pub dockerfile: Option<String>,
    /// Build context, when given and not empty.
    pub context: Option<String>,
    /// Stage to build.
    pub target: Option<String>,
    /// Build arguments.
    pub args: BTreeMap<String, String>,
    /// Images to use as cache sources.
    pub cache_from: Vec<String>,
    /// Where to write the build's cache to.
    pub cache_to: Vec<CacheTarget>,
    /// Secrets for the build's steps, by id.
    pub secrets: BTreeMap<String, BuildSecret>,
    /// Ids under which the build's steps may use the SSH agent.
    pub ssh: Vec<String>,
    /// Further contexts, by name.
    pub contexts: BTreeMap<String, NamedContext>,
    /// Build every step again.
    pub no_cache: bool,
    /// Network of the build's steps.
    pub network: BuildNetwork,
}

/// Where a build's cache is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheTarget {
    /// Into the image itself.
    Inline,
    /// Into a registry, with BuildKit's attributes (`ref`, `mode`, …).
    Registry(BTreeMap<String, String>),
}

/// Where the value of a build secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildSecret {
    /// An environment variable of the deploying process.
    Env(String),
    /// A file, relative to the workspace root.
    File(String),
    /// A parameter of SSM Parameter Store in the environment's region.
    Ssm(String),
    /// A secret of Secrets Manager in the environment's region: name or ARN.
    SecretsManager(String),
}

/// A further context of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedContext {
    /// A directory, relative to the workspace root.
    Directory(String),
    /// An image or a remote source, as BuildKit writes it (`docker-image://…`, `https://…`).
    Reference(String),
}

/// Network of a build's steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BuildNetwork {
    /// The engine's default.
    #[default]
    Default,
    /// None at all.
    None,
    /// The engine's host's own.
    Host,
}

/// A valid platform of the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {
    /// Operating system family.
    pub os: Os,
    /// CPU architecture.
    pub arch: Arch,
}

/// Operating system families that Fargate offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Os {
    /// `LINUX`
    Linux,
    /// `WINDOWS_SERVER_2019_CORE`, also for plain `windows`
    Windows2019Core,
    /// `WINDOWS_SERVER_2019_FULL`
    Windows2019Full,
    /// `WINDOWS_SERVER_2022_CORE`
    Windows2022Core,
    /// `WINDOWS_SERVER_2022_FULL`
    Windows2022Full,
}

/// CPU architectures that Fargate offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arch {
    /// `X86_64` (`amd64`)
    X86_64,
    /// `ARM64`
    Arm64,
}

/// An environment variable's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variable {
    /// The text itself.
    Plain(String),
    /// The value of a CloudFormation export.
    FromCfn(String),
}

/// Where a secret's value is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// Name of an SSM parameter, or any ARN, used as written.
    Plain(String),
    /// The value of a CloudFormation export.
    FromCfn(String),
    /// Name of a Secrets Manager secret, with an optional `:key:stage:version`.
    SecretsManager(String),
}

/// A container health check; unset fields have got their defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// Command in ECS's form (`CMD-SHELL …`).
    pub command: Vec<String>,
    /// Seconds between checks.
    pub interval: i64,
    /// Failures before the container counts as unhealthy.
    pub retries: i64,
    /// Seconds before failures count.
    pub start_period: i64,
    /// Seconds before one check counts as failed.
    pub timeout: i64,
}

/// Disk space and volumes.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    /// Task storage in GiB, when given.
    pub ephemeral: Option<i64>,
    /// Whether the main container's root file system is read-only, when given.
    pub readonly_fs: Option<bool>,
    /// Volumes by name.
    pub volumes: BTreeMap<String, Volume>,
}

/// A volume, mounted into the main container.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Mount path in the container.
    pub path: String,
    /// As written; mounts are read-only unless this is `Some(false)`.
    pub read_only: Option<bool>,
    /// What the volume is made of.
    pub kind: VolumeKind,
}

/// What a volume is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VolumeKind {
    /// Task storage, gone after the run.
    Scratch,
    /// The environment's own EFS file system, with an access point of this job.
    ManagedEfs {
        /// POSIX owner when given: uid and gid.
        owner: Option<(u32, u32)>,
    },
    /// A file system of the user's.
    Efs {
        /// File system id.
        id: Imported,
        /// Directory of the file system, when given.
        root_dir: Option<String>,
        /// `auth.iam`, when given.
        iam: Option<bool>,
        /// `auth.access_point_id`, when given.
        access_point_id: Option<String>,
    },
}

/// A text that may come from a CloudFormation export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// The text itself.
    Plain(String),
    /// The name of an export.
    FromCfn(String),
}

/// Log settings.
#[derive(Clone, Debug)]
pub struct Logging {
    /// Days that logs are kept.
    pub retention: i64,
    /// The FireLens container, when any routing key is written.
    pub router: Option<LogRouter>,
}

/// The FireLens container `firelens_log_router`.
#[derive(Clone, Debug, Default)]
pub struct LogRouter {
    /// Image, when not the default.
    pub image: Option<String>,
    /// Options of the main container's log driver.
    pub destination: BTreeMap<String, String>,
    /// `enableMetadata`, when given.
    pub enable_metadata: Option<bool>,
    /// Secret options of the main container's log driver.
    pub secret_options: BTreeMap<String, Secret>,
    /// Path of a configuration file in the image.
    pub config_file_path: Option<String>,
    /// The router's environment variables.
    pub variables: BTreeMap<String, Variable>,
    /// The router's secrets.
    pub secrets: BTreeMap<String, Secret>,
    /// The router's environment file.
    pub env_file: Option<String>,
}

/// A container beside the main one.
#[derive(Clone, Debug)]
pub struct Sidecar {
    /// Image with labels, dependencies and health check (`credentialsParameter` as credentials).
    pub image: Image,
    /// As written.
    pub essential: Option<bool>,
    /// Exposed port and protocol (`tcp` or `udp`).
    pub port: Option<(u16, String)>,
    /// Entry point; empty when the image decides.
    pub entrypoint: Vec<String>,
    /// Command; empty when the image decides.
    pub command: Vec<String>,
    /// Environment variables.
    pub variables: BTreeMap<String, Variable>,
    /// Secrets.
    pub secrets: BTreeMap<String, Secret>,
    /// Environment file, from the workspace root.
    pub env_file: Option<String>,
    /// Volumes mounted into this container, in order.
    pub mount_points: Vec<MountPoint>,
}

/// A volume mounted into a sidecar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountPoint {
    /// Name of a volume of `storage.volumes`.
    pub source_volume: String,
    /// Mount path.
    pub path: String,
    /// Default true.
    pub read_only: bool,
}

/// Where tasks run.
#[derive(Clone, Debug)]
pub struct Network {
    /// Subnets.
    pub placement: Placement,
    /// Security groups beside the environment's.
    pub security_groups: Vec<Imported>,
}

/// Subnets that Amazon ECS takes for a task.
pub const MOST_SUBNETS: usize = 16;

/// Security groups that it takes for a task, with the environment's own.
pub const MOST_SECURITY_GROUPS: usize = 5;

/// The subnets tasks run in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// The environment's public subnets, with public addresses.
    Public,
    /// The environment's private subnets, behind NAT gateways.
    Private,
    /// Subnet ids.
    Subnets(Vec<String>),
    /// Subnets found by tag: key to accepted values, none for "has the key".
    SubnetsFromTags(BTreeMap<String, Vec<String>>),
}

/// An SNS topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Name as written, without the `.fifo` suffix.
    pub name: String,
    /// FIFO settings; `None` for a standard topic.
    pub fifo: Option<Fifo>,
}

/// Settings of a FIFO topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fifo {
    /// As written.
    pub content_based_deduplication: Option<bool>,
}

/// A text of the manifest that is a CloudFormation function, see [`crate::manifest::unquoted`].
#[derive(Clone, Debug)]
pub struct WrittenFunction {
    /// The text's field.
    pub field: String,
    /// Line of the text in the manifest; 0 when unknown.
    pub line: usize,
    /// The function.
    pub function: Node,
}

/// One rule of `taskdef_overrides`.
#[derive(Clone, Debug)]
pub struct TaskDefOverride {
    /// Path below the task definition's properties.
    pub path: String,
    /// Line of the path in the manifest; 0 when unknown.
    pub line: usize,
    /// Any YAML value, tags kept.
    pub value: Node,
}
