//! One YAML file, and how places and names in it are told.

use std::fmt;

use super::read::Source;
use crate::error::{Error, Result};
use crate::yaml::{self, Kind, Node, Span};

/// The most characters of a name or a message from outside that are told.
const LONGEST_NAME: usize = 200;

/// A parsed file.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub file: String,
    /// The sections of the file in its order.
    pub sections: Vec<(Node, Node)>,
    /// Line of the file on which a second YAML document begins; it is not read.
    pub second: Option<usize>,
}

impl Document {
    /// Parses a file. One without any content has no sections.
    pub(super) fn parse(source: Source) -> Result<Self> {
        let Source { file, text } = source;
        let root = yaml::load(&text).map_err(|e| {
            let place = Place { file: &file, span: e.span };
            Error::new(format!("{place}: {}", name(&e.message)))
        })?;
        let start = root.as_ref().map_or(usize::MAX, |root| root.span.line);
        let sections = match root {
            None => Vec::new(),
            Some(root) if root.is_null() => Vec::new(),
            Some(Node { kind: Kind::Mapping(sections), .. }) => sections,
            Some(root) => {
                let place = Place { file: &file, span: root.span };
                return Err(Error::new(format!("{place}: the file must hold a map, not {}", shape(&root)))
                    .hint("An addon is a CloudFormation template in YAML, with sections such as Parameters, Resources and Outputs; \
                           addons.parameters.yml has the section Parameters alone."));
            }
        };
        Ok(Self { file, second: yaml::second_document(&text, start), sections })
    }

    /// A warning about what is not read of the file.
    pub(super) fn unread(&self) -> Option<String> {
        let line = self.second?;
        Some(format!(
            "{}:{line}: everything from this line on is left out: only the first YAML document of a file counts",
            self.file
        ))
    }

    /// A place in this file.
    pub(super) fn place(&self, node: &Node) -> Place<'_> {
        Place { file: &self.file, span: node.span }
    }

    /// The entries of a section; none when it is absent or empty.
    pub(super) fn entries(&self, section: &str) -> Result<&[(Node, Node)]> {
        let Some((key, value)) = self.sections.iter().find(|(key, _)| key.as_text() == Some(section)) else {
            return Ok(&[]);
        };
        match &value.kind {
            Kind::Mapping(entries) => Ok(entries),
            _ if value.is_null() => Ok(&[]),
            _ => Err(Error::new(format!(
                "{}: `{section}` must be a map, not {}",
                self.place(key),
                shape(value)
            ))),
        }
    }
}

/// `FILE:LINE:COLUMN`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub file: &'a str,
    pub span: Span,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.span.line, self.span.column)
    }
}

/// A name from a file, fit for one line of a terminal.
pub(super) fn name(text: &str) -> String {
    let mut shown: String = text.chars().take(LONGEST_NAME).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown.replace(['\n', '\t'], " ")
}

/// What a value is, for people.
pub(super) fn shape(node: &Node) -> &'static str {
    match node.kind {
        Kind::Mapping(_) => "a map",
        Kind::Sequence(_) => "a list",
        Kind::Scalar(_) if node.is_null() => "empty",
        Kind::Scalar(_) => "text",
    }
}
