//! `copilot job run`

use std::time::Duration;

use crate::cli::flags::{application_anywhere, given};
use crate::cli::{runtime, wiring};
use crate::context::Context;
use crate::error::Result;
use crate::ops::job::chosen::Names;
use crate::ops::job::run::{self, Overrides, Request};
use crate::ops::job::runs::clock::System;
use crate::stack::timeout;
use crate::ui;
use crate::workspace::Workspace;

/// Run a deployed job now.
///
/// Starts the job's state machine, as its schedule does, and prints the name of the run. With --wait the run is followed: its
/// attempts, what the containers log (on stdout), and how it ends. The command then ends with 0 when the job succeeded, with 1 when it
/// failed, and with 3 when its end was not seen. Ctrl-C stops following; the run goes on.
///
/// --command, --env-var, --cpu and --memory start the job's task directly: its `retries` and `timeout` do not apply then.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Follow the run of this name instead of starting one.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["command", "cpu", "env_var", "memory", "wait"])]
    attach: Option<String>,
    /// Run this command instead of the container's own, split into words as in a shell.
    #[arg(long, value_name = "COMMAND", allow_hyphen_values = true)]
    command: Option<String>,
    /// CPU units of the task: 256, 512, 1024 (one vCPU), …
    #[arg(long, value_name = "UNITS")]
    cpu: Option<u32>,
    /// Name of the environment.
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Set an environment variable of the container. Can be repeated. Not for secrets: whoever may describe the task sees it.
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_variable)]
    env_var: Vec<(String, String)>,
    /// Write what happens to stdout, as one JSON object per line, instead of showing it.
    #[arg(long)]
    json: bool,
    /// Memory of the task in MiB: 512, or a multiple of 1024.
    #[arg(long, value_name = "MIB")]
    memory: Option<u32>,
    /// Name of the job.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// Do not show what the containers log.
    #[arg(long)]
    no_logs: bool,
    /// How long to follow the run, such as 45m or 1h30m; what is not finished by then goes on. [default: the job's own timeout and
    /// five minutes; without one, for ever]
    #[arg(long, value_name = "DURATION", value_parser = timeout::parse)]
    timeout: Option<Duration>,
    /// Follow the run to its end.
    #[arg(long)]
    wait: bool,
}

const EXAMPLES: &str = "Examples:
  Run the job report-gen in the environment test, and wait for its end:
    copilot job run --name report-gen --env test --wait

  Run it with another command:
    copilot job run --name report-gen --env test --command \"python -m app.main --dry-run\" --wait

  Take up the wait for a run again:
    copilot job run --name report-gen --env test --attach manual-20261127-130000-3f9c2a

  Get the exit code of the container in a script:
    copilot job run --name report-gen --env test --wait --json |
      jq 'select(.event == \"ended\").exit_code'";

fn parse_variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("`{text}` is not of the form KEY=VALUE")),
    }
}

impl Args {
    /// What the command line asks to be shown.
    pub(super) fn output(&self) -> ui::Output {
        ui::Output::of_flags(self.json, false)
    }

    fn overrides(&mut self) -> Option<Overrides> {
        let variables = std::mem::take(&mut self.env_var);
        let overrides =
            Overrides { command: self.command.take(), variables, cpu: self.cpu, memory: self.memory };
        (overrides != Overrides::default()).then_some(overrides)
    }
}

/// Runs the job.
pub(super) fn run(context: &Context, mut args: Args) -> Result<()> {
    let output = args.output();
    let overrides = args.overrides();
    let attach = given(args.attach);
    let clock = System::new(|| context.unix_time_ms());
    let request = Request {
        names: names(args.app, args.name, args.env, context)?,
        wait: args.wait || attach.is_some(),
        attach,
        logs: !args.no_logs,
        timeout: args.timeout,
        overrides,
        clock: &clock,
    };
    let (view, outcome) = runtime::with_console(context, output, async |console| {
        let account = console.guard("nothing was started", Box::pin(wiring::session(context))).await?;
        Box::pin(run::run(&account, &request, console)).await
    });
    view.outcome(&outcome?);
    Ok(())
}

/// Which job in which environment, as flags and the workspace say.
pub(super) fn names(
    app: Option<String>,
    job: Option<String>,
    env: Option<String>,
    context: &Context,
) -> Result<Names> {
    let of_workspace = Workspace::application_of(&context.cwd)?;
    let app = application_anywhere(app, context)?;
    let workspace = Workspace::find(&context.cwd).ok().filter(|_| app.is_some() && app == of_workspace);
    Ok(Names { app, job: given(job), env: given(env), workspace })
}
