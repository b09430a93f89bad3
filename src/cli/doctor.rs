//! `copilot doctor`

use std::process::ExitCode;

use super::flags::{application_anywhere, given};
use super::runtime;
use super::wiring::Process;
use crate::context::Context;
use crate::error::Result;
use crate::ops::doctor::{self, Request};
use crate::ui;
use crate::workspace::Workspace;

/// Check what has to be right for jobs to be deployed and run.
///
/// Looks at this machine, your credentials, the application, its environments and its jobs, and changes nothing. Each result
/// is written as soon as it is there; then come the problems with the commands that mend them, and a line that counts. A
/// check that gets no answer within 10 seconds, or that your policies do not allow, is told as "not checked". Policies are not
/// simulated.
///
/// The exit code is 1 when something does not work, 0 otherwise.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Name of the only environment to look at [default: all].
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Repair what can be repaired without a risk, after a question: a job's image repository that the application's stack set
    /// has lost.
    #[arg(long, conflicts_with = "json")]
    fix: bool,
    /// Write everything as one JSON object.
    #[arg(long)]
    json: bool,
    /// Name of the only job to look at [default: the workspace's jobs, or all elsewhere].
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// Repair without asking.
    #[arg(long, requires = "fix")]
    yes: bool,
}

const EXAMPLES: &str = "Examples:
  Look at everything that the jobs of this workspace need:
    copilot doctor

  Look at one job in one environment, from anywhere:
    copilot doctor --app demo --env test --name report-gen

  Fail a pipeline only when something does not work, and keep the report:
    copilot doctor --json > doctor.json
    jq -r '.findings[] | select(.status == \"failure\") | .evidence' doctor.json

  Bring back an image repository that was lost:
    copilot doctor --fix && copilot job deploy";

/// What the user's interrupt means.
const NOTHING_CHANGED: &str = "nothing was changed";

/// Writes the findings to stdout.
pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode> {
    let app = application_anywhere(args.app, context)?;
    let workspace = Workspace::find(&context.cwd).ok();
    let workspace = workspace.filter(|workspace| app.as_deref().is_some_and(|app| workspace.belongs_to(app)));
    let request = Request { app, env: given(args.env), job: given(args.name), workspace };
    let colors = context.terminal.stdout_colors;
    let machine = Process(context);
    let (_, failed) = runtime::with_console(context, ui::Output::Progress, async |console| {
        let tell = |finding: &doctor::finding::Finding| {
            if !args.json {
                // A reader that has gone away is told by the report.
                let _ = ui::data::print(&ui::findings::line(finding, colors));
            }
        };
        let checks = Box::pin(doctor::run(&machine, &request, console, &tell));
        let diagnosis = console.guard(NOTHING_CHANGED, checks).await?;
        let report = &diagnosis.report;
        match args.json {
            true => ui::data::document(&format!("{}\n", report.json()))?,
            false => ui::data::print(&ui::findings::report(report, colors))?,
        }
        if let (true, Some(account)) = (args.fix, &diagnosis.account) {
            let repaired = Box::pin(doctor::fix(account, report, args.yes, console)).await?;
            if repaired {
                return Ok(report.has_other_failures());
            }
        }
        Ok(report.has_failures())
    });
    Ok(if failed? { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
