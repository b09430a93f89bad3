//! Which names the values of a template refer to, however the functions are written.

use crate::yaml::{Kind, Node, Span};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Named {
    /// A resource, a parameter or a pseudo parameter.
    Value,
    /// An entry of `Conditions`.
    Condition,
}

/// One use of a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reference<'a> {
    /// The name without what lies behind its first dot.
    pub name: &'a str,
    /// What must have the name.
    pub named: Named,
    /// Not within `Fn::If`, which takes one of its branches only.
    pub certain: bool,
    /// Where the function's argument stands in its file.
    pub span: Span,
}

/// All references of a value and of everything in it.
pub(super) fn references(node: &Node) -> Vec<Reference<'_>> {
    let mut search = Search { found: Vec::new(), certain: true };
    search.value(node);
    search.found
}

/// The logical ids in the `DependsOn` of a resource, with where they stand.
pub(super) fn depends_on(resource: &Node) -> Vec<(&str, Span)> {
    let items = match resource.get("DependsOn") {
        Some(Node { kind: Kind::Sequence(ids), .. }) => ids.as_slice(),
        Some(id) => std::slice::from_ref(id),
        None => &[],
    };
    items.iter().filter_map(|id| Some((id.as_text()?, id.span))).collect()
}

struct Search<'a> {
    found: Vec<Reference<'a>>,
    certain: bool,
}

impl<'a> Search<'a> {
    fn add(&mut self, named: Named, name: &'a str, at: &Node) {
        self.found.push(Reference { name, named, certain: self.certain, span: at.span });
    }

    fn value(&mut self, node: &'a Node) {
        let function = node.tag.as_deref().and_then(|tag| tag.strip_prefix('!'));
        if let Some(function) = function {
            return self.function(function, node);
        }
        match &node.kind {
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    match key.as_text() {
                        Some("Ref") if entries.len() == 1 => self.function("Ref", value),
                        Some(key) if key.starts_with("Fn::") && entries.len() == 1 => {
                            self.function(key.trim_start_matches("Fn::"), value);
                        }
                        _ => self.value(value),
                    }
                }
            }
            Kind::Sequence(items) => items.iter().for_each(|item| self.value(item)),
            Kind::Scalar(_) => {}
        }
    }

    /// The references of a function's argument, whose own tag no longer counts.
    fn function(&mut self, function: &str, argument: &'a Node) {
        match (function, &argument.kind) {
            ("Ref", Kind::Scalar(name)) => self.add(Named::Value, &name.text, argument),
            ("Condition", Kind::Scalar(name)) => self.add(Named::Condition, &name.text, argument),
            ("GetAtt", Kind::Scalar(name)) => self.add(Named::Value, before_dot(&name.text), argument),
            ("GetAtt", Kind::Sequence(parts)) => {
                if let Some(id) = parts.first().and_then(plain_text) {
                    self.add(Named::Value, id, argument);
                }
            }
            ("Sub", Kind::Scalar(text)) => {
                for name in substituted(&text.text) {
                    self.add(Named::Value, before_dot(name), argument);
                }
            }
            ("Sub", Kind::Sequence(parts)) => {
                let (text, variables) = (parts.first().and_then(plain_text), parts.get(1));
                for name in substituted(text.unwrap_or_default()) {
                    let is_own = |name| variables.is_some_and(|own| own.get(name).is_some());
                    if !is_own(name) && !is_own(before_dot(name)) {
                        self.add(Named::Value, before_dot(name), argument);
                    }
                }
                variables.into_iter().for_each(|own| self.value(own));
            }
            ("If", Kind::Sequence(parts)) => {
                if let Some(condition) = parts.first().and_then(plain_text) {
                    self.add(Named::Condition, condition, argument);
                }
                let outside = std::mem::replace(&mut self.certain, false);
                parts.iter().skip(1).for_each(|part| self.value(part));
                self.certain = outside;
            }
            (_, Kind::Mapping(entries)) => entries.iter().for_each(|(_, value)| self.value(value)),
            (_, Kind::Sequence(items)) => items.iter().for_each(|item| self.value(item)),
            (_, Kind::Scalar(_)) => {}
        }
    }
}

/// The text of a value that is no function.
fn plain_text(node: &Node) -> Option<&str> {
    node.as_text().filter(|_| node.tag.is_none())
}

/// `A.B` of each `${A.B}`; `${!A}` is a text.
fn substituted(text: &str) -> Vec<&str> {
    let names = text.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    names.filter(|name| !name.starts_with('!')).map(str::trim).collect()
}

fn before_dot(name: &str) -> &str {
    name.split_once('.').map_or(name, |(before, _)| before)
}
