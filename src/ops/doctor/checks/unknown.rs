//! A check that cannot be made because something is not known.

use crate::ops::doctor::facts::Unknown;
use crate::ops::doctor::finding::{About, Finding};

/// What is said instead of AWS's words when it does not accept the credentials: that is told once.
pub(super) const NO_CREDENTIALS: &str = "no credentials that AWS accepts";

/// A check that could not be made.
pub(crate) fn unknown(about: &About, unknown: &Unknown) -> Finding {
    if unknown.credentials {
        return about.skipped(NO_CREDENTIALS);
    }
    let finding = about.skipped(unknown.why.clone());
    if unknown.hints.is_empty() { finding } else { finding.advice(unknown.hints.clone()) }
}

/// The finding of a check that ends early, with `Err`, when something is not known.
pub(super) fn settled(about: &About, found: Result<Finding, Unknown>) -> Finding {
    found.unwrap_or_else(|why| unknown(about, &why))
}
