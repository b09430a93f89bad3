//! What every entry of a template must have: a name that CloudFormation takes, and its `Type` or `Value`.
//! Without, CloudFormation refuses the template, but only once images are built and pushed.

use super::dangling::{entries, is_left_to_cloudformation};
use crate::text::sanitize;
use crate::yaml::{Kind, Node, Span};

/// Sections, what an entry of them is called, and what it must have.
const SECTIONS: [(&str, &str, &str); 3] =
    [("Parameters", "parameter", "Type"), ("Resources", "resource", "Type"), ("Outputs", "output", "Value")];

/// An entry that CloudFormation refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed<'a> {
    /// Section of the entry.
    pub section: &'static str,
    /// Its key.
    pub key: &'a str,
    /// Where the key stands.
    pub span: Span,
    /// What is wrong, in words.
    pub told: String,
}

/// Every such entry, in the template's order.
///
/// A template that macros or modules expand is left to CloudFormation: they may mend it.
pub fn find(body: &Node) -> Vec<Malformed<'_>> {
    if is_left_to_cloudformation(body) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (section, what, member) in SECTIONS {
        for (node, key, entry) in entries(body, section) {
            let mut add = |told: String| {
                let told = sanitize(&told).replace('\n', " ");
                found.push(Malformed { section, key, span: node.span, told });
            };
            if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                add(format!(
                    "the name of the {what} `{key}` may consist of the letters A-Z, a-z and digits only"
                ));
            }
            match &entry.kind {
                Kind::Mapping(_) if entry.get(member).is_none_or(Node::is_null) => {
                    add(format!("the {what} `{key}` has no `{member}`"));
                }
                Kind::Mapping(_) => {}
                Kind::Sequence(_) | Kind::Scalar(_) => add(format!("the {what} `{key}` must be a map")),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::load;

    fn told(template: &str) -> Vec<String> {
        let body = load(template).unwrap().unwrap();
        find(&body).into_iter().map(|entry| format!("{}: {}", entry.span.line, entry.told)).collect()
    }

    #[test]
    fn finds_what_cloudformation_refuses() {
        let found = told(
            "Parameters:\n  P: {Default: 1}\n  Q-R: {Type: String}\n  S: {Type: String}\n\
             Resources:\n  A: {}\n  B: {Type: }\n  C_D: {Type: T}\n  'é': {Type: T}\n  E:\n  F: [Type]\n  G: {Type: T}\n  1: {Type: T}\n\
             Outputs:\n  O: {Description: x}\n  O-P: {Value: x}\n  Q: {Value: ''}\n",
        );
        insta::assert_snapshot!(found.join("\n"));
    }

    #[test]
    fn what_macros_and_modules_make_is_left_alone() {
        for template in [
            "Transform: M\nResources: {A-B: {}}",
            "Resources: {A: {Fn::Transform: {Name: M}}}",
            "Resources: {A: {Type: My::Own::Thing::MODULE}, B: {}}",
            "Metadata: {a-b: 1}\nConditions: {a-b: 1}",
            "Resources: text",
        ] {
            assert!(told(template).is_empty(), "{template}");
        }
    }
}
