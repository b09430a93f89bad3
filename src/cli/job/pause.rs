//! `copilot job pause`

use std::time::Duration;

use crate::cli::{flags, runtime, wiring};
use crate::context::Context;
use crate::error::Result;
use crate::ops::job::pause::{self, Action, Request};
use crate::stack::{Options, timeout};
use crate::ui;

/// Switch the schedule of a deployed job off.
///
/// Nothing is built: of the job's stack, the state of its schedule's rule changes, and nothing else. Further deployments leave it
/// off. A run that goes on is not touched, and runs can be started by hand.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    job: Job,
}

/// Which job, and how long to wait for its stack.
#[derive(Debug, clap::Args)]
pub(super) struct Job {
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Name of the environment.
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Name of the job.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// How long to wait for the end of each operation in AWS, such as 45m or 1h30m. What continues in AWS is not affected when
    /// the time is over. [default: 90m]
    #[arg(long, value_name = "DURATION", value_parser = timeout::parse)]
    timeout: Option<Duration>,
    /// If another operation goes on in the job's stack, wait for its end first.
    #[arg(long)]
    wait_for_stack: bool,
}

const EXAMPLES: &str = "Examples:
  Switch the schedule of the job report off in the environment test:
    copilot job pause --name report --env test

  Switch it on again:
    copilot job resume --name report --env test";

/// Switches the schedule off.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    switch(context, Action::Pause, args.job)
}

/// Switches the schedule off or on.
pub(super) fn switch(context: &Context, action: Action, job: Job) -> Result<()> {
    let request = Request {
        action,
        app: flags::application_anywhere(job.app, context)?,
        env: flags::given(job.env),
        name: flags::given(job.name),
        stack: Options {
            wait: job.wait_for_stack,
            timeout: job.timeout.unwrap_or(timeout::DEFAULT),
            ..Options::default()
        },
    };
    let (_, outcome) = runtime::with_console(context, ui::Output::Progress, async |console| {
        let session = Box::pin(wiring::session(context));
        let account = console.guard(pause::NOTHING_CHANGED, session).await?;
        Box::pin(pause::run(&account, &request, console)).await
    });
    let outcome = outcome?;
    match outcome.changed {
        true => {
            let more: Vec<&str> = outcome.more.iter().map(String::as_str).collect();
            ui::message::done(&outcome.told, &more, context.terminal);
        }
        false => ui::message::note(&outcome.told, context.terminal),
    }
    Ok(())
}
