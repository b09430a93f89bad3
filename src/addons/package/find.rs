//! Finds the local paths of a template.

use super::properties::{Accepts, Becomes, INCLUDE, PROPERTIES};
use crate::yaml::{Kind, Node};

/// Sections in which `AWS::Include` is looked for.
const SECTIONS: [&str; 6] = ["Metadata", "Mappings", "Conditions", "Transform", "Resources", "Outputs"];

/// A local path of a template.
#[derive(Debug)]
pub(super) struct Reference {
    /// Where it stands: the position of the child on each level.
    pub at: Vec<usize>,
    /// The path as written.
    pub path: String,
    /// Line in its file; 0 when unknown.
    pub line: usize,
    pub section: &'static str,
    /// Key below the section; `AWS::Include` for a transform of the whole template.
    pub key: String,
    /// The place in words.
    pub place: String,
    pub accepts: Accepts,
    pub becomes: Becomes,
}

/// All local paths, in the order of the template.
pub(super) fn references(template: &Node) -> Vec<Reference> {
    let mut found = Vec::new();
    for section in SECTIONS {
        let Some((index, node)) = child(template, section) else { continue };
        if section == "Transform" {
            whole_template(node, &mut vec![index], &mut found);
        }
        match &node.kind {
            Kind::Mapping(entries) if node.tag.is_none() => {
                for (position, (key, value)) in entries.iter().enumerate() {
                    let name = key.as_text().unwrap_or_default();
                    let mut search = Search { section, key: name, found: &mut found };
                    let at = &mut vec![index, position];
                    if name == "Fn::Transform" {
                        search.include(value, at);
                    }
                    search.below(value, at);
                }
            }
            _ => Search { section, key: "", found: &mut found }.below(node, &mut vec![index]),
        }
    }
    if let Some((index, Node { kind: Kind::Mapping(resources), .. })) = child(template, "Resources") {
        for (position, (id, resource)) in resources.iter().enumerate() {
            properties(id.as_text().unwrap_or_default(), resource, &[index, position], &mut found);
        }
    }
    found.sort_by(|one, other| one.at.cmp(&other.at));
    found
}

/// The value behind a path of [`Reference::at`].
pub(super) fn node_at<'a>(template: &'a mut Node, at: &[usize]) -> Option<&'a mut Node> {
    at.iter().try_fold(template, |node, index| match &mut node.kind {
        Kind::Mapping(entries) => entries.get_mut(*index).map(|(_, value)| value),
        Kind::Sequence(items) => items.get_mut(*index),
        Kind::Scalar(_) => None,
    })
}

/// The local path that a value holds. Null, a tagged value such as `!Sub`, and what says by its scheme
/// that it is a location already are none.
fn local_path(node: &Node) -> Option<&str> {
    let text = node.as_text()?;
    let string = node.tag.as_deref().is_none_or(|tag| matches!(tag, "!!str" | "!"));
    let remote = ["s3://", "http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    (string && !remote && !text.is_empty() && !node.is_null()).then_some(text)
}

fn child<'a>(node: &'a Node, name: &str) -> Option<(usize, &'a Node)> {
    let Kind::Mapping(entries) = &node.kind else { return None };
    let index = entries.iter().position(|(key, _)| key.as_text() == Some(name))?;
    entries.get(index).map(|(_, value)| (index, value))
}

/// The value several levels below, with its position appended to `at`.
fn descend<'a>(node: &'a Node, path: &[&str], at: &mut Vec<usize>) -> Option<&'a Node> {
    path.iter().try_fold(node, |node, name| {
        let (index, value) = child(node, name)?;
        at.push(index);
        Some(value)
    })
}

fn properties(id: &str, resource: &Node, at: &[usize], found: &mut Vec<Reference>) {
    let kind = resource.get("Type").and_then(Node::as_text);
    for property in PROPERTIES.iter().filter(|row| Some(row.resource_type) == kind) {
        let mut at = at.to_vec();
        let value = descend(resource, &["Properties"], &mut at)
            .and_then(|properties| descend(properties, property.path, &mut at));
        if let Some((value, path)) = value.and_then(|value| Some((value, local_path(value)?))) {
            found.push(Reference {
                at,
                path: path.to_owned(),
                line: value.span.line,
                section: "Resources",
                key: id.to_owned(),
                place: format!("property {} of resource {id}", property.path.join(".")),
                accepts: property.accepts,
                becomes: property.becomes,
            });
        }
    }
}

/// `AWS::Include` in the section `Transform`, alone or in the list.
fn whole_template(node: &Node, at: &mut Vec<usize>, found: &mut Vec<Reference>) {
    let mut search = Search { section: "Transform", key: "AWS::Include", found };
    match &node.kind {
        Kind::Sequence(items) => {
            for (position, item) in items.iter().enumerate() {
                at.push(position);
                search.include(item, at);
                at.pop();
            }
        }
        _ => search.include(node, at),
    }
}

/// The search for `AWS::Include` below one key of a section.
struct Search<'a> {
    section: &'static str,
    key: &'a str,
    found: &'a mut Vec<Reference>,
}

impl Search<'_> {
    /// Looks at a value and everything in it; it nests no deeper than the YAML reader allows.
    fn below(&mut self, node: &Node, at: &mut Vec<usize>) {
        if node.tag.as_deref() == Some("!Transform") {
            self.include(node, at);
        }
        match &node.kind {
            Kind::Mapping(entries) => {
                for (position, (key, value)) in entries.iter().enumerate() {
                    at.push(position);
                    if key.as_text() == Some("Fn::Transform") {
                        self.include(value, at);
                    }
                    self.below(value, at);
                    at.pop();
                }
            }
            Kind::Sequence(items) => {
                for (position, item) in items.iter().enumerate() {
                    at.push(position);
                    self.below(item, at);
                    at.pop();
                }
            }
            Kind::Scalar(_) => {}
        }
    }

    /// Takes the location if the value describes an `AWS::Include`.
    fn include(&mut self, transform: &Node, at: &[usize]) {
        if transform.get("Name").and_then(Node::as_text) != Some("AWS::Include") {
            return;
        }
        let mut at = at.to_vec();
        let location = descend(transform, &["Parameters", "Location"], &mut at);
        let Some((location, path)) = location.and_then(|node| Some((node, local_path(node)?))) else {
            return;
        };
        let (accepts, becomes) = INCLUDE;
        let place = match self.section {
            "Transform" => "Location of AWS::Include in Transform".to_owned(),
            section => format!("Location of AWS::Include in {section}.{}", self.key),
        };
        self.found.push(Reference {
            at,
            path: path.to_owned(),
            line: location.span.line,
            section: self.section,
            key: self.key.to_owned(),
            place,
            accepts,
            becomes,
        });
    }
}
