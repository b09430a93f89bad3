//! Everything an environment's deployment reads before it changes anything, read once and as concurrently as the data
//! allows: records → (manager role → stack and template) beside (regional resources) beside (CloudFront's addresses).

use crate::error::{Error, Result};
use crate::manifest::env::Environment as Manifest;
use crate::ops::deployed::Deployed;
use crate::ops::env::target::Target;
use crate::ops::port::{Account, RegionalResources, Subnets as _};
use crate::stack::port::{Stack, Stacks as _};
use crate::store::{Application, Environment};
use crate::template::env::bootstrap;

/// CloudFront's addresses as AWS keeps them.
const CLOUDFRONT: &str = "com.amazonaws.global.cloudfront.origin-facing";

/// The application and the environment's stack as they are now.
pub(crate) struct Surroundings<E> {
    pub application: Application,
    pub environment: Environment,
    pub regional: RegionalResources,
    /// The environment's region with its manager role.
    pub manager: E,
    /// The same region with the user's own credentials.
    pub own: E,
    pub stack: Stack,
    /// The template the stack was last given.
    pub deployed: Deployed,
    /// Ids of CloudFront's prefix lists, when the manifest asks for them.
    pub cdn_prefix_lists: Vec<String>,
}

impl<E> Surroundings<E> {
    /// Whether the environment was never deployed.
    pub(crate) fn is_bootstrap(&self) -> bool {
        self.deployed.version == bootstrap::VERSION
    }
}

/// Reads the state. Failures are reported in the order of the steps, whichever call fails first.
pub(crate) async fn read<A: Account>(
    account: &A,
    target: &Target,
    manifest: &Manifest,
) -> Result<Surroundings<A::EnvironmentAccount>> {
    let (application, environment) =
        tokio::join!(account.application(&target.app), account.environment(&target.app, &target.env));
    let (application, environment) = (application?, environment?);
    let own = account.in_region(&environment.region);
    let stacks = async {
        let manager = account.assume_manager(&environment).await?;
        let (template, stack) = tokio::join!(manager.template(&target.stack), manager.stack(&target.stack));
        let missing = || {
            Error::new(format!("environment {} has no stack {}", target.env, target.stack)).hint(format!(
                "Its record is there, but what belongs to it is not: `copilot env init --name {}` creates the stack.",
                target.env
            ))
        };
        let stack = stack?.ok_or_else(missing)?;
        Ok::<_, Error>((manager, template?.ok_or_else(missing)?, stack))
    };
    let regional = account.regional_resources(&target.app, &application.account, &environment.region);
    // The manager role may not read them. They are the same in every account.
    let lists = async {
        match manifest.http.public.ingress.cdn {
            true => own.managed_prefix_lists(CLOUDFRONT).await,
            false => Ok(Vec::new()),
        }
    };
    let (stacks, regional, lists) = tokio::join!(stacks, regional, lists);
    let (manager, template, stack) = stacks?;
    Ok(Surroundings {
        regional: regional?,
        cdn_prefix_lists: lists?,
        deployed: Deployed::new(template),
        application,
        environment,
        manager,
        own,
        stack,
    })
}
