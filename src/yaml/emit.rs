//! Writes a YAML tree as block-style text that every YAML 1.1 and 1.2 reader understands alike.
//!
//! Two spaces per level, list items indented under their key, tags in their short form, no folded
//! lines. A scalar keeps its meaning, not its notation: strings lose quotes they do not need and
//! get those they do.

use super::scalar::{is_not_plain, needs_quotes};
use super::{Kind, Node, Scalar, Style};

/// Columns per nesting level.
const INDENT: usize = 2;
/// Bytes of a key's text up to which it stands before a colon. YAML allows 1024 characters there, and
/// an escape makes at most four of one byte.
const LONGEST_SIMPLE_KEY: usize = 250;

/// The text of a document with this root, ending in a line break.
pub fn emit(node: &Node) -> String {
    write(node, false)
}

/// Like [`emit`], for a text that others follow: the line breaks at its end belong to no value.
pub fn emit_part(node: &Node) -> String {
    write(node, true)
}

fn write(node: &Node, is_part: bool) -> String {
    let mut emitter = Emitter { out: String::with_capacity(4096), is_part };
    emitter.root(node);
    emitter.out
}

struct Emitter {
    out: String,
    is_part: bool,
}

impl Emitter {
    fn root(&mut self, node: &Node) {
        if let Some(tag) = &node.tag {
            self.out.push_str(tag);
        }
        match &node.kind {
            Kind::Sequence(items) if !items.is_empty() => {
                self.end_line_after_tag(node);
                self.items(items, 0, false);
            }
            Kind::Mapping(entries) if !entries.is_empty() => {
                self.end_line_after_tag(node);
                self.entries(entries, 0, false);
            }
            _ => {
                if node.tag.is_some() {
                    self.out.push(' ');
                }
                self.leaf(node, INDENT);
            }
        }
    }

    fn end_line_after_tag(&mut self, node: &Node) {
        if node.tag.is_some() {
            self.out.push('\n');
        }
    }

    /// The list's items with their dashes at `indent`; the first may continue the current line.
    fn items(&mut self, items: &[Node], indent: usize, continues_line: bool) {
        for (position, item) in items.iter().enumerate() {
            if position > 0 || !continues_line {
                self.indent(indent);
            }
            self.out.push('-');
            self.after_indicator(item, indent);
        }
    }

    /// The map's entries with their keys at `indent`; the first may continue the current line.
    fn entries(&mut self, entries: &[(Node, Node)], indent: usize, continues_line: bool) {
        for (position, (key, value)) in entries.iter().enumerate() {
            if position > 0 || !continues_line {
                self.indent(indent);
            }
            if is_simple_key(key) {
                self.simple_key(key);
                self.out.push(':');
                self.after_key(value, indent);
            } else {
                self.out.push('?');
                self.after_indicator(key, indent);
                self.indent(indent);
                self.out.push(':');
                self.after_indicator(value, indent);
            }
        }
    }

    fn simple_key(&mut self, key: &Node) {
        if let Some(tag) = &key.tag {
            self.out.push_str(tag);
            self.out.push(' ');
        }
        if let Kind::Scalar(scalar) = &key.kind {
            self.one_line(scalar, key.tag.is_some());
        }
    }

    /// A value behind `-`, `?` or `:`: an untagged collection starts on the same line.
    fn after_indicator(&mut self, node: &Node, indent: usize) {
        match &node.kind {
            Kind::Sequence(items) if node.tag.is_none() && !items.is_empty() => {
                self.out.push(' ');
                self.items(items, indent + INDENT, true);
            }
            Kind::Mapping(entries) if node.tag.is_none() && !entries.is_empty() => {
                self.out.push(' ');
                self.entries(entries, indent + INDENT, true);
            }
            _ => self.after_key(node, indent),
        }
    }

    /// A value behind `key:` whose key stands at `indent`.
    fn after_key(&mut self, node: &Node, indent: usize) {
        if let Some(tag) = &node.tag {
            self.out.push(' ');
            self.out.push_str(tag);
        }
        match &node.kind {
            Kind::Sequence(items) if !items.is_empty() => {
                self.out.push('\n');
                self.items(items, indent + INDENT, false);
            }
            Kind::Mapping(entries) if !entries.is_empty() => {
                self.out.push('\n');
                self.entries(entries, indent + INDENT, false);
            }
            _ => {
                self.out.push(' ');
                self.leaf(node, indent + INDENT);
            }
        }
    }

