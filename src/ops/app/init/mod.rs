//! `copilot app init`: the roles' stack, then the stack set, then the record; the workspace last. Each step finds what an
//! earlier run has done already, so that the command completes one that broke off.

mod checks;
mod choose;
mod inherit;
mod surroundings;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::port::ApplicationAccount;
use super::{roles, stack_set};
use crate::error::{Error, Kind, Result};
use crate::report::Console;
use crate::stack::set::port::StackSetRequest;
use crate::store::port::Created;
use crate::store::{self, Application};
use crate::template::app::stack_set::Config;
use crate::workspace::Workspace;

pub use checks::check;
pub(crate) use choose::{ask, check_name};
pub(crate) use surroundings::{Surroundings, read};

/// What to set up.
#[derive(Clone, Debug)]
pub struct Request {
    /// The workspace, which need not exist yet.
    pub workspace: Workspace,
    /// Application name; the workspace's or asked for when absent.
    pub name: Option<String>,
    /// A domain that is in Route 53.
    pub domain: Option<String>,
    /// Name or ARN of the policy that bounds every role.
    pub permissions_boundary: Option<String>,
    /// Tags for every resource.
    pub resource_tags: BTreeMap<String, String>,
}

/// An application that is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Its name.
    pub app: String,
    /// Nothing had to be created in AWS.
    pub existed: bool,
}

/// What an interrupt before the first change means.
const NOTHING_CREATED: &str = "nothing was created";

/// Sets an application up, or completes what an earlier run began. The request has passed [`check`].
///
/// # Errors
/// When something stands in the way or fails; the same command can be run again.
pub async fn run<A: ApplicationAccount>(
    account: &A,
    request: &Request,
    console: &Console<'_>,
) -> Result<Ready> {
    let app = match choose::given(request)? {
        Some(app) => app,
        None => console.guard(NOTHING_CREATED, ask(account, None, console)).await?,
    };
    let console = &console.about(&app);
    let found = read(account, &app, request, console);
    let found = console.guard(NOTHING_CREATED, found).await?;
    console.note(format!(
        "Application {app} in account {}, region {}; workspace {}",
        found.identity.account,
        account.home_region(),
        request.workspace.copilot_dir.display()
    ));
    let existed = found.is_complete();
    let command = format!("copilot app init {app}");
    complete(account, &request.workspace, found, &Config::default(), &command, console).await?;
    Ok(Ready { app, existed })
}

/// Creates what is missing of an application, its stack set for this configuration. `command` goes on after a failure.
///
/// # Errors
/// When something fails; the same command can be run again.
pub(crate) async fn complete<A: ApplicationAccount>(
    account: &A,
    workspace: &Workspace,
    found: Surroundings<A>,
    config: &Config,
    command: &str,
    console: &Console<'_>,
) -> Result<()> {
    let (application, region) = (&found.application, account.home_region());
    let app = application.name.clone();
    let incomplete = format!("application {app} is incomplete; `{command}` completes it");
    let repeatable = |error: Error| match error.kind() {
        Kind::Interrupted => error,
        _ => error.hint(format!("Run `{command}` again then: it goes on where it stopped.")),
    };
    if !found.has_roles() {
        let desired = roles::Desired {
            application,
            delegated_accounts: roles::delegated_accounts(found.roles.as_ref()),
            tags: BTreeMap::new(),
            allow_replacement: false,
            caller: Some(&found.identity),
            command,
        };
        roles::bring_about(&found.stacks, &desired, found.roles, console).await?;
    }
    if !found.has_stack_set {
        let set = stack_set::request(application, &region, config);
        console.guard(&incomplete, create_stack_set(account, &set)).await.map_err(repeatable)?;
    }
    if !found.recorded {
        console.guard(&incomplete, record(account, application, console)).await.map_err(repeatable)?;
    }
    workspace.register(&app)
}

/// How long IAM may take to know the roles everywhere.
const PROPAGATION: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Creates the stack set. Its administration role may be so new that CloudFormation cannot take it on yet.
async fn create_stack_set(account: &impl ApplicationAccount, set: &StackSetRequest) -> Result<()> {
    let started = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let Err(error) = account.create_stack_set(set).await else { return Ok(()) };
        let text = error.to_string();
        let unknown = ["cannot be assumed", "trust relationship"].iter().any(|part| text.contains(part));
        if !unknown || started.elapsed() > PROPAGATION {
            return Err(error);
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}

/// Writes the application's record, unless somebody else was faster.
async fn record(
    account: &impl ApplicationAccount,
    application: &Application,
    console: &Console<'_>,
) -> Result<()> {
    let parameter = application.parameter();
    if account.create(&parameter).await? == Created::New {
        return Ok(());
    }
    let written = store::read_application(account, &application.name).await?;
    if written.parameter().value != parameter.value {
        console.warn(format!(
            "Application {} was set up by somebody else at the same time, with another domain, permissions boundary or other tags. \
             What they chose counts: `copilot app show --name {}` shows it.",
            application.name, application.name
        ));
    }
    Ok(())
}
