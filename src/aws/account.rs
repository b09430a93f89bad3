//! The account ports of the operations, by the services' files.

use super::cloudformation::{stack_sets, stacks};
use super::session::{RegionSession, Session};
use super::{codepipeline, ecs, tagging};
use crate::error::Result;
use crate::manifest::JOB_TYPE;
use crate::ops::app::pipeline::Pipeline;
use crate::ops::job::runs::port::RunAccount;
use crate::ops::port::{Account, RegionalResources, RegistryCredentials};
use crate::ops::reading::{ApplicationReader, EnvironmentReader, Resource, Template};
use crate::store::{self, Application, Environment};

impl Account for Session {
    type EnvironmentAccount = RegionSession;

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

    fn in_region(&self, region: &str) -> RegionSession {
        self.stacks_in(region)
    }

    async fn assume_manager(&self, environment: &Environment) -> Result<RegionSession> {
        self.assume(environment).await
    }
}

impl ApplicationReader for Session {
    type Environment = RegionSession;

    async fn enter(&self, environment: &Environment) -> Result<RegionSession> {
        self.assume(environment).await
    }

    async fn metadata(&self, of: &Template) -> Result<Option<String>> {
        stacks::metadata(&self.config, &self.who, of).await
    }

    async fn pipelines(&self, app: &str) -> Result<Vec<String>> {
        codepipeline::names(self, app).await
    }

    async fn pipeline(&self, name: &str) -> Result<Pipeline> {
        codepipeline::describe(self, name).await
    }
}

impl RunAccount for Session {
    fn own(&self, region: &str) -> RegionSession {
        self.stacks_in(region)
    }
}

impl EnvironmentReader for RegionSession {
    async fn workloads(&self, app: &str, env: &str) -> Result<Vec<String>> {
        const WORKLOAD: &str = "copilot-service";
        let tags = [("copilot-application", app), ("copilot-environment", env), (WORKLOAD, "")];
        let target = format!("the stacks of environment {env}");
        let stacks = tagging::resources(&self.session, &target, "cloudformation:stack", &tags).await?;
        // Nested stacks of addons carry the same tag.
        let mut names: Vec<String> =
            stacks.iter().filter_map(|stack| stack.tag(WORKLOAD)).map(str::to_owned).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    async fn resources(&self, stack: &str) -> Result<Vec<Resource>> {
        self.describe_resources(stack).await
    }

    async fn container_image(&self, task_definition: &str, container: &str) -> Result<Option<String>> {
        ecs::container_image(&self.session, task_definition, container).await
    }
}
