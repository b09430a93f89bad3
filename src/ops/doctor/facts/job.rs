//! A job in an environment: its manifest, and what is deployed of it.

use super::env::EnvFacts;
use super::fact::{Fact, Known, Unknown};
use super::manifest::LoadedManifest;
use crate::manifest::Manifest;
use crate::manifest::job::ImageSource;
use crate::ops::deployed::Deployed;
use crate::ops::doctor::port::{Account, Execution, Inspection as _, StateMachine, TaskDefinition};
use crate::ops::reading::{EnvironmentReader as _, Resource};
use crate::stack::port::{Stack, Stacks as _};
use crate::stack::status::Presence;
use crate::template::cfn::names::stack_name;
use crate::template::job::ids::{CONTAINER_IMAGE, RULE, STATE_MACHINE, TASK_DEFINITION};

/// What is known of a job in an environment.
pub(crate) struct JobFacts<'a, A: Account> {
    pub env: &'a EnvFacts<'a, A>,
    pub name: &'a str,
    /// Its manifest for this environment; `None` when it is not in this workspace.
    pub manifest: Option<LoadedManifest>,
    /// Whether overrides of the workspace change its template.
    pub has_overrides: bool,
    /// Name of its stack.
    pub stack_name: String,
    stack: Fact<Option<Stack>>,
    template: Fact<Option<Deployed>>,
    resources: Fact<Vec<Resource>>,
    task_definition: Fact<Option<TaskDefinition>>,
    state_machine: Fact<Option<StateMachine>>,
    last_execution: Fact<Option<Execution>>,
    rule: Fact<Option<bool>>,
}

/// Where the main container's image comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Main {
    /// It is built and pushed to the job's repository.
    Built,
    /// It is taken from where the manifest says.
    Taken,
    /// Nobody can say: there is neither a manifest nor a deployed image.
    Unclear,
}

impl<'a, A: Account> JobFacts<'a, A> {
    pub(crate) fn new(
        env: &'a EnvFacts<'a, A>,
        name: &'a str,
        manifest: Option<LoadedManifest>,
        has_overrides: bool,
    ) -> Self {
        Self {
            stack_name: stack_name(env.app.name, env.name(), name),
            env,
            name,
            manifest,
            has_overrides,
            stack: Fact::default(),
            template: Fact::default(),
            resources: Fact::default(),
            task_definition: Fact::default(),
            state_machine: Fact::default(),
            last_execution: Fact::default(),
            rule: Fact::default(),
        }
    }

