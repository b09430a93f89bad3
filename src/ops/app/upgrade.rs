//! `copilot app upgrade`: brings the templates of an application to this program's version.

use std::cmp::Ordering;
use std::fmt;

use super::port::ApplicationAccount;
use super::version::{Versions, incomplete};
use super::{roles, stack_set, zone};
use crate::error::{Error, Result};
use crate::ops::reading::ApplicationReader;
use crate::ops::select::ChosenApplication;
use crate::report::Console;
use crate::stack::port::Stacks as _;
use crate::store::{self, Application};
use crate::template::app::names;
use crate::template::version::{self, TEMPLATE_VERSION};

/// What to upgrade.
#[derive(Clone, Debug)]
pub struct Request {
    /// Application name; asked for when absent.
    pub name: Option<String>,
    /// Go on although what others refer to is replaced or deleted.
    pub allow_replacement: bool,
}

/// What became of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgraded {
    /// Its name.
    pub app: String,
    /// The version that it had.
    pub from: String,
    /// Whether there was anything to do.
    pub changed: bool,
}

impl fmt::Display for Upgraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { app, from, changed } = self;
        match changed {
            true if version::compare(from, TEMPLATE_VERSION) == Ordering::Equal => {
                write!(
                    f,
                    "Brought the resources of application {app} up to date in all regions ({TEMPLATE_VERSION})."
                )
            }
            true => write!(f, "Upgraded application {app} from {from} to {TEMPLATE_VERSION}."),
            false if version::compare(from, TEMPLATE_VERSION) == Ordering::Greater => {
                write!(f, "Application {app} has version {from} already, which is newer than this program's.")
            }
            false => write!(f, "Application {app} is up to date ({from})."),
        }
    }
}

/// What an interrupt before the first change means.
const NOTHING_CHANGED: &str = "nothing was changed";

/// Upgrades an application, unless it has this program's version or a newer one.
///
/// # Errors
/// When it is incomplete, when part of it is newer than this program, or when the upgrade fails.
pub async fn run<A: ApplicationAccount + ApplicationReader>(
    account: &A,
    request: &Request,
    console: &Console<'_>,
) -> Result<Upgraded> {
    let chosen = ChosenApplication::new(account, request.name.as_deref(), "--name", console);
    let chosen = console.guard(NOTHING_CHANGED, chosen).await?;
    let app = chosen.name.clone();
    let console = &console.about(&app);
    let stacks = account.home_stacks();
    let roles_stack = names::roles_stack(&app);
    let read = async {
        let (record, stack, versions, outdated) = tokio::join!(
            chosen.record(account),
            stacks.stack(&roles_stack),
            Versions::read(account, &app),
            stack_set::has_outdated(account, &app, console),
        );
        let (record, versions) = (record?, versions?);
        Ok::<_, Error>((record, stack?, versions, outdated?))
    };
    let (application, stack, versions, outdated) = console.guard(NOTHING_CHANGED, read).await?;
    if let Some(missing) = versions.missing(&app).first() {
        return Err(incomplete(&app, missing));
    }
    let from = versions.lower();
    let is_behind = outdated && versions.stack_set.as_deref().is_some_and(is_own);
    if !is_older(&from) && !is_behind {
        return Ok(Upgraded { app, from, changed: false });
    }
    // Half of the application may have been upgraded by a newer program: the other half is for that to finish.
    versions.refuse_newer(&app, false)?;
    let region = account.home_region();
    console.note(format!(
        "Upgrading application {app} in account {}, region {region}, from {from} to {TEMPLATE_VERSION}",
        application.account
    ));
    let application = console.guard(NOTHING_CHANGED, with_zone(account, application, console)).await?;
    let command = format!("copilot app upgrade --name {app}");
    if versions.roles.as_deref().is_some_and(is_older) {
        let desired = roles::Desired {
            application: &application,
            delegated_accounts: roles::delegated_accounts(stack.as_ref()),
            tags: stack.as_ref().map(|stack| stack.tags.clone()).unwrap_or_default(),
            allow_replacement: request.allow_replacement,
            caller: None,
            command: &command,
        };
        roles::bring_about(&stacks, &desired, stack, console).await?;
    }
    if versions.stack_set.as_deref().is_some_and(is_older) || outdated {
        stack_set::upgrade(account, &application, &region, outdated, console).await?;
    }
    Ok(Upgraded { app, from, changed: true })
}

fn is_older(version: &str) -> bool {
    version::compare(version, TEMPLATE_VERSION) == Ordering::Less
}

/// An upgrade to this version may have broken off, and be repeated.
fn is_own(version: &str) -> bool {
    version::compare(version, TEMPLATE_VERSION) == Ordering::Equal
}

/// The application with the id of its domain's hosted zone, which records of old releases lack.
async fn with_zone(
    account: &impl ApplicationAccount,
    application: Application,
    console: &Console<'_>,
) -> Result<Application> {
    if application.domain.is_empty() || !application.domain_hosted_zone_id.is_empty() {
        return Ok(application);
    }
    let zone = zone::of(account, &application.domain, console).await?;
    let application = Application { domain_hosted_zone_id: zone, ..application };
    store::overwrite(account, &application.parameter()).await?;
    Ok(application)
}
