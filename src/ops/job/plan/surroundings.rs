//! Everything the deployment reads before it changes anything, read once and as concurrently as the
//! data allows: records → (manager role → stacks) beside (regional resources) beside (registry login).

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::manifest::job::Placement;
use crate::ops::deployed::Deployed;
use crate::ops::job::needed_secrets::{NeededSecrets, Problem};
use crate::ops::job::paused;
use crate::ops::job::target::Target;
use crate::ops::port::{Account, EnvironmentAccount, RegionalResources, RegistryCredentials};
use crate::stack::port::{Stack, Stacks as _};
use crate::stack::status::{self, Presence};
use crate::store::{Application, Environment};
use crate::template::version;

/// The application and its stacks as they are now.
pub(crate) struct Surroundings<E> {
    pub application: Application,
    pub environment: Environment,
    pub regional: RegionalResources,
    /// Present when images are built.
    pub login: Option<RegistryCredentials>,
    pub manager: E,
    /// The job's stack.
    pub stack: Option<Stack>,
    /// The template the job's stack was last given.
    pub deployed: Option<Deployed>,
    pub env_stack: Stack,
    pub env_version: String,
    /// Subnets found by the manifest's tags.
    pub subnets: Vec<String>,
    /// What is wrong with secrets that were looked for.
    pub secrets: Vec<Problem>,
}

impl<E> Surroundings<E> {
    /// What a change set finds in place of the job's stack.
    pub(crate) fn presence(&self) -> Presence {
        status::presence(self.stack.as_ref().map(|stack| &stack.status))
    }

    /// Whether the deployed job's schedule is switched off.
    pub(crate) fn is_paused(&self) -> bool {
        let stack = self.stack.as_ref().filter(|_| self.presence() == Presence::Live);
        stack.zip(self.deployed.as_ref()).is_some_and(|(stack, deployed)| paused::is_paused(stack, deployed))
    }
}

/// Reads the state, and looks for these secrets. Failures are reported in the order of the steps, whichever call fails first.
pub(crate) async fn read<A: Account>(
    account: &A,
    target: &Target,
    builds: bool,
    placement: &Placement,
    secrets: BTreeMap<String, String>,
) -> Result<Surroundings<A::EnvironmentAccount>> {
    let (application, environment) =
        tokio::join!(account.application(&target.app), account.environment(&target.app, &target.env));
    let (application, environment) = (application?, environment?);
    let login = async {
        match builds {
            true => account.registry_login(&environment.region).await.map(Some),
            false => Ok(None),
        }
    };
    let stacks = async {
        let manager = account.assume_manager(&environment).await?;
        let (template, env_metadata, env_stack, stack, secrets) = tokio::join!(
            manager.template(&target.stack),
            manager.template_metadata(&target.env_stack),
            manager.stack(&target.env_stack),
            manager.stack(&target.stack),
            problems(&manager, secrets, target, &environment),
        );
        let missing = || {
            Error::new(format!("environment {} has no stack {}", target.env, target.env_stack))
                .hint(format!("Deploy the environment first: `copilot env deploy --name {}`.", target.env))
        };
        let (template, env_metadata) = (template?, env_metadata?.ok_or_else(missing)?);
        let (env_stack, stack) = (env_stack?.ok_or_else(missing)?, stack?);
        let subnets = match placement {
            Placement::SubnetsFromTags(tags) => subnets(&manager, &env_stack, tags).await?,
            _ => Vec::new(),
        };
        Ok::<_, Error>((manager, template, env_metadata, env_stack, stack, subnets, secrets))
    };
    let regional = account.regional_resources(&target.app, &application.account, &environment.region);
    let (stacks, regional, login) = tokio::join!(stacks, regional, login);
    let (manager, template, env_metadata, env_stack, stack, subnets, secrets) = stacks?;
    Ok(Surroundings {
        regional: regional?,
        login: login?,
        env_version: version::stamp(&env_metadata, "Version"),
        deployed: template.map(Deployed::new),
        application,
        environment,
        manager,
        stack,
        env_stack,
        subnets,
        secrets,
    })
}

/// What is wrong with secrets. That they cannot be looked at is no reason to say anything: the task may read them.
async fn problems<E: EnvironmentAccount>(
    manager: &E,
    secrets: BTreeMap<String, String>,
    target: &Target,
    environment: &Environment,
) -> Vec<Problem> {
    let place = (environment.account_id.as_str(), environment.region.as_str());
    let needed = NeededSecrets::new(secrets, (&target.app, &target.env), place);
    match needed.find(manager).await {
        Ok(found) => needed.problems(&found),
        Err(_) => Vec::new(),
    }
}

/// Finds subnets by tag in the environment's VPC only: elsewhere a task could reach nothing of the
/// environment (the old tool looked everywhere and kept no order).
async fn subnets<E: EnvironmentAccount>(
    manager: &E,
    env_stack: &Stack,
    tags: &BTreeMap<String, Vec<String>>,
) -> Result<Vec<String>> {
    let vpc = env_stack.outputs.get("VpcId").map(String::as_str);
    let ids = manager.subnets(vpc, tags).await?;
    if ids.is_empty() {
        let place = vpc.map(|vpc| format!(" of VPC {vpc}")).unwrap_or_default();
        return Err(Error::new(format!(
            "network.vpc.placement.subnets.from_tags: no subnet{place} carries all of these tags"
        ))
        .hint(
            "Check keys and values of the tags, or list the subnet ids under network.vpc.placement.subnets.",
        ));
    }
    Ok(ids)
}
