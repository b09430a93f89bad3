//! The new environment: what it is called and where it shall be.

use std::collections::BTreeMap;

use crate::store::Application;
use crate::template::cfn::names::env_stack_name;
use crate::template::tags;

/// The environment and its place.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub app: String,
    pub env: String,
    /// Its stack.
    pub stack: String,
    /// Its account.
    pub account: String,
    pub region: String,
    /// The application's record.
    pub application: Application,
    /// The application's region.
    pub home_region: String,
    /// The command that goes on with it.
    pub command: String,
}

impl Target {
    /// The environment of an application in an account and region.
    pub(super) fn new(
        application: &Application,
        home_region: &str,
        env: &str,
        account: &str,
        region: &str,
    ) -> Self {
        let app = application.name.clone();
        let elsewhere = if region == home_region { String::new() } else { format!(" --region {region}") };
        Self {
            stack: env_stack_name(&app, env),
            env: env.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
            application: application.clone(),
            home_region: home_region.to_owned(),
            command: format!("copilot env init --name {env}{elsewhere}"),
            app,
        }
    }

    /// Names of its roles: CloudFormation's, and the one that commands take on.
    pub(super) fn roles(&self) -> [String; 2] {
        ["CFNExecutionRole", "EnvManagerRole"].map(|role| format!("{}-{role}", self.stack))
    }

    /// Tags of its stack.
    pub(super) fn tags(&self) -> BTreeMap<String, String> {
        let of_application = self.application.tags.clone().unwrap_or_default();
        tags::environment_tags(&of_application, &self.app, &self.env)
    }
}
