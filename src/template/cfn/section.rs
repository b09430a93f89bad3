//! Sections of a template and their entries.

use crate::yaml::{Kind, Node};

/// `Parameters`.
pub const PARAMETERS: &str = "Parameters";
/// `Mappings`.
pub const MAPPINGS: &str = "Mappings";
/// `Conditions`.
pub const CONDITIONS: &str = "Conditions";
/// `Resources`.
pub const RESOURCES: &str = "Resources";
/// `Outputs`.
pub const OUTPUTS: &str = "Outputs";

/// Key, its text and value of each entry of a section.
pub fn entries<'a>(
    body: &'a Node,
    section: &str,
) -> impl Iterator<Item = (&'a Node, &'a str, &'a Node)> + use<'a> {
    let entries = match body.get(section) {
        Some(Node { kind: Kind::Mapping(entries), .. }) => entries.as_slice(),
        _ => &[],
    };
    entries.iter().filter_map(|(key, value)| Some((key, key.as_text()?, value)))
}
