//! `copilot app init`

use std::collections::BTreeMap;

use crate::cli::flags::{Tags, given, parse_tags};
use crate::cli::{runtime, trust, wiring};
use crate::context::Context;
use crate::error::Result;
use crate::ops::app::init::{self, Request};
use crate::ui;
use crate::workspace::Workspace;

/// Set up an application: its roles, its stack set and its record, and the workspace's `copilot` directory.
///
/// An application is a set of environments and of the jobs that run in them. Its record is kept in the account and region in
/// use. Nothing is created twice: on an application that is set up already the command only registers the workspace, and
/// after a failure it goes on where it stopped.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A domain with a public hosted zone in Route 53 of this account. The application gets a subdomain of it.
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Name of the application [default: the workspace's].
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Name or ARN of an IAM policy of this account that bounds the permissions of every role of the application.
    #[arg(long, value_name = "POLICY")]
    permissions_boundary: Option<String>,
    /// Tags for all resources of the application, as key=value pairs separated by commas. Can be repeated.
    #[arg(long, value_name = "KEY=VALUE,…", value_parser = parse_tags)]
    resource_tags: Vec<Tags>,
}

const EXAMPLES: &str = "Examples:
  Set up the application my-app:
    copilot app init my-app

  Set up one whose services can have names below a domain of yours:
    copilot app init my-app --domain example.com

  In an organisation that demands a permissions boundary:
    copilot app init my-app --permissions-boundary developers

  Tag every resource:
    copilot app init my-app --resource-tags department=MyDept,team=MyTeam";

/// Sets the application up.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let workspace = Workspace::around(&context.cwd);
    let resource_tags: BTreeMap<String, String> =
        args.resource_tags.into_iter().flat_map(|tags| tags.0).collect();
    let request = Request {
        workspace,
        name: given(args.name),
        domain: given(args.domain),
        permissions_boundary: given(args.permissions_boundary),
        resource_tags,
    };
    init::check(&request)?;
    trust::check(context, &request.workspace)?;
    let (_, ready) = runtime::with_console(context, ui::Output::Progress, async |console| {
        let command = async {
            let account = wiring::session(context).await?;
            Box::pin(init::run(&account, &request, console)).await
        };
        Box::pin(command).await
    });
    let ready = ready?;
    let app = &ready.app;
    let done = match ready.existed {
        true => format!("Application {app} is set up already; the workspace belongs to it."),
        false => format!("Application {app} is set up."),
    };
    ui::message::done(
        &done,
        &["Next: create an environment with `copilot env init --name test`."],
        context.terminal,
    );
    Ok(())
}
