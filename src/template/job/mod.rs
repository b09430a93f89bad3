//! Renders a job into a CloudFormation template: pure functions.
//!
//! [`render`] makes the template, [`parameters()`] what goes with it into a change set. Each file renders one concern.
//! What deployed stacks contain is authoritative down to list orders and texts, because every difference is a change
//! to a live job.

pub mod check;
pub mod ids;
pub mod image_reference;
pub mod inputs;
pub mod limits;

mod addons_stack;
#[cfg(test)]
mod asl_tests;
mod conditions;
mod configuration;
mod containers;
mod env_controller;
mod env_files;
mod environment_variables;
mod execution_role;
mod log_group;
mod logging;
#[cfg(test)]
mod manifest_tests;
mod names;
mod parameters;
mod platform;
#[cfg(test)]
mod reference_tests;
mod rule;
mod secrets;
mod state_machine;
mod state_machine_definition;
mod storage;
mod task_definition;
mod task_role;
mod taskdef_overrides;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod topics;
#[cfg(test)]
mod unquoted_tests;

use crate::error::Result;
use crate::manifest::job::Job;
use crate::template::cfn::mapping::Map;
use crate::template::cfn::resource::Resource;
use crate::template::cfn::template::Template;
use crate::yaml::Node;
use inputs::Inputs;

pub use configuration::configuration;
pub use parameters::{check_parameters, env_file_parameter, parameters};

/// Other tools find job stacks by this text.
const DESCRIPTION: &str = "CloudFormation template that represents a scheduled job on Amazon ECS.";
/// Renders the job's template.
///
/// # Errors
/// When names of sidecars or topics become the same logical id, when no subnets match the manifest's
/// tags, or when a rule of `taskdef_overrides` cannot be applied.
pub fn render(job: &Job, inputs: &Inputs) -> Result<Template> {
    names::check(job)?;
    let mut body = Map::new()
        .with("AWSTemplateFormatVersion", Node::plain("2010-09-09"))
        .with_text("Description", DESCRIPTION)
        .with("Metadata", metadata(inputs))
        .with("Parameters", parameters::section(job))
        .with("Conditions", conditions::section(job))
        .with("Resources", resources(job, inputs)?)
        .build();
    taskdef_overrides::apply(&mut body, &job.taskdef_overrides, &job.name)?;
    Ok(Template { body })
}

fn metadata(inputs: &Inputs) -> Node {
    let version = match inputs.template_version.as_str() {
        "" => Node::null(),
        version => Node::string(version),
    };
    // Deployed values end in exactly one line break, however the file ends.
    let manifest = (!inputs.manifest_text.is_empty())
        .then(|| Node::string(format!("{}\n", inputs.manifest_text.trim_end_matches('\n'))));
    Map::new().with("Version", version).with_some("Manifest", manifest).build()
}

fn resources(job: &Job, inputs: &Inputs) -> Result<Node> {
    let mut resources = vec![
        log_group::log_group(),
        env_controller::action(job, inputs),
        env_controller::function(inputs),
        env_controller::role(inputs),
        task_definition::task_definition(job, inputs),
        execution_role::execution_role(job, inputs),
        task_role::task_role(job, inputs),
        rule::rule(&job.schedule),
        rule::role(inputs),
        state_machine::state_machine(job, inputs)?,
        state_machine::role(inputs),
    ];
    resources.extend(storage::access_point(job));
    resources.push(addons_stack::addons_stack(job, inputs));
    resources.extend(topics::resources(job));
    Ok(Node::mapping(resources.into_iter().map(Resource::into_entry)))
}
