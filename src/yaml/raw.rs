//! From YAML text to its notation: the first document as written, with styles, tags, anchors, aliases
//! and comments, for programs that print parts of it again. Nothing is resolved or expanded, so the
//! result is never larger than the text.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, Tag};

use super::comments::{self, Element, Layout, Mark, Role};
use super::document::{Comments, Document, NodeId, RawKind, RawNode};
use super::load::{MAX_DEPTH, SyntaxError, convert, convert_style, point, tag_text, too_deep};
use super::node::{Scalar, Span, Style};

/// Reads the first document of a text as it is written.
///
/// Documents after the first are not read, not even for syntax.
///
/// # Errors
///
/// The first violation of YAML's syntax, an alias without an anchor or inside it, or lists and maps that
/// nest deeper than 128 levels. Keys given twice are left to the reader.
pub fn load_raw(source: &str) -> Result<Document, SyntaxError> {
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        block_scalar_eof_without_line_feed: true,
    };
    let mut builder = Builder::default();
    let mut end = source.len();
    for next in Parser::new_from_str_with_options(source, options) {
        let (event, place) = next.map_err(|e| SyntaxError {
            message: format!("invalid YAML: {}", e.info()),
            span: point(e.marker()),
        })?;
        let span = convert(place);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                // The parser reads a value that is not written as `~`.
                let absent = style == ScalarStyle::Plain && span.start == span.end;
                let text = if absent { String::new() } else { text.into_owned() };
                let scalar = Scalar { text, style: convert_style(style) };
                builder.leaf(RawKind::Scalar(scalar), tag.as_deref(), anchor, span);
            }
            Event::SequenceStart(style, anchor, tag) => {
                let flow = style == StructureStyle::Flow;
                builder.open(RawKind::Sequence { items: Vec::new(), flow }, tag.as_deref(), anchor, span)?;
            }
            Event::MappingStart(style, anchor, tag) => {
                let flow = style == StructureStyle::Flow;
                builder.open(RawKind::Mapping { entries: Vec::new(), flow }, tag.as_deref(), anchor, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => builder.close(span),
            Event::Anchor(id, name) => builder.name(id, name.into_owned()),
            Event::Alias(id) => {
                let name = source.get(span.start..span.end).unwrap_or_default().trim_start_matches('*');
                builder.alias(id, name.to_owned(), span)?;
            }
            Event::UnresolvedAlias(name) => {
                return Err(SyntaxError {
                    message: format!("`*{name}` refers to an anchor that does not exist"),
                    span,
                });
            }
            Event::DocumentEnd => {
                end = span.start.min(end);
                break;
            }
            _ => {}
        }
    }
    let mut document = builder.document;
    // The parser stands an empty value for a document without any; one after `---` is written.
    if let Some(root) = document.root
        && let node = document.node(root)
        && node.tag.is_none()
        && node.anchor.is_none()
        && node.as_text() == Some("")
        && matches!(&node.kind, RawKind::Scalar(s) if s.style == Style::Plain)
        && !source.get(..end).unwrap_or_default().lines().any(|line| line.starts_with("---"))
    {
        document.root = None;
    }
    comments::assign(&mut document, source.get(..end).unwrap_or(source), &builder.layout);
    Ok(document)
}

/// A list or map that is still open.
struct Frame {
    id: NodeId,
    flow: bool,
    anchor: usize,
    role: Role,
    column: usize,
    /// The key whose value comes next.
    key: Option<NodeId>,
    /// The last of its elements so far.
    element: Option<usize>,
}

#[derive(Default)]
struct Builder {
    document: Document,
    layout: Layout,
    open: Vec<Frame>,
    anchors: HashMap<usize, NodeId>,
    /// Anchors of collections that are still open.
    unfinished: HashSet<usize>,
    flow_depth: usize,
}

impl Builder {
    fn leaf(&mut self, kind: RawKind, tag: Option<&Tag>, anchor: usize, span: Span) {
        let (id, role) = self.place(kind, tag, anchor, span);
        if span.start < span.end {
            self.layout.marks.push(Mark { start: span.start, end: span.end, node: id, role });
        }
    }

