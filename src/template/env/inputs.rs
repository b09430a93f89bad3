//! What rendering needs beside the manifest.

use std::collections::BTreeMap;

use super::deployed::Deployed;
use super::ids;
use crate::template::app::names::{dns_delegation_role, role_arn};
use crate::template::cfn::artifacts::S3Object;
use crate::template::cfn::names::partition_of_region;
use crate::yaml::Node;

/// What both templates of an environment depend on.
#[derive(Clone, Debug)]
pub struct Basics {
    /// Application name.
    pub app: String,
    /// Environment name.
    pub env: String,
    /// The environment's region.
    pub region: String,
    /// The application's account, as its record has it: whoever deploys, people of this account keep their access.
    pub app_account_id: String,
    /// The region's artifact bucket.
    pub artifact_bucket: String,
    /// ARN of the key that encrypts it.
    pub artifact_key_arn: String,
    /// Name of the application's permissions boundary policy, when it has one.
    pub permissions_boundary: Option<String>,
}

/// Everything outside the manifest that the whole template depends on.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// What the bootstrap template depends on, too.
    pub basics: Basics,
    /// The application's domain, when it has one.
    pub domain: Option<String>,
    /// Version stamped into `Metadata.Version`.
    pub template_version: String,
    /// The interpolated manifest, stored in `Metadata.Manifest`.
    pub manifest_text: String,
    /// Where the code of the functions lies.
    pub functions: Functions,
    /// Ids of CloudFront's managed prefix lists; needed only when the manifest restricts the load balancer to CloudFront.
    pub cdn_prefix_lists: Vec<String>,
    /// The environment's addons, when it has some.
    pub addons: Option<Addons>,
    /// What a deployment is marked with that shall change something in any case: an id of its own with `--force`, else
    /// the one that the deployed stack has.
    pub force_deploy_id: String,
    /// Parameters of the deployed stack; `None` when there is nothing but the bootstrap stack.
    pub previous_parameters: Option<BTreeMap<String, String>>,
    /// What is kept of the deployed template; nothing when there is none but the bootstrap template.
    pub deployed: Deployed,
}

/// Where the code of each function lies.
#[derive(Clone, Debug)]
pub struct Functions {
    pub(super) certificate_validation: S3Object,
    pub(super) custom_domain: S3Object,
    pub(super) dns_delegation: S3Object,
    pub(super) certificate_replicator: S3Object,
    pub(super) bucket_cleaner: S3Object,
    pub(super) unique_json_values: S3Object,
}

impl Functions {
    /// Asks for the place of each function's code by its logical id.
    ///
    /// # Errors
    /// The first error of `place`.
    pub fn new<E>(mut place: impl FnMut(&'static str) -> Result<S3Object, E>) -> Result<Self, E> {
        Ok(Self {
            certificate_validation: place(ids::CERTIFICATE_VALIDATION)?,
            custom_domain: place(ids::CUSTOM_DOMAIN)?,
            dns_delegation: place(ids::DNS_DELEGATION)?,
            certificate_replicator: place(ids::CERTIFICATE_REPLICATOR)?,
            bucket_cleaner: place(ids::BUCKET_CLEANER)?,
            unique_json_values: place(ids::UNIQUE_JSON_VALUES)?,
        })
    }
}

/// The stack nested in the environment's.
#[derive(Clone, Debug)]
pub struct Addons {
    /// URL of the merged template.
    pub template_url: String,
    /// Values of its parameters beside `App` and `Env`, as written.
    pub parameters: Vec<(String, Node)>,
}

impl Basics {
    /// The root of the application's account.
    pub(super) fn tools_account(&self) -> String {
        format!("arn:{}:iam::{}:root", partition_of_region(&self.region), self.app_account_id)
    }

    /// The role that changes the application's hosted zone.
    pub(super) fn dns_role(&self) -> String {
        role_arn(&self.region, &self.app_account_id, &dns_delegation_role(&self.app))
    }

    /// The artifact bucket's ARN.
    pub(super) fn bucket_arn(&self) -> String {
        format!("arn:{}:s3:::{}", partition_of_region(&self.region), self.artifact_bucket)
    }

    pub(super) fn boundary(&self) -> Option<&str> {
        self.permissions_boundary.as_deref()
    }
}
