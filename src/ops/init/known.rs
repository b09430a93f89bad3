//! The surroundings of the steps: one session for all of them, so that nobody is asked twice for a second factor.

use crate::error::Result;
use crate::git::GitState;
use crate::ops::adapters::Adapters;
use crate::ops::app::port::ApplicationAccount;
use crate::ops::env::init::credentials::{Credentials, Profiles};
use crate::ops::env::init::port::{self, Elsewhere as _, Sessions};
use crate::ops::port::Account;

/// An account that can do everything that the steps need.
pub trait Everything: Account + ApplicationAccount + port::Account + Clone {}

impl<T: Account + ApplicationAccount + port::Account + Clone> Everything for T {}

/// A world whose account is known.
pub(super) struct Known<'a, W: Adapters> {
    pub world: &'a W,
    pub account: W::Account,
}

impl<W: Adapters> Adapters for Known<'_, W>
where
    W::Account: Everything,
{
    type Account = W::Account;
    type Engine = W::Engine;
    type Cdk = W::Cdk;

    async fn account(&self) -> Result<W::Account> {
        Ok(self.account.clone())
    }

    async fn engine(&self) -> Result<W::Engine> {
        self.world.engine().await
    }

    fn cdk(&self) -> W::Cdk {
        self.world.cdk()
    }

    async fn git(&self) -> GitState {
        self.world.git().await
    }

    fn var(&self, name: &str) -> Option<String> {
        self.world.var(name)
    }

    fn unix_time(&self) -> u64 {
        self.world.unix_time()
    }

    fn utc_offset(&self, instant: i64) -> i32 {
        self.world.utc_offset(instant)
    }
}

impl<W: Adapters> Sessions for Known<'_, W>
where
    W::Account: Everything,
{
    type Account = W::Account;

    async fn own(&self) -> Result<W::Account> {
        Ok(self.account.clone())
    }

    async fn profiles(&self) -> Profiles {
        Profiles::default()
    }

    async fn region(&self, _: &Credentials) -> Result<Option<String>> {
        Ok(None)
    }

    async fn with(&self, _: &Credentials, region: &str) -> Result<W::Account> {
        Ok(self.account.elsewhere(region))
    }
}
