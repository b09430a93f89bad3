//! `copilot job logs`

use std::process::ExitCode;
use std::time::Duration;

use super::run::names;
use crate::cli::flags::given;
use crate::cli::{runtime, wiring};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ops::job::logs::port::Sink as _;
use crate::ops::job::logs::{self, Ended, Request, Span, Which, since};
use crate::ui;
use crate::ui::log_lines::{Format, LogLines};

/// The most lines that --limit keeps, as with the old tool.
const MOST: u32 = 10_000;

/// Show what the containers of a job have logged: all lines of its last run, unless flags say otherwise.
///
/// Each line begins with the container and the task that logged it. Lines go to the standard output, everything else to the
/// standard error. At a terminal, colours of messages pass and other control sequences do not; in a file or a pipe messages
/// are as they were logged. With --raw nothing is added to them but a line break after each. Logs are read with the
/// environment's manager role.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Show the lines of this container only, such as a sidecar's.
    #[arg(long, value_name = "NAME")]
    container: Option<String>,
    /// Show lines from before this time only: 2026-11-27T09:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "follow")]
    end_time: Option<i64>,
    /// Name of the environment.
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Show lines as they come, from now on and of every run, until Ctrl-C. With --run, --since, --start-time or --limit, what
    /// they choose comes first.
    #[arg(long)]
    follow: bool,
    /// Show the events of the state machine as well.
    #[arg(long)]
    include_state_machine: bool,
    /// Write each line as a JSON object with `logStreamName`, `ingestionTime`, `message` and `timestamp`.
    #[arg(long, conflicts_with = "raw")]
    json: bool,
    /// Show this many of the last runs [default: 1, or all that have lines at the given time].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true,
          conflicts_with_all = ["follow", "run", "tasks"])]
    last: Option<u32>,
    /// Show the last lines only, at most this many: 1 to 10000.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(0..=i64::from(MOST)),
          allow_negative_numbers = true)]
    limit: Option<u32>,
    /// Name of the job.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// Write messages alone, byte for byte, each with a line break after it.
    #[arg(long)]
    raw: bool,
    /// Show this run: its name or the beginning of it, or `latest` or `previous`.
    #[arg(long, value_name = "NAME", conflicts_with = "tasks")]
    run: Option<String>,
    /// Show lines that are not older than this: 30s, 5m, 1h30m.
    #[arg(long, value_name = "DURATION", value_parser = since, allow_negative_numbers = true, allow_hyphen_values = true,
          conflicts_with = "start_time")]
    since: Option<Duration>,
    /// Show lines from this time on: 2026-11-27T08:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time)]
    start_time: Option<i64>,
    /// Show the lines of these tasks: ids, or beginnings of them.
    #[arg(long, value_name = "ID,…", value_delimiter = ',', conflicts_with = "include_state_machine")]
    tasks: Vec<String>,
}

const EXAMPLES: &str = "Examples:
  Show the lines of the last run of the job report-gen in the environment test:
    copilot job logs --name report-gen --env test

  Show the run before, which failed:
    copilot job logs --name report-gen --env test --run previous

  Show what all runs of the last day logged, and wait for more:
    copilot job logs --name report-gen --env test --since 24h --follow

  Look for errors in a script:
    copilot job logs --name report-gen --env test --last 10 --raw | grep ERROR";

/// Shows the lines.
pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode> {
    if let (Some(start), Some(end)) = (args.start_time, args.end_time)
        && start >= end
    {
        return Err(Error::usage("--start-time is not before --end-time"));
    }
    let tasks: Vec<String> = args.tasks.into_iter().filter(|task| !task.is_empty()).collect();
    let which = match (given(args.run), args.last) {
        (Some(name), _) => Which::Run(name),
        (None, Some(count)) => Which::Last(count as usize),
        (None, None) if tasks.is_empty() => Which::Usual,
        // ECS shows tasks as ARNs, which end with the id.
        (None, None) => Which::Tasks(
            tasks.iter().map(|task| task.rsplit('/').next().unwrap_or(task).to_owned()).collect(),
        ),
    };
    let clock = || context.unix_time();
    let request = Request {
        names: names(args.app, args.name, args.env, context)?,
        which,
        span: Span {
            since: args.since.filter(|since| !since.is_zero()),
            start: args.start_time,
            end: args.end_time,
        },
        container: given(args.container),
        state_machine: args.include_state_machine,
        limit: args.limit.filter(|limit| *limit > 0).map(|limit| limit as usize),
        follow: args.follow,
        clock: &clock,
    };
    let format = match (args.json, args.raw) {
        (true, _) => Format::Json,
        (false, true) => Format::Raw,
        (false, false) => Format::Human,
    };
    let mut lines = LogLines::stdout(format, context.terminal);
    let (_, ended) = runtime::with_console(context, ui::Output::Progress, async |console| {
        let session = Box::pin(wiring::session(context));
        let account = tokio::select! {
            biased;
            () = console.interrupt().wait() => return Ok(Ended::Interrupted),
            account = session => account?,
        };
        Box::pin(logs::run(&account, &request, &mut lines, console)).await
    });
    // What came before an error, or Ctrl-C, is shown.
    let _ = lines.flush();
    match ended? {
        Ended::Done => Ok(ExitCode::SUCCESS),
        Ended::Interrupted => Ok(ExitCode::from(130)),
    }
}

/// Parses a time of RFC 3339, in milliseconds since 1970.
fn time(text: &str) -> Result<i64, String> {
    let time: Option<jiff::Timestamp> = text.parse().ok();
    time.map(jiff::Timestamp::as_millisecond)
        .ok_or_else(|| "expected a time of RFC 3339, such as 2026-11-27T09:00:00Z".to_owned())
}
