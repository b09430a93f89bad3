//! The YAML tree: tags, scalar styles, source text and positions survive loading.

/// One value of a YAML document.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The tag as written, with its exclamation mark(s): `!Ref`, `!!binary`. `None` when untagged.
    pub tag: Option<String>,
    /// What the value is.
    pub kind: Kind,
    /// Where it was written; `Span::default()` for values made by the program.
    pub span: Span,
}

/// The three shapes a YAML value can have.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Text; [`Node::is_null`] and the functions of `yaml::scalar` give it a type.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// A map; keys keep their order.
    Mapping(Vec<(Node, Node)>),
}

/// A scalar's decoded text and how it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The text after unescaping, never interpreted (`1.50` stays `1.50`).
    pub text: String,
    /// How it was, or shall be, written.
    pub style: Style,
}

/// The notations of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No quotes: may stand for a number, a boolean or null.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `"…"` that the emitter writes even where no reader needs the quotes; none that was read has it.
    AlwaysQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A place in the source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Line of the first byte, from 1; 0 when the value was not read from a file.
    pub line: usize,
    /// Column of the first character, from 1; 0 when the value was not read from a file.
    pub column: usize,
}

impl Node {
    /// An untagged value without a position.
    pub fn new(kind: Kind) -> Self {
        Self { tag: None, kind, span: Span::default() }
    }

    /// A string: the emitter quotes it whenever a YAML reader could take it for something else.
    pub fn string(text: impl Into<String>) -> Self {
        Self::new(Kind::Scalar(Scalar { text: text.into(), style: Style::DoubleQuoted }))
    }

    /// A string that is written with quotes on one line, or as a block.
    pub fn quoted(text: impl Into<String>) -> Self {
        Self::new(Kind::Scalar(Scalar { text: text.into(), style: Style::AlwaysQuoted }))
    }

    /// A number, a boolean or null, written without quotes.
    #[allow(clippy::needless_pass_by_value, reason = "numbers are given as they are")]
    pub fn plain(text: impl ToString) -> Self {
        Self::new(Kind::Scalar(Scalar { text: text.to_string(), style: Style::Plain }))
    }

    /// YAML's null.
    pub fn null() -> Self {
        Self::plain("null")
    }

    /// A list.
    pub fn sequence(items: impl IntoIterator<Item = Node>) -> Self {
        Self::new(Kind::Sequence(items.into_iter().collect()))
    }

    /// A map with string keys.
    pub fn mapping<K: Into<String>>(entries: impl IntoIterator<Item = (K, Node)>) -> Self {
        Self::new(Kind::Mapping(entries.into_iter().map(|(k, v)| (Node::key(k), v)).collect()))
    }

    /// A map's key.
    pub fn key(text: impl Into<String>) -> Self {
        Self::string(text)
    }

    /// The same value with a tag such as `!Ref`.
    #[must_use]
    pub fn tagged(mut self, tag: &str) -> Self {
        self.tag = Some(tag.to_owned());
        self
    }

    /// The scalar's text, whatever its style; `None` for lists and maps.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// Whether this is YAML's null: an untagged plain scalar that is empty, `~` or `null`.
    pub fn is_null(&self) -> bool {
        match &self.kind {
            Kind::Scalar(s) => {
                self.tag.is_none()
                    && s.style == Style::Plain
                    && matches!(s.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }

    /// The value of a map's key; `None` when this is no map or the key is absent.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Mapping(entries) => entries.iter().find(|(k, _)| k.as_text() == Some(key)).map(|(_, v)| v),
            _ => None,
        }
    }

    /// Makes this a value without a position, with all that it holds.
    pub fn forget_places(&mut self) {
        self.span = Span::default();
        match &mut self.kind {
            Kind::Scalar(_) => {}
            Kind::Sequence(items) => items.iter_mut().for_each(Self::forget_places),
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    key.forget_places();
                    value.forget_places();
                }
            }
        }
    }
}
