//! `copilot init`

use super::unsupported::Unsupported;
use super::wiring::Process;
use super::{booleans, runtime, trust};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ops::init::{self, Done, ImageSource, Request};
use crate::ui;
use crate::workspace::Workspace;

/// Set up a job and everything that it needs, from a Dockerfile to the deployed job.
///
/// First the command looks around and shows a plan: what is there already, what is created, what costs money. It asks once;
/// before the answer nothing is created, neither in AWS nor in this directory. Nothing is created twice: after a failure the same
/// command goes on where it stopped, and with everything there it deploys the job.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of the application [default: the workspace's, or after the git repository].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Whether to set up an environment and deploy the job; --deploy=false ends when application and job are set up
    /// [default: asked with the plan].
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "true|false",
          value_parser = booleans::parse)]
    deploy: Option<bool>,
    /// Dockerfile to build the image from [default: the only one here].
    #[arg(short, long, value_name = "PATH", conflicts_with = "image")]
    dockerfile: Option<String>,
    /// Name of the environment. One that is there is not changed; a new one is in the account and region in use [default: the
    /// application's, or test].
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Image to run instead of building one: `[registry/]repository[:tag|@digest]`.
    #[arg(short, long, value_name = "IMAGE")]
    image: Option<String>,
    /// Name of the job [default: after the directory of the Dockerfile, or the image].
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// The port of a service, which this program does not deploy.
    #[arg(long, hide = true)]
    port: Option<String>,
    /// How often a failed run is tried again.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    retries: u32,
    /// When the job runs, in UTC: a cron expression, a preset such as @daily, an interval such as "@every 1h30m", an expression
    /// of AWS, or none.
    #[arg(long, value_name = "SCHEDULE")]
    schedule: Option<String>,
    /// Tag for the images built from Dockerfiles [default: the commit of a clean git tree].
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// How long a run may take with all its tries, such as 1h30m.
    #[arg(long, value_name = "DURATION")]
    timeout: Option<String>,
    /// Type of the workload: `Scheduled Job` is the only one.
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Accept the plan and every default without a question.
    #[arg(short, long)]
    yes: bool,
}

const EXAMPLES: &str = "Examples:
  Answer questions, see the plan, decide:
    copilot init

  From a Dockerfile to a job that runs every day at 9:00 UTC, in a script:
    copilot init --app my-app --dockerfile ./report/Dockerfile --schedule \"0 9 * * *\" --env test --yes

  Run an image that exists every two hours:
    copilot init --image registry.example.com/sync:1 --schedule \"@every 2h\"

  Only the application and the job, without an environment:
    copilot init --deploy=false";

/// Types of workloads that the old tool has besides.
const SERVICES: [&str; 5] = [
    "Load Balanced Web Service",
    "Backend Service",
    "Request-Driven Web Service",
    "Worker Service",
    "Static Site",
];

/// Fills a request from the flags, and sets everything up.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    match given(args.kind).as_deref() {
        None | Some("Scheduled Job") => {}
        Some(kind) if SERVICES.contains(&kind) => return Err(Unsupported::Services.error()),
        Some(kind) => {
            return Err(Error::usage(format!("--type `{kind}`: the one type is `Scheduled Job`")));
        }
    }
    if args.port.is_some() {
        return Err(Unsupported::Services.error());
    }
    let image = match (given(args.dockerfile), given(args.image)) {
        (Some(path), _) => Some(ImageSource::Dockerfile(path)),
        (None, image) => image.map(ImageSource::Location),
    };
    let request = Request {
        workspace: Workspace::around(&context.cwd),
        cwd: context.cwd.clone(),
        app: given(args.app),
        name: given(args.name),
        image,
        env: given(args.env),
        schedule: given(args.schedule),
        timeout: given(args.timeout),
        retries: args.retries,
        tag: given(args.tag),
        deploy: args.deploy,
        limits: trust::limits_of_variables(context)?,
        yes: args.yes,
        interactive: context.terminal.stdin && context.terminal.stderr,
    };
    trust::check(context, &request.workspace)?;
    init::check(&request)?;
    let (view, done) = runtime::with_console(context, ui::Output::Progress, async |console| {
        Box::pin(init::run(&Process(context), &request, console)).await
    });
    match done? {
        Done::Deployed { outcome, job, env } => {
            view.outcome(&outcome);
            let next = format!("  Deploy changes with `copilot job deploy --name {job} --env {env}`.");
            ui::message::note(&next, context.terminal);
        }
        Done::SetUp { app, job, env } => {
            let done = format!("Application {app} and job {job} are set up.");
            let next = match env {
                Some(env) => format!("Next: `copilot job deploy --name {job} --env {env}`."),
                None => "Next: create an environment with `copilot env init --name test`.".to_owned(),
            };
            ui::message::done(&done, &[&next], context.terminal);
        }
        Done::Declined => ui::message::note("Nothing was created.", context.terminal),
    }
    Ok(())
}
