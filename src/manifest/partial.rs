//! A manifest as written, base or environment block: everything optional, every value with its place.
//! Private to the manifest module; only the checked [`super::job::Job`] leaves it.

use std::collections::BTreeMap;

use super::findings::{At, Place};
use super::job::{BuildNetwork, BuildSecret, CacheTarget, Imported, NamedContext, Secret, Variable};
use crate::yaml::Node;

/// Texts by name.
pub type Texts = BTreeMap<String, At<String>>;
/// Environment variables by name.
pub type Variables = BTreeMap<String, At<Variable>>;
/// Secrets by name.
pub type Secrets = BTreeMap<String, At<Secret>>;

/// The fields of a job or of one of its environment blocks.
#[derive(Clone, Debug, Default)]
pub struct JobPart {
    pub image: ImagePart,
    pub entrypoint: Option<At<WordsPart>>,
    pub command: Option<At<WordsPart>>,
    pub cpu: Option<At<i64>>,
    pub memory: Option<At<i64>>,
    pub count: Option<At<CountPart>>,
    pub platform: Option<At<PlatformPart>>,
    pub variables: Variables,
    pub secrets: Secrets,
    pub env_file: Option<At<String>>,
    pub storage: StoragePart,
    pub logging: LoggingPart,
    pub sidecars: BTreeMap<String, SidecarPart>,
    pub network: NetworkPart,
    pub schedule: Option<At<String>>,
    pub timeout: Option<At<String>>,
    pub retries: Option<At<i64>>,
    pub topics: Option<Vec<TopicPart>>,
    pub taskdef_overrides: Option<Vec<OverridePart>>,
}

/// A command line: text to split, or words.
#[derive(Clone, Debug)]
pub enum WordsPart {
    Text(String),
    List(Vec<String>),
}

/// `count`: a number, or autoscaling settings, which jobs cannot have.
#[derive(Clone, Debug)]
pub enum CountPart {
    Number(i64),
    Autoscaling,
}

/// `image`.
#[derive(Clone, Debug, Default)]
pub struct ImagePart {
    pub build: Option<At<BuildPart>>,
    pub location: Option<At<String>>,
    pub credentials: Option<At<String>>,
    pub labels: Texts,
    pub depends_on: Texts,
    pub healthcheck: HealthCheckPart,
}

/// `build`: a Dockerfile's path, or all settings.
#[derive(Clone, Debug)]
pub enum BuildPart {
    Path(String),
    Settings(Box<BuildSettings>),
}

/// The map form of `build`.
#[derive(Clone, Debug, Default)]
pub struct BuildSettings {
    pub dockerfile: Option<At<String>>,
    pub context: Option<At<String>>,
    pub target: Option<At<String>>,
    pub args: Texts,
    pub cache_from: Option<Vec<String>>,
    pub cache_to: Option<Vec<CacheTarget>>,
    pub secrets: BTreeMap<String, At<BuildSecret>>,
    pub ssh: Option<Vec<String>>,
    pub contexts: BTreeMap<String, At<NamedContext>>,
    pub no_cache: Option<At<bool>>,
    pub network: Option<At<BuildNetwork>>,
}

/// `healthcheck`; durations in nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct HealthCheckPart {
    pub command: Option<At<Vec<String>>>,
    pub interval: Option<At<i64>>,
    pub retries: Option<At<i64>>,
    pub timeout: Option<At<i64>>,
    pub start_period: Option<At<i64>>,
}

/// `platform`.
#[derive(Clone, Debug)]
pub enum PlatformPart {
    Text(String),
    Pair { os: Option<At<String>>, arch: Option<At<String>> },
}

/// `storage`.
#[derive(Clone, Debug, Default)]
pub struct StoragePart {
    pub ephemeral: Option<At<i64>>,
    pub readonly_fs: Option<At<bool>>,
    pub volumes: BTreeMap<String, VolumePart>,
}