    /// A scalar or an empty collection, with the line break after it.
    fn leaf(&mut self, node: &Node, block_indent: usize) {
        match &node.kind {
            Kind::Sequence(_) => self.out.push_str("[]"),
            Kind::Mapping(_) => self.out.push_str("{}"),
            Kind::Scalar(scalar)
                if is_block_text(scalar) && !(self.is_part && scalar.text.ends_with("\n\n")) =>
            {
                self.literal(&scalar.text, block_indent);
                return;
            }
            Kind::Scalar(scalar) => self.one_line(scalar, node.tag.is_some()),
        }
        while self.out.ends_with(' ') {
            self.out.pop();
        }
        self.out.push('\n');
    }

    fn one_line(&mut self, scalar: &Scalar, tagged: bool) {
        let text = &scalar.text;
        if scalar.style == Style::Plain {
            match text.as_str() {
                "" if tagged => {}
                "" => self.out.push_str("null"),
                _ if can_be_plain(text) => self.out.push_str(text),
                _ => self.double_quoted(text),
            }
        } else if scalar.style == Style::AlwaysQuoted || needs_quotes(text) || !can_be_plain(text) {
            self.double_quoted(text);
        } else {
            self.out.push_str(text);
        }
    }

    fn double_quoted(&mut self, text: &str) {
        self.out.push('"');
        let mut written = 0;
        for (position, c) in text.char_indices() {
            if c != '"' && c != '\\' && is_printable(c) && c != '\t' {
                continue;
            }
            self.out.push_str(text.get(written..position).unwrap_or_default());
            written = position + c.len_utf8();
            self.escape(c);
        }
        self.out.push_str(text.get(written..).unwrap_or_default());
        self.out.push('"');
    }

