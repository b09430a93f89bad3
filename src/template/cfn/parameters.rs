//! What a deployment sends for a template's parameters.

use super::section::PARAMETERS;
use crate::error::{Error, Result};
use crate::yaml::{Kind, Node};

/// Checks that an overridden template still takes the parameters that are sent with it.
///
/// # Errors
/// When one of them is gone, or when there is a new one without a default.
pub(crate) fn check_sent(body: &Node, sent: &[(String, String)]) -> Result<()> {
    let declared = match body.get(PARAMETERS).map(|section| &section.kind) {
        Some(Kind::Mapping(declared)) => declared.as_slice(),
        _ => &[],
    };
    let removed = sent.iter().filter(|(name, _)| declared.iter().all(|(d, _)| d.as_text() != Some(name)));
    let removed = removed.map(|(name, _)| {
        Error::new(format!("the overrides remove the parameter \"{name}\", which every deployment sets"))
            .hint("Keep the parameters of the rendered template: one that nothing uses does no harm.")
    });
    let added = declared.iter().filter_map(|(name, about)| {
        let name = name.as_text()?;
        let missing = about.get("Default").is_none() && sent.iter().all(|(sent, _)| sent != name);
        missing.then(|| {
            Error::new(format!("the overrides add the parameter \"{name}\" without a value"))
                .hint("Give it a \"Default\": deployments set the parameters of the rendered template only.")
        })
    });
    Error::all("parameters do not fit the deployment", removed.chain(added).collect())
}
