//! `copilot schema`

use clap::ValueEnum;

use crate::error::Result;
use crate::ops::new_manifest::{Subject, schema};
use crate::ui::data;

/// Print the JSON Schema of a kind of manifest, by which editors check and complete what is written.
///
/// `job init` and `env init` store it in the workspace, and the first line of the manifests that they write tells editors
/// where it is.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Kind of manifest.
    kind: Manifest,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Manifest {
    /// A scheduled job's.
    Job,
    /// An environment's.
    Env,
}

const EXAMPLES: &str = "Examples:
  Let editors check the manifest of a job that was written without it:
    mkdir -p copilot/.schema && copilot schema job > copilot/.schema/job.json
    sed -i '1i # yaml-language-server: $schema=../.schema/job.json' copilot/report-gen/manifest.yml";

/// Writes the schema to stdout.
pub(super) fn run(args: &Args) -> Result<()> {
    data::print(&schema(match args.kind {
        Manifest::Job => Subject::Job,
        Manifest::Env => Subject::Environment,
    }))
}
