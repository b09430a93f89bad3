//! An environment, with its manager role.

use std::collections::BTreeSet;

use super::app::{AppFacts, RegionFacts};
use super::fact::{Fact, Known};
use crate::ops::deployed::Deployed;
use crate::ops::doctor::port::Account;
use crate::ops::secret::port::{SecretStore as _, TaggedSecrets as _};
use crate::stack::port::{Stack, Stacks as _};
use crate::store::{self, Environment};
use crate::template::cfn::names::env_stack_name;

/// What is known of an environment.
pub(crate) struct EnvFacts<'a, A: Account> {
    pub app: &'a AppFacts<'a, A>,
    pub region: &'a RegionFacts<'a, A>,
    pub record: &'a Environment,
    /// Name of its stack.
    pub stack_name: String,
    manager: Fact<A::Environment>,
    stack: Fact<Option<Stack>>,
    template: Fact<Option<Deployed>>,
    tagged_parameters: Fact<BTreeSet<String>>,
    tagged_secrets: Fact<Vec<String>>,
}

impl<'a, A: Account> EnvFacts<'a, A> {
    pub(crate) fn new(
        app: &'a AppFacts<'a, A>,
        region: &'a RegionFacts<'a, A>,
        record: &'a Environment,
    ) -> Self {
        Self {
            app,
            region,
            record,
            stack_name: env_stack_name(app.name, &record.name),
            manager: Fact::default(),
            stack: Fact::default(),
            template: Fact::default(),
            tagged_parameters: Fact::default(),
            tagged_secrets: Fact::default(),
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.record.name
    }

    /// The tags of everything that belongs to it.
    pub(crate) fn tags(&self) -> [(&'static str, String); 2] {
        store::secret_tags(self.app.name, self.name())
    }

    /// Its account and region, with its manager role.
    pub(crate) async fn manager(&self) -> Known<&A::Environment> {
        let what = format!("sts:AssumeRole on {}", self.record.manager_role_arn);
        self.manager.read(&what, self.app.account.enter(self.record)).await
    }

    /// Its stack; `None` when there is none.
    pub(crate) async fn stack(&self) -> Known<Option<&Stack>> {
        let manager = self.manager().await?;
        let what = format!("cloudformation:DescribeStacks on {}", self.stack_name);
        Ok(self.stack.read(&what, manager.stack(&self.stack_name)).await?.as_ref())
    }

    /// The template of its stack; `None` when there is none.
    pub(crate) async fn template(&self) -> Known<Option<&Deployed>> {
        let manager = self.manager().await?;
        let what = format!("cloudformation:GetTemplate on {}", self.stack_name);
        let read = async { Ok(manager.template(&self.stack_name).await?.map(Deployed::new)) };
        Ok(self.template.read(&what, read).await?.as_ref())
    }

    /// Names of the parameters that its jobs may read.
    pub(crate) async fn tagged_parameters(&self) -> Known<&BTreeSet<String>> {
        let (manager, tags) = (self.manager().await?, self.tags());
        let what = "tag:GetResources of ssm:parameter";
        self.tagged_parameters.read(what, async { manager.tagged_parameters(&tags).await }).await
    }

    /// ARNs of the secrets of Secrets Manager that its jobs may read.
    pub(crate) async fn tagged_secrets(&self) -> Known<&Vec<String>> {
        let (manager, tags) = (self.manager().await?, self.tags());
        let what = "tag:GetResources of secretsmanager:secret";
        self.tagged_secrets.read(what, async { manager.tagged_secrets(&tags).await }).await
    }
}
