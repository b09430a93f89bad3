//! `copilot job init`

use crate::cli::flags::given;
use crate::cli::wiring::Process;
use crate::cli::{runtime, trust};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ops::job::init::{self, ImageSource, Request};
use crate::ui;

/// Set up a job: write its manifest and create a repository for its images.
///
/// A Dockerfile's directory is the build context of the image. What is not given by a flag is asked for; without a terminal
/// that is an error. Nothing is created twice: after a failure the command goes on where it stopped, and a manifest that is
/// there already stays as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Allow changing an application that a newer version changed.
    #[arg(long)]
    allow_downgrade: bool,
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Dockerfile to build the image from.
    #[arg(short, long, value_name = "PATH", conflicts_with = "image")]
    dockerfile: Option<String>,
    /// Image to run instead of building one: `[registry/]repository[:tag|@digest]`.
    #[arg(short, long, value_name = "IMAGE")]
    image: Option<String>,
    /// Type of the job: `Scheduled Job` is the only one.
    #[arg(short = 't', long, value_name = "TYPE")]
    job_type: Option<String>,
    /// Name of the job.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// How often a failed run is tried again.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    retries: u32,
    /// When the job runs, in UTC: a cron expression, a preset such as @daily, an interval such as "@every 1h30m", an expression
    /// of AWS, or none.
    #[arg(short, long, value_name = "SCHEDULE")]
    schedule: Option<String>,
    /// How long a run may take with all its tries, such as 1h30m.
    #[arg(long, value_name = "DURATION")]
    timeout: Option<String>,
}

const EXAMPLES: &str = "Examples:
  Set up the job report-gen, to be built from a Dockerfile and to run every day at 9:00 UTC:
    copilot job init --name report-gen --dockerfile ./report/Dockerfile --schedule \"0 9 * * *\"

  Run an image that exists every two hours, with three more tries when a run fails:
    copilot job init --name sync --image registry.example.com/sync:1 --schedule \"@every 2h\" --retries 3

  Answer questions instead:
    copilot job init";

/// Fills a request from the flags, asks for what is missing, sets the job up.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let workspace = trust::workspace(context)?;
    let own = workspace.application()?;
    let app = given(args.app).unwrap_or_else(|| own.clone());
    if app != own {
        return Err(Error::usage(format!(
            "--app {app} is not the application of this workspace, which belongs to {own}"
        ))
        .hint("Leave out --app, or run the command in the other application's workspace."));
    }
    let image = match (given(args.dockerfile), given(args.image)) {
        (Some(path), _) => Some(ImageSource::Dockerfile(path)),
        (None, image) => image.map(ImageSource::Location),
    };
    let request = Request {
        workspace,
        cwd: context.cwd.clone(),
        app,
        kind: given(args.job_type),
        name: given(args.name),
        image,
        schedule: given(args.schedule),
        timeout: given(args.timeout),
        retries: args.retries,
        allow_downgrade: args.allow_downgrade,
        interactive: context.terminal.stdin && context.terminal.stderr,
    };
    init::check(&request)?;
    let (_, ready) = runtime::with_console(context, ui::Output::Progress, async |console| {
        Box::pin(init::run(&Process(context), &request, console)).await
    });
    let ready = ready?;
    let job = &ready.job;
    let done = match ready.existed {
        true => format!("Job {job} is set up already."),
        false => format!("Job {job} is set up."),
    };
    let next = match &ready.env {
        Some(env) => format!("Next: `copilot job deploy --name {job} --env {env}`."),
        None => "Next: create an environment with `copilot env init --name test`.".to_owned(),
    };
    ui::message::done(&done, &[&next], context.terminal);
    Ok(())
}
