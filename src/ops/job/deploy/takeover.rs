//! The deployed template beside the one about to be deployed, by meaning: what the first update of a stack
//! that the old tool deployed will change, told before it is proposed. No side effects but the report.

use crate::diff::meaning::Comparison;
use crate::ops::job::plan::surroundings::Surroundings;
use crate::ops::job::target::Target;
use crate::report::Console;
use crate::stack::status::Presence;
use crate::template::job::ids::ENV_CONTROLLER;
use crate::template::version;
use crate::yaml::Node;

/// Build metadata that every template of this program carries in its version.
const OWN_MARK: &str = "+rs.";
/// Longer lists are cut: more says nothing that the number does not.
const LISTED: usize = 12;

/// Tells what the first update of a stack that the old tool deployed will change, and what to beware of.
pub(crate) fn announce<E>(
    target: &Target,
    state: &Surroundings<E>,
    template: &Node,
    parameters: &[(String, String)],
    comparison: &Comparison,
    console: &Console<'_>,
) {
    let (Some(deployed), Presence::Live) = (&state.deployed, state.presence()) else { return };
    if deployed.version.contains(OWN_MARK) {
        return;
    }
    let old_parameters = state.stack.as_ref().map(|stack| &stack.parameters);
    let parameters: Vec<&str> = parameters
        .iter()
        .filter(|(key, new)| old_parameters.is_some_and(|old| old.get(key) != Some(new)))
        .map(|(key, _)| key.as_str())
        .collect();
    let stack = &target.stack;
    let origin = origin(&deployed.version);
    console.note(match comparison.is_readable() {
        true => format!(
            "First update of stack {stack} after AWS Copilot CLI ({origin}). It changes:{}",
            list(comparison, &parameters)
        ),
        false => format!(
            "First update of stack {stack} after another tool. Its template cannot be read, so what changes \
             cannot be told."
        ),
    });
    if let Some(warning) = runtime_warning(stack, deployed.document.as_ref(), template, comparison) {
        console.warn(warning);
    }
}

/// Which template is taken over.
fn origin(version: &str) -> String {
    match version {
        version::UNVERSIONED => "template without a version".to_owned(),
        version => format!("template {version}"),
    }
}

fn list(comparison: &Comparison, parameters: &[&str]) -> String {
    let mut lines = comparison.lines();
    if !parameters.is_empty() {
        lines.push(format!("values of parameters: {}", parameters.join(", ")));
    }
    let more = lines.len().saturating_sub(LISTED);
    lines.truncate(LISTED);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    if lines.is_empty() {
        lines.push("nothing but the template's metadata".to_owned());
    }
    lines.iter().map(|line| format!("\n  - {line}")).collect()
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

    fn compare(deployed: &str, new: &str) -> Comparison {
        let read = |text: &str| crate::yaml::load(text).unwrap().unwrap();
        Comparison::new(Some(&read(deployed)), &read(new))
    }

    #[test]
    fn long_lists_are_cut() {
        let resources: String = (0..20).map(|n| format!("R{n:02}: {{}}, ")).collect();
        let compared = compare("Resources: {}", &format!("Resources: {{{resources}}}"));
        let text = list(&compared, &["Schedule"]);
        assert!(text.starts_with("\n  - R00\n  - R01\n"), "{text}");
        assert!(text.ends_with("\n  - R11\n  - and 9 more"), "{text}");
        assert_eq!(list(&compare("A: b", "A: b"), &[]), "\n  - nothing but the template's metadata");
        assert_eq!(origin(version::UNVERSIONED), "template without a version");
        assert_eq!(origin("v1.2"), "template v1.2");
        assert_eq!(list(&compare("A: b", "A: b"), &["TaskCPU"]), "\n  - values of parameters: TaskCPU");
    }

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
