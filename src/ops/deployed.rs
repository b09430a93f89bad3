//! The template that a stack was last given.

use crate::diff::differences::Contents;
use crate::stack::port::Stack;
use crate::stack::status::{self, Presence};
use crate::template::version;
use crate::yaml;

/// A deployed template.
pub(crate) struct Deployed {
    pub text: String,
    /// The template as a tree; `None` when it cannot be read.
    pub document: Option<yaml::Node>,
    /// `Metadata.Version`, or [`version::UNVERSIONED`].
    pub version: String,
}

impl Deployed {
    pub(crate) fn new(text: String) -> Self {
        // A template nobody can read has no version; the new one replaces it as a whole.
        let document = yaml::load(&text).ok().flatten();
        let mut deployed = Self { text, document, version: String::new() };
        let version = deployed.at(&["Metadata", "Version"]).filter(|v| !v.is_empty());
        deployed.version = version.unwrap_or(version::UNVERSIONED).to_owned();
        deployed
    }

    /// The text at this place.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&str> {
        path.iter().try_fold(self.document.as_ref()?, |node, key| node.get(key)).and_then(yaml::Node::as_text)
    }
}

/// A stack as it is; nothing when it has to be created, even though something may be left of an earlier attempt.
pub(crate) fn contents<'a>(
    stack: Option<&'a Stack>,
    deployed: Option<&'a Deployed>,
    addons: &'a str,
) -> Contents<'a> {
    match (status::presence(stack.map(|stack| &stack.status)), stack) {
        (Presence::Live, Some(stack)) => Contents {
            template: deployed.map(|deployed| deployed.text.as_str()).unwrap_or_default(),
            parameters: &stack.parameters,
            tags: &stack.tags,
            addons,
        },
        _ => Contents::EMPTY,
    }
}
