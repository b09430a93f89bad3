//! The account port of the operations, by the services' files.

use super::cloudformation::stack_sets;
use super::session::{EnvironmentSession, Session};
use crate::error::Result;
use crate::manifest::JOB_TYPE;
use crate::ops::port::{Account, RegionalResources, RegistryCredentials};
use crate::store::{self, Application, Environment};

impl Account for Session {
    type EnvironmentAccount = EnvironmentSession;

    async fn application(&self, app: &str) -> Result<Application> {
        store::read_application(self, app).await
    }

    async fn environment(&self, app: &str, env: &str) -> Result<Environment> {
        store::read_environment(self, app, env).await
    }

    async fn environments(&self, app: &str) -> Result<Vec<String>> {
        let found = store::environments(self, app).await?;
        Ok(found.into_iter().map(|env| env.name).collect())
    }

    async fn jobs(&self, app: &str) -> Result<Vec<String>> {
        let found = store::workloads(self, app).await?;
        Ok(found.into_iter().filter(|found| found.kind == JOB_TYPE).map(|found| found.name).collect())
    }

    async fn regional_resources(&self, app: &str, account: &str, region: &str) -> Result<RegionalResources> {
        stack_sets::regional_resources(self, app, account, region).await
    }

    async fn registry_login(&self, region: &str) -> Result<RegistryCredentials> {
        self.read_registry_login(region).await
    }

    async fn secret(&self, region: &str, id: &str) -> Result<Vec<u8>> {
        self.read_secret(region, id).await
    }

    async fn assume_manager(&self, environment: &Environment) -> Result<EnvironmentSession> {
        self.assume(environment).await
    }
}
