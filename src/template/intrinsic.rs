//! CloudFormation's intrinsic functions as YAML nodes with short-form tags. This is the only place
//! that knows how a function is written.

use crate::yaml::Node;

/// `!Ref`: a parameter's value, a resource's id or a pseudo parameter.
pub fn reference(name: &str) -> Node {
    Node::string(name).tagged("!Ref")
}

/// `!GetAtt`: an attribute of a resource.
pub fn get_att(resource: &str, attribute: &str) -> Node {
    Node::string(format!("{resource}.{attribute}")).tagged("!GetAtt")
}

/// `!Sub` over parameters, resources and pseudo parameters.
pub fn sub(text: impl Into<String>) -> Node {
    Node::string(text).tagged("!Sub")
}

/// `!Sub` with variables of its own.
pub fn sub_with<const N: usize>(text: &str, variables: [(&str, Node); N]) -> Node {
    Node::sequence([Node::string(text), Node::mapping(variables)]).tagged("!Sub")
}

/// `!Join` of items.
pub fn join(separator: &str, items: impl IntoIterator<Item = Node>) -> Node {
    join_list(separator, Node::sequence(items))
}

/// `!Join` of a list that a function makes.
pub fn join_list(separator: &str, list: Node) -> Node {
    Node::sequence([Node::string(separator), list]).tagged("!Join")
}

/// `!Select`: one item of a list, counted from 0.
pub fn select(index: usize, list: Node) -> Node {
    Node::sequence([Node::plain(index), list]).tagged("!Select")
}

/// `!Split`: the parts of a text.
pub fn split(separator: &str, text: Node) -> Node {
    Node::sequence([Node::string(separator), text]).tagged("!Split")
}

/// `!If`: one of two values by a condition's name.
pub fn when(condition: &str, then: Node, otherwise: Node) -> Node {
    Node::sequence([Node::string(condition), then, otherwise]).tagged("!If")
}

/// The value while the condition holds, else as though it was not written.
pub fn only_when(condition: &str, value: Node) -> Node {
    when(condition, value, reference("AWS::NoValue"))
}

/// `!ImportValue` of an export with a fixed name.
pub fn import_value(export: &str) -> Node {
    Node::string(export).tagged("!ImportValue")
}

/// `Fn::ImportValue` of an export whose name is substituted. YAML allows one tag per value, so the
/// outer function is written in its long form.
pub fn import_sub(export: &str) -> Node {
    Node::mapping([("Fn::ImportValue", sub(export))])
}

/// A condition that holds while the parameter is not empty.
pub fn parameter_is_set(parameter: &str) -> Node {
    let is_empty = Node::sequence([reference(parameter), Node::string("")]).tagged("!Equals");
    Node::sequence([is_empty]).tagged("!Not")
}
