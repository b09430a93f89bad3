//! What to beware of when a job's stack that the old tool deployed is updated for the first time.

use crate::diff::meaning::Comparison;
use crate::ops::takeover::Update;
use crate::report::Console;
use crate::template::job::ids::ENV_CONTROLLER;
use crate::yaml::Node;

/// Tells what the first update of a stack that the old tool deployed will change, and what to beware of.
pub(crate) fn announce(update: &Update<'_>, template: &Node, console: &Console<'_>) {
    update.announce(console);
    let deployed = update.deployed.and_then(|deployed| deployed.document.as_ref());
    if let Some(warning) = runtime_warning(update.stack, deployed, template, update.comparison)
        && update.is_takeover()
    {
        console.warn(warning);
    }
}

/// The env-controller's new runtime, and what its rollback would need.
fn runtime_warning(
    stack: &str,
    deployed: Option<&Node>,
    new: &Node,
    comparison: &Comparison,
) -> Option<String> {
    let runtime = |template: &Node| {
        let path = ["Resources", ENV_CONTROLLER, "Properties", "Runtime"];
        let found = path.iter().try_fold(template, |node, key| node.get(key))?;
        found.as_text().map(std::borrow::ToOwned::to_owned)
    };
    let (old, new) = (runtime(deployed?)?, runtime(new)?);
    if old == new {
        return None;
    }
    let alone = comparison.resources().all(|resource| resource == ENV_CONTROLLER);
    let advice = if alone { "" } else { " The safest first update is one without other changes." };
    Some(format!(
        "{ENV_CONTROLLER} moves from {old} to {new}. Should this update fail, CloudFormation has to go back to \
         {old}, which AWS may refuse by then: the stack would end as UPDATE_ROLLBACK_FAILED.{advice} The way \
         out is `aws cloudformation continue-update-rollback --stack-name {stack} --resources-to-skip \
         {ENV_CONTROLLER}`, then deploying again."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_warning_names_both_runtimes_and_the_way_out() {
        let template = |runtime: &str, more: &str| {
            let text = format!(
                "Resources: {{EnvControllerFunction: {{Properties: {{Runtime: {runtime}}}}}, {more}}}"
            );
            crate::yaml::load(&text).unwrap().unwrap()
        };
        let warn = |old: &Node, new: &Node| {
            runtime_warning("a-b-c", Some(old), new, &Comparison::new(Some(old), new))
        };
        let (old, new) = (template("nodejs20.x", ""), template("nodejs24.x", ""));
        let warning = warn(&old, &new).unwrap();
        assert!(
            warning.starts_with("EnvControllerFunction moves from nodejs20.x to nodejs24.x."),
            "{warning}"
        );
        assert!(
            warning.contains("--stack-name a-b-c --resources-to-skip EnvControllerFunction"),
            "{warning}"
        );
        assert!(!warning.contains("safest"), "{warning}");
        let warning = warn(&old, &template("nodejs24.x", "Rule: {}")).unwrap();
        assert!(warning.contains("The safest first update is one without other changes."), "{warning}");
        assert_eq!(warn(&new, &new), None);
    }
}
