//! The pipeline's image engine, on this adapter.

use std::collections::HashMap;

use super::build::BuildError;
use super::engine::Engine;
use crate::deploy::events::{BuildEvent, PushEvent};
use crate::deploy::ports::{ImageEngine, Logins, Pushed, Tagged};
use crate::error::{Error, Result};
use crate::image::plan::BuildPlan;

impl ImageEngine for Engine {
    fn platform(&self) -> &str {
        Self::platform(self)
    }

    async fn build(&self, plan: &BuildPlan, on: &(dyn Fn(BuildEvent) + Sync)) -> Result<String> {
        // Base images are pulled without a login so far.
        Self::build(self, plan, &HashMap::new(), on).await.map_err(describe)
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

/// The failed step's last output stays with the error.
fn describe(error: BuildError) -> Error {
    let BuildError { step, cause, .. } = error;
    match step {
        Some(step) => cause.context(format!("step {}", step.name)).details(step.log),
        None => cause,
    }
}
