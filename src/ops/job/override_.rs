//! `copilot job override`: the files that a job's overrides begin with. Nothing is asked of AWS: which resources there are, the
//! manifest tells.

use super::plan::prepare;
use super::request::Request;
use super::target::Target;
use crate::error::{Error, Result};
use crate::ops::adapters::Adapters;
use crate::ops::scaffold::{self, Place, Samples};
use crate::ops::select;
use crate::report::Console;

pub use crate::ops::scaffold::{Choice, Tool};

const SAMPLES: Samples = Samples {
    replaced: "/Resources/StateMachine/Properties/LoggingConfiguration/Level",
    value: "ERROR",
    removed: "/Resources/StateMachine/Properties/LoggingConfiguration/IncludeExecutionData",
};

/// Writes the files.
///
/// # Errors
/// When there are overrides already, when the manifest cannot be rendered, or when a file cannot be written.
pub fn run<W: Adapters>(world: &W, request: &Request, choice: &Choice, console: &Console<'_>) -> Result<()> {
    let workspace = &request.workspace;
    let job = match &request.job {
        Some(job) => {
            workspace.read_manifest(job)?;
            job.clone()
        }
        None => select::local_job(workspace, "--name", console)?,
    };
    let dir = workspace.copilot_dir.join(&job).join("overrides");
    let changeable = || {
        let Some(env) = request.env.clone().or(workspace.environments()?.into_iter().next()) else {
            return Err(Error::usage(
                "--env is missing, and no environment has its manifest in the workspace",
            )
            .hint("What the job is made of may depend on the environment. Pass --env, or --skip-resources to begin without resources."));
        };
        let target = Target::new(request, env, job.clone());
        let template = prepare::provisional_template(world, request, &target, console)?;
        Ok(scaffold::changeable(&template.body))
    };
    let place = Place {
        dir: &dir,
        shown: &format!("copilot/{job}/overrides"),
        samples: &SAMPLES,
        see: &format!(
            "They apply to the job in all environments: see them with `copilot job package --name {job} --diff`."
        ),
    };
    scaffold::begin(&place, choice, changeable, console)
}
