//! What rendering needs beside the job itself.

use std::collections::BTreeMap;

use crate::template::cfn::artifacts::S3Object;
use crate::yaml::Node;

/// Everything outside the manifest that a template depends on.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// Application name.
    pub app: String,
    /// Environment name.
    pub env: String,
    /// The environment's region.
    pub region: String,
    /// The environment's account.
    pub account_id: String,
    /// Name of the application's permissions boundary policy, when it has one.
    pub permissions_boundary: Option<String>,
    /// Template version of the environment stack (`v0.0.0` when it has none).
    pub env_version: String,
    /// The environment's service discovery endpoint.
    pub service_discovery_endpoint: String,
    /// Version stamped into `Metadata.Version`.
    pub template_version: String,
    /// The interpolated manifest, stored in `Metadata.Manifest`.
    pub manifest_text: String,
    /// The job's image repository without a tag (`<registry>/<app>/<job>`); used for built images only.
    pub repository_url: Option<String>,
    /// What is known of each built image, by container name.
    pub images: BTreeMap<String, ImageRef>,
    /// Where the env-controller's code lies.
    pub env_controller_code: S3Object,
    /// ARN of the key that encrypts the artifact bucket.
    pub artifact_key_arn: String,
    /// ARNs of uploaded environment files by container (`firelens_log_router` for the log router).
    pub env_file_arns: BTreeMap<String, String>,
    /// Ids of the subnets that match the manifest's tags; empty unless it places the job by tags.
    pub subnets_from_tags: Vec<String>,
    /// URL of the uploaded addons template; empty when there are no addons.
    pub addons_template_url: String,
    /// The schedule was switched off by hand, and stays so.
    pub paused: bool,
    /// What the addons give to the job and get from it; empty when there are none.
    pub addons: AddonsInputs,
}

/// What connects the job's template with its addons.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddonsInputs {
    /// The addons template's outputs, in its order.
    pub outputs: Vec<AddonOutput>,
    /// Values of the addons template's parameters beside `App`, `Env` and `Name`, as written.
    pub parameters: Vec<(String, Node)>,
}

/// An output of the addons template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddonOutput {
    /// The output's name.
    pub name: String,
    /// What the job does with it.
    pub kind: AddonOutputKind,
}

/// What the job does with an output, by the type of the resource it refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddonOutputKind {
    /// An environment variable of every container.
    Variable,
    /// A secret of the main container.
    Secret,
    /// A policy of the task role.
    ManagedPolicy,
    /// A security group of the task, and an environment variable as well.
    SecurityGroup,
}

/// A built image's names; the tag wins over the digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageRef {
    /// Tag without the container prefix.
    pub tag: Option<String>,
    /// `sha256:…`
    pub digest: Option<String>,
}
