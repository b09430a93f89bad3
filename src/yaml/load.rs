//! From YAML text to a tree: the first document with tags, styles and positions, its aliases and merge
//! keys resolved. Hostile input ends in an error, never in a long wait.

use std::collections::{HashMap, HashSet};
use std::fmt;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::node::{Kind, Node, Scalar, Span, Style};

/// Lists and maps may nest this deep; deeper documents would endanger the stack of recursive readers.
pub const MAX_DEPTH: usize = 128;

/// Values of one document, those that aliases and merge keys repeat included.
const MAX_NODES: usize = 500_000;

/// A longer text counts as several values, so that aliases cannot repeat it without end.
const BYTES_OF_NODE: usize = 256;

/// So many keys are compared with each other faster than they are hashed.
const FEW_KEYS: usize = 8;

/// Why a text is no acceptable YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, as a sentence fragment.
    pub message: String,
    /// Where the reader noticed it.
    pub span: Span,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.span.line, self.span.column, self.message)
    }
}

impl std::error::Error for SyntaxError {}

/// Reads the first document of a text; `None` when the text holds nothing but comments.
///
/// Documents after the first are not read, not even for syntax. The position of a block scalar (`|`, `>`)
/// is that of its content, without the header.
///
/// # Errors
///
/// The first violation of YAML's syntax, a key given twice in one map, an alias without an anchor or
/// inside it, or a document that is too deep or too large.
pub fn load(source: &str) -> Result<Option<Node>, SyntaxError> {
    let options = granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true };
    let mut builder = Builder::default();
    for next in Parser::new_from_str_with_options(source, options) {
        let (event, span) = next.map_err(|e| SyntaxError {
            message: format!("invalid YAML: {}", e.info()),
            span: point(e.marker()),
        })?;
        let span = convert(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                // The parser reads a value that is not written as `~`.
                let absent = style == ScalarStyle::Plain && span.start == span.end;
                let text = if absent { String::new() } else { text.into_owned() };
                let scalar = Scalar { text, style: convert_style(style) };
                let nodes = 1 + scalar.text.len() / BYTES_OF_NODE;
                let node = Node { tag: tag.as_deref().map(tag_text), kind: Kind::Scalar(scalar), span };
                builder.value(Sized { node, nodes, depth: 0 }, anchor, nodes)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                builder.open(Shape::Sequence, anchor, tag.as_deref(), span)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                builder.open(Shape::Mapping, anchor, tag.as_deref(), span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => builder.close(span)?,
            Event::Alias(id) => builder.alias(id, span)?,
            Event::UnresolvedAlias(name) => {
                return Err(SyntaxError {
                    message: format!("`*{name}` refers to an anchor that does not exist"),
                    span,
                });
            }
            Event::DocumentEnd => break,
            _ => {}
        }
    }
    // The parser stands an empty value for a document without any; a written `null` has a position.
    Ok(builder.root.filter(|node| !(node.is_null() && node.as_text() == Some(""))))
}

pub(super) fn point(marker: &Marker) -> Span {
    let at = marker.byte_offset().unwrap_or(0);
    Span { start: at, end: at, line: marker.line(), column: marker.col() + 1 }
}

pub(super) fn convert(span: granit_parser::Span) -> Span {
    let start = point(&span.start);
    Span { end: span.end.byte_offset().unwrap_or(start.start).max(start.start), ..start }
}

pub(super) fn convert_style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}

/// The tag as written; long forms of YAML's own tags are shortened to `!!`.
pub(super) fn tag_text(tag: &Tag) -> String {
    match tag.suffix_in_namespace("tag:yaml.org,2002:") {
        Some(suffix) => format!("!!{suffix}"),
        None => tag.original(),
    }
}

enum Shape {
    Sequence,
    Mapping,
}

/// A value with its number of values and the levels below it.
#[derive(Clone)]
struct Sized {
    node: Node,
    nodes: usize,
    depth: usize,
}

/// A list or map that is still open.
struct Frame {
    shape: Shape,
    tag: Option<String>,
    span: Span,
    anchor: usize,
    children: Vec<Node>,
    nodes: usize,
    depth: usize,
}

#[derive(Default)]
struct Builder {
    open: Vec<Frame>,
    anchors: HashMap<usize, Sized>,
    total: usize,
    root: Option<Node>,
}

