//! Which names the values of a template refer to, however the functions are written.

use super::call::{Call, Substitution, before_dot, children};
use crate::yaml::{Kind, Node, Span};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Named {
    /// A resource, a parameter or a pseudo parameter.
    Value,
    /// An entry of `Conditions`.
    Condition,
}

/// One use of a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference<'a> {
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
pub(crate) fn references(node: &Node) -> Vec<Reference<'_>> {
    Search::of(node, false)
}

/// The same of a value in the section `Conditions`, where conditions name others.
pub(crate) fn references_of_condition(node: &Node) -> Vec<Reference<'_>> {
    Search::of(node, true)
}

/// The logical ids in the `DependsOn` of a resource, with where they stand.
pub(crate) fn depends_on(resource: &Node) -> Vec<(&str, Span)> {
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
    /// Within the section `Conditions`.
    in_condition: bool,
}

impl<'a> Search<'a> {
    fn of(node: &'a Node, in_condition: bool) -> Vec<Reference<'a>> {
        let mut search = Self { found: Vec::new(), certain: true, in_condition };
        search.value(node);
        search.found
    }

    fn value(&mut self, node: &'a Node) {
        let call = if self.in_condition { Call::of_condition(node) } else { Call::of(node) };
        match call {
            Some(call) => self.call(&call),
            None => children(node).into_iter().for_each(|child| self.value(child)),
        }
    }

    fn call(&mut self, call: &Call<'a>) {
        let (certain, span) = (self.certain, call.span());
        let mut add = |named, name| self.found.push(Reference { name, named, certain, span });
        let value = call.referenced().or_else(|| call.resource());
        value.into_iter().for_each(|name| add(Named::Value, name));
        call.condition().into_iter().for_each(|name| add(Named::Condition, name));
        for name in call.substitution().iter().flat_map(Substitution::names) {
            add(Named::Value, before_dot(name));
        }
        if call.function == "If" {
            self.certain = false;
        }
        call.values().into_iter().for_each(|value| self.value(value));
        self.certain = certain;
    }
}
