//! Lays the differences out as text in segments of one meaning each.

use super::compare::{Branch, Part, Place, Tree};
use super::dump;
use super::normal::Side;
use crate::yaml::document::NodeId;

/// Columns of the parts of a key.
const KEY_STEP: usize = 4;
/// Columns of the parts of a list item.
const ITEM_STEP: usize = 2;

/// What a segment of the text tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Where a change is: keys.
    Path,
    /// Something new, with its lines' indentation and last line break.
    Insertion,
    /// Something that is gone, likewise.
    Deletion,
    /// A value that became another one, likewise.
    Change,
    /// What is there for orientation: unchanged and changed items.
    Aside,
}

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// What it tells.
    pub meaning: Meaning,
    /// Its text, free of control characters.
    pub text: String,
}

/// The text of the differences.
pub(super) fn segments(tree: &Tree, old: &Side, new: &Side) -> Vec<Segment> {
    let mut format = Format { old, new, segments: Vec::new() };
    match tree {
        Tree::Whole { old: Some(root), .. } => {
            format.block(Meaning::Deletion, 0, &dump::whole(&old.document, *root));
        }
        Tree::Whole { new: Some(root), .. } => {
            format.block(Meaning::Insertion, 0, &dump::whole(&new.document, *root));
        }
        Tree::Whole { .. } => {}
        Tree::Parts(parts) => format.parts(parts, 0),
    }
    format.segments
}

struct Format<'a> {
    old: &'a Side,
    new: &'a Side,
    segments: Vec<Segment>,
}

impl Format<'_> {
    fn parts(&mut self, parts: &[Part], indent: usize) {
        for part in parts {
            match part {
                Part::Same(count) => {
                    let s = if *count == 1 { "" } else { "s" };
                    self.push(Meaning::Aside, format!("{:indent$}({count} unchanged item{s})\n", ""));
                }
                Part::Leaf { place, old, new } => self.leaf(place, *old, *new, indent),
                Part::Branch(branch) => self.branch(branch, indent),
            }
        }
    }

    fn branch(&mut self, branch: &Branch, indent: usize) {
        let Place::Key(key) = &branch.place else {
            self.push(Meaning::Path, format!("{:indent$}~ ", ""));
            self.push(Meaning::Aside, "- (changed item)".to_owned());
            self.push(Meaning::Path, "\n".to_owned());
            return self.parts(&branch.parts, indent + ITEM_STEP);
        };
        let (path, parts) = joined(key, &branch.parts);
        self.push(Meaning::Path, format!("{:indent$}~ {path}:\n", ""));
        self.parts(parts, indent + KEY_STEP);
    }

    fn leaf(&mut self, place: &Place, old: Option<NodeId>, new: Option<NodeId>, indent: usize) {
        if let (Some(a), Some(b)) = (old, new)
            && same_kind(self.old, a, self.new, b)
        {
            let cut = |text: String| text.strip_suffix('\n').map(str::to_owned).unwrap_or(text);
            let change = format!(
                "{} -> {}",
                cut(dump::node(&self.old.document, a)),
                cut(dump::node(&self.new.document, b))
            );
            let text = match place {
                Place::Key(key) => format!("{key}: {change}"),
                Place::Item => format!("- {change}"),
            };
            return self.block(Meaning::Change, indent, &text);
        }
        for (side, node, meaning) in [(self.old, old, Meaning::Deletion), (self.new, new, Meaning::Insertion)]
        {
            let Some(node) = node else { continue };
            let text = match place {
                Place::Key(key) => dump::pair(&side.document, key, node),
                Place::Item => dump::item(&side.document, node),
            };
            self.block(meaning, indent, &text);
        }
    }

    /// Lines with their prefix; line breaks at the end of the text do not count.
    fn block(&mut self, meaning: Meaning, indent: usize, text: &str) {
        let prefix = match meaning {
            Meaning::Insertion => '+',
            Meaning::Deletion => '-',
            _ => '~',
        };
        let mut lines = String::with_capacity(text.len() + 16);
        for line in text.trim_end_matches('\n').split('\n') {
            lines.extend(std::iter::repeat_n(' ', indent));
            lines.push(prefix);
            lines.push(' ');
            lines.push_str(line);
            lines.push('\n');
        }
        self.push(meaning, lines);
    }

    fn push(&mut self, meaning: Meaning, text: String) {
        match self.segments.last_mut() {
            Some(last) if last.meaning == meaning && meaning == Meaning::Path => last.text.push_str(&text),
            _ => self.segments.push(Segment { meaning, text }),
        }
    }
}

/// A chain of keys with one difference each as one path, unless it ends in a list, as in the examples
/// of the old tool's documents.
fn joined<'a>(key: &str, parts: &'a [Part]) -> (String, &'a [Part]) {
    let mut path = key.to_owned();
    let mut last = parts;
    while let [Part::Branch(Branch { place: Place::Key(key), parts, .. })] = last {
        path.push('/');
        path.push_str(key);
        last = parts;
    }
    if last.iter().any(is_of_list) { (key.to_owned(), parts) } else { (path, last) }
}

fn is_of_list(part: &Part) -> bool {
    match part {
        Part::Same(_) => true,
        Part::Leaf { place, .. } => *place == Place::Item,
        Part::Branch(branch) => branch.place == Place::Item,
    }
}

fn same_kind(old: &Side, a: NodeId, new: &Side, b: NodeId) -> bool {
    std::mem::discriminant(&old.node(a).kind) == std::mem::discriminant(&new.node(b).kind)
}