    fn escape(&mut self, c: char) {
        let short = match c {
            '"' => Some("\\\""),
            '\\' => Some("\\\\"),
            '\n' => Some("\\n"),
            '\r' => Some("\\r"),
            '\t' => Some("\\t"),
            '\0' => Some("\\0"),
            _ => None,
        };
        match (short, u32::from(c)) {
            (Some(short), _) => self.out.push_str(short),
            (None, code @ ..=0xff) => self.out.push_str(&format!("\\x{code:02x}")),
            (None, code @ ..=0xffff) => self.out.push_str(&format!("\\u{code:04x}")),
            (None, code) => self.out.push_str(&format!("\\U{code:08x}")),
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        let body = text.trim_end_matches('\n');
        self.out.push('|');
        match text.len() - body.len() {
            0 => self.out.push('-'),
            1 => {}
            _ => self.out.push('+'),
        }
        self.out.push('\n');
        for line in body.split('\n') {
            if !line.is_empty() {
                self.indent(indent);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
        for _ in body.len() + 1..text.len() {
            self.out.push('\n');
        }
    }

    fn indent(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }
}

fn is_simple_key(key: &Node) -> bool {
    matches!(&key.kind, Kind::Scalar(scalar) if scalar.text.len() <= LONGEST_SIMPLE_KEY)
}

/// Whether a literal block shows the text exactly and survives editors that trim lines.
fn is_block_text(scalar: &Scalar) -> bool {
    let text = &scalar.text;
    text.contains('\n')
        && !text.starts_with([' ', '\t', '\n'])
        && !text.contains(" \n")
        && !text.contains("\t\n")
        && !text.ends_with([' ', '\t'])
        && text.chars().all(|c| c == '\n' || is_printable(c))
}

/// Characters that need no escape: YAML's printable ones without the line breaks of YAML 1.1 and
/// the byte order mark.
fn is_printable(c: char) -> bool {
    matches!(c, '\t' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Whether the text, written without quotes in block context, is read back unchanged.
fn can_be_plain(text: &str) -> bool {
    !is_not_plain(text) && text.chars().all(is_printable)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::yaml::load;

    #[test]
    fn writes_block_style_with_items_under_their_key() {
        let node = Node::mapping([
            ("Text", Node::string("plain words")),
            ("Number", Node::plain(900)),
            ("Empty", Node::sequence([])),
            ("None", Node::mapping::<String>([])),
            ("Nothing", Node::null()),
            ("on", Node::string("0755")),
            (
                "Name",
                Node::sequence([
                    Node::string(""),
                    Node::sequence([Node::string("a"), Node::string("Ref").tagged("!Ref")]),
                    Node::sequence([Node::string("b")]).tagged("!Not"),
                    Node::mapping([("k", Node::string("v")), ("l", Node::sequence([Node::string("i")]))]),
                    Node::mapping([("k", Node::string("v"))]).tagged("!Map"),
                ])
                .tagged("!Join"),
            ),
            ("Manifest", Node::string("# a\nname: b\n\nlast: c\n")),
            ("Cut", Node::string("a\nb")),
            ("Definition", Node::string("{\n}   ")),
        ]);
        insta::assert_snapshot!(emit(&node), @r##"
        Text: plain words
        Number: 900
        Empty: []
        None: {}
        Nothing: null
        "on": "0755"
        Name: !Join
          - ""
          - - a
            - !Ref Ref
          - !Not
            - b
          - k: v
            l:
              - i
          - !Map
            k: v
        Manifest: |
          # a
          name: b

          last: c
        Cut: |-
          a
          b
        Definition: "{\n}   "
        "##);
    }

    #[test]
    fn line_breaks_at_the_end_of_a_part_belong_to_no_value() {
        let node = Node::mapping([("a", Node::string("b\n\n"))]);
        assert_eq!(emit(&node), "a: |+\n  b\n\n");
        assert_eq!(emit_part(&node), "a: \"b\\n\\n\"\n");
    }

    #[test]
    fn quotes_that_are_wanted_are_written() {
        for (text, written) in [("info", "\"info\"\n"), ("", "\"\"\n"), ("a\"b", "\"a\\\"b\"\n")] {
            assert_eq!(emit(&Node::quoted(text)), written);
        }
    }

    #[test]
    fn writes_roots_that_are_no_maps() {
        assert_eq!(emit(&Node::sequence([Node::string("a")])), "- a\n");
        assert_eq!(emit(&Node::sequence([Node::string("a")]).tagged("!Not")), "!Not\n- a\n");
        assert_eq!(emit(&Node::string("a").tagged("!Ref")), "!Ref a\n");
        assert_eq!(emit(&Node::sequence([])), "[]\n");
    }

    /// What a reader gets to know: spans and notations are gone, but not the difference between text
    /// and what may be a number.
    fn meaning(node: &Node) -> Node {
        let kind = match &node.kind {
            Kind::Scalar(scalar) => {
                let untyped = scalar.style == Style::Plain && !needs_quotes(&scalar.text);
                let style = if scalar.style == Style::Plain && !untyped && node.tag.is_none() {
                    Style::Plain
                } else {
                    Style::DoubleQuoted
                };
                let text = if node.is_null() { "null".to_owned() } else { scalar.text.clone() };
                Kind::Scalar(Scalar { text, style })
            }
            Kind::Sequence(items) => Kind::Sequence(items.iter().map(meaning).collect()),
            Kind::Mapping(entries) => {
                Kind::Mapping(entries.iter().map(|(k, v)| (meaning(k), meaning(v))).collect())
            }
        };
        Node { tag: node.tag.clone(), kind, span: crate::yaml::Span::default() }
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-zA-Z0-9 :#,\\[\\]{}&*!|>'\"%@`?=<~._+/$-]{0,12}",
            "[ab \t\n:#-]{0,12}",
            "(yes|no|on|off|y|n|true|False|null|~|1_000|0x1f|1:30|1e3|[.]5|2024-01-02|---|[.]{3}|<<|=)",
            "\\PC{0,8}",
            any::<String>(),
        ]
    }

    fn scalar() -> impl Strategy<Value = Node> {
        let plain = prop_oneof!["-?[0-9]{1,4}", "true|false|null|~|yes|0755|1[.]50", Just(String::new())];
        prop_oneof![4 => text().prop_map(Node::string), 1 => plain.prop_map(Node::plain)]
    }

    fn tagged(node: impl Strategy<Value = Node>) -> impl Strategy<Value = Node> {
        (node, proptest::option::weighted(0.2, "![A-Z][A-Za-z0-9]{0,8}"))
            .prop_map(|(node, tag)| Node { tag, ..node })
    }

    fn tree() -> impl Strategy<Value = Node> {
        tagged(scalar()).prop_recursive(5, 40, 5, |inner| {
            let keys = proptest::collection::btree_set("[a-z:# !-]{0,4}|k{200,300}", 0..4);
            let list = proptest::collection::vec(inner.clone(), 0..4).prop_map(Node::sequence);
            let map = (keys, proptest::collection::vec(inner, 4))
                .prop_map(|(keys, values)| Node::mapping(keys.into_iter().zip(values)));
            tagged(prop_oneof![list, map])
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]
        #[test]
        fn is_read_back_with_the_same_meaning(node in tree()) {
            let text = emit(&node);
            let read = load(&text).unwrap_or_else(|e| panic!("{e:?} in\n{text}"));
            prop_assert_eq!(meaning(&read.unwrap_or_else(Node::null)), meaning(&node), "\n{}", text);
        }
    }
}
