//! Addons of an environment that import what the environment itself exports. A stack cannot import what a stack around it
//! has yet to export: the first deployment of such an environment fails, and later ones hold on to the old values.

use super::Target;
use super::document::Place;
use super::merge::Merged;
use crate::template::cfn::call::Call;
use crate::template::cfn::section::{OUTPUTS, RESOURCES, entries};
use crate::template::cfn::values::Values;
use crate::yaml::{Kind, Node};

/// An import of the environment's own export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnImport {
    /// File, line and column.
    pub place: String,
    /// The export's whole name.
    pub export: String,
    /// Its part after the stack's name.
    pub name: String,
}

/// Finds such imports in resources and outputs, each export once.
pub(super) fn find(merged: &Merged, known: &Values, target: &Target<'_>, directory: &str) -> Vec<OwnImport> {
    let own = format!("{}-{}-", target.app, target.env);
    let mut found: Vec<OwnImport> = Vec::new();
    for section in [RESOURCES, OUTPUTS] {
        for (_, key, value) in entries(&merged.body, section) {
            let file = merged.origins.get(&(section.to_owned(), key.to_owned()));
            let file = file.map_or(directory, String::as_str);
            let mut take = |import: &Node, argument: &Node| {
                let Some(export) = known.text(&merged.body, argument) else { return };
                let Some(name) = export.strip_prefix(&own) else { return };
                if !found.iter().any(|other| other.export == *export) {
                    let place = Place { file, span: import.span }.to_string();
                    found.push(OwnImport { place, name: name.to_owned(), export: export.into_owned() });
                }
            };
            each_import(value, &mut take);
        }
    }
    found
}

/// Calls back with every import in a value, and with what it imports.
fn each_import(node: &Node, take: &mut dyn FnMut(&Node, &Node)) {
    const FUNCTION: &str = "ImportValue";
    match &node.kind {
        _ if Call::of(node).is_some_and(|call| call.function == FUNCTION) => {
            // In the short form the argument is the value itself without its tag.
            match (&node.tag, &node.kind) {
                (Some(_), _) => take(node, &Node { tag: None, ..node.clone() }),
                (None, Kind::Mapping(only)) => only.iter().for_each(|(key, argument)| take(key, argument)),
                (None, _) => {}
            }
        }
        Kind::Scalar(_) => {}
        Kind::Sequence(items) => items.iter().for_each(|item| each_import(item, take)),
        Kind::Mapping(inner) => inner.iter().for_each(|(_, value)| each_import(value, take)),
    }
}