impl Builder {
    fn open(
        &mut self,
        shape: Shape,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<(), SyntaxError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        let tag = tag.map(tag_text);
        self.open.push(Frame { shape, tag, span, anchor, children: Vec::new(), nodes: 1, depth: 0 });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), SyntaxError> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let span = Span { end: frame.span.end.max(end.end), ..frame.span };
        let kind = match frame.shape {
            Shape::Sequence => Kind::Sequence(frame.children),
            Shape::Mapping => Kind::Mapping(entries(frame.children)?),
        };
        let node = Node { tag: frame.tag, kind, span };
        self.value(Sized { node, nodes: frame.nodes, depth: frame.depth + 1 }, frame.anchor, 1)
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), SyntaxError> {
        let Some(target) = self.anchors.get(&id) else {
            return Err(SyntaxError {
                message: "an alias stands inside the value it refers to".to_owned(),
                span,
            });
        };
        if self.open.len() + target.depth > MAX_DEPTH {
            return Err(too_deep(span));
        }
        let nodes = target.nodes;
        if self.total + nodes > MAX_NODES {
            return Err(too_large(span));
        }
        let copy = target.clone();
        self.value(copy, 0, nodes)
    }

    /// Puts a finished value where it belongs; `new` is the number of values it adds to the document.
    fn value(&mut self, value: Sized, anchor: usize, new: usize) -> Result<(), SyntaxError> {
        self.total += if anchor == 0 { new } else { new + value.nodes };
        if self.total > MAX_NODES {
            return Err(too_large(value.node.span));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        match self.open.last_mut() {
            Some(frame) => {
                frame.nodes += value.nodes;
                frame.depth = frame.depth.max(value.depth);
                frame.children.push(value.node);
            }
            None => self.root = Some(value.node),
        }
        Ok(())
    }
}

/// Pairs a map's children, refuses keys given twice and applies its merge key.
fn entries(children: Vec<Node>) -> Result<Vec<(Node, Node)>, SyntaxError> {
    if let Some((first, again)) = key_given_twice(&children) {
        let message = format!(
            "the key `{}` is given twice, first in line {} and again in line {}",
            again.as_text().unwrap_or_default(),
            first.span.line,
            again.span.line
        );
        return Err(SyntaxError { message, span: again.span });
    }
    let mut entries = Vec::with_capacity(children.len() / 2);
    let mut merged = None;
    let mut children = children.into_iter();
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        if is_merge_key(&key) {
            merged = Some(value);
        } else {
            entries.push((key, value));
        }
    }
    if let Some(source) = merged {
        merge(&mut entries, source)?;
    }
    Ok(entries)
}

/// The first key that repeats one before it, which comes first.
fn key_given_twice(children: &[Node]) -> Option<(&Node, &Node)> {
    let keys = || children.iter().step_by(2).filter_map(|key| Some((key.as_text()?, key)));
    if children.len() <= 2 * FEW_KEYS {
        return keys().enumerate().find_map(|(index, (text, again))| {
            let (_, first) = keys().take(index).find(|(other, _)| *other == text)?;
            Some((first, again))
        });
    }
    let mut known = HashMap::new();
    keys().find_map(|(text, again)| Some((known.insert(text, again)?, again)))
}

/// Adds what the merge key brings: explicit keys win, then the first map of a list.
fn merge(entries: &mut Vec<(Node, Node)>, source: Node) -> Result<(), SyntaxError> {
    let span = source.span;
    let maps = match source.kind {
        Kind::Sequence(items) => items,
        _ => vec![source],
    };
    let mut known: HashSet<String> =
        entries.iter().filter_map(|(k, _)| k.as_text().map(str::to_owned)).collect();
    for map in maps {
        let Kind::Mapping(more) = map.kind else {
            let message = "the merge key `<<` needs a map, an alias of a map, or a list of these".to_owned();
            return Err(SyntaxError { message, span });
        };
        for (key, value) in more {
            if key.as_text().is_none_or(|text| known.insert(text.to_owned())) {
                entries.push((key, value));
            }
        }
    }
    Ok(())
}

fn is_merge_key(key: &Node) -> bool {
    match &key.kind {
        Kind::Scalar(s) => {
            s.text == "<<"
                && (key.tag.as_deref() == Some("!!merge") || (key.tag.is_none() && s.style == Style::Plain))
        }
        _ => false,
    }
}

pub(super) fn too_deep(span: Span) -> SyntaxError {
    SyntaxError { message: format!("lists and maps nest deeper than {MAX_DEPTH} levels"), span }
}

