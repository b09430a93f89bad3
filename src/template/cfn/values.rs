//! What is known of a template's parameters before it is deployed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::call::{Call, literal};
use crate::yaml::scalar::needs_quotes;
use crate::yaml::{Kind, Node, Style};

/// Values of parameters and pseudo parameters, by name. A parameter that is not here has its default.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// `None`: it is set, to a value that is not known.
    given: BTreeMap<String, Option<String>>,
}

impl Values {
    /// Adds a parameter with this value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.given.insert(name.to_owned(), Some(value.into()));
        self
    }

    /// Adds a parameter whose value only the deployment decides.
    #[must_use]
    pub fn with_unknown(mut self, name: &str) -> Self {
        self.given.insert(name.to_owned(), None);
        self
    }

    /// The value that `Ref` gives for a name, when it is a text and known.
    pub fn of<'a>(&'a self, body: &'a Node, name: &str) -> Option<&'a str> {
        let declared = || body.get("Parameters")?.get(name);
        // Other types turn a value into something else: a list, or what a parameter of Systems Manager holds.
        let is_text = || declared().and_then(|about| literal(about.get("Type")?)) == Some("String");
        match self.given.get(name) {
            Some(value) if name.contains("::") => value.as_deref(),
            Some(value) => value.as_deref().filter(|_| is_text()),
            None => declared()?.get("Default").and_then(certain_text).filter(|_| is_text()),
        }
    }

    /// The text that a value becomes, when that is certain.
    pub fn text<'a>(&'a self, body: &'a Node, node: &'a Node) -> Option<Cow<'a, str>> {
        let Some(call) = Call::of(node) else { return certain_text(node).map(Cow::Borrowed) };
        if let Some(name) = call.referenced() {
            return self.of(body, name).map(Cow::Borrowed);
        }
        let substitution = call.substitution()?;
        let mut text = substitution.text.to_owned();
        for name in substitution.names() {
            text = text.replace(&format!("${{{name}}}"), self.of(body, name)?);
        }
        (!text.contains("${")).then_some(Cow::Owned(text))
    }
}

/// A scalar's text, unless a reader of YAML may take it for something else, as `010` for eight.
pub fn certain_text(node: &Node) -> Option<&str> {
    let Kind::Scalar(scalar) = &node.kind else { return None };
    let text = scalar.text.as_str();
    let is_decimal = text == "0"
        || (!text.starts_with('0') && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    let is_certain = scalar.style != Style::Plain || is_decimal || !needs_quotes(text);
    literal(node).filter(|_| is_certain && node.tag.as_deref().is_none_or(|tag| tag == "!!str"))
}
