//! Several templates as one. The order of sections, and of keys in them, is that of
//! the old tool, so that the merged template of an unchanged directory is the deployed one.

use std::collections::{BTreeMap, HashMap};

use super::document::{Document, Place, name, shape};
use crate::error::{Error, Result};
use crate::manifest::suggest;
use crate::yaml::{self, Kind, Node};

/// A section and what one of its keys is called.
type Section = (&'static str, &'static str);

/// The sections of the merged template, in its order.
const SECTIONS: [Section; 7] = [
    ("Metadata", "metadata"),
    ("Parameters", PARAMETER),
    ("Mappings", "mapping"),
    ("Conditions", "condition"),
    (TRANSFORM, "transform"),
    ("Resources", "resource"),
    ("Outputs", "output"),
];
/// What a key of the section with the parameters is called.
const PARAMETER: &str = "parameter";
/// A set rather than a map.
const TRANSFORM: &str = "Transform";
/// Merged one level deeper than the others.
const MAPPINGS: &str = "Mappings";
/// Sections whose values must be maps.
const OF_MAPS: [&str; 4] = ["Parameters", MAPPINGS, "Resources", "Outputs"];
/// Left out without a word: the stack is the same without them.
const WITHOUT_EFFECT: [&str; 2] = ["AWSTemplateFormatVersion", "Description"];

/// The merged template.
#[derive(Debug)]
pub(super) struct Merged {
    pub body: Node,
    /// File that a key of a section comes from.
    pub origins: HashMap<(String, String), String>,
    pub warnings: Vec<String>,
}

/// Merges templates in their order.
///
/// # Errors
/// All that is malformed or, when nothing is, all that two files define differently.
pub(super) fn merge(documents: &[Document], noun: &str) -> Result<Merged> {
    super::all(noun, documents.iter().flat_map(malformed).collect())?;
    let mut origins = HashMap::new();
    let mut body = Vec::new();
    let mut conflicts = Vec::new();
    for (section, what) in SECTIONS {
        let value = if section == TRANSFORM {
            transforms(documents)
        } else {
            let entries = entries(documents, section, what, &mut origins, &mut conflicts);
            (!entries.is_empty()).then(|| Node::new(Kind::Mapping(entries)))
        };
        body.extend(value.map(|value| (Node::key(section), value)));
    }
    super::all(noun, conflicts)?;
    let warnings = documents.iter().flat_map(left_out).collect();
    Ok(Merged { body: Node::new(Kind::Mapping(body)), origins, warnings })
}

/// A template without resources is refused here: CloudFormation would do so after an image was built.
pub(super) fn check_resources(body: &Node, directory: &str) -> Vec<Error> {
    match body.get("Resources") {
        Some(_) => Vec::new(),
        None => vec![
            Error::new(format!(
                "{directory}: no template has a resource, and CloudFormation wants at least one"
            ))
            .hint("To deploy the job without addons, remove the files."),
        ],
    }
}

/// Whether everything of a template is where templates have it.
pub(super) fn is_sound(document: &Document) -> bool {
    malformed(document).is_empty()
}

/// What is not where a template has it.
fn malformed(document: &Document) -> Vec<Error> {
    let mut errors = Vec::new();
    for (key, _) in document.sections.iter().filter(|(key, _)| key.as_text().is_none()) {
        errors.push(no_text(document.place(key)));
    }
    for (section, what) in SECTIONS.iter().filter(|(section, _)| *section != TRANSFORM) {
        let entries = match document.entries(section) {
            Ok(entries) => entries,
            Err(e) => {
                errors.push(e);
                continue;
            }
        };
        for (key, value) in entries {
            let Some(text) = key.as_text() else {
                errors.push(no_text(document.place(key)));
                continue;
            };
            let is_map = matches!(value.kind, Kind::Mapping(_));
            // Such as `Fn::ForEach`, which makes several entries from a list.
            let is_function = text.starts_with("Fn::");
            if OF_MAPS.contains(section) && !is_map && !is_function {
                let place = document.place(key);
                let shown = name(text);
                let error = format!("{place}: the {what} `{shown}` must be a map, not {}", shape(value));
                errors.push(Error::new(error));
            }
            let kind = value.get("Type").filter(|kind| kind.as_text().is_none_or(str::is_empty));
            if let (Some(kind), "Resources" | "Parameters") = (kind, *section) {
                let place = document.place(kind);
                let shown = name(text);
                errors
                    .push(Error::new(format!("{place}: the `Type` of the {what} `{shown}` must be a text")));
            }
        }
    }
    errors
}

fn no_text(place: Place<'_>) -> Error {
    Error::new(format!("{place}: a key must be a text"))
}

