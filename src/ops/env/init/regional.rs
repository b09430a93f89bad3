//! What the application has in the environment's region: the stack set lets the environment's account in, and gets a stack
//! in the region unless there is one.

use std::cell::Cell;
use std::time::Duration;

use tokio::sync::watch;

use super::port::Account;
use super::target::Target;
use crate::error::{Error, Kind, Result};
use crate::ops::app::stack_set;
use crate::report::Console;
use crate::stack::port::Stacks as _;
use crate::stack::set::port::Instance;
use crate::stack::timeout;
use crate::template::app::stack_set::{self as set_template, Change, Config};
use crate::template::app::{ids, names};
use crate::template::cfn::names::partition_of_region;
use crate::template::version::{self, TEMPLATE_VERSION};

/// Where the environment's artifacts lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Artifacts {
    pub bucket: String,
    pub key_arn: String,
}

/// The stack set as it was read.
#[derive(Clone, Debug)]
pub(super) struct Deployed {
    pub template: String,
    pub instances: Vec<Instance>,
}

impl Deployed {
    /// The version in its template.
    pub(super) fn version(&self) -> String {
        version::of_template(&self.template, ids::TEMPLATE_VERSION)
    }

    fn instance<'a>(instances: &'a [Instance], target: &Target) -> Option<&'a Instance> {
        let of_target = |instance: &&Instance| {
            instance.account == target.application.account && instance.region == target.region
        };
        instances.iter().find(of_target)
    }
}

/// Brings the stack set to where the environment can use it. `send` gets the bucket and key as soon as they are known, which
/// in a new region is before its stack is complete: the environment's own stack does not wait for more.
pub(super) async fn bring_about<A: Account>(
    own: &A,
    target: &Target,
    deployed: &Deployed,
    send: &watch::Sender<Option<Artifacts>>,
    console: &Console<'_>,
) -> Result<Artifacts> {
    let name = names::stack_set(&target.app);
    let set = stack_set::managed(own, &name, timeout::DEFAULT);
    let present = Deployed::instance(&deployed.instances, target);
    if let Some(known) = known(own, target, present).await? {
        send.send_replace(Some(known));
    }
    // An operation that failed in this region is made again.
    let is_broken = present.is_some_and(|instance| instance.status != "CURRENT");
    let next = |template: &str| {
        let config = set_template::read(template)?;
        let next = if is_broken || lacks(&config, template, target) { add(&config, target) } else { None };
        next.map(|config| stack_set::next(&target.application, &target.home_region, &config)).transpose()
    };
    let config = set_template::read(&deployed.template)?;
    if is_broken || lacks(&config, &deployed.template, target) {
        set.change_from(deployed.template.clone(), next, console)
            .await
            .map_err(|error| unfinished(error, target))?;
    }
    if present.is_none() {
        let title = format!("Creating the resources of application {} in {}", target.app, target.region);
        let waited = Cell::new(false);
        let create = set.operate_unless(
            &title,
            async |own: &A| {
                // After a wait for somebody else that one may have created it.
                if waited.replace(true) {
                    let instances = own.instances(&name).await?;
                    let present = Deployed::instance(&instances, target);
                    if present.is_some_and(|instance| instance.status == "CURRENT") {
                        return Ok(None);
                    }
                }
                own.create_instance(&name, &target.application.account, &target.region).await.map(Some)
            },
            console,
        );
        let watch = watch_early(own, target, &name, send);
        tokio::pin!(create, watch);
        let created = tokio::select! {
            created = &mut create => created,
            () = &mut watch => create.await,
        };
        created.map_err(|error| unfinished(error, target))?;
    }
    let instances = own.instances(&name).await?;
    let instance = Deployed::instance(&instances, target);
    let artifacts = known(own, target, instance).await?.ok_or_else(|| {
        Error::new(format!(
            "stack set {name} has no bucket and key in {}, although its operation has ended",
            target.region
        ))
        .hint(format!("Run `{}` again.", target.command))
    })?;
    send.send_replace(Some(artifacts.clone()));
    Ok(artifacts)
}

/// Whether the template does not let the environment's account in, or is older than this program's.
fn lacks(config: &Config, template: &str, target: &Target) -> bool {
    let older =
        version::compare(&version::of_template(template, ids::TEMPLATE_VERSION), TEMPLATE_VERSION).is_lt();
    older || !config.accounts.contains(&target.account)
}

fn add(config: &Config, target: &Target) -> Option<Config> {
    config.apply(&Change::AddEnvironment { account: target.account.clone() })
}

/// What the record being absent means after a failed operation.
fn unfinished(error: Error, target: &Target) -> Error {
    if error.kind() == Kind::Interrupted {
        return error;
    }
    error
        .context(format!("environment {} was not set up", target.env))
        .hint(format!("Nothing has to be undone: `{}` goes on where this run stopped.", target.command))
}

/// Bucket and key by the outputs of the region's stack.
async fn known<A: Account>(
    own: &A,
    target: &Target,
    instance: Option<&Instance>,
) -> Result<Option<Artifacts>> {
    let Some(id) = instance.and_then(|instance| instance.stack_id.as_ref()) else { return Ok(None) };
    let Some(stack) = own.elsewhere(&target.region).home_stacks().stack(id).await? else { return Ok(None) };
    let output = |key: &str| stack.outputs.get(key).filter(|value| !value.is_empty()).cloned();
    let found = output(ids::BUCKET_OUTPUT).zip(output(ids::KEY_OUTPUT));
    Ok(found.map(|(bucket, key_arn)| Artifacts { bucket, key_arn }))
}

/// How often the new stack's events are read: the bucket and the key have names within seconds.
const INTERVAL: Duration = Duration::from_millis(150);

/// Waits until the new stack's bucket and key have their names, and sends them. Does not return where that cannot be told:
/// the stack's outputs say it in the end.
async fn watch_early<A: Account>(
    own: &A,
    target: &Target,
    set: &str,
    send: &watch::Sender<Option<Artifacts>>,
) {
    let stacks = own.elsewhere(&target.region).home_stacks();
    let mut id = None;
    loop {
        tokio::time::sleep(INTERVAL).await;
        if id.is_none() {
            let instances = own.instances(set).await.unwrap_or_default();
            id = Deployed::instance(&instances, target).and_then(|instance| instance.stack_id.clone());
        }
        let Some(id) = &id else { continue };
        let events = stacks.events(id, 0.0, None).await.unwrap_or_default();
        let physical = |logical_id: &str| {
            let of_resource = events.iter().rev().find(|event| event.logical_id == logical_id)?;
            let created = of_resource.status.as_str().starts_with("CREATE") && !of_resource.status.failed();
            Some(of_resource.physical_id.clone()).filter(|id| created && !id.is_empty())
        };
        let Some((bucket, key)) = physical(ids::BUCKET).zip(physical(ids::KEY)) else { continue };
        let (region, account) = (&target.region, &target.application.account);
        let key_arn = match key.starts_with("arn:") {
            true => key,
            false => format!("arn:{}:kms:{region}:{account}:key/{key}", partition_of_region(region)),
        };
        send.send_replace(Some(Artifacts { bucket, key_arn }));
        return;
    }
}
