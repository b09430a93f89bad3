//! Refusing to write over what a newer version of the program wrote.

use std::cmp::Ordering;

use crate::error::{Error, Result};
use crate::template::version::{self, TEMPLATE_VERSION};

/// Refuses to overwrite a template that is newer than this program's. `happened` is what the newer version did, such as
/// `job report-gen was deployed`; `has_flag` says whether the command has --allow-downgrade.
///
/// # Errors
/// When `deployed` is newer.
pub(crate) fn refuse(deployed: &str, happened: &str, templates: &str, has_flag: bool) -> Result<()> {
    if version::compare(deployed, TEMPLATE_VERSION) != Ordering::Greater {
        return Ok(());
    }
    let error = Error::new(format!(
        "{happened} by a newer version: its {templates} {deployed}, this program writes {TEMPLATE_VERSION}"
    ))
    .hint("Install the newest version of copilot and run the command again.");
    Err(match has_flag {
        true => error.hint(
            "Or pass --allow-downgrade; parts that only the newer version knows are then removed or reset.",
        ),
        false => error,
    })
}
