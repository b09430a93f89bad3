//! The application, with the user's own credentials.

use super::fact::{Fact, Known};
use super::set::Set;
use crate::ops::app::port::Identity;
use crate::ops::doctor::port::{Account, Inspection as _};
use crate::stack::port::{Stack, Stacks as _};
use crate::stack::set::port::Instance;
use crate::store::{self, Application, Environment, Workload};
use crate::template::app::ids::BUCKET_OUTPUT;
use crate::template::app::names;

/// What is known of an application.
pub(crate) struct AppFacts<'a, A: Account> {
    pub account: &'a A,
    pub name: &'a str,
    identity: Fact<Identity>,
    application: Fact<Application>,
    environments: Fact<Vec<Environment>>,
    workloads: Fact<Vec<Workload>>,
    set: Fact<Option<Set>>,
    instances: Fact<Vec<Instance>>,
    operation: Fact<Option<String>>,
    boundary: Fact<Option<String>>,
}

impl<'a, A: Account> AppFacts<'a, A> {
    pub(crate) fn new(account: &'a A, name: &'a str) -> Self {
        Self {
            account,
            name,
            identity: Fact::default(),
            application: Fact::default(),
            environments: Fact::default(),
            workloads: Fact::default(),
            set: Fact::default(),
            instances: Fact::default(),
            operation: Fact::default(),
            boundary: Fact::default(),
        }
    }

    /// The application's region.
    pub(crate) fn region(&self) -> String {
        self.account.home_region()
    }

    /// Name of the stack set.
    pub(crate) fn set_name(&self) -> String {
        names::stack_set(self.name)
    }

    pub(crate) async fn identity(&self) -> Known<&Identity> {
        self.identity.read("sts:GetCallerIdentity", self.account.identity()).await
    }

    pub(crate) async fn application(&self) -> Known<&Application> {
        let what = "ssm:GetParameter of the application's record";
        self.application.read(what, store::read_application(self.account, self.name)).await
    }

    /// All environments, by name.
    pub(crate) async fn environments(&self) -> Known<&Vec<Environment>> {
        let what = "ssm:GetParametersByPath of the environments' records";
        self.environments.read(what, store::environments(self.account, self.name)).await
    }

    /// All workloads.
    pub(crate) async fn workloads(&self) -> Known<&Vec<Workload>> {
        let what = "ssm:GetParametersByPath of the workloads' records";
        self.workloads.read(what, store::workloads(self.account, self.name)).await
    }

    /// The stack set; `None` when there is none.
    pub(crate) async fn set(&self) -> Known<Option<&Set>> {
        let (name, what) =
            (self.set_name(), format!("cloudformation:DescribeStackSet on {}", self.set_name()));
        let read = async {
            let template = self.account.stack_set_template(&name).await?;
            template.as_deref().map(Set::new).transpose()
        };
        Ok(self.set.read(&what, read).await?.as_ref())
    }

    /// The stack set's instances.
    pub(crate) async fn instances(&self) -> Known<&Vec<Instance>> {
        let (name, what) =
            (self.set_name(), format!("cloudformation:ListStackInstances of {}", self.set_name()));
        self.instances.read(&what, async { self.account.instances(&name).await }).await
    }

    /// The operation of the stack set that is under way.
    pub(crate) async fn operation(&self) -> Known<Option<&String>> {
        let (name, what) =
            (self.set_name(), format!("cloudformation:ListStackSetOperations of {}", self.set_name()));
        Ok(self.operation.read(&what, async { self.account.running_operation(&name).await }).await?.as_ref())
    }

    /// The document of the policy that bounds all roles; `None` when there is no such policy.
    pub(crate) async fn boundary(&self, arn: &str) -> Known<Option<&String>> {
        let what = format!("iam:GetPolicyVersion on {arn}");
        Ok(self.boundary.read(&what, self.account.policy_document(arn)).await?.as_ref())
    }
}

/// What is known of an application in a region.
pub(crate) struct RegionFacts<'a, A: Account> {
    pub app: &'a AppFacts<'a, A>,
    pub name: String,
    stack: Fact<Option<Stack>>,
    bucket: Fact<bool>,
}

impl<'a, A: Account> RegionFacts<'a, A> {
    pub(crate) fn new(app: &'a AppFacts<'a, A>, name: &str) -> Self {
        Self { app, name: name.to_owned(), stack: Fact::default(), bucket: Fact::default() }
    }

    /// The instance of the stack set in this region.
    pub(crate) async fn instance(&self) -> Known<Option<&Instance>> {
        let instances = self.app.instances().await?;
        Ok(instances.iter().find(|instance| instance.region == self.name))
    }

    /// The stack of that instance; `None` when there is none.
    pub(crate) async fn stack(&self) -> Known<Option<&Stack>> {
        let Some(id) = self.instance().await?.and_then(|instance| instance.stack_id.as_deref()) else {
            return Ok(None);
        };
        let what = format!("cloudformation:DescribeStacks in {}", self.name);
        let read = async { self.app.account.own(&self.name).stack(id).await };
        Ok(self.stack.read(&what, read).await?.as_ref())
    }

    /// Name of the artifact bucket, and whether there is such a bucket.
    pub(crate) async fn bucket(&self) -> Known<Option<(&str, bool)>> {
        let outputs = self.stack().await?.map(|stack| &stack.outputs);
        let Some(name) = outputs.and_then(|outputs| outputs.get(BUCKET_OUTPUT)) else { return Ok(None) };
        let what = format!("s3:HeadBucket on {name}");
        let read = async { self.app.account.own(&self.name).has_bucket(name).await };
        Ok(Some((name, *self.bucket.read(&what, read).await?)))
    }
}
