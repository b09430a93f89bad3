//! What the commands that set up and change an application need of its account.
#![allow(async_fn_in_trait, reason = "used generically, never boxed")]

use std::collections::BTreeMap;

use crate::error::Result;
use crate::stack::port::CloudFormation;
use crate::stack::set;
use crate::store::port::Parameters;

/// The application's account, with the user's own credentials.
pub trait ApplicationAccount:
    Parameters + Home + RolesAndPolicies + HostedZones + set::CloudFormation
{
}

impl<T: Parameters + Home + RolesAndPolicies + HostedZones + set::CloudFormation> ApplicationAccount for T {}

/// The application's region, and who works in it.
pub trait Home {
    /// Stacks of a region.
    type Stacks: CloudFormation;

    /// The region's name.
    fn home_region(&self) -> String;
    /// The region's stacks.
    fn home_stacks(&self) -> Self::Stacks;
    /// Who makes the calls.
    async fn identity(&self) -> Result<Identity>;
}

/// Whose credentials are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Account id.
    pub account: String,
    /// ARN of the user or role.
    pub arn: String,
}

/// Roles and policies of the account.
pub trait RolesAndPolicies {
    /// A role's tags; `None` when there is no such role.
    async fn role_tags(&self, role: &str) -> Result<Option<BTreeMap<String, String>>>;
    /// ARNs of the account's own policies that some role or user has as its permissions boundary.
    async fn boundary_policies(&self) -> Result<Vec<String>>;
    /// Whether there is such a policy.
    async fn has_policy(&self, arn: &str) -> Result<bool>;
}

/// Domains of the account.
pub trait HostedZones {
    /// Ids of the public hosted zones of exactly this domain.
    async fn public_zones(&self, domain: &str) -> Result<Vec<String>>;
}
