//! XML as a tree: answers of Amazon EC2 and IAM, in which lists of one name stand in lists of the same name.

use super::xml::unescape;

/// Elements lie in each other no deeper than this in any answer.
const DEEPEST: usize = 32;

/// An element with what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The outermost element of a document; `None` when the text is none.
    pub(super) fn parse(xml: &str) -> Option<Self> {
        let mut open: Vec<Self> = Vec::new();
        let mut rest = xml;
        loop {
            let (text, after) = rest.split_once('<')?;
            if let Some(element) = open.last_mut() {
                element.text.push_str(text);
            }
            let (tag, after) = after.split_once('>')?;
            rest = after;
            if tag.starts_with(['?', '!']) {
                continue;
            }
            let closed = match (tag.strip_prefix('/'), tag.strip_suffix('/')) {
                (Some(name), _) => {
                    let mut element = open.pop().filter(|element| element.name == name.trim())?;
                    element.text = unescape(element.text.trim());
                    element
                }
                (None, Some(tag)) => Self::named(tag),
                (None, None) => {
                    open.push(Self::named(tag));
                    if open.len() > DEEPEST {
                        return None;
                    }
                    continue;
                }
            };
            match open.last_mut() {
                Some(parent) => parent.children.push(closed),
                None => return Some(closed),
            }
        }
    }

    fn named(tag: &str) -> Self {
        let name = tag.split_whitespace().next().unwrap_or_default();
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its own text.
    pub(super) fn content(&self) -> &str {
        &self.text
    }

    /// The first element of this name in it.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first element of this name in it, unless that is empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    /// The entries of the list of this name in it, whatever they are called.
    pub(super) fn list(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.child(name).into_iter().flat_map(|list| &list.children)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_in_lists() {
        let xml = "<?xml version=\"1.0\"?>\n<A xmlns=\"x\"><set><item><id>1</id><set><item><id>2</id></item></set></item>\
                   <item><id> a &lt; b </id></item></set><next/><empty></empty></A>";
        let root = Element::parse(xml).unwrap();
        assert_eq!(root.name(), "A");
        let ids: Vec<_> = root.list("set").filter_map(|item| item.text("id")).collect();
        assert_eq!(ids, ["1", "a < b"]);
        let inner = root.list("set").flat_map(|item| item.list("set")).filter_map(|item| item.text("id"));
        assert_eq!(inner.collect::<Vec<_>>(), ["2"]);
        assert!(root.child("next").is_some() && root.text("next").is_none() && root.text("empty").is_none());
    }

    #[test]
    fn other_texts() {
        let deep = "<a>".repeat(100);
        for text in ["", "x", "<a>", "<a></b>", "<a", "</a>", "{}", &deep] {
            assert_eq!(Element::parse(text), None, "{text}");
        }
    }
}
