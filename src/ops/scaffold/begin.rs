//! Begins to override a template: what the user has not said is asked for, then the files are written.

use std::path::Path;

use super::{Resource, Samples, Tool, check, write};
use crate::error::{Error, Result};
use crate::manifest::suggest::nearest;
use crate::report::Console;

/// What the user asked for.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The tool; asked for when absent.
    pub tool: Option<Tool>,
    /// Resources for a CDK app, by logical id; asked for when absent.
    pub resources: Option<Vec<String>>,
}

/// Where the overrides of which template are.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    pub dir: &'a Path,
    /// What people call the directory.
    pub shown: &'a str,
    pub samples: &'a Samples,
    /// How the changes can be seen, as a sentence.
    pub see: &'a str,
}

/// Writes the files. `changeable` tells which resources of the template a CDK app can change.
///
/// # Errors
/// When there are overrides already, when the resources cannot be told, or when a file cannot be written.
pub(crate) fn begin(
    place: &Place<'_>,
    choice: &Choice,
    changeable: impl FnOnce() -> Result<Vec<Resource>>,
    console: &Console<'_>,
) -> Result<()> {
    check(place.dir, place.shown)?;
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
        (Tool::Cdk, chosen) => pick(changeable()?, chosen.as_deref(), console)?,
    };
    let written = write(place, tool, &resources)?;
    console.note(format!("Wrote {}", written.join(", ")));
    let next = match tool {
        Tool::Cdk if !resources.is_empty() => {
            "Each function of stack.ts must be written before the next deployment; README.md says how."
        }
        Tool::Cdk => "Write the changes into stack.ts; README.md says how.",
        Tool::YamlPatch => "Write the changes into cfn.patches.yml; README.md says how.",
    };
    console.note(format!("{next} {}", place.see));
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
