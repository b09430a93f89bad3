//! A manifest as written, base or environment block: everything optional, every value with its place.
//! Private to the manifest module; only the checked [`super::job::Job`] leaves it.

use std::collections::BTreeMap;

use super::{BuildNetwork, BuildSecret, CacheTarget, Imported, NamedContext, Secret, Variable};
use crate::manifest::findings::{Located, Place};
use crate::yaml::Node;

/// Texts by name.
pub(crate) type Texts = BTreeMap<String, Located<String>>;
/// Environment variables by name.
pub(crate) type Variables = BTreeMap<String, Located<Variable>>;
/// Secrets by name.
pub(crate) type Secrets = BTreeMap<String, Located<Secret>>;

/// The fields of a job or of one of its environment blocks.
#[derive(Clone, Debug, Default)]
pub(crate) struct JobLayer {
    pub image: ImagePart,
    pub entrypoint: Option<Located<WordsPart>>,
    pub command: Option<Located<WordsPart>>,
    pub cpu: Option<Located<i64>>,
    pub memory: Option<Located<i64>>,
    pub count: Option<Located<CountPart>>,
    pub platform: Option<Located<PlatformPart>>,
    pub variables: Variables,
    pub secrets: Secrets,
    pub env_file: Option<Located<String>>,
    pub storage: StoragePart,
    pub logging: LoggingPart,
    pub sidecars: BTreeMap<String, SidecarPart>,
    pub network: NetworkPart,
    pub schedule: Option<Located<String>>,
    pub timeout: Option<Located<String>>,
    pub retries: Option<Located<i64>>,
    pub topics: Option<Vec<TopicPart>>,
    pub taskdef_overrides: Option<Vec<OverridePart>>,
}

/// A command line: text to split, or words.
#[derive(Clone, Debug)]
pub(crate) enum WordsPart {
    Text(String),
    List(Vec<String>),
}

/// `count`: a number, or autoscaling settings, which jobs cannot have.
#[derive(Clone, Debug)]
pub(crate) enum CountPart {
    Number(i64),
    Autoscaling,
}

/// `image`.
#[derive(Clone, Debug, Default)]
pub(crate) struct ImagePart {
    pub build: Option<Located<BuildPart>>,
    pub location: Option<Located<String>>,
    pub credentials: Option<Located<String>>,
    pub labels: Texts,
    pub depends_on: Texts,
    pub healthcheck: HealthCheckPart,
}

/// `build`: a Dockerfile's path, or all settings.
#[derive(Clone, Debug)]
pub(crate) enum BuildPart {
    Path(String),
    Settings(Box<BuildSettings>),
}

/// The map form of `build`.
#[derive(Clone, Debug, Default)]
pub(crate) struct BuildSettings {
    pub dockerfile: Option<Located<String>>,
    pub context: Option<Located<String>>,
    pub target: Option<Located<String>>,
    pub args: Texts,
    pub cache_from: Option<Vec<String>>,
    pub cache_to: Option<Vec<CacheTarget>>,
    pub secrets: BTreeMap<String, Located<BuildSecret>>,
    pub ssh: Option<Vec<String>>,
    pub contexts: BTreeMap<String, Located<NamedContext>>,
    pub no_cache: Option<Located<bool>>,
    pub network: Option<Located<BuildNetwork>>,
}

/// `healthcheck`; durations in nanoseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct HealthCheckPart {
    pub command: Option<Located<Vec<String>>>,
    pub interval: Option<Located<i64>>,
    pub retries: Option<Located<i64>>,
    pub timeout: Option<Located<i64>>,
    pub start_period: Option<Located<i64>>,
}

/// `platform`.
#[derive(Clone, Debug)]
pub(crate) enum PlatformPart {
    Text(String),
    Pair { os: Option<Located<String>>, arch: Option<Located<String>> },
}

/// `storage`.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoragePart {
    pub ephemeral: Option<Located<i64>>,
    pub readonly_fs: Option<Located<bool>>,
    pub volumes: BTreeMap<String, VolumePart>,
}

