//! Where an operation gets its adapters and its surroundings from.

use super::port::{Account, CdkRunner, ImageEngine};
use crate::error::Result;
use crate::git::GitState;

/// Makes adapters when they are needed, and knows the process's surroundings.
#[allow(async_fn_in_trait, reason = "used generically, never boxed")]
pub trait Adapters {
    /// AWS account adapter.
    type Account: Account;
    /// Docker Engine adapter.
    type Engine: ImageEngine;
    /// Runs CDK apps.
    type Cdk: CdkRunner;

    /// Resolves credentials and region.
    async fn account(&self) -> Result<Self::Account>;
    /// Connects to the Docker Engine.
    async fn engine(&self) -> Result<Self::Engine>;
    /// What runs CDK apps.
    fn cdk(&self) -> Self::Cdk;
    /// Surroundings of the git repository around the working directory.
    async fn git(&self) -> GitState;
    /// An environment variable.
    fn var(&self, name: &str) -> Option<String>;
    /// Seconds since 1970.
    fn unix_time(&self) -> u64;
    /// How many seconds local time is ahead of UTC at an instant, in seconds since 1970.
    fn utc_offset(&self, instant: i64) -> i32;
}
