//! A template, whatever it describes.

use super::resource::DESCRIPTION_KEY;
use crate::yaml::{self, Kind, Node};

/// A CloudFormation template.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The whole document.
    pub body: Node,
    /// Comment above it, with its line break; empty when there is none.
    pub header: &'static str,
}

impl Template {
    /// The text that is uploaded and shown.
    pub fn to_yaml(&self) -> String {
        format!("{}{}", self.header, yaml::emit(&self.body))
    }
}

/// Says in the template's description what changed it, as other tools expect.
pub(crate) fn mark_overridden(body: &mut Node, how: &str) {
    let Kind::Mapping(entries) = &mut body.kind else { return };
    let description = entries.iter_mut().find(|(key, _)| key.as_text() == Some("Description"));
    if let Some((_, Node { kind: Kind::Scalar(description), .. })) = description {
        let text = &description.text;
        description.text = format!("{} using AWS Copilot {how}.", text.strip_suffix('.').unwrap_or(text));
    }
}

/// What the progress display shows of a template's resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceDescription {
    /// Logical id.
    pub id: String,
    /// CloudFormation type.
    pub kind: String,
    /// `Metadata: aws:copilot:description`.
    pub description: String,
}

/// The resources that have a description, in the template's order.
pub fn descriptions(body: &Node) -> Vec<ResourceDescription> {
    let Some(Node { kind: Kind::Mapping(resources), .. }) = body.get("Resources") else {
        return Vec::new();
    };
    resources
        .iter()
        .filter_map(|(id, resource)| {
            let description = resource.get("Metadata")?.get(DESCRIPTION_KEY)?;
            Some(ResourceDescription {
                id: id.as_text()?.to_owned(),
                kind: resource.get("Type")?.as_text()?.to_owned(),
                description: description.as_text()?.to_owned(),
            })
        })
        .collect()
}
