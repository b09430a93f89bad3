//! `copilot env override`: the files that the overrides of all environments begin with. Nothing is asked of AWS: which
//! resources there are, the manifest tells.

use super::plan::environment_plan::OVERRIDES;
use super::plan::prepare;
use super::request::Request;
use super::target::Target;
use crate::error::{Error, Result};
use crate::ops::adapters::Adapters;
use crate::ops::scaffold::{self, Place, Samples};
use crate::report::Console;

pub use crate::ops::scaffold::{Choice, Tool};

const SAMPLES: Samples = Samples {
    replaced: "/Resources/Cluster/Properties/ClusterSettings/0/Value",
    value: "enhanced",
    removed: "/Resources/LogResourcePolicy",
};

/// Writes the files.
///
/// # Errors
/// When there are overrides already, when the manifest cannot be rendered, or when a file cannot be written.
pub fn run<W: Adapters>(world: &W, request: &Request, choice: &Choice, console: &Console<'_>) -> Result<()> {
    let workspace = &request.workspace;
    let dir = workspace.copilot_dir.join("environments").join("overrides");
    let changeable = || {
        let Some(env) = request.env.clone().or(workspace.environments()?.into_iter().next()) else {
            return Err(Error::new(
                "no environment has its manifest in the workspace, so its resources are not known",
            )
            .hint("Pass --skip-resources, or create an environment first: `copilot env init`."));
        };
        let target = Target::new(request, env);
        let template = prepare::provisional_template(world, request, &target, console)?;
        Ok(scaffold::changeable(&template.body))
    };
    let place = Place {
        dir: &dir,
        shown: OVERRIDES,
        samples: &SAMPLES,
        see: "They apply to all environments: see them with `copilot env package --diff`.",
    };
    scaffold::begin(&place, choice, changeable, console)
}
