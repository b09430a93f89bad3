//! The last look at an environment's final template: what CloudFormation is sure to refuse is refused here, before anything
//! is uploaded.

use super::ids::{ADDONS_STACK, APP_NAME, ENV_NAME};
use super::inputs::Inputs;
use super::parameters::check_parameters;
use crate::error::{Error, Result};
use crate::manifest::env::Environment;
use crate::template::cfn::check::dangling::Dangling;
use crate::template::cfn::check::refusals::Refusals;
use crate::template::cfn::check::{cycles, dangling, required};
use crate::template::cfn::names::partition_of_region;
use crate::template::cfn::section::RESOURCES;
use crate::template::cfn::template::Template;
use crate::template::cfn::values::Values;
use crate::template::cfn::{Finding, find_in_map};

/// Refuses what CloudFormation would refuse of an environment's final template. `file` is the one that values with a place
/// come from, when all of them do.
///
/// # Errors
/// Parameters that do not fit what is sent, entries that are not as they must be, names that nothing defines and keys that
/// no mapping has, or else resources that depend on each other in a circle.
pub fn check(template: &Template, env: &Environment, inputs: &Inputs, file: Option<&str>) -> Result<()> {
    let body = &template.body;
    check_parameters(body, env, inputs)?;
    let refusals = Refusals { file, advice: "Look for what the environment's overrides put in or replace." };
    let of_finding = |finding: Finding<'_>| refusals.of_finding(&finding);
    let values = values(inputs);
    let malformed = required::find(body).into_iter().map(of_finding);
    let dangling = dangling::find(body);
    let dangling =
        dangling.iter().map(|dangling| refusals.error(dangling.span, &dangling.told(), advice(dangling)));
    let not_mapped = find_in_map::find(body, &values).into_iter().map(of_finding);
    let problems = malformed.chain(dangling).chain(not_mapped).collect();
    Error::all("problems with the environment's template", problems)?;
    cycles::check(body).map_err(|error| match file {
        Some(file) => error.context(file.to_owned()),
        None => error,
    })
}

/// What to do about a name that nothing in the template defines.
fn advice(dangling: &Dangling<'_>) -> &'static str {
    match (dangling.section, dangling.key) {
        (RESOURCES, ADDONS_STACK) => {
            "Values in addons.parameters.yml can refer to the parameters and resources of the environment's \
             template, such as `!Ref VPC`."
        }
        _ => {
            "What the manifest's texts and the environment's overrides put in or remove must fit the rest of the \
             template: remove the reference, or keep what it refers to."
        }
    }
}

/// What is known of the parameters before the deployment.
fn values(inputs: &Inputs) -> Values {
    let basics = &inputs.basics;
    Values::default()
        .with(APP_NAME, &basics.app)
        .with(ENV_NAME, &basics.env)
        .with("AWS::Region", &basics.region)
        .with("AWS::Partition", partition_of_region(&basics.region))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::cfn::patches::Patches;
    use crate::template::env::render;
    use crate::template::env::testing::{distributed, imported, inputs, minimal};

    #[test]
    fn rendered_templates_are_accepted() {
        for (env, inputs) in [(minimal(), inputs()), imported(), distributed()] {
            check(&render(&env, &inputs).unwrap(), &env, &inputs, None).unwrap();
        }
    }

    #[test]
    fn overrides_that_break_the_template_are_refused() {
        let (env, inputs) = distributed();
        let rendered = render(&env, &inputs).unwrap();
        let told = [
            "- {op: remove, path: /Resources/Cluster}",
            "- {op: remove, path: /Resources/VPC/Type}",
            "- {op: remove, path: /Parameters/Aliases}",
            "- {op: add, path: /Resources/VPC/DependsOn, value: PublicSubnet1}",
        ]
        .map(|text| {
            let patched = Patches::read("cfn.patches.yml", text).unwrap().apply(&rendered);
            let result = patched.and_then(|patched| {
                check(&patched, &env, &inputs, Some("copilot/environments/overrides/cfn.patches.yml"))
            });
            result.map_or_else(|error| format!("{error:#}"), |()| format!("{text}: accepted"))
        });
        insta::assert_snapshot!(told.join("\n"), @r#"
        copilot/environments/overrides/cfn.patches.yml: the output `ClusterId` refers to `Cluster`, and there is no such parameter or resource
        copilot/environments/overrides/cfn.patches.yml: the resource `VPC` has no `Type`
        the overrides remove the parameter "Aliases", which every deployment sets
        copilot/environments/overrides/cfn.patches.yml: these resources depend on each other in a circle, which CloudFormation refuses: PublicSubnet1 → VPC → PublicSubnet1
        "#);
    }
}
