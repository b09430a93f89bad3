//! A document as it is written: styles, tags, anchors, aliases and comments, nothing resolved or expanded.

use super::node::{Scalar, Span, Style};

/// Names a node of its [`Document`].
pub type NodeId = usize;

/// The first document of a text.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// All nodes; a node's parts stand after it.
    nodes: Vec<RawNode>,
    /// The outermost value; `None` when the text holds nothing but comments.
    pub root: Option<NodeId>,
    /// Comments that belong to no value: `head` above the first, set off by an empty line, and `foot`
    /// after the last.
    pub comments: Comments,
}

/// A value as written.
#[derive(Clone, Debug)]
pub struct RawNode {
    /// The tag as written (`!Ref`, `!!str`); `None` when untagged.
    pub tag: Option<String>,
    /// The name of its anchor, without `&`.
    pub anchor: Option<String>,
    /// What it is.
    pub kind: RawKind,
    /// Line and column, from 1; 0 for nodes made by the program.
    pub span: Span,
    /// The comments that belong to it.
    pub comments: Comments,
}

/// The four shapes of a written value.
#[derive(Clone, Debug)]
pub enum RawKind {
    /// Text after unescaping, and its notation.
    Scalar(Scalar),
    /// A list.
    Sequence {
        /// Its items.
        items: Vec<NodeId>,
        /// Whether it is written with brackets.
        flow: bool,
    },
    /// A map; keys keep their order, merge keys are keys.
    Mapping {
        /// Keys and values.
        entries: Vec<(NodeId, NodeId)>,
        /// Whether it is written with braces.
        flow: bool,
    },
    /// A reference to a node before this one.
    Alias {
        /// The anchor's name, without `*`.
        name: String,
        /// The node with the anchor.
        target: NodeId,
    },
}

/// Comments of one node, with their `#`; empty when there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// The lines above.
    pub head: String,
    /// The end of the line.
    pub line: String,
    /// The lines below that belong to nothing that follows.
    pub foot: String,
}

impl Document {
    /// A node of this document.
    pub fn node(&self, id: NodeId) -> &RawNode {
        // Ids are made by this document alone; the fallback cannot be reached and keeps this total.
        static NOTHING: RawNode = RawNode {
            tag: None,
            anchor: None,
            kind: RawKind::Scalar(Scalar { text: String::new(), style: Style::Plain }),
            span: Span { start: 0, end: 0, line: 0, column: 0 },
            comments: Comments { head: String::new(), line: String::new(), foot: String::new() },
        };
        self.nodes.get(id).unwrap_or(&NOTHING)
    }

    /// Number of nodes; ids are below it.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// Adds a node that is part of no other yet.
    pub fn add(&mut self, node: RawNode) -> NodeId {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    pub(super) fn node_mut(&mut self, id: NodeId) -> Option<&mut RawNode> {
        self.nodes.get_mut(id)
    }
}

impl RawNode {
    /// The scalar's text; `None` for other kinds.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            RawKind::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }
}
