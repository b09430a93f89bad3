//! CloudFormation's intrinsic functions as YAML nodes with short-form tags. This is the only place
//! that knows how a function is written.

use crate::manifest::unquoted;
use crate::yaml::Node;

/// `!Ref`: a parameter's value, a resource's id or a pseudo parameter.
pub fn reference(name: &str) -> Node {
    Node::string(name).tagged("!Ref")
}

/// `!GetAtt`: an attribute of a resource.
pub fn get_att(resource: &str, attribute: &str) -> Node {
    Node::string(format!("{resource}.{attribute}")).tagged("!GetAtt")
}

/// The same in the long form, with its argument as a list.
pub fn get_att_in_full(resource: &str, attribute: &str) -> Node {
    Node::mapping([("Fn::GetAtt", Node::sequence([Node::string(resource), Node::string(attribute)]))])
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

/// The import of an export whose name a text of the manifest gives, or a function that it is.
pub fn import_named(text: &str) -> Node {
    let name = unquoted::value(text);
    match &name.tag {
        None if name.as_text().is_some() => name.tagged("!ImportValue"),
        _ => Node::mapping([("Fn::ImportValue", name)]),
    }
}

/// `Fn::ImportValue` of an export whose name is substituted. YAML allows one tag per value, so the
/// outer function is written in its long form.
pub fn import_sub(export: &str) -> Node {
    Node::mapping([("Fn::ImportValue", sub(export))])
}

/// `!FindInMap`: a value of a mapping.
pub fn find_in_map(mapping: &str, key: Node, second: &str) -> Node {
    Node::sequence([Node::string(mapping), key, Node::string(second)]).tagged("!FindInMap")
}

/// `!GetAZs` of the region that the stack is in.
pub fn availability_zones() -> Node {
    Node::string("").tagged("!GetAZs")
}

/// A condition that holds while the parameter is not empty.
pub fn parameter_is_set(parameter: &str) -> Node {
    Node::sequence([parameter_equals(parameter, Node::string(""))]).tagged("!Not")
}

/// A condition that holds while the parameter has this value.
pub fn parameter_equals(parameter: &str, value: Node) -> Node {
    Node::sequence([reference(parameter), value]).tagged("!Equals")
}

/// `!And` of conditions.
pub fn all_of<const N: usize>(conditions: [Node; N]) -> Node {
    Node::sequence(conditions).tagged("!And")
}

/// `!Condition`: that a condition of the template holds.
pub fn condition(name: &str) -> Node {
    Node::string(name).tagged("!Condition")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::emit;

    #[test]
    fn short_forms() {
        let cases = [
            (reference("AWS::Region"), "!Ref AWS::Region\n"),
            (get_att("Stack", "Outputs.Name"), "!GetAtt Stack.Outputs.Name\n"),
            (get_att_in_full("Stack", "Outputs.Name"), "Fn::GetAtt:\n  - Stack\n  - Outputs.Name\n"),
            (sub("a: ${B}"), "!Sub \"a: ${B}\"\n"),
            (sub_with("${A}", [("A", reference("B"))]), "!Sub\n- ${A}\n- A: !Ref B\n"),
            (join("-", [Node::string("a")]), "!Join\n- \"-\"\n- - a\n"),
            (select(0, split(",", reference("A"))), "!Select\n- 0\n- !Split\n  - \",\"\n  - !Ref A\n"),
            (only_when("Has", Node::string("a")), "!If\n- Has\n- a\n- !Ref AWS::NoValue\n"),
            (import_value("a-B"), "!ImportValue a-B\n"),
            (import_named("'a-B'"), "!ImportValue a-B\n"),
            (import_named("!Sub '${A}-B'"), "Fn::ImportValue: !Sub ${A}-B\n"),
            (import_named("{Ref: A}"), "Fn::ImportValue:\n  Ref: A\n"),
            (import_sub("${A}-B"), "Fn::ImportValue: !Sub ${A}-B\n"),
            (find_in_map("M", reference("A"), "K"), "!FindInMap\n- M\n- !Ref A\n- K\n"),
            (select(1, availability_zones()), "!Select\n- 1\n- !GetAZs \"\"\n"),
            (
                all_of([condition("A"), parameter_is_set("B")]),
                "!And\n- !Condition A\n- !Not\n  - !Equals\n    - !Ref B\n    - \"\"\n",
            ),
            (parameter_equals("A", Node::plain(true)), "!Equals\n- !Ref A\n- true\n"),
            (parameter_is_set("A"), "!Not\n- !Equals\n  - !Ref A\n  - \"\"\n"),
        ];
        for (node, text) in cases {
            assert_eq!(emit(&node), text);
        }
    }
}
