//! A template as it is written for people: sections apart, comments above the entries they are about.

use crate::template::cfn::output::Output;
use crate::template::cfn::resource::Resource;
use crate::yaml::{self, Node};

/// The text of a template under construction.
pub(super) struct Text(String);

/// An entry of a section.
pub(super) struct Entry {
    comment: String,
    key: String,
    value: Node,
}

impl Entry {
    /// The same entry with a comment above it.
    pub(super) fn commented(mut self, comment: impl Into<String>) -> Self {
        self.comment = comment.into();
        self
    }
}

impl From<(String, Node)> for Entry {
    fn from((key, value): (String, Node)) -> Self {
        Self { comment: String::new(), key, value }
    }
}

impl From<Resource> for Entry {
    fn from(resource: Resource) -> Self {
        resource.into_entry().into()
    }
}

impl From<Output> for Entry {
    fn from(output: Output) -> Self {
        output.into_entry().into()
    }
}

impl Text {
    /// A text that begins with a comment.
    pub(super) fn new(comment: &str) -> Self {
        let mut text = String::new();
        push_comment(&mut text, "", comment);
        Self(text)
    }

    /// Adds a section.
    pub(super) fn section(mut self, name: &str, entries: impl IntoIterator<Item = Entry>) -> Self {
        let between = if name == "Resources" { "\n" } else { "" };
        self.0.push_str(&format!("\n{name}:\n"));
        for (position, Entry { comment, key, value }) in entries.into_iter().enumerate() {
            if position > 0 {
                self.0.push_str(between);
            }
            push_comment(&mut self.0, "  ", &comment);
            for line in yaml::emit(&Node::mapping([(key, value)])).lines() {
                self.0.push_str(&format!("  {line}\n"));
            }
        }
        self
    }

    /// The whole text.
    pub(super) fn build(self) -> String {
        self.0
    }
}

fn push_comment(text: &mut String, indent: &str, comment: &str) {
    text.extend(comment.lines().map(|line| format!("{indent}# {line}\n")));
}
