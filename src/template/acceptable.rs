//! The last look at a job's final template: what CloudFormation is sure to refuse is refused here, before
//! images are built and pushed for it.

use super::addons_stack::ADDONS_STACK;
use super::{Template, cycles, dangling, members};
use crate::error::{Error, Result};

const REFUSED: &str = "CloudFormation refuses this.";

/// Refuses what CloudFormation would refuse of a final template.
///
/// # Errors
/// Entries without what they must have and names that nothing defines, or else resources that depend on
/// each other in a circle.
pub fn check(template: &Template) -> Result<()> {
    let malformed = members::find(&template.body).into_iter().map(|entry| {
        Error::new(entry.told).hint(format!("{REFUSED} Look for what the job's overrides put in or replace."))
    });
    let dangling = dangling::find(&template.body).into_iter().map(|dangling| {
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
        Error::new(dangling.told()).hint(format!("{REFUSED} {advice}"))
    });
    Error::all("problems with the template", malformed.chain(dangling).collect())?;
    cycles::check(&template.body)
}
