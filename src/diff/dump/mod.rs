//! Prints nodes as the old tool's YAML library does with its default settings: the
//! notation of the source where the place allows it, steps of four columns, no folded lines.

mod lines;

use std::borrow::Cow;

use super::scalar::{self, Context, analyse};
use crate::yaml::document::{Document, NodeId, RawKind, RawNode};
use crate::yaml::{Scalar, Style};

/// Columns of one step.
const STEP: usize = 4;
/// Bytes of the longest key that stands before its colon.
const LONGEST_KEY: usize = 128;

/// A node as a document of its own. A scalar's text ends with a line break.
pub(super) fn node(document: &Document, id: NodeId) -> String {
    let mut dumper = Dumper::new(document);
    dumper.root(id);
    dumper.finish("")
}

/// The whole document with the comments of its file.
pub(super) fn whole(document: &Document, root: NodeId) -> String {
    let mut dumper = Dumper::new(document);
    if !document.comments.head.is_empty() {
        dumper.comment_line(&document.comments.head);
        dumper.new_line();
    }
    dumper.root(root);
    dumper.finish(&document.comments.foot)
}

/// A map of this key, written anew, and the value.
pub(super) fn pair(document: &Document, key: &str, value: NodeId) -> String {
    let mut dumper = Dumper::new(document);
    let style = match key {
        key if key.contains('\n') => Style::Literal,
        key if scalar::reads_as_string(key) => Style::Plain,
        _ => Style::DoubleQuoted,
    };
    let key = Scalar { text: key.to_owned(), style };
    let outer = dumper.nest(false);
    dumper.new_entry();
    dumper.key(&Key::Made(&key));
    dumper.value_of_pair(value);
    dumper.indent = outer;
    dumper.finish("")
}

/// A list of one item.
pub(super) fn item(document: &Document, item: NodeId) -> String {
    let mut dumper = Dumper::new(document);
    let outer = dumper.nest(false);
    dumper.item(item);
    dumper.indent = outer;
    dumper.finish("")
}

/// A key of the document or one made for the dump.
enum Key<'a> {
    Node(NodeId),
    Made(&'a Scalar),
}

struct Dumper<'a> {
    document: &'a Document,
    out: String,
    column: usize,
    /// The column of the block; `None` before the first.
    indent: Option<usize>,
    in_flow: usize,
    /// The line so far ends with a blank or is empty.
    after_white: bool,
    /// The line so far holds nothing but indentation and dashes.
    at_start: bool,
    /// The column at which an empty line follows a comment below an entry.
    foot_column: Option<usize>,
    /// The comment at the end of the line that is being written.
    line_comment: Cow<'a, str>,
    /// A comment behind `key:` that waits for a value it can stand with.
    key_comment: &'a str,
}

impl<'a> Dumper<'a> {
    fn new(document: &'a Document) -> Self {
        Self {
            document,
            out: String::new(),
            column: 0,
            indent: None,
            in_flow: 0,
            after_white: true,
            at_start: true,
            foot_column: None,
            line_comment: Cow::Borrowed(""),
            key_comment: "",
        }
    }

    fn root(&mut self, id: NodeId) {
        let node = self.document.node(id);
        if !node.comments.head.is_empty() {
            self.comment_line(&node.comments.head);
        }
        self.line_comment = Cow::Borrowed(&node.comments.line);
        self.value(id, false, false);
        self.end_line_comment();
        self.foot(&node.comments.foot);
    }

    fn finish(mut self, foot: &str) -> String {
        if !foot.is_empty() {
            self.foot_column = Some(0);
            self.comment_line(foot);
        }
        self.foot_column = None;
        self.new_entry();
        self.out
    }

    /// Goes one block deeper and returns the column to come back to.
    fn nest(&mut self, in_item: bool) -> Option<usize> {
        let outer = self.indent;
        self.indent = Some(match outer {
            None => 0,
            // The first step inside an item only skips the dash.
            Some(column) if in_item => column + 2,
            Some(column) => STEP * ((column + STEP) / STEP),
        });
        outer
    }

    fn value(&mut self, id: NodeId, in_item: bool, simple_key: bool) {
        let node = self.document.node(id);
        match &node.kind {
            RawKind::Alias { name, .. } => {
                self.indicator("*", true, false, false);
                self.text(name);
            }
            RawKind::Scalar(scalar) => {
                self.properties(node);
                self.scalar(scalar, in_item, simple_key);
            }
            RawKind::Sequence { items, flow } => {
                self.properties(node);
                if *flow || self.in_flow > 0 || items.is_empty() {
                    self.flow_items(items, in_item);
                } else {
                    let outer = self.nest(in_item);
                    for item in items {
                        self.item(*item);
                    }
                    self.indent = outer;
                }
            }
            RawKind::Mapping { entries, flow } => {
                self.properties(node);
                if *flow || self.in_flow > 0 || entries.is_empty() {
                    self.flow_entries(entries, in_item);
                } else {
                    self.entries(entries, in_item);
                }
            }
        }
    }

    fn item(&mut self, id: NodeId) {
        let node = self.document.node(id);
        if !node.comments.head.is_empty() {
            self.comment_line(&node.comments.head);
        }
        self.new_entry();
        self.indicator("-", true, false, true);
        self.line_comment = Cow::Borrowed(&node.comments.line);
        self.value(id, true, false);
        self.end_line_comment();
        self.foot(&node.comments.foot);
    }