/// One of `storage.volumes`.
#[derive(Clone, Debug, Default)]
pub struct VolumePart {
    pub place: Place,
    pub path: Option<At<String>>,
    pub read_only: Option<At<bool>>,
    pub efs: Option<At<EfsPart>>,
}

/// `efs`.
#[derive(Clone, Debug)]
pub enum EfsPart {
    Flag(bool),
    Settings(Box<EfsSettings>),
}

/// The map form of `efs`.
#[derive(Clone, Debug, Default)]
pub struct EfsSettings {
    pub id: Option<At<Imported>>,
    /// An import that a plain id of the base keeps from taking effect.
    pub ignored_id: Option<Place>,
    pub root_dir: Option<At<String>>,
    pub auth: Option<Place>,
    pub iam: Option<At<bool>>,
    pub access_point_id: Option<At<String>>,
    pub uid: Option<At<u32>>,
    pub gid: Option<At<u32>>,
}

/// `logging`.
#[derive(Clone, Debug, Default)]
pub struct LoggingPart {
    pub retention: Option<At<i64>>,
    /// Whether a key other than `retention` is written, which adds the log router.
    pub router: bool,
    pub image: Option<At<String>>,
    pub destination: Texts,
    pub enable_metadata: Option<At<bool>>,
    pub secret_options: Secrets,
    pub config_file_path: Option<At<String>>,
    pub variables: Variables,
    pub secrets: Secrets,
    pub env_file: Option<At<String>>,
}

/// One of `sidecars`.
#[derive(Clone, Debug, Default)]
pub struct SidecarPart {
    pub place: Place,
    pub port: Option<At<String>>,
    pub image: Option<At<SidecarImage>>,
    pub essential: Option<At<bool>>,
    pub credentials: Option<At<String>>,
    pub variables: Variables,
    pub secrets: Secrets,
    pub env_file: Option<At<String>>,
    pub mount_points: Option<Vec<MountPart>>,
    pub labels: Texts,
    pub depends_on: Texts,
    pub healthcheck: HealthCheckPart,
    pub entrypoint: Option<At<WordsPart>>,
    pub command: Option<At<WordsPart>>,
}

/// A sidecar's `image`.
#[derive(Clone, Debug)]
pub enum SidecarImage {
    Text(String),
    Settings { build: Option<At<BuildPart>>, location: Option<At<String>> },
}

/// One of a sidecar's `mount_points`.
#[derive(Clone, Debug)]
pub struct MountPart {
    pub place: Place,
    pub source_volume: Option<At<String>>,
    pub path: Option<At<String>>,
    pub read_only: Option<At<bool>>,
}

/// `network.vpc`.
#[derive(Clone, Debug, Default)]
pub struct NetworkPart {
    pub placement: Option<At<PlacementPart>>,
    pub security_groups: Option<At<SecurityGroupsPart>>,
}

/// `placement`.
#[derive(Clone, Debug)]
pub enum PlacementPart {
    Text(String),
    Subnets(Vec<String>),
    FromTags(BTreeMap<String, Vec<String>>),
}

/// `security_groups`.
#[derive(Clone, Debug)]
pub enum SecurityGroupsPart {
    List(Vec<At<Imported>>),
    Settings { groups: Option<Vec<At<Imported>>>, deny_default: Option<At<bool>> },
}

/// One of `publish.topics`.
#[derive(Clone, Debug)]
pub struct TopicPart {
    pub place: Place,
    pub name: Option<At<String>>,
    pub fifo: Option<FifoPart>,
}

/// A topic's `fifo`.
#[derive(Clone, Copy, Debug)]
pub enum FifoPart {
    Flag(bool),
    Settings { content_based_deduplication: Option<bool> },
}

/// One of `taskdef_overrides`.
#[derive(Clone, Debug)]
pub struct OverridePart {
    pub place: Place,
    pub path: Option<At<String>>,
    pub value: Node,
}
