//! What `env init` needs from outside: sessions, and what there is in the account and region of the new environment.
#![allow(async_fn_in_trait, reason = "used generically, never boxed")]

use std::collections::BTreeMap;

use super::credentials::{Credentials, Profiles};
use crate::error::Result;
use crate::ops::app::port::Home;
use crate::ops::reading::ApplicationReader;
use crate::stack::set;

/// Makes sessions.
pub trait Sessions {
    /// What a session can do.
    type Account: Account;

    /// The user's own credentials, in the application's region.
    async fn own(&self) -> Result<Self::Account>;
    /// The profiles of the user's files.
    async fn profiles(&self) -> Profiles;
    /// The region that comes with these credentials, if one does.
    async fn region(&self, credentials: &Credentials) -> Result<Option<String>>;
    /// These credentials in a region.
    async fn with(&self, credentials: &Credentials, region: &str) -> Result<Self::Account>;
}

/// An account and a region, with some credentials.
pub trait Account:
    ApplicationReader + Home + Elsewhere + set::CloudFormation + Networks + Certificates + EnvironmentRoles
{
}

impl<T> Account for T where
    T: ApplicationReader
        + Home
        + Elsewhere
        + set::CloudFormation
        + Networks
        + Certificates
        + EnvironmentRoles
{
}

/// The same credentials in other regions.
pub trait Elsewhere: Sized {
    /// The same in another region.
    #[must_use]
    fn elsewhere(&self, region: &str) -> Self;
}

/// Networks of the region.
pub trait Networks {
    /// Names of the availability zones that can be used.
    async fn zones(&self) -> Result<Vec<String>>;
    /// All VPCs.
    async fn vpcs(&self) -> Result<Vec<Vpc>>;
    /// Whether names are resolved in a VPC; `None` when there is no such VPC.
    async fn dns_support(&self, vpc: &str) -> Result<Option<bool>>;
    /// The subnets of a VPC.
    async fn subnets_of(&self, vpc: &str) -> Result<Vec<Subnet>>;
}

/// A VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vpc {
    /// Its id.
    pub id: String,
    /// Its tag `Name`.
    pub name: Option<String>,
}

/// A subnet of a VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Its id.
    pub id: String,
    /// Its tag `Name`.
    pub name: Option<String>,
    /// Its availability zone.
    pub zone: String,
    /// Whether it has a route to the internet of its own.
    pub public: bool,
}

/// Certificates of the region.
pub trait Certificates {
    /// Whether there is a certificate of this ARN.
    async fn has_certificate(&self, arn: &str) -> Result<bool>;
}

/// IAM roles of the account.
pub trait EnvironmentRoles {
    /// A role; `None` when there is none of that name.
    async fn role(&self, role: &str) -> Result<Option<Role>>;
    /// Deletes a role with its inline policies.
    async fn delete_role(&self, role: &str) -> Result<()>;
    /// Creates the role that Amazon ECS itself works with. That it exists, or may not be created, is no error.
    async fn create_service_linked_role(&self);
}

/// An IAM role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// What no other role has, not even a later one of the same name.
    pub id: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}
