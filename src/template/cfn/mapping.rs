//! Building maps whose entries may be absent.

use crate::manifest::unquoted;
use crate::yaml::{Kind, Node};

/// A map under construction; keys keep the order they are added in.
#[derive(Default)]
pub(crate) struct Map(Vec<(Node, Node)>);

impl Map {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds an entry.
    pub(crate) fn with(mut self, key: impl Into<String>, value: Node) -> Self {
        self.0.push((Node::key(key), value));
        self
    }

    /// Adds an entry whose value is a string.
    pub(crate) fn with_text(self, key: &str, text: impl Into<String>) -> Self {
        self.with(key, Node::string(text))
    }

    /// Adds an entry when there is a value for it.
    pub(crate) fn with_some(self, key: &str, value: Option<Node>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Adds a list unless it is empty.
    pub(crate) fn with_items(self, key: &str, items: Vec<Node>) -> Self {
        if items.is_empty() { self } else { self.with(key, Node::sequence(items)) }
    }

    pub(crate) fn build(self) -> Node {
        Node::new(Kind::Mapping(self.0))
    }
}

/// A list of strings.
pub(crate) fn strings<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> Vec<Node> {
    items.into_iter().map(|item| Node::string(item.as_ref())).collect()
}

/// Texts of the manifest that can be functions.
pub(crate) fn values(texts: &[String]) -> Vec<Node> {
    texts.iter().map(|text| unquoted::value(text)).collect()
}

/// A map of strings, or nothing when it would be empty.
pub(crate) fn string_map(entries: &std::collections::BTreeMap<String, String>) -> Option<Node> {
    (!entries.is_empty()).then(|| Node::mapping(entries.iter().map(|(k, v)| (k, Node::string(v)))))
}

/// A tag of a resource.
pub(crate) fn tag(key: &str, value: Node) -> Node {
    Map::new().with_text("Key", key).with("Value", value).build()
}
