//! The pipeline's image engine, on this adapter.

use std::collections::HashMap;

use super::build::Provided;
use super::engine::Engine;
use crate::error::Result;
use crate::image::events::{BuildEvent, PushEvent};
use crate::image::plan::BuildPlan;
use crate::image::secrets::SecretValues;
use crate::ops::port::{Found, ImageEngine, Logins, Pushed, RegistryCredentials, Tagged};

impl ImageEngine for Engine {
    fn platform(&self) -> &str {
        Self::platform(self)
    }

    async fn check(&self, plan: &BuildPlan) -> Result<()> {
        Self::check(self, plan).await
    }

    async fn build(
        &self,
        plan: &BuildPlan,
        secrets: SecretValues,
        logins: &impl Logins,
        on: &(dyn Fn(BuildEvent) + Sync),
    ) -> Result<String> {
        let host = plan.repository.split('/').next().unwrap_or_default().to_owned();
        let registries = HashMap::from([(host, logins.login().await)]);
        let provided = Provided { registries, secrets: secrets.into() };
        Self::build(self, plan, &provided, on).await.map_err(super::build::BuildError::without_container)
    }

    async fn find(&self, image: &Tagged<'_>, login: &RegistryCredentials) -> Option<Found> {
        Self::find(self, image, login).await
    }

    async fn push(
        &self,
        image: &Tagged<'_>,
        logins: &impl Logins,
        on: &(dyn Fn(PushEvent) + Sync),
    ) -> Result<Pushed> {
        Self::push(self, image, logins, on).await
    }
}
