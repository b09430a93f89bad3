//! Environments as `env init` leaves them, and what is done with them.

use copilot::template::env::bootstrap;
use copilot::template::env::inputs::Basics;

use super::{APP, ENV, JOB, Run, Workspace, World};
use crate::local_aws::{App, Environment, REGION};

pub(crate) const ENV_STACK: &str = "demo-test";

/// The manifest that `env init` writes, without its comments.
pub(crate) const ENV_MANIFEST: &str = "name: test
type: Environment
observability:
  container_insights: false
";

/// A workspace of the application `demo` with the manifest of the environment `test`.
pub(crate) fn workspace(manifest: &str) -> Workspace {
    let workspace = Workspace::new(super::LOCATION);
    workspace.file("copilot/environments/test/manifest.yml", manifest);
    workspace
}

/// The environment `test` with nothing but its roles.
pub(crate) fn bootstrapped() -> Environment {
    let basics = Basics {
        app: APP.to_owned(),
        env: ENV.to_owned(),
        region: REGION.to_owned(),
        app_account_id: "123456789012".to_owned(),
        artifact_bucket: "artifacts".to_owned(),
        artifact_key_arn: "arn:aws:kms:us-west-2:123456789012:key/0".to_owned(),
        permissions_boundary: None,
    };
    Environment::new(ENV).template(&bootstrap::render(&basics).to_yaml())
}

impl World {
    /// The application `demo` with the environment `test` as `env init` leaves it.
    pub(crate) fn after_env_init() -> Self {
        Self::of_environment(bootstrapped(), workspace(ENV_MANIFEST))
    }

    /// The application `demo` with this environment and the job `report-gen`.
    pub(crate) fn of_environment(environment: Environment, workspace: Workspace) -> Self {
        Self::seeded(App::new(APP).environment(environment).job(JOB), workspace)
    }

    /// `env deploy --name test` and more flags.
    pub(crate) fn env_deploy(&self, flags: &[&str]) -> Run {
        self.run(&[&["env", "deploy", "--name", ENV], flags].concat())
    }

    /// Something of the environment's stack: its description as XML.
    pub(crate) fn env_stack(&self) -> String {
        self.cloudformation("DescribeStacks", &[("StackName", ENV_STACK)]).unwrap()
    }

    /// Values of all parameters of the environment's stack.
    pub(crate) fn env_parameters(&self) -> String {
        let stack = self.env_stack();
        let parts = stack.split("<ParameterKey>").skip(1).filter_map(|part| {
            let (key, rest) = part.split_once("</ParameterKey>")?;
            let value = rest
                .split_once("<ParameterValue>")
                .and_then(|(_, rest)| rest.split_once("</ParameterValue>"));
            Some(format!("{key}={}", value.map_or("", |(value, _)| value)))
        });
        let mut lines: Vec<String> = parts.collect();
        lines.sort();
        lines.join("\n")
    }
}