    /// The manifest, when there is one that can be deployed.
    pub(crate) fn usable_manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()?.as_ref().ok()
    }

    /// The command that deploys it.
    pub(crate) fn deploy(&self) -> String {
        format!(
            "copilot job deploy --app {} --name {} --env {}",
            self.env.app.name,
            self.name,
            self.env.name()
        )
    }

    /// The command that ends a pause.
    pub(crate) fn resume(&self) -> String {
        format!(
            "copilot job resume --app {} --name {} --env {}",
            self.env.app.name,
            self.name,
            self.env.name()
        )
    }

    /// The stack, be it deployed or not.
    pub(crate) async fn any_stack(&self) -> Known<Option<&Stack>> {
        let manager = self.env.manager().await?;
        let what = format!("cloudformation:DescribeStacks on {}", self.stack_name);
        Ok(self.stack.read(&what, manager.stack(&self.stack_name)).await?.as_ref())
    }

    /// The stack when something is deployed.
    pub(crate) async fn deployed(&self) -> Known<Option<&Stack>> {
        Ok(self.any_stack().await?.filter(|stack| stack.status.presence() == Presence::Live))
    }

    /// The deployed template; `None` when there is none.
    pub(crate) async fn template(&self) -> Known<Option<&Deployed>> {
        let manager = self.env.manager().await?;
        let what = format!("cloudformation:GetTemplate on {}", self.stack_name);
        let read = async { Ok(manager.template(&self.stack_name).await?.map(Deployed::new)) };
        Ok(self.template.read(&what, read).await?.as_ref())
    }

    /// Physical id of a resource of the stack; `None` when there is none.
    async fn physical_id(&self, logical_id: &str) -> Known<Option<&str>> {
        let manager = self.env.manager().await?;
        let what = format!("cloudformation:DescribeStackResources on {}", self.stack_name);
        let resources = self.resources.read(&what, manager.resources(&self.stack_name)).await?;
        let found = resources.iter().find(|resource| resource.logical_id == logical_id);
        Ok(found.map(|resource| resource.physical_id.as_str()).filter(|id| !id.is_empty()))
    }

    /// The deployed task definition; `None` when there is none.
    pub(crate) async fn task_definition(&self) -> Known<Option<&TaskDefinition>> {
        let Some(arn) = self.physical_id(TASK_DEFINITION).await? else { return Ok(None) };
        let manager = self.env.manager().await?;
        let what = format!("ecs:DescribeTaskDefinition on {arn}");
        Ok(self.task_definition.read(&what, manager.task_definition(arn)).await?.as_ref())
    }

    /// ARN of the deployed state machine; `None` when there is none.
    pub(crate) async fn state_machine_arn(&self) -> Known<Option<&str>> {
        self.physical_id(STATE_MACHINE).await
    }

    /// The deployed state machine; `None` when there is none.
    pub(crate) async fn state_machine(&self) -> Known<Option<&StateMachine>> {
        let Some(arn) = self.state_machine_arn().await? else { return Ok(None) };
        let manager = self.env.manager().await?;
        let what = format!("states:DescribeStateMachine on {arn}");
        Ok(self.state_machine.read(&what, manager.state_machine(arn)).await?.as_ref())
    }

    /// The newest execution; `None` when there is none. The manager roles of older environments may not list them, the user
    /// may in the account that the credentials are of.
    pub(crate) async fn last_execution(&self) -> Known<Option<&Execution>> {
        let Some(arn) = self.state_machine_arn().await? else { return Ok(None) };
        let manager = self.env.manager().await?;
        let own = self.own_region().await;
        let read = async {
            match manager.last_execution(arn).await {
                Err(error) if error.is_denied() => match &own {
                    Some(own) => own.last_execution(arn).await.map_err(|_| error),
                    None => Err(error),
                },
                answer => answer,
            }
        };
        let what = format!("states:ListExecutions on {arn}");
        Ok(self.last_execution.read(&what, read).await?.as_ref())
    }

    /// Whether the rule that starts runs is enabled; `None` when there is none. Manager roles may not look at rules.
    pub(crate) async fn is_rule_enabled(&self) -> Known<Option<bool>> {
        let Some(rule) = self.physical_id(RULE).await? else { return Ok(None) };
        let Some(own) = self.own_region().await else {
            return Err(Unknown::new(format!(
                "the rule is in account {}, whose roles do not allow to look at it",
                self.env.record.account_id
            )));
        };
        let what = format!("events:DescribeRule on {rule}");
        Ok(*self.rule.read(&what, own.is_rule_enabled(rule)).await?)
    }

    /// The environment's region with the user's own credentials, when they are of its account.
    async fn own_region(&self) -> Option<A::Environment> {
        let identity = self.env.app.identity().await.ok()?;
        let record = self.env.record;
        (identity.account == record.account_id).then(|| self.env.app.account.own(&record.region))
    }

    /// Where the main container's image comes from.
    pub(crate) async fn main_image(&self) -> Main {
        if let Some(manifest) = self.usable_manifest() {
            return match manifest.job.image.source {
                ImageSource::Build(_) => Main::Built,
                ImageSource::Location(_) => Main::Taken,
            };
        }
        let Ok(Some(stack)) = self.deployed().await else { return Main::Unclear };
        let image = stack.parameters.get(CONTAINER_IMAGE).map_or("", String::as_str);
        let own = format!("/{}/{}", self.env.app.name, self.name);
        let name = image.split(['@', ':']).next().unwrap_or_default();
        if image.starts_with([':', '@']) || name.ends_with(&own) { Main::Built } else { Main::Taken }
    }
}
