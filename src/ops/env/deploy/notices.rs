//! What to know of an update before it is proposed.

use crate::diff::meaning::Comparison;
use crate::manifest::env::FlowLogs;
use crate::ops::desired::DesiredStack;
use crate::ops::env::hazards;
use crate::ops::env::plan::environment_plan::EnvironmentPlan;
use crate::ops::env::plan::surroundings::Surroundings;
use crate::ops::env::target::Target;
use crate::ops::takeover::Update;
use crate::report::Console;
use crate::template::cfn::section::{RESOURCES, entries};
use crate::template::env::deployed;
use crate::yaml::Node;

/// Tells what the first update after the old tool changes, and what is worth a look in any.
pub(super) fn announce<E>(
    target: &Target,
    plan: &EnvironmentPlan,
    state: &Surroundings<E>,
    desired: &DesiredStack,
    comparison: &Comparison,
    console: &Console<'_>,
) {
    let new = &desired.template.body;
    let Some(deployed) = state.deployed.document.as_ref().filter(|_| !state.is_bootstrap()) else { return };
    let update = Update {
        stack: &target.stack,
        existing: Some(&state.stack),
        deployed: Some(&state.deployed),
        parameters: &desired.parameters,
        comparison,
    };
    update.announce(console);
    if update.is_takeover()
        && let Some(warning) = runtimes(&target.stack, deployed, new, !state.application.domain.is_empty())
    {
        console.warn(warning);
    }
    for removal in hazards::removals(deployed, new) {
        console.warn(removal);
    }
    let has_flow_logs = deployed::Deployed::of(deployed).flow_logs.is_some();
    if plan.environment.network.flow_logs == FlowLogs::Disabled && has_flow_logs {
        console.warn(
            "`network.vpc.flow_logs` is false, but the environment has flow logs: AWS Copilot CLI took `false` for `true`. They \
             stay, as switching them off deletes the logs. Remove the field from the manifest to have them deleted."
                .to_owned(),
        );
    }
}

/// The functions' new runtime, and what their rollback would need. Most of them exist only where the application has a
/// domain.
fn runtimes(stack: &str, deployed: &Node, new: &Node, has_domain: bool) -> Option<String> {
    let runtime = |template: &Node, id: &str| {
        let properties = template.get(RESOURCES)?.get(id)?.get("Properties")?;
        Some(properties.get("Runtime")?.as_text()?.to_owned())
    };
    let mut moved = Vec::new();
    let (mut old, mut latest) = (String::new(), String::new());
    for (_, id, resource) in entries(new, RESOURCES) {
        if resource.get("Condition").is_some() && !has_domain {
            continue;
        }
        if let (Some(before), Some(after)) = (runtime(deployed, id), runtime(new, id))
            && before != after
        {
            moved.push(id);
            (old, latest) = (before, after);
        }
    }
    (!moved.is_empty()).then(|| {
        let (list, skipped) = (moved.join(", "), moved.join(" "));
        format!(
            "functions move from {old} to {latest}: {list}. Should this update fail, CloudFormation has to go back to {old}, which \
             AWS may refuse by then: the stack would end as UPDATE_ROLLBACK_FAILED. The way out is `aws cloudformation \
             continue-update-rollback --stack-name {stack} --resources-to-skip {skipped}`, then deploying again."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moved_runtimes_are_told_once() {
        let template = |runtime: &str| {
            let text = format!(
                "Resources: {{A: {{Properties: {{Runtime: {runtime}}}}}, B: {{Properties: {{Runtime: {runtime}}}}}, C: {{}},
                 D: {{Condition: DelegateDNS, Properties: {{Runtime: {runtime}}}}}}}"
            );
            crate::yaml::load(&text).unwrap().unwrap()
        };
        let (old, new) = (template("nodejs16.x"), template("nodejs24.x"));
        assert_eq!(runtimes("a-b", &new, &new, true), None);
        insta::assert_snapshot!(runtimes("a-b", &old, &new, false).unwrap(), @"functions move from nodejs16.x to nodejs24.x: A, B. Should this update fail, CloudFormation has to go back to nodejs16.x, which AWS may refuse by then: the stack would end as UPDATE_ROLLBACK_FAILED. The way out is `aws cloudformation continue-update-rollback --stack-name a-b --resources-to-skip A B`, then deploying again.");
    }
}