    fn entries(&mut self, entries: &[(NodeId, NodeId)], in_item: bool) {
        let outer = self.nest(in_item);
        let mut foot = "";
        for (key, value) in entries {
            let comments = &self.document.node(*key).comments;
            self.foot(foot);
            if !comments.head.is_empty() {
                self.comment_line(&comments.head);
            }
            self.new_entry();
            if !comments.line.is_empty() {
                self.key_comment = &comments.line;
            }
            self.key(&Key::Node(*key));
            self.value_of_pair(*value);
            foot = &comments.foot;
        }
        self.foot(foot);
        self.indent = outer;
    }

    fn key(&mut self, key: &Key<'_>) {
        let simple = self.is_simple(key);
        if !simple {
            self.indicator("?", true, false, true);
        }
        match key {
            Key::Node(id) => self.value(*id, false, simple),
            Key::Made(scalar) => self.scalar(scalar, false, simple),
        }
        if simple {
            self.indicator(":", false, false, false);
        } else {
            self.new_entry();
            self.indicator(":", true, false, true);
        }
    }

    /// Whether a key can stand before its colon.
    fn is_simple(&self, key: &Key<'_>) -> bool {
        let (node, scalar) = match key {
            Key::Made(scalar) => (None, *scalar),
            Key::Node(id) => {
                let node = self.document.node(*id);
                match &node.kind {
                    RawKind::Scalar(scalar) => (Some(node), scalar),
                    RawKind::Alias { name, .. } => return name.len() <= LONGEST_KEY,
                    RawKind::Sequence { items, .. } => return items.is_empty(),
                    RawKind::Mapping { entries, .. } => return entries.is_empty(),
                }
            }
        };
        let length = |text: Option<&String>| text.map_or(0, String::len);
        let properties = node.map_or(0, |node| length(node.tag.as_ref()) + length(node.anchor.as_ref()));
        !analyse(&scalar.text).multiline && scalar.text.len() + properties <= LONGEST_KEY
    }

    fn value_of_pair(&mut self, value: NodeId) {
        let node = self.document.node(value);
        self.line_comment = Cow::Borrowed(&node.comments.line);
        if !self.key_comment.is_empty() {
            match &node.kind {
                RawKind::Scalar(_) if self.line_comment.is_empty() => {
                    self.line_comment = Cow::Borrowed(std::mem::take(&mut self.key_comment));
                }
                RawKind::Sequence { flow: false, .. } | RawKind::Mapping { flow: false, .. } => {
                    let own = std::mem::replace(
                        &mut self.line_comment,
                        Cow::Borrowed(std::mem::take(&mut self.key_comment)),
                    );
                    self.end_line_comment();
                    self.line_comment = own;
                }
                _ => {}
            }
        }
        self.value(value, false, false);
        self.end_line_comment();
        self.foot(&node.comments.foot);
    }

    fn flow_items(&mut self, items: &[NodeId], in_item: bool) {
        self.indicator("[", true, true, false);
        let outer = self.nest_flow(in_item);
        for (position, item) in items.iter().enumerate() {
            self.separate(position);
            self.value(*item, true, false);
        }
        self.unnest_flow(outer);
        self.indicator("]", false, false, false);
    }

    fn flow_entries(&mut self, entries: &[(NodeId, NodeId)], in_item: bool) {
        self.indicator("{", true, true, false);
        let outer = self.nest_flow(in_item);
        for (position, (key, value)) in entries.iter().enumerate() {
            self.separate(position);
            let simple = self.is_simple(&Key::Node(*key));
            if !simple {
                self.indicator("?", true, false, false);
            }
            self.value(*key, false, simple);
            self.indicator(":", !simple, false, false);
            self.value(*value, false, false);
        }
        self.unnest_flow(outer);
        self.indicator("}", false, false, false);
    }

    fn separate(&mut self, position: usize) {
        if position > 0 {
            self.indicator(",", false, false, false);
        }
        if self.column == 0 {
            self.new_entry();
        }
    }

    fn nest_flow(&mut self, in_item: bool) -> (Option<usize>, Cow<'a, str>) {
        let comment = std::mem::take(&mut self.line_comment);
        let outer = match self.indent {
            Some(_) => self.nest(in_item),
            None => self.indent.replace(STEP),
        };
        self.in_flow += 1;
        (outer, comment)
    }

    fn unnest_flow(&mut self, (outer, comment): (Option<usize>, Cow<'a, str>)) {
        self.in_flow -= 1;
        self.indent = outer;
        self.line_comment = comment;
    }

    /// Anchor and tag.
    fn properties(&mut self, node: &RawNode) {
        if let Some(anchor) = &node.anchor {
            self.indicator("&", true, false, false);
            self.text(anchor);
        }
        if let Some(tag) = &node.tag {
            self.indicator(tag, true, false, false);
        }
    }

    fn scalar(&mut self, scalar: &Scalar, in_item: bool, simple_key: bool) {
        let text = scalar.text.as_str();
        let context = Context { in_flow: self.in_flow > 0, simple_key };
        let wished = match scalar.style {
            Style::Plain if text.contains('\n') => Style::Literal,
            style => style,
        };
        let style = analyse(text).style(text, wished, context);
        let outer = match self.indent {
            Some(_) => self.nest(in_item),
            None => self.indent.replace(STEP),
        };
        match style {
            Style::Plain => {
                if !text.is_empty() {
                    self.indicator(text, true, false, false);
                }
                self.at_start = false;
            }
            Style::SingleQuoted => self.single_quoted(text),
            Style::DoubleQuoted | Style::AlwaysQuoted => {
                self.indicator(&scalar::double_quoted(text), true, false, false);
            }
            Style::Literal => self.block("|", text, false),
            Style::Folded => self.block(">", text, true),
        }
        self.indent = outer;
    }
}