/// One of `storage.volumes`.
#[derive(Clone, Debug, Default)]
pub(crate) struct VolumePart {
    pub place: Place,
    pub path: Option<Located<String>>,
    pub read_only: Option<Located<bool>>,
    pub efs: Option<Located<EfsPart>>,
}

/// `efs`.
#[derive(Clone, Debug)]
pub(crate) enum EfsPart {
    Flag(bool),
    Settings(Box<EfsSettings>),
}

/// The map form of `efs`.
#[derive(Clone, Debug, Default)]
pub(crate) struct EfsSettings {
    pub id: Option<Located<Imported>>,
    /// An import that a plain id of the base keeps from taking effect.
    pub ignored_id: Option<Place>,
    pub root_dir: Option<Located<String>>,
    pub auth: Option<Place>,
    pub iam: Option<Located<bool>>,
    pub access_point_id: Option<Located<String>>,
    pub uid: Option<Located<u32>>,
    pub gid: Option<Located<u32>>,
}

/// `logging`.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoggingPart {
    pub retention: Option<Located<i64>>,
    /// Whether a key other than `retention` is written, which adds the log router.
    pub router: bool,
    pub image: Option<Located<String>>,
    pub destination: Texts,
    pub enable_metadata: Option<Located<bool>>,
    pub secret_options: Secrets,
    pub config_file_path: Option<Located<String>>,
    pub variables: Variables,
    pub secrets: Secrets,
    pub env_file: Option<Located<String>>,
}

/// One of `sidecars`.
#[derive(Clone, Debug, Default)]
pub(crate) struct SidecarPart {
    pub place: Place,
    pub port: Option<Located<String>>,
    pub image: Option<Located<SidecarImage>>,
    pub essential: Option<Located<bool>>,
    pub credentials: Option<Located<String>>,
    pub variables: Variables,
    pub secrets: Secrets,
    pub env_file: Option<Located<String>>,
    pub mount_points: Option<Vec<MountPart>>,
    pub labels: Texts,
    pub depends_on: Texts,
    pub healthcheck: HealthCheckPart,
    pub entrypoint: Option<Located<WordsPart>>,
    pub command: Option<Located<WordsPart>>,
}

/// A sidecar's `image`.
#[derive(Clone, Debug)]
pub(crate) enum SidecarImage {
    Text(String),
    Settings { build: Option<Located<BuildPart>>, location: Option<Located<String>> },
}

/// One of a sidecar's `mount_points`.
#[derive(Clone, Debug)]
pub(crate) struct MountPart {
    pub place: Place,
    pub source_volume: Option<Located<String>>,
    pub path: Option<Located<String>>,
    pub read_only: Option<Located<bool>>,
}

/// `network.vpc`.
#[derive(Clone, Debug, Default)]
pub(crate) struct NetworkPart {
    pub placement: Option<Located<PlacementPart>>,
    pub security_groups: Option<Located<SecurityGroupsPart>>,
}

/// `placement`.
#[derive(Clone, Debug)]
pub(crate) enum PlacementPart {
    Text(String),
    Subnets(Vec<String>),
    FromTags(BTreeMap<String, Vec<String>>),
}

/// `security_groups`.
#[derive(Clone, Debug)]
pub(crate) enum SecurityGroupsPart {
    List(Vec<Located<Imported>>),
    Settings { groups: Option<Vec<Located<Imported>>>, deny_default: Option<Located<bool>> },
}

/// One of `publish.topics`.
#[derive(Clone, Debug)]
pub(crate) struct TopicPart {
    pub place: Place,
    pub name: Option<Located<String>>,
    pub fifo: Option<FifoPart>,
}

/// A topic's `fifo`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FifoPart {
    Flag(bool),
    Settings { content_based_deduplication: Option<bool> },
}

/// One of `taskdef_overrides`.
#[derive(Clone, Debug)]
pub(crate) struct OverridePart {
    pub place: Place,
    pub path: Option<Located<String>>,
    pub value: Node,
}
