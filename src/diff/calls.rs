//! Recognises function calls in their short and long forms.

use std::collections::HashMap;

use crate::template::cfn::call::{long_name, short_name};
use crate::yaml::document::{Comments, Document, NodeId, RawKind, RawNode};
use crate::yaml::{Scalar, Span, Style};

/// The functions that the comparison knows, by their long names. What is printed depends on it, so newer
/// functions such as `Fn::Length` are not among them.
const FUNCTIONS: [&str; 18] = [
    "Ref",
    "Condition",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::FindInMap",
    "Fn::GetAtt",
    "Fn::GetAZs",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::Transform",
    "Fn::And",
    "Fn::Equals",
    "Fn::If",
    "Fn::Not",
    "Fn::Or",
];
/// The function that reads an attribute of a resource, in its long form.
pub(super) const GET_ATT: &str = "Fn::GetAtt";
/// A function call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The function's long name.
    pub function: &'static str,
    /// Written as a map.
    pub long: bool,
    /// The argument, without a tag where the short form had one.
    pub argument: NodeId,
    /// A dotted argument of `GetAtt` as a list.
    pub split: Option<NodeId>,
}

/// Finds the function calls and adds their arguments in the forms that are compared.
pub(super) fn calls(document: &mut Document) -> HashMap<NodeId, Call> {
    let mut calls = HashMap::new();
    for id in 0..document.len() {
        let node = document.node(id);
        let (function, long, argument) = match &node.kind {
            RawKind::Mapping { entries, .. } => match entries.as_slice() {
                [(key, value)] => match document.node(*key).as_text().and_then(function) {
                    Some(function) => (function, true, *value),
                    None => continue,
                },
                _ => continue,
            },
            RawKind::Scalar(_) | RawKind::Sequence { .. } => match node.tag.as_deref().and_then(short) {
                Some(function) => (function, false, id),
                None => continue,
            },
            RawKind::Alias { .. } => continue,
        };
        // Comments and anchors do not survive the conversion either.
        let source = document.node(argument);
        let strip = !long || (function == GET_ATT && source.tag.is_some());
        let dotted = (function == GET_ATT).then(|| source.as_text().map(str::to_owned)).flatten();
        let bare = RawNode { tag: None, ..made(source.kind.clone()) };
        let argument = if strip { document.add(bare) } else { argument };
        let split = dotted.map(|text| split(document, &text));
        calls.insert(id, Call { function, long, argument, split });
    }
    calls
}

/// `A.B.C` as the list `[A, B.C]`; nothing is no item.
fn split(document: &mut Document, text: &str) -> NodeId {
    let (first, rest) = match text.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (text, None),
    };
    let items = std::iter::once(first)
        .chain(rest)
        .filter(|part| !part.is_empty())
        .map(|part| {
            let scalar = Scalar { text: part.to_owned(), style: Style::Plain };
            document.add(made(RawKind::Scalar(scalar)))
        })
        .collect();
    document.add(made(RawKind::Sequence { items, flow: true }))
}

fn made(kind: RawKind) -> RawNode {
    RawNode { tag: None, anchor: None, kind, span: Span::default(), comments: Comments::default() }
}

/// The function with this long name.
pub(super) fn function(key: &str) -> Option<&'static str> {
    FUNCTIONS.iter().find(|function| **function == key).copied()
}

/// The function whose short form has this tag. The comparison never knew `!Transform`.
fn short(tag: &str) -> Option<&'static str> {
    let name = short_name(tag).filter(|name| *name != "Transform")?;
    FUNCTIONS.iter().find(|function| long_name(function).unwrap_or(function) == name).copied()
}