fn too_large(span: Span) -> SyntaxError {
    SyntaxError {
        message: format!("the document has more than {MAX_NODES} values, counting what aliases repeat"),
        span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(node: &Node) -> String {
        let tag = node.tag.as_ref().map(|t| format!("{t} ")).unwrap_or_default();
        match &node.kind {
            Kind::Scalar(s) => {
                let mark = match s.style {
                    Style::Plain => "",
                    Style::SingleQuoted => "'",
                    Style::DoubleQuoted | Style::AlwaysQuoted => "\"",
                    Style::Literal => "|",
                    Style::Folded => ">",
                };
                format!("{tag}{mark}{}", s.text)
            }
            Kind::Sequence(items) => {
                format!("{tag}[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", "))
            }
            Kind::Mapping(entries) => {
                let entries: Vec<_> =
                    entries.iter().map(|(k, v)| format!("{}={}", shown(k), shown(v))).collect();
                format!("{tag}{{{}}}", entries.join(", "))
            }
        }
    }

    fn read(source: &str) -> String {
        match load(source) {
            Ok(Some(node)) => shown(&node),
            Ok(None) => "nothing".to_owned(),
            Err(e) => format!("{}:{} {}", e.span.line, e.span.column, e.message),
        }
    }

    #[test]
    fn documents() {
        for (source, want) in [
            ("", "nothing"),
            ("# only a comment\n", "nothing"),
            ("null\n", "null"),
            ("hello\n", "hello"),
            ("a: 1\n---\nb: 2\n", "{a=1}"),
            ("a: 1\n---\n: : ][\n", "{a=1}"),
            ("---\na: 1\n...\n", "{a=1}"),
            ("%YAML 1.1\n---\na: 1\n", "{a=1}"),
            ("\u{feff}a: 1\r\nb: two\r\n", "{a=1, b=two}"),
            ("on: x\ntrue: y\n", "{on=x, true=y}"),
            (
                "a: !Ref B\nb: !!str 1\nc: !Sub [x, y]\nd: !GetAtt {a: b}\n",
                "{a=!Ref B, b=!!str 1, c=!Sub [x, y], d=!GetAtt {a=b}}",
            ),
            ("a: 'x'\nb: \"y\\n\"\nc: |\n  l\nd: >-\n  f\n  g\n", "{a='x, b=\"y\n, c=|l\n, d=>f g}"),
            ("a: 1.50\nb: 0x10\nc:\n", "{a=1.50, b=0x10, c=}"),
        ] {
            assert_eq!(read(source), want, "{source:?}");
        }
    }

    #[test]
    fn aliases_and_merge_keys() {
        for (source, want) in [
            ("a: &x 1\nb: *x\n", "{a=1, b=1}"),
            ("x: &a {A: one, B: two}\nv:\n  <<: *a\n  B: three\n", "{x={A=one, B=two}, v={B=three, A=one}}"),
            ("x: &a {c: 1}\ny: &b {c: 3, d: 4}\n<<: [*a, *b]\n", "{x={c=1}, y={c=3, d=4}, c=1, d=4}"),
            ("x: &c {k: 1}\nk: 2\n<<: *c\n", "{x={k=1}, k=2}"),
            ("'<<': {a: 1}\n", "{'<<={a=1}}"),
            ("<<: {a: 1}\n", "{a=1}"),
            ("a: *nope\n", "1:4 `*nope` refers to an anchor that does not exist"),
            ("a: &x [*x]\n", "1:8 an alias stands inside the value it refers to"),
            ("<<: 5\n", "1:5 the merge key `<<` needs a map, an alias of a map, or a list of these"),
        ] {
            assert_eq!(read(source), want, "{source:?}");
        }
    }

    #[test]
    fn keys_given_twice() {
        assert_eq!(
            read("a: 1\nb: 2\na: 3\n"),
            "3:1 the key `a` is given twice, first in line 1 and again in line 3"
        );
        assert_eq!(
            read("o: {a: 1, a: 2}\n"),
            "1:11 the key `a` is given twice, first in line 1 and again in line 1"
        );
        assert_eq!(read("<<: {a: 1}\n<<: {b: 1}\n").split(' ').next(), Some("2:1"));
        let many: String = (1..=2 * FEW_KEYS).map(|key| format!("{key}: x\n")).collect();
        assert_eq!(
            read(&format!("{many}3: x\n4: x\n")),
            "17:1 the key `3` is given twice, first in line 3 and again in line 17"
        );
    }

    #[test]
    fn hostile_documents() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert_eq!(read(&deep), "1:129 lists and maps nest deeper than 128 levels");
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..12 {
            let alias = format!("*a{}", i - 1);
            bomb.push_str(&format!("a{i}: &a{i} [{}]\n", [alias.as_str(); 9].join(", ")));
        }
        assert!(read(&bomb).contains("more than 500000 values"));
        let mut nested = "a0: &a0 [x]\n".to_owned();
        for i in 1..200 {
            nested.push_str(&format!("a{i}: &a{i} [*a{}]\n", i - 1));
        }
        assert!(read(&nested).contains("deeper than 128"));
    }

    #[test]
    fn positions() {
        let source =
            "\u{feff}first: 1\r\nsecönd: {a: \"b\", c: plain text}\r\nblock: |\r\n  text\r\nlast: [x]\r\n";
        let root = load(source).unwrap().unwrap();
        let slice = |key: &str| {
            let node = root.get(key).unwrap();
            (node.span.line, node.span.column, &source[node.span.start..node.span.end])
        };
        assert_eq!(slice("first"), (1, 8, "1"));
        assert_eq!(slice("secönd"), (2, 9, "{a: \"b\", c: plain text}"));
        assert_eq!(slice("block"), (4, 3, "text\r\n"));
        assert_eq!(slice("last"), (5, 7, "[x]"));
    }
}
