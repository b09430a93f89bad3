//! Reasons not to deploy an environment that only the deployed state can tell.

use crate::error::{Error, Result};
use crate::ops::env::plan::environment_plan::{ADDONS, EnvironmentPlan};
use crate::ops::env::plan::surroundings::Surroundings;
use crate::ops::env::request::Request;
use crate::ops::env::target::Target;
use crate::report::Console;
use crate::stack::port::Stack;
use crate::stack::status::Presence;
use crate::template::cfn::section::{OUTPUTS, entries};
use crate::yaml::{self, Node};

/// Refuses to overwrite the template of a newer version.
pub(crate) fn version<E>(request: &Request, target: &Target, state: &Surroundings<E>) -> Result<()> {
    match request.allow_downgrade || state.is_bootstrap() {
        true => Ok(()),
        false => target.subject().refuse_downgrade(&state.deployed.version),
    }
}

/// Refuses a stack that takes no update. Only `env init` creates stacks of environments.
pub(crate) fn status(target: &Target, stack: &Stack) -> Result<()> {
    let (name, env, status) = (&target.stack, &target.env, &stack.status);
    if stack.status.presence() == Presence::Live {
        return Ok(());
    }
    let error = Error::new(format!("stack {name} cannot be updated: its status is {status}"));
    Err(match stack.status.is_deletion() {
        true => error.hint(format!(
            "The environment is half deleted. Finish that: `copilot env delete --name {env}`."
        )),
        false => {
            error.hint(format!("Its creation failed. Create it again: `copilot env init --name {env}`."))
        }
    })
}

/// Refuses addons that import what only this very deployment exports, and warns of those that import what the environment
/// exports already.
pub(crate) fn own_imports<E>(
    target: &Target,
    plan: &EnvironmentPlan,
    state: &Surroundings<E>,
    template: &Node,
    console: &Console<'_>,
) -> Result<()> {
    let imports = plan.addons.iter().flat_map(|addons| &addons.own_imports);
    let mut refused = Vec::new();
    for import in imports {
        let (place, export) = (&import.place, &import.export);
        let advice = instead(&target.stack, &import.name, template);
        if is_exported(state, &import.name) {
            console.warn(format!(
                "{place}: {export} is the environment's own export: while the addons import it, no deployment can change it. \
                 {advice}"
            ));
        } else {
            let error = Error::new(format!(
                "{place}: {export} is an export of the environment itself, which does not exist before this deployment has ended"
            ));
            refused.push(error.hint(advice));
        }
    }
    Error::all("imports in the environment's addons cannot work", refused)
}

/// Whether the stack has the export of that name now.
fn is_exported<E>(state: &Surroundings<E>, name: &str) -> bool {
    let deployed = state.deployed.document.as_ref();
    let output = deployed.and_then(|deployed| output_of(deployed, name));
    output.is_some_and(|(key, _)| state.stack.outputs.contains_key(key))
}

/// The output whose export's name ends like this, behind the stack's name.
fn output_of<'a>(template: &'a Node, name: &str) -> Option<(&'a str, &'a Node)> {
    let ending = format!("-{name}");
    let exports = |output: &Node| {
        let export = output.get("Export").and_then(|export| export.get("Name"));
        export.is_some_and(|export| {
            yaml::emit(export).trim_end().trim_end_matches(['"', '\'']).ends_with(&ending)
        })
    };
    entries(template, OUTPUTS).find(|(_, _, output)| exports(output)).map(|(_, key, output)| (key, output))
}

/// How addons get a value of the environment without an import.
fn instead(stack: &str, name: &str, template: &Node) -> String {
    let value = output_of(template, name).and_then(|(_, output)| output.get("Value"));
    let value = value.map(|value| yaml::emit(value).trim_end().to_owned());
    let parameter: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    match value.filter(|value| !value.contains('\n')) {
        Some(value) => format!(
            "Pass the value in: declare the parameter `{parameter}: {{Type: String}}` in the template, write `{parameter}: {value}` \
             below `Parameters:` of {ADDONS}/addons.parameters.yml, and use `!Ref {parameter}` in place of the import."
        ),
        None => format!(
            "Pass the value in: declare a parameter in the template, give it the value that stack {stack} exports below \
             `Parameters:` of {ADDONS}/addons.parameters.yml, and use `!Ref` in place of the import."
        ),
    }
}
