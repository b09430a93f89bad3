//! Replaces `${NAME}` in a manifest, on the parsed tree and, for the template's
//! metadata, in the text itself, so that comments and layout survive.
//!
//! Unlike the old tool, one pass from left to right decides: an escape holds only where it is written,
//! values are not searched for references again, and nulls and anchors stay what they are.

use super::findings::{Diagnostics, Place};
use super::splice::{self, Splices};
use crate::yaml::{Kind, Node, Scalar, Span, Style};

/// Where variables get their values from.
pub(super) struct Scope<'a> {
    /// Value of `COPILOT_APPLICATION_NAME`.
    pub app: &'a str,
    /// Value of `COPILOT_ENVIRONMENT_NAME`.
    pub env: &'a str,
    /// The process's environment.
    pub lookup: &'a dyn Fn(&str) -> Option<String>,
}

/// An interpolated manifest.
pub(super) struct Interpolated {
    /// The tree; substituted scalars are strings whatever their text looks like.
    pub root: Node,
    /// The first document's text with the substituted scalars, without byte order mark and with `\n`.
    pub text: String,
    /// The variables behind scalars, by the scalars' positions.
    pub variables: Vec<(Span, Vec<String>)>,
}

/// Interpolates all values; undefined variables are reported, also those of other environments.
pub(super) fn interpolate(
    mut root: Node,
    source: &str,
    scope: &Scope<'_>,
    diagnostics: &mut Diagnostics,
) -> Interpolated {
    let (splices, variables) = (Splices::default(), Vec::new());
    let mut walk = Walk { source, scope, diagnostics, splices, variables, room: LARGEST };
    let place = Place { span: root.span, field: String::new() };
    walk.value(&mut root, &place);
    let text = walk.splices.apply(splice::first_document(source, root.span.end));
    Interpolated { root, text, variables: walk.variables }
}

/// The most that values may add to a manifest, in bytes: CloudFormation takes templates of one megabyte, and the manifest is
/// part of the template.
const LARGEST: usize = 1 << 20;

/// Variables of one scalar that messages name.
const NAMED: usize = 20;

struct Walk<'a> {
    source: &'a str,
    scope: &'a Scope<'a>,
    diagnostics: &'a mut Diagnostics,
    splices: Splices,
    variables: Vec<(Span, Vec<String>)>,
    /// How much values may still add; 0 when they added too much.
    room: usize,
}