    fn open(
        &mut self,
        kind: RawKind,
        tag: Option<&Tag>,
        anchor: usize,
        span: Span,
    ) -> Result<(), SyntaxError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        let flow =
            matches!(&kind, RawKind::Sequence { flow: true, .. } | RawKind::Mapping { flow: true, .. });
        let (id, role) = self.place(kind, tag, anchor, span);
        if flow {
            if self.flow_depth == 0 {
                self.layout.flows.push((span.start, usize::MAX));
            }
            self.flow_depth += 1;
        }
        self.open.push(Frame { id, flow, anchor, role, column: span.column, key: None, element: None });
        Ok(())
    }

    fn close(&mut self, span: Span) {
        let Some(frame) = self.open.pop() else { return };
        if frame.anchor != 0 {
            self.unfinished.remove(&frame.anchor);
        }
        if !frame.flow {
            return;
        }
        self.flow_depth -= 1;
        let role = if frame.role == Role::Key { Role::Key } else { Role::FlowEnd };
        self.layout.marks.push(Mark { start: span.start, end: span.end, node: frame.id, role });
        if self.flow_depth == 0
            && let Some(range) = self.layout.flows.last_mut()
        {
            range.1 = span.end;
        }
    }

    fn alias(&mut self, id: usize, name: String, span: Span) -> Result<(), SyntaxError> {
        let target = self.anchors.get(&id).copied().filter(|_| !self.unfinished.contains(&id));
        let Some(target) = target else {
            let message = "an alias stands inside the value it refers to".to_owned();
            return Err(SyntaxError { message, span });
        };
        self.leaf(RawKind::Alias { name, target }, None, 0, span);
        Ok(())
    }

    fn name(&mut self, id: usize, name: String) {
        if let Some(node) = self.anchors.get(&id).and_then(|node| self.document.node_mut(*node)) {
            node.anchor = Some(name);
        }
    }

    /// Adds a node to what is open and says what it is there.
    fn place(&mut self, kind: RawKind, tag: Option<&Tag>, anchor: usize, span: Span) -> (NodeId, Role) {
        // `!` alone only says "no other type".
        let tag = tag.map(tag_text).filter(|tag| tag != "!");
        let collection = matches!(kind, RawKind::Sequence { .. } | RawKind::Mapping { .. });
        let id = self.document.add(RawNode { tag, anchor: None, kind, span, comments: Comments::default() });
        if anchor != 0 {
            self.anchors.insert(anchor, id);
            if collection {
                self.unfinished.insert(anchor);
            }
        }
        let outer = self.open.iter().rev().skip(1).find_map(|frame| frame.element);
        let Some(frame) = self.open.last_mut() else {
            self.document.root = Some(id);
            return (id, Role::Root);
        };
        let parent = self.document.node_mut(frame.id).map(|node| &mut node.kind);
        let role = match parent {
            Some(RawKind::Sequence { items, .. }) => {
                items.push(id);
                Role::Item
            }
            Some(RawKind::Mapping { entries, .. }) => match frame.key.take() {
                Some(key) => {
                    entries.push((key, id));
                    if self.flow_depth == 0 {
                        self.layout.values.insert(key, id);
                    }
                    Role::Value
                }
                None => {
                    frame.key = Some(id);
                    Role::Key
                }
            },
            _ => Role::Root,
        };
        if self.flow_depth == 0 && matches!(role, Role::Item | Role::Key) {
            let column = if role == Role::Item { frame.column } else { span.column };
            frame.element = Some(self.layout.elements.len());
            let element = Element { node: id, start: span.start, column, parent: outer };
            self.layout.elements.push(element);
        }
        (id, role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that was kept, on one line.
    fn shown(document: &Document, id: NodeId) -> String {
        let node = document.node(id);
        let mut text = String::new();
        let Comments { head, line, foot } = &node.comments;
        for (sign, comment) in [('^', head), ('>', line), ('_', foot)] {
            if !comment.is_empty() {
                text.push_str(&format!("{sign}({comment})"));
            }
        }
        text.extend(node.anchor.iter().map(|name| format!("&{name} ")));
        text.extend(node.tag.iter().map(|tag| format!("{tag} ")));
        text + &match &node.kind {
            RawKind::Scalar(scalar) => match scalar.style {
                Style::Plain => scalar.text.clone(),
                style => format!("{style:?}:{}", scalar.text),
            },
            RawKind::Alias { name, target } => format!("*{name}={}", shown(document, *target)),
            RawKind::Sequence { items, flow } => {
                let items: Vec<_> = items.iter().map(|item| shown(document, *item)).collect();
                format!("{}[{}]", if *flow { "flow" } else { "" }, items.join(", "))
            }
            RawKind::Mapping { entries, flow } => {
                let entry =
                    |(k, v): &(NodeId, NodeId)| format!("{}={}", shown(document, *k), shown(document, *v));
                let entries: Vec<_> = entries.iter().map(entry).collect();
                format!("{}{{{}}}", if *flow { "flow" } else { "" }, entries.join(", "))
            }
        }
    }

    fn read(source: &str) -> String {
        match load_raw(source) {
            Ok(document) => match document.root {
                Some(root) => shown(&document, root),
                None => "nothing".to_owned(),
            },
            Err(e) => e.to_string(),
        }
    }

    #[test]
    fn notation_is_kept() {
        for (source, want) in [
            ("", "nothing"),
            ("# words\n", "nothing"),
            ("---\n", ""),
            ("a: 1\n---\nb: ][\n", "{a=1}"),
            ("a: !Ref B\nb: ! c\nc: !!str 1\nd: !GetAZs\n", "{a=!Ref B, b=c, c=!!str 1, d=!GetAZs }"),
            ("a: [x, {y: 'z'}]\nb:\n- \"q\"\n", "{a=flow[x, flow{y=SingleQuoted:z}], b=[DoubleQuoted:q]}"),
            ("a: |\n  t\nb: >-\n  u", "{a=Literal:t\n, b=Folded:u}"),
            ("a: |\n  no break at the end", "{a=Literal:no break at the end}"),
            ("a: &x [1]\nb: *x\n<<: *x\n", "{a=&x flow[1], b=*x=&x flow[1], <<=*x=&x flow[1]}"),
            ("a: &x 1\nb: &x 2\nc: *x\n", "{a=&x 1, b=&x 2, c=*x=&x 2}"),
            ("a: 1\na: 2\n", "{a=1, a=2}"),
            ("a: *b\n", "line 1, column 4: `*b` refers to an anchor that does not exist"),
            ("a: &b [*b]\n", "line 1, column 8: an alias stands inside the value it refers to"),
        ] {
            assert_eq!(read(source), want, "{source:?}");
        }
    }

    #[test]
    fn comments_find_their_values() {
        for (source, want) in [
            ("# h\na: 1 # l\n", "{^(# h)a=>(# l)1}"),
            ("a: # k\n  b: 1\n", "{>(# k)a={b=1}}"),
            ("a: | # t\n  # text\n", "{a=>(# t)Literal:# text\n}"),
            ("a: [1, # in\n  2] # l\n", "{a=>(# l)flow[1, 2]}"),
            ("x: 0\na: '#' # l\nb: x#y\n", "{x=0, a=>(# l)SingleQuoted:#, b=x#y}"),
            ("x: 0\na:\n  - 1\n  # end\nb: 1\n", "{x=0, a=[_(# end)1], b=1}"),
            ("x: 0\na: 1\n# foot\n\nb: 1\n", "{x=0, _(# foot)a=1, b=1}"),
            ("x: 0\na: 1\n\n# one\n\n# two\nb: 1\n", "{x=0, a=1, ^(# one\n\n# two)b=1}"),
            ("x: 0\na:\n  b: 1\n# outer\n\nc: 1\n", "{x=0, _(# outer)a={b=1}, c=1}"),
            ("x: 0\na:\n  # first\n  - !If\n    # inner\n    - b\n", "{x=0, a=[!If [^(# first\n# inner)b]]}"),
        ] {
            assert_eq!(read(source), want, "{source:?}");
        }
        let document = load_raw("# file\n\n# first\na: 1\n\n# last\n").unwrap();
        assert_eq!((document.comments.head.as_str(), document.comments.foot.as_str()), ("# file", "# last"));
    }
}