/// The entries of a section of all files.
fn entries(
    documents: &[Document],
    section: &str,
    what: &str,
    origins: &mut HashMap<(String, String), String>,
    conflicts: &mut Vec<Error>,
) -> Vec<(Node, Node)> {
    let mut merged = Entries { what, owner: None, entries: Vec::new(), first: BTreeMap::new() };
    // Below the keys of mappings, which are merged themselves.
    let mut below: BTreeMap<String, Entries<'_>> = BTreeMap::new();
    for document in documents {
        let Ok(entries) = document.entries(section) else { continue };
        for (key, value) in entries {
            let text = key.as_text().unwrap_or_default();
            let origin = (section.to_owned(), text.to_owned());
            origins.entry(origin).or_insert_with(|| document.file.clone());
            match &value.kind {
                Kind::Mapping(inner) if section == MAPPINGS => {
                    merged.add(document, key, &Node::mapping::<String>([]), conflicts);
                    let owner = Some(text.to_owned());
                    let of_key = below.entry(text.to_owned()).or_insert_with(|| Entries {
                        what,
                        owner,
                        entries: Vec::new(),
                        first: BTreeMap::new(),
                    });
                    for (key, value) in inner {
                        of_key.add(document, key, value, conflicts);
                    }
                }
                _ => merged.add(document, key, value, conflicts),
            }
        }
    }
    for (key, value) in &mut merged.entries {
        if let Some(of_key) = key.as_text().and_then(|key| below.remove(key)) {
            *value = Node::new(Kind::Mapping(of_key.entries));
        }
    }
    merged.entries
}

/// Entries of one map from several files.
struct Entries<'a> {
    /// What a key is called.
    what: &'a str,
    /// The key that the map belongs to, when it is not a section.
    owner: Option<String>,
    entries: Vec<(Node, Node)>,
    /// Where each key stands first, and what its value is.
    first: BTreeMap<String, (Place<'a>, String)>,
}

impl<'a> Entries<'a> {
    /// Adds an entry unless it is there; a different one of the same key is a conflict.
    fn add(&mut self, document: &'a Document, key: &Node, value: &Node, conflicts: &mut Vec<Error>) {
        // Layout, quotes and comments do not count, the order of keys does.
        let meaning = match self.what {
            PARAMETER => yaml::emit(&without_description(value)),
            _ => yaml::emit(value),
        };
        let text = key.as_text().unwrap_or_default();
        let Some((place, first)) = self.first.get(text) else {
            self.first.insert(text.to_owned(), (document.place(key), meaning));
            self.entries.push((key.clone(), value.clone()));
            return;
        };
        if *first != meaning {
            let what = self.what;
            let owner = self.owner.as_ref().map(|owner| format!("{}.", name(owner))).unwrap_or_default();
            let shown = name(text);
            let other = document.place(key);
            conflicts.push(
                Error::new(format!(
                    "the {what} `{owner}{shown}` is defined in {place} and differently in {other}"
                ))
                .hint("The files are merged into one template: write it in one of them only, or rename one."),
            );
        }
    }
}

/// A parameter as far as it means something. Files of different origin describe the same parameter in different words.
fn without_description(parameter: &Node) -> Node {
    match &parameter.kind {
        Kind::Mapping(entries) => {
            let entries = entries.iter().filter(|(key, _)| key.as_text() != Some("Description"));
            Node { kind: Kind::Mapping(entries.cloned().collect()), ..parameter.clone() }
        }
        _ => parameter.clone(),
    }
}

/// All transforms as a list without repetitions, however they were written.
fn transforms(documents: &[Document]) -> Option<Node> {
    let mut seen = Vec::new();
    let mut set = Vec::new();
    let values =
        documents.iter().flat_map(|d| &d.sections).filter(|(key, _)| key.as_text() == Some(TRANSFORM));
    for (_, value) in values {
        let items = match &value.kind {
            Kind::Sequence(items) => items.as_slice(),
            _ if value.is_null() => &[],
            _ => std::slice::from_ref(value),
        };
        for item in items {
            let meaning = yaml::emit(item);
            if !seen.contains(&meaning) {
                seen.push(meaning);
                set.push(item.clone());
            }
        }
    }
    (!set.is_empty()).then(|| Node::sequence(set))
}

/// A warning for every section that merging drops although the stack would differ with it.
fn left_out(document: &Document) -> Vec<String> {
    let known = SECTIONS.map(|(section, _)| section);
    let keys = document.sections.iter().map(|(key, _)| key);
    let left_out = keys.filter(|key| {
        key.as_text().is_some_and(|text| !known.contains(&text) && !WITHOUT_EFFECT.contains(&text))
    });
    left_out
        .map(|key| {
            let text = key.as_text().unwrap_or_default();
            let place = document.place(key);
            let shown = name(text);
            match suggest::nearest(text, &known) {
                Some(near) => format!("{place}: `{shown}` is left out, did you mean `{near}`?"),
                None => format!(
                    "{place}: `{shown}` is left out and has no effect: of addons only {} are deployed",
                    known.join(", ")
                ),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
