//! `copilot secret init`

use std::fs::File;
use std::io::{self, Read as _};

use crate::cli::flags::{application_anywhere, given};
use crate::cli::{runtime, wiring};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::files;
use crate::ops::secret::init::{self, Request, Source};
use crate::ops::secret::input;
use crate::ui;

/// Store secrets of an application for the jobs of its environments.
///
/// Each is an encrypted parameter /copilot/APP/ENV/secrets/NAME in the environment's account and region, with the tags that let
/// jobs read it. Without values on the command line or in a file they are asked for, unseen. A secret that exists stays as it is
/// unless --overwrite is given. Values are never shown.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Store values of more than 4 KB in the advanced tier of Parameter Store, which AWS charges for. It takes 8 KB.
    #[arg(long)]
    advanced: bool,
    /// Name of the application [default: the workspace's].
    #[arg(short, long, value_name = "NAME")]
    app: Option<String>,
    /// A YAML file, or `-` for standard input, with secrets as keys and, below each, environments with values.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "values", "from_file", "env"])]
    cli_input_yaml: Option<String>,
    /// Environment that gets the secrets of --from-file, or whose value is asked for; several, separated by commas or each with
    /// its own flag. Those of a file go to no environment that is not named or chosen.
    #[arg(short, long, value_name = "NAME", value_delimiter = ',', conflicts_with = "values")]
    env: Vec<String>,
    /// A file, or `-` for standard input. With --name all of it is the value, line ends included. Without, it has lines
    /// NAME=value as .env files have: `#` begins a remark, also behind a blank in a value without quotes; in double quotes \n is a
    /// line break; in single quotes everything is what it is; $VARIABLES are not replaced.
    #[arg(long, value_name = "FILE", conflicts_with = "values")]
    from_file: Option<String>,
    /// Name of the secret: letters, digits and _ . -
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// Replace secrets that exist, after a question that shows what is replaced. Where nobody can be asked, such as in a
    /// pipeline, --yes is needed as well.
    #[arg(long)]
    overwrite: bool,
    /// Values of the secret by environment: ENV=VALUE,ENV=VALUE. Other users of this machine may see them while the command runs,
    /// and shells keep them in their history.
    #[arg(long, value_name = "ENV=VALUE,…")]
    values: Vec<String>,
    /// With --overwrite: replace secrets without a question.
    #[arg(long)]
    yes: bool,
    /// Words that belong to no flag, such as the rest of a value with blanks. They must not be shown.
    #[arg(hide = true)]
    stray: Vec<String>,
}

const EXAMPLES: &str = "Examples:
  Store a secret; its value is asked for in each environment:
    copilot secret init --name DB_PASSWORD

  Store a private key for the environment prod:
    copilot secret init --name TLS_KEY --env prod --from-file key.pem

  Store all secrets of a .env file for the environment test:
    copilot secret init --env test --from-file .env

  Store what another program prints:
    vault kv get -field=password db |
      copilot secret init --name DB_PASSWORD --env prod --from-file -

  Store several secrets with other values in each environment:
    copilot secret init --cli-input-yaml secrets.yml

  Replace them in a pipeline:
    copilot secret init --cli-input-yaml secrets.yml --overwrite --yes";

/// The largest file of secrets, in bytes.
const LARGEST: u64 = 4 << 20;
/// How standard input is named on the command line.
const STDIN: &str = "-";

/// Reads what is to be stored, asks for what is missing, stores it.
pub(super) fn run(context: &Context, args: Args) -> Result<()> {
    let request = request(context, args)?;
    init::check(&request)?;
    let (_, done) = runtime::with_console(context, ui::Output::Progress, async |console| {
        let command = async {
            let account = console.guard("nothing was written", wiring::session(context)).await?;
            init::run(&account, &request, console).await
        };
        Box::pin(command).await
    });
    let done = done?;
    if !done.names.is_empty() {
        let lines = done.manifest_lines().join("\n");
        ui::message::note(&format!("\nGive them to a job in its manifest:\n\n{lines}"), context.terminal);
    }
    done.failure.map_or(Ok(()), Err)
}

fn request(context: &Context, args: Args) -> Result<Request> {
    if !args.stray.is_empty() {
        return Err(Error::usage("there are words on the command line that belong to no flag").hint(
            "A value with blanks or other special characters stands in quotes: --values 'test=two words'.",
        ));
    }
    let name = given(args.name);
    let envs: Vec<String> = args.env.into_iter().filter(|env| !env.is_empty()).collect();
    let source = match (given(args.cli_input_yaml), given(args.from_file), name) {
        (Some(file), ..) => {
            let shown = shown(&file);
            let entries = input::mapping(read(&file, context)?, &shown)?;
            Source::Entries { file: shown, entries }
        }
        (None, Some(file), Some(name)) => {
            init::check_name(&name)?;
            Source::Same { secrets: vec![input::whole(&name, read(&file, context)?, &shown(&file))?], envs }
        }
        (None, Some(file), None) => {
            Source::Same { secrets: input::dotenv(read(&file, context)?, &shown(&file))?, envs }
        }
        (None, None, name) if args.values.is_empty() => Source::Asked { name, envs },
        (None, None, name) => Source::pairs(name, args.values),
    };
    Ok(Request {
        app: application_anywhere(args.app, context)?,
        source,
        overwrite: args.overwrite,
        yes: args.yes,
        advanced: args.advanced,
        interactive: context.terminal.stdin && context.terminal.stderr,
    })
}

fn shown(file: &str) -> String {
    if file == STDIN { "standard input".to_owned() } else { file.to_owned() }
}

/// Reads a file that the user named: a pipe is as good as a file, since shells give the output of programs that way.
fn read(file: &str, context: &Context) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    let read = if file == STDIN {
        if context.terminal.stdin {
            return Err(Error::usage("standard input is a terminal, which would show the secrets")
                .hint("Pipe them into the command, or let it ask for them: leave out --from-file and --cli-input-yaml."));
        }
        io::stdin().lock().take(LARGEST + 1).read_to_end(&mut content)
    } else {
        File::open(context.cwd.join(file)).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut content))
    };
    let read =
        read.and_then(|size| if size as u64 > LARGEST { Err(files::too_large(LARGEST)) } else { Ok(()) });
    match read {
        Ok(()) => Ok(content),
        Err(e) => Err(Error::usage(format!("cannot read {}: {e}", shown(file)))),
    }
}
