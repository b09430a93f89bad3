//! Outputs of a template.

use super::mapping::Map;
use crate::yaml::Node;

/// An output with its name.
pub(crate) struct Output {
    name: String,
    value: Node,
    description: Option<String>,
    condition: Option<&'static str>,
    export: Option<Node>,
}

impl Output {
    pub(crate) fn new(name: impl Into<String>, value: Node) -> Self {
        Self { name: name.into(), value, description: None, condition: None, export: None }
    }

    pub(crate) fn described(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    pub(crate) fn on_condition(mut self, condition: &'static str) -> Self {
        self.condition = Some(condition);
        self
    }

    /// The name under which other stacks import the value.
    pub(crate) fn exported(mut self, name: Node) -> Self {
        self.export = Some(name);
        self
    }

    /// The entry of the `Outputs` section.
    pub(crate) fn into_entry(self) -> (String, Node) {
        let export = self.export.map(|name| Node::mapping([("Name", name)]));
        let body = Map::new()
            .with_some("Condition", self.condition.map(Node::string))
            .with("Value", self.value)
            .with_some("Description", self.description.map(Node::string))
            .with_some("Export", export)
            .build();
        (self.name, body)
    }
}
