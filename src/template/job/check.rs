//! The last look at a job's final template: what CloudFormation is sure to refuse is refused here, before
//! images are built and pushed for it.

use std::collections::HashSet;

use super::ids::ADDONS_STACK;
use super::inputs::Inputs;
use super::parameters::parameters;
use crate::error::{Error, Result};
use crate::manifest::job::{Job, WrittenFunction};
use crate::template::cfn::check::dangling::Dangling;
use crate::template::cfn::check::refusals::{REFUSED, Refusals};
use crate::template::cfn::check::{cycles, dangling, required};
use crate::template::cfn::names::partition_of_region;
use crate::template::cfn::references::{Named, references};
use crate::template::cfn::template::Template;
use crate::template::cfn::values::Values;
use crate::template::cfn::{Finding, find_in_map};
use crate::text::one_line;

/// Parameters whose values do not depend on what the environment decides.
const KNOWN: [&str; 3] = ["AppName", "EnvName", "WorkloadName"];

/// Refuses what CloudFormation would refuse of a job's final template. `file` is the one that values with a place
/// come from, when all of them do.
///
/// # Errors
/// Entries that are not as they must be, names that nothing defines and keys that no mapping has, or else
/// resources that depend on each other in a circle.
pub fn check(template: &Template, job: &Job, values: &Values, file: Option<&str>) -> Result<()> {
    let body = &template.body;
    let refusals = Refusals { file, advice: "Look for what the job's overrides put in or replace." };
    let of_finding = |finding: Finding<'_>| refusals.of_finding(&finding);
    let mut problems: Vec<Error> = required::find(body).into_iter().map(of_finding).collect();
    let mut told: HashSet<String> = problems.iter().map(Error::to_string).collect();
    for dangling in dangling::find(body) {
        let written = refused_texts(&dangling, job);
        let refused = match written.is_empty() {
            true => vec![refusals.error(dangling.span, &dangling.told(), advice(&dangling))],
            false => written,
        };
        // A file system's id is in the task definition and in a policy.
        problems.extend(refused.into_iter().filter(|refusal| told.insert(refusal.to_string())));
    }
    problems.extend(find_in_map::find(body, values).into_iter().map(of_finding));
    Error::all("problems with the template", problems)?;
    cycles::check(body).map_err(|error| {
        let resources = body.get("Resources");
        let is_resource = |name: &str| resources.is_some_and(|resources| resources.get(name).is_some());
        let error = job.functions.iter().fold(error, |error, written| {
            let used = references(&written.function);
            match used.iter().find(|used| used.named == Named::Value && is_resource(used.name)) {
                Some(used) => {
                    error.hint(format!("{} refers to the resource `{}`.", place(written, job), used.name))
                }
                None => error,
            }
        });
        match file {
            Some(file) => error.context(file.to_owned()),
            None => error,
        }
    })
}

/// The errors for a name that nothing defines, one for each text of the manifest that has it.
fn refused_texts(dangling: &Dangling<'_>, job: &Job) -> Vec<Error> {
    let written = job.functions.iter().filter(|written| dangling.is_in(&written.function));
    written
        .map(|written| {
            let told = one_line(&dangling.predicate());
            Error::new(format!("{}: the value {told}", place(written, job))).hint(format!(
                "{REFUSED} A function in a text of the manifest can refer to the parameters and resources of the job's \
                 template, such as `!Ref EnvName`; in `!Sub`, `${{!NAME}}` is the text `${{NAME}}`."
            ))
        })
        .collect()
}

/// What to do about a name that nothing in the template defines.
fn advice(dangling: &Dangling<'_>) -> &'static str {
    match (dangling.section, dangling.key) {
        ("Resources", ADDONS_STACK) => {
            "Values in addons.parameters.yml can refer to the parameters and resources of the job's template, \
             such as `!GetAtt TaskRole.Arn`."
        }
        _ => {
            "What `taskdef_overrides` and the job's overrides put in or remove must fit the rest of the \
             template: remove the reference, or keep what it refers to."
        }
    }
}

/// File, line and field of a text.
fn place(written: &WrittenFunction, job: &Job) -> String {
    let line = if written.line == 0 { String::new() } else { format!(":{}", written.line) };
    format!("copilot/{}/manifest.yml{line}: {}", job.name, written.field)
}

/// What is known of the template's parameters before anything is known of the environment.
pub fn provisional_values(job: &Job, inputs: &Inputs) -> Values {
    parameters(job, inputs).into_iter().fold(Values::default(), |values, (name, value)| {
        if KNOWN.contains(&name.as_str()) { values.with(&name, value) } else { values.with_unknown(&name) }
    })
}

/// The same with what the environment decides.
pub fn values(job: &Job, inputs: &Inputs) -> Values {
    provisional_values(job, inputs)
        .with("AWS::Region", &inputs.region)
        .with("AWS::AccountId", &inputs.account_id)
        .with("AWS::Partition", partition_of_region(&inputs.region))
}
