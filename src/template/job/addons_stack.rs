//! The nested stack with the job's additional resources, and what the job takes from it.

use super::env_controller;
use super::ids::{ACTION, ADDONS_STACK, ADDONS_TEMPLATE_URL, HAS_ADDONS};
use super::inputs::{AddonOutputKind, Inputs};
use crate::manifest::job::Job;
use crate::template::cfn::intrinsic::{get_att, reference};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

pub(super) fn addons_stack(job: &Job, inputs: &Inputs) -> Resource {
    let mut parameters = Map::new()
        .with("App", reference("AppName"))
        .with("Env", reference("EnvName"))
        .with("Name", reference("WorkloadName"));
    for (name, value) in &inputs.addons.parameters {
        parameters = parameters.with(name, value.clone());
    }
    let properties =
        Map::new().with("Parameters", parameters.build()).with("TemplateURL", reference(ADDONS_TEMPLATE_URL));
    let stack = Resource::new(ADDONS_STACK, "AWS::CloudFormation::Stack", properties)
        .described("An Addons CloudFormation Stack for your additional AWS resources")
        .on_condition(HAS_ADDONS);
    if env_controller::needed_features(job).is_empty() { stack } else { stack.depends_on(ACTION) }
}

/// The outputs of some kinds, in the addons template's order: name and value.
pub(super) fn outputs<'a>(
    inputs: &'a Inputs,
    kinds: &'a [AddonOutputKind],
) -> impl Iterator<Item = (&'a str, Node)> {
    let outputs = inputs.addons.outputs.iter().filter(|output| kinds.contains(&output.kind));
    outputs.map(|output| (output.name.as_str(), get_att(ADDONS_STACK, &format!("Outputs.{}", output.name))))
}