impl<'a> Walk<'a> {
    fn value(&mut self, node: &mut Node, place: &Place) {
        let custom = node.tag.as_deref().is_some_and(|tag| !tag.starts_with("!!"));
        let text_tag = matches!(node.tag.as_deref(), None | Some("!!str"));
        match &mut node.kind {
            Kind::Scalar(scalar) if text_tag && !scalar.text.is_empty() => {
                if let Some(kind) = self.scalar(scalar, node.span, place) {
                    node.kind = kind;
                    node.tag = None;
                }
            }
            Kind::Scalar(_) => {}
            Kind::Sequence(items) => {
                for (i, item) in items.iter_mut().enumerate() {
                    let place = place.item(i, item.span);
                    self.value(item, &place);
                }
            }
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    // The old tool takes the keys of a map with a tag of its own for values.
                    if custom {
                        let place = place.child("?", key.span);
                        self.value(key, &place);
                    }
                    let place = place.child(key.as_text().unwrap_or("?"), value.span);
                    self.value(value, &place);
                }
            }
        }
    }

    /// The scalar's new kind, if it changes.
    fn scalar(&mut self, scalar: &Scalar, span: Span, place: &Place) -> Option<Kind> {
        let mut used: Vec<String> = Vec::new();
        let mut fits_block = true;
        let text = substitute(&scalar.text, |name| {
            let value = self.fitting(name, span, place);
            if used.len() < NAMED && !used.iter().any(|other| other == name) {
                used.push(name.to_owned());
            }
            fits_block &= splice::fits_block(&value);
            value
        });
        let changed = text != scalar.text || !used.is_empty();
        if !used.is_empty() {
            self.variables.push((span, used));
        }
        if scalar.style != Style::Literal
            && let Some(items) = json_list(&text)
        {
            self.splices.replace(self.source, span, scalar.style, &splice::list(&items));
            let items = items.into_iter().map(|item| Node { span, ..Node::plain(item.unwrap_or_default()) });
            return Some(Kind::Sequence(items.collect()));
        }
        if !changed {
            return None;
        }
        let block = matches!(scalar.style, Style::Literal | Style::Folded);
        match self.source.get(span.start..span.end).filter(|_| block && fits_block && self.room > 0) {
            Some(content) => {
                let content = substitute(content, |name| self.known(name).unwrap_or_default());
                self.splices.content(span, content);
            }
            None => {
                self.splices.replace(self.source, span, scalar.style, &splice::scalar(&text, scalar.style));
            }
        }
        // A substituted plain scalar is a string for ever: variables cannot make numbers.
        let style = if scalar.style == Style::Plain { Style::DoubleQuoted } else { scalar.style };
        Some(Kind::Scalar(Scalar { text, style }))
    }

    /// The variable's value, or nothing when there is no room for it, which is reported once.
    fn fitting(&mut self, name: &str, span: Span, place: &Place) -> String {
        if self.room == 0 {
            return String::new();
        }
        let value = self.lookup(name, span, place);
        self.room = self.room.saturating_sub(value.len());
        if self.room > 0 {
            return value;
        }
        let message = format!(
            "the values of variables add more than {} MB to the manifest; the one of `{name}` has {} bytes",
            LARGEST >> 20,
            value.len()
        );
        let place = Place { span: locate(self.source, span, name), field: place.field.clone() };
        self.diagnostics.error_help(
            &place,
            message,
            format!("give {name} a shorter value, or name it less often"),
        );
        String::new()
    }

    /// The variable's value; a missing or conflicting one is reported and empty.
    fn lookup(&mut self, name: &str, span: Span, place: &Place) -> String {
        // Looking for each of very many references would take very long.
        let span = if self.diagnostics.crowded() { span } else { locate(self.source, span, name) };
        let place = Place { span, field: place.field.clone() };
        if let Some(own) = self.predefined(name) {
            if let Some(other) = (self.scope.lookup)(name).filter(|other| other != own) {
                let help = format!("unset {name} in the shell; the manifest gets `{own}` by itself");
                let message = format!(
                    "the variable `{name}` is predefined, but the process environment sets it to `{other}`"
                );
                self.diagnostics.error_help(&place, message, help);
            }
            return own.to_owned();
        }
        self.known(name).unwrap_or_else(|| {
            let help = format!(
                "set {name} in the process environment, or write \\${{{name}}} to keep the text as it is"
            );
            self.diagnostics.error_help(&place, format!("the variable `{name}` is not defined"), help);
            String::new()
        })
    }

    fn known(&self, name: &str) -> Option<String> {
        self.predefined(name).map(str::to_owned).or_else(|| (self.scope.lookup)(name))
    }

    fn predefined(&self, name: &str) -> Option<&'a str> {
        match name {
            "COPILOT_APPLICATION_NAME" => Some(self.scope.app),
            "COPILOT_ENVIRONMENT_NAME" => Some(self.scope.env),
            _ => None,
        }
    }
}

/// Replaces references by their values and removes the backslash of escaped ones.
fn substitute(text: &str, mut value: impl FnMut(&str) -> String) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        match name_of(after) {
            Some((name, tail)) => {
                match before.strip_suffix('\\') {
                    Some(before) => {
                        result.push_str(before);
                        result.push_str("${");
                        result.push_str(name);
                        result.push('}');
                    }
                    None => {
                        result.push_str(before);
                        result.push_str(&value(name));
                    }
                }
                rest = tail;
            }
            None => {
                result.push_str(before);
                result.push_str("${");
                rest = after;
            }
        }
    }
    result.push_str(rest);
    result
}

/// The variable name in front of `}`, and what follows the brace.
fn name_of(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let (name, rest) = text.split_at(end);
    let tail = rest.strip_prefix('}')?;
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_').then_some((name, tail))
}

/// The position of the first reference to `name` within a scalar; the scalar itself when the reference
/// is not found in its source.
fn locate(source: &str, span: Span, name: &str) -> Span {
    let reference = format!("${{{name}}}");
    let found = source.get(span.start..span.end).and_then(|slice| {
        slice
            .match_indices(&reference)
            .map(|(at, _)| at)
            .find(|at| !slice.get(..*at).unwrap_or_default().ends_with('\\'))
    });
    let Some(at) = found else { return span };
    let start = span.start + at;
    let before = source.get(span.start..start).unwrap_or_default();
    let end = start + reference.len();
    match before.rsplit_once('\n') {
        None => Span { start, end, line: span.line, column: span.column + before.chars().count() },
        Some((above, last)) => {
            let line = span.line + above.matches('\n').count() + 1;
            Span { start, end, line, column: last.chars().count() + 1 }
        }
    }
}

/// The elements of a JSON list of texts and nulls with at least one element.
fn json_list(text: &str) -> Option<Vec<Option<String>>> {
    if !text.trim_start().starts_with('[') {
        return None;
    }
    let items: Vec<Option<String>> = serde_json::from_str(text).ok()?;
    (!items.is_empty()).then_some(items)
}
