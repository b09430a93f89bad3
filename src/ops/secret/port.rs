//! What the commands for secrets need from outside.
#![allow(async_fn_in_trait, reason = "used generically, never boxed")]

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::store::SecretValue;

/// The parameters of an environment's account and region, with the environment's manager role.
pub trait SecretStore {
    /// Stores a secret that is not there yet, with its tags.
    async fn create_secret(&self, put: &Put<'_>) -> Result<Answer>;
    /// Gives a secret another value. Its tags stay.
    async fn replace_secret(&self, put: &Put<'_>) -> Result<Answer>;
    /// Adds tags to a secret.
    async fn tag_secret(&self, parameter: &str, tags: &[(&'static str, String)]) -> Result<()>;
    /// Those of some parameters that there are.
    async fn find_secrets(&self, parameters: &[String]) -> Result<Vec<Stored>>;
    /// All parameters below a path, by name.
    async fn list_secrets(&self, path: &str) -> Result<Vec<Stored>>;
    /// Names of the parameters that carry all of these tags.
    async fn tagged_parameters(&self, tags: &[(&'static str, String)]) -> Result<BTreeSet<String>>;
}

/// Secrets of Secrets Manager.
pub trait TaggedSecrets {
    /// ARNs of the secrets that carry all of these tags.
    async fn tagged_secrets(&self, tags: &[(&'static str, String)]) -> Result<Vec<String>>;
}

/// A secret to write.
#[derive(Debug)]
pub struct Put<'a> {
    /// Its parameter.
    pub parameter: &'a str,
    /// Its value.
    pub value: &'a SecretValue,
    /// Tags it is created with.
    pub tags: &'a [(&'static str, String)],
    /// Whether it goes to the advanced tier. Otherwise the account's settings decide.
    pub advanced: bool,
}

/// How a write ended that AWS carried out or refused.
#[derive(Debug)]
pub enum Answer {
    /// It is stored in this version.
    Stored(i64),
    /// There is a parameter of that name already, which stays as it is.
    Existing,
    /// The caller may not store it.
    Denied(Error),
    /// AWS limits the rate of such calls: the same one succeeds later.
    Busy(Error),
}

/// A parameter that there is, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its whole name.
    pub parameter: String,
    /// How often it was written.
    pub version: i64,
    /// When it was last written, in seconds since 1970.
    pub changed: Option<i64>,
    /// Whether AWS keeps it encrypted.
    pub encrypted: bool,
}
