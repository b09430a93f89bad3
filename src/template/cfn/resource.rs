//! What all resources of a template have in common.

use super::mapping::{Map, strings};
use crate::yaml::Node;

/// Key under `Metadata` whose text the progress display shows.
pub(crate) const DESCRIPTION_KEY: &str = "aws:copilot:description";

/// A resource with its logical id.
pub(crate) struct Resource {
    id: String,
    kind: &'static str,
    description: Option<String>,
    depends_on: Option<Node>,
    retained: bool,
    condition: Option<&'static str>,
    properties: Node,
}

impl Resource {
    pub(crate) fn new(id: impl Into<String>, kind: &'static str, properties: Map) -> Self {
        Self {
            id: id.into(),
            kind,
            description: None,
            depends_on: None,
            retained: false,
            condition: None,
            properties: properties.build(),
        }
    }

    /// The text shown while the resource is created or changed.
    pub(crate) fn described(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    pub(crate) fn depends_on(mut self, id: impl Into<String>) -> Self {
        self.depends_on = Some(Node::string(id));
        self
    }

    /// The resources it needs, as a list.
    pub(crate) fn depends_on_each(mut self, ids: &[&str]) -> Self {
        self.depends_on = Some(Node::sequence(strings(ids)));
        self
    }

    /// It stays when the stack is deleted.
    pub(crate) fn retained(mut self) -> Self {
        self.retained = true;
        self
    }

    pub(crate) fn on_condition(mut self, condition: &'static str) -> Self {
        self.condition = Some(condition);
        self
    }

    /// The entry of the `Resources` section.
    pub(crate) fn into_entry(self) -> (String, Node) {
        let metadata = self.description.map(|text| Node::mapping([(DESCRIPTION_KEY, Node::string(text))]));
        let body = Map::new()
            .with_some("Metadata", metadata)
            .with_text("Type", self.kind)
            .with_some("Condition", self.condition.map(Node::string))
            .with_some("DeletionPolicy", self.retained.then(|| Node::string("Retain")))
            .with_some("DependsOn", self.depends_on)
            .with("Properties", self.properties)
            .build();
        (self.id, body)
    }
}
