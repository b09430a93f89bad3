//! `copilot env override`: the files that the overrides of all environments begin with. Nothing is asked of AWS: which
//! resources there are, the manifest tells.

use super::plan::environment_plan::OVERRIDES;
use super::plan::prepare;
use super::request::Request;
use super::target::Target;
use crate::error::{Error, Result};
use crate::manifest::suggest::nearest;
use crate::ops::adapters::Adapters;
use crate::ops::scaffold::{self, Resource};
use crate::report::Console;

pub use crate::ops::scaffold::Tool;

/// What the user asked for beside the environment.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The tool; asked for when absent.
    pub tool: Option<Tool>,
    /// Resources for a CDK app, by logical id; asked for when absent.
    pub resources: Option<Vec<String>>,
}

/// Writes the files.
///
/// # Errors
/// When there are overrides already, when the manifest cannot be rendered, or when a file cannot be written.
pub fn run<W: Adapters>(world: &W, request: &Request, choice: &Choice, console: &Console<'_>) -> Result<()> {
    let workspace = &request.workspace;
    let dir = workspace.copilot_dir.join("environments").join("overrides");
    scaffold::check(&dir, OVERRIDES)?;
    let tool = match choice.tool {
        Some(tool) => tool,
        None => {
            let names = Tool::NAMES.map(str::to_owned);
            let index = console.select("What are the overrides written with?", "--tool", &names)?;
            names.get(index).and_then(|name| Tool::named(name)).unwrap_or(Tool::YamlPatch)
        }
    };
    let resources = match (tool, &choice.resources) {
        (Tool::YamlPatch, _) => Vec::new(),
        (Tool::Cdk, Some(ids)) if ids.is_empty() => Vec::new(),
        (Tool::Cdk, chosen) => {
            let Some(env) = request.env.clone().or(workspace.environments()?.into_iter().next()) else {
                return Err(Error::new(
                    "no environment has its manifest in the workspace, so its resources are not known",
                )
                .hint("Pass --skip-resources, or create an environment first: `copilot env init`."));
            };
            let target = Target::new(request, env);
            let all =
                scaffold::changeable(&prepare::provisional_template(world, request, &target, console)?.body);
            pick(all, chosen.as_deref(), console)?
        }
    };
    let written = scaffold::write(&dir, OVERRIDES, tool, &resources)?;
    console.note(format!("Wrote {}", written.join(", ")));
    let next = match tool {
        Tool::Cdk if !resources.is_empty() => {
            "Each function of stack.ts must be written before the next deployment; README.md says how."
        }
        Tool::Cdk => "Write the changes into stack.ts; README.md says how.",
        Tool::YamlPatch => "Write the changes into cfn.patches.yml; README.md says how.",
    };
    console
        .note(format!("{next} They apply to all environments: see them with `copilot env package --diff`."));
    Ok(())
}

/// The resources that were named, or that the user picks.
fn pick(all: Vec<Resource>, named: Option<&[String]>, console: &Console<'_>) -> Result<Vec<Resource>> {
    let Some(named) = named else {
        let shown: Vec<String> =
            all.iter().map(|resource| format!("{} ({})", resource.id, resource.kind)).collect();
        let none = vec![false; shown.len()];
        let picked =
            console.select_many("Which resources shall the app change?", "--resources", &shown, &none)?;
        return Ok(all
            .into_iter()
            .enumerate()
            .filter(|(at, _)| picked.contains(at))
            .map(|(_, one)| one)
            .collect());
    };
    let ids: Vec<&str> = all.iter().map(|resource| resource.id.as_str()).collect();
    if let Some(name) = named.iter().find(|name| !ids.contains(&name.as_str())) {
        let error = Error::usage(format!(
            "--resources: the template has no resource `{name}` that a CDK app can change"
        ));
        return Err(match nearest(name, &ids) {
            Some(near) => error.hint(format!("Did you mean `{near}`?")),
            None => error,
        });
    }
    Ok(all.iter().filter(|resource| named.contains(&resource.id)).cloned().collect())
}
