//! Compares the template of a deployed stack with a new one: parse ([`crate::yaml::raw`]), normalise,
//! compare, format, colour, each in a file of its own. Pure; the rules are those of the old tool, with key paths
//! joined as its documents show.

mod calls;
mod changes;
pub mod colour;
mod compare;
pub mod differences;
mod dump;
#[cfg(test)]
mod dump_tests;
mod format;
pub mod meaning;
mod normal;
#[cfg(test)]
mod properties_tests;
pub mod replacements;
mod scalar;
mod sequence;
#[cfg(test)]
mod tests;

pub use changes::{Change, Key, Misfit, Op, apply};
pub use format::{Meaning, Segment};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::yaml;
use crate::yaml::document::RawKind;
use normal::{Classes, Side};

/// What differs between two templates.
pub struct Diff {
    old: Side,
    new: Side,
    tree: compare::Tree,
}

/// Compares the deployed template with the new one; an empty text stands for no template at all.
///
/// Order of keys, notation and comments make no difference, nor does `Metadata.Manifest`.
///
/// # Errors
///
/// A text that is no YAML, whose outermost value is no map, or with a key given twice: names the template
/// and the line.
pub fn templates(old: &str, new: &str) -> Result<Diff> {
    let mut classes = Classes::default();
    let new = side("the new template", new, &mut classes)?;
    let old = side("the deployed template", old, &mut classes).map_err(|error| {
        error.hint(
            "Look at it with `aws cloudformation get-template`; deploying without `--diff` replaces it.",
        )
    })?;
    let tree = compare::compare(&old, &new);
    Ok(Diff { old, new, tree })
}

fn side(name: &'static str, text: &str, classes: &mut Classes) -> Result<Side> {
    let document =
        yaml::load_raw(text).map_err(|e| Error::new(e.to_string()).context(format!("read {name}")))?;
    if let Some(root) = document.root {
        let null = match &document.node(root).kind {
            RawKind::Mapping { .. } => true,
            RawKind::Scalar(scalar) => {
                scalar.style == yaml::Style::Plain
                    && matches!(scalar.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            RawKind::Sequence { .. } | RawKind::Alias { .. } => false,
        };
        if !null {
            let line = document.node(root).span.line;
            return Err(Error::new(format!("line {line}: a template is a map of sections"))
                .context(format!("read {name}")));
        }
    }
    Side::new(document, classes).map_err(|problem| {
        let message = format!("line {}: {}", problem.line, problem.message);
        Error::new(message).context(format!("read {name}"))
    })
}

impl Diff {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        match &self.tree {
            compare::Tree::Whole { old, new } => old.is_none() && new.is_none(),
            compare::Tree::Parts(parts) => parts.is_empty(),
        }
    }

    /// The text in pieces of one meaning each, for painting.
    pub fn segments(&self) -> Vec<Segment> {
        format::segments(&self.tree, &self.old, &self.new)
    }

    /// The text without colours; empty when nothing differs, else ending in a line break.
    pub fn text(&self) -> String {
        self.segments().into_iter().map(|segment| segment.text).collect()
    }

    /// The differences for machines.
    pub fn changes(&self) -> Vec<Change> {
        changes::changes(&self.tree, &self.old, &self.new)
    }

    /// The deployed template as JSON, in the form of [`Change`]; null without one.
    pub fn old_value(&self) -> Value {
        root_value(&self.old)
    }

    /// The new template as JSON, in the form of [`Change`]; null without one.
    pub fn new_value(&self) -> Value {
        root_value(&self.new)
    }
}

/// A template that is an explicit null has no sections.
fn root_value(side: &Side) -> Value {
    match side.document.root {
        None => Value::Null,
        Some(root) if side.node(root).as_text().is_some() => Value::Object(serde_json::Map::new()),
        Some(root) => changes::value(side, root),
    }
}
