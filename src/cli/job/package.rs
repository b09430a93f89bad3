//! `copilot job package`

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use super::world::World;
use crate::cli::flags::parse_bool;
use crate::cli::{interrupt, runtime};
use crate::context::Context;
use crate::deploy::package::{self, Directory};
use crate::error::{Error, Result};
use crate::image::tags;
use crate::workspace::Workspace;
use crate::{deploy, ui};

/// Print the CloudFormation template of a job.
///
/// Renders what `job deploy` would deploy, overrides included, and changes nothing in AWS unless
/// --upload-assets is given.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Allow packaging a job that a newer version deployed.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value = "false", value_parser = parse_bool, value_name = "BOOL", hide_default_value = true)]
    allow_downgrade: bool,
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// Name of the environment.
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Name of the job.
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// Write the template, its parameters and tags, and the addons template to files in this directory,
    /// which is created when there is none, instead of printing the template.
    #[arg(long, value_name = "DIR", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    output_dir: Option<String>,
    /// Tag for the images built from Dockerfiles, with --upload-assets [default: the commit of a clean git
    /// tree].
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// Build and push the job's images and upload environment files, addons and the Lambda's code, so that
    /// everything the template and its parameters name is there.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          default_value = "false", value_parser = parse_bool, value_name = "BOOL", hide_default_value = true)]
    upload_assets: bool,
}

const EXAMPLES: &str = "Examples:
  Print the template of the job report-gen for the environment test:
    copilot job package --name report-gen --env test

  Write report-gen-test.stack.yml and report-gen-test.params.json, with everything they name in place:
    copilot job package --name report-gen --env test --output-dir infrastructure --upload-assets";

impl Args {
    /// Whether everything, errors too, is to be written as JSON.
    pub fn json(&self) -> bool {
        false
    }
}

/// Fills a request from the flags, asks for what is missing, packages the job.
pub fn run(context: &Context, args: Args) -> Result<ExitCode> {
    let workspace = Workspace::find(&context.cwd)?;
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let tag = given(args.tag);
    if let Some(tag) = &tag {
        tags::validate(tag)?;
    }
    let app = match given(args.app) {
        Some(app) => app,
        None => workspace.application()?,
    };
    let request = deploy::Request {
        workspace,
        app,
        env: given(args.env),
        job: given(args.name),
        tag,
        resource_tags: BTreeMap::new(),
        allow_downgrade: args.allow_downgrade,
        allow_replacement: false,
        no_rollback: false,
        detach: false,
        stack: deploy::StackOptions::default(),
    };
    let options = package::Options {
        directory: args.output_dir.map(|shown| Directory::new(&context.cwd, &shown)),
        upload: args.upload_assets,
    };
    let ui = Arc::new(ui::Deployment::new(context, ui::Output::Progress));
    let prompter = ui::prompt::Prompter::new(context.terminal);
    let template = runtime::run(async {
        let (drawn, terminal) = (Arc::clone(&ui), context.terminal);
        let interrupt = interrupt::listen(move |goes_on| {
            drawn.finish();
            ui::message::left_at_once(goes_on, terminal);
        })?;
        package::run(&World(context), &request, &options, &prompter, ui.as_ref(), &interrupt).await
    });
    ui.finish();
    if let Some(template) = template? {
        print(&template)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes to stdout. A reader that has seen enough ends the command without a word.
fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(format!("cannot write to the standard output: {e}")))
        }
        _ => Ok(()),
    }
}
