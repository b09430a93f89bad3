//! `copilot app upgrade`: brings the templates of an application to this program's version.

use std::cmp::Ordering;
use std::fmt;

use super::port::ApplicationAccount;
use super::{roles, stack_set, zone};
use crate::error::{Error, Result};
use crate::ops::reading::{ApplicationReader, Template};
use crate::ops::select;
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

/// The templates' versions.
struct Versions {
    roles: String,
    regional: String,
}

/// Upgrades an application, unless it has this program's version or a newer one.
///
/// # Errors
/// When it is incomplete, when part of it is newer than this program, or when the upgrade fails.
pub async fn run<A: ApplicationAccount + ApplicationReader>(
    account: &A,
    request: &Request,
    console: &Console<'_>,
) -> Result<Upgraded> {
    let (app, known) = match &request.name {
        Some(name) => (name.clone(), None),
        None => {
            let chosen =
                console.guard(NOTHING_CHANGED, select::application(account, "--name", console)).await?;
            (chosen.name.clone(), Some(chosen))
        }
    };
    let console = &console.about(&app);
    let stacks = account.home_stacks();
    let record = async {
        match known {
            Some(application) => Ok(application),
            None => store::read_application(account, &app).await,
        }
    };
    let roles_stack = names::roles_stack(&app);
    let read = async {
        let (record, stack, versions, outdated) = tokio::join!(
            record,
            stacks.stack(&roles_stack),
            versions(account, &app),
            stack_set::has_outdated(account, &app, console),
        );
        let (record, versions) = (record?, versions?);
        Ok::<_, Error>((record, stack?, versions, outdated?))
    };
    let (application, stack, versions, outdated) = console.guard(NOTHING_CHANGED, read).await?;
    let from = version::lower(versions.roles.clone(), versions.regional.clone());
    let is_behind = outdated && is_own(&versions.regional);
    if !is_older(&from) && !is_behind {
        return Ok(Upgraded { app, from, changed: false });
    }
    refuse_downgrade(&app, &versions)?;
    let region = account.home_region();
    console.note(format!(
        "Upgrading application {app} in account {}, region {region}, from {from} to {TEMPLATE_VERSION}",
        application.account
    ));
    let application = console.guard(NOTHING_CHANGED, with_zone(account, application, console)).await?;
    let command = format!("copilot app upgrade --name {app}");
    if is_older(&versions.roles) {
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
    if is_older(&versions.regional) || outdated {
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

async fn versions(account: &impl ApplicationReader, app: &str) -> Result<Versions> {
    let (stack, set) = (names::roles_stack(app), names::stack_set(app));
    let (in_stack, in_set) = (Template::Stack(stack.clone()), Template::StackSet(set.clone()));
    let (roles, regional) = tokio::join!(account.metadata(&in_stack), account.metadata(&in_set));
    let read = |metadata: Option<String>, what: String| match metadata {
        Some(metadata) => Ok(version::stamp(&metadata, "TemplateVersion")),
        None => Err(Error::new(format!("application {app} is incomplete: there is no {what}"))
            .hint(format!("`copilot app init {app}` creates what is missing."))),
    };
    Ok(Versions {
        roles: read(roles?, format!("stack {stack}"))?,
        regional: read(regional?, format!("stack set {set}"))?,
    })
}

/// Half of the application may have been upgraded by a newer program: the other half is for that to finish.
fn refuse_downgrade(app: &str, versions: &Versions) -> Result<()> {
    let newer = |version: &str| version::compare(version, TEMPLATE_VERSION) == Ordering::Greater;
    let (stack, set) = (names::roles_stack(app), names::stack_set(app));
    let parts =
        [(&versions.roles, format!("stack {stack}")), (&versions.regional, format!("stack set {set}"))];
    match parts.into_iter().find(|(version, _)| newer(version)) {
        None => Ok(()),
        Some((version, what)) => Err(Error::new(format!(
            "application {app} was not upgraded: {what} has version {version}, which is newer than this program's {TEMPLATE_VERSION}"
        ))
        .hint("A newer program began to upgrade the application. Run its `app upgrade` again to finish that.")),
    }
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
