//! The last look at a job's final template: what CloudFormation is sure to refuse is refused here, before
//! images are built and pushed for it.

use super::addons_stack::ADDONS_STACK;
use super::dangling::Dangling;
use super::references::{Named, references};
use super::{Template, cycles, dangling, members};
use crate::error::{Error, Result};
use crate::manifest::job::{Job, WrittenFunction};
use crate::text::sanitize;

const REFUSED: &str = "CloudFormation refuses this.";

/// Refuses what CloudFormation would refuse of a job's final template.
///
/// # Errors
/// Entries without what they must have and names that nothing defines, or else resources that depend on
/// each other in a circle.
pub fn check(template: &Template, job: &Job) -> Result<()> {
    let malformed = members::find(&template.body).into_iter().map(|entry| {
        Error::new(entry.told).hint(format!("{REFUSED} Look for what the job's overrides put in or replace."))
    });
    let mut problems: Vec<Error> = malformed.collect();
    for dangling in dangling::find(&template.body) {
        for error in refusals(&dangling, job) {
            // A file system's id is in the task definition and in a policy.
            if problems.iter().all(|known| known.to_string() != error.to_string()) {
                problems.push(error);
            }
        }
    }
    Error::all("problems with the template", problems)?;
    cycles::check(&template.body).map_err(|error| {
        let resources = template.body.get("Resources");
        let is_resource = |name: &str| resources.is_some_and(|resources| resources.get(name).is_some());
        job.functions.iter().fold(error, |error, written| {
            let used = references(&written.function);
            match used.iter().find(|used| used.named == Named::Value && is_resource(used.name)) {
                Some(used) => error.hint(format!(
                    "{} refers to the resource `{}`.",
                    place(written, job),
                    sanitize(used.name)
                )),
                None => error,
            }
        })
    })
}

/// The errors for a name that nothing defines: one for each text of the manifest that has it, or else one for the
/// template.
fn refusals(dangling: &Dangling<'_>, job: &Job) -> Vec<Error> {
    let written = job.functions.iter().filter(|written| dangling.is_in(&written.function));
    let of_manifest: Vec<Error> = written
        .map(|written| {
            let told = sanitize(&dangling.predicate()).replace('\n', " ");
            Error::new(format!("{}: the value {told}", place(written, job))).hint(format!(
                "{REFUSED} A function in a text of the manifest can refer to the parameters and resources of the job's \
                 template, such as `!Ref EnvName`; in `!Sub`, `${{!NAME}}` is the text `${{NAME}}`."
            ))
        })
        .collect();
    if !of_manifest.is_empty() {
        return of_manifest;
    }
    let advice = match (dangling.section, dangling.key) {
        ("Resources", ADDONS_STACK) => {
            "Values in addons.parameters.yml can refer to the parameters and resources of the job's template, \
             such as `!GetAtt TaskRole.Arn`."
        }
        _ => {
            "What `taskdef_overrides` and the job's overrides put in or remove must fit the rest of the \
             template: remove the reference, or keep what it refers to."
        }
    };
    vec![Error::new(dangling.told()).hint(format!("{REFUSED} {advice}"))]
}

/// File, line and field of a text.
fn place(written: &WrittenFunction, job: &Job) -> String {
    let line = if written.line == 0 { String::new() } else { format!(":{}", written.line) };
    format!("copilot/{}/manifest.yml{line}: {}", job.name, sanitize(&written.field))
}
