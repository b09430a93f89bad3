//! What all manifests have in common: one YAML document, a map, with a name and a type.

use super::findings::{Diagnostics, Located, Place};
use crate::yaml::{self, Kind, Node, Span, SyntaxError};

/// A manifest file.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The path as messages show it.
    pub path: &'a str,
    /// The file's text.
    pub text: &'a str,
}

/// The root of a manifest, and the place of the whole. `None` after reporting why there is no map. `start` tells how to
/// get a manifest where there is nothing yet.
pub(super) fn read(text: &str, start: &str, diagnostics: &mut Diagnostics) -> Option<(Node, Place)> {
    let root = match yaml::load(text) {
        Ok(Some(root)) if !root.is_null() => root,
        Ok(_) => {
            diagnostics.error_help(&Place::default(), "the manifest is empty", start);
            return None;
        }
        Err(error) => {
            let place = Place { span: error.span, field: String::new() };
            match syntax_hint(&error, text) {
                Some(hint) => diagnostics.error_help(&place, error.message, hint),
                None => diagnostics.error(&place, error.message),
            }
            return None;
        }
    };
    let whole = Place { span: start_of(root.span), field: String::new() };
    if let Some(line) = yaml::second_document(text, root.span.line) {
        let place = Place { span: line_start(line, text), field: String::new() };
        let message =
            "everything from this line on is left out: only the first YAML document of a manifest counts";
        diagnostics.warn(&place, message, None);
    }
    if !matches!(root.kind, Kind::Mapping(_)) {
        diagnostics.error(&whole, "a manifest is a map with `name`, `type` and so on");
        return None;
    }
    Some((root, whole))
}

/// The first character of a span: a whole document is not worth underlining.
fn start_of(span: Span) -> Span {
    Span { end: span.start, ..span }
}

/// Where a line begins, without underlining anything.
fn line_start(line: usize, text: &str) -> Span {
    let start = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    Span { start, end: start, line, column: 1 }
}

/// The position of a key of the manifest, which may lack a value; the manifest's own if it is not there.
pub(super) fn key_span(root: &Node, key: &str, whole: &Place) -> Span {
    let Kind::Mapping(entries) = &root.kind else { return whole.span };
    entries.iter().find(|(k, _)| k.as_text() == Some(key)).map_or(whole.span, |(k, _)| k.span)
}

/// The name as written must be the directory's; variables are not replaced in it.
pub(super) fn check_name(root: &Node, directory: &str, whole: &Place, diagnostics: &mut Diagnostics) {
    let Some(node) = root.get("name").filter(|node| !node.is_null()) else {
        let help = format!("add `name: {directory}`, like the manifest's directory");
        let place = whole.child("name", key_span(root, "name", whole));
        return diagnostics.error_help(&place, "the manifest has no name", help);
    };
    let place = whole.child("name", node.span);
    match node.as_text() {
        Some(name) if name == directory => {}
        Some(name) => {
            let help = if name.contains("${") {
                format!("variables are not replaced in `name`; write `name: {directory}`")
            } else {
                format!("write `name: {directory}`, or rename the directory")
            };
            diagnostics.error_help(
                &place,
                format!("`{name}` differs from the manifest's directory `{directory}`"),
                help,
            );
        }
        None => diagnostics.error(&place, "expected a text"),
    }
}

/// The type as written. `None` after reporting that there is none; `expected` is the one to add.
pub(super) fn written_type<'a>(
    root: &'a Node,
    expected: &str,
    whole: &Place,
    diagnostics: &mut Diagnostics,
) -> Option<Located<&'a str>> {
    let Some(node) = root.get("type").filter(|node| !node.is_null()) else {
        let help = format!("add `type: {expected}`");
        let place = whole.child("type", key_span(root, "type", whole));
        diagnostics.error_help(&place, "the manifest has no type", help);
        return None;
    };
    let place = whole.child("type", node.span);
    let Some(value) = node.as_text() else {
        diagnostics.error(&place, "expected a text");
        return None;
    };
    Some(Located { value, place })
}

/// What most often leads to a syntax error in a manifest.
fn syntax_hint(error: &SyntaxError, text: &str) -> Option<&'static str> {
    let line = text.lines().nth(error.span.line.checked_sub(1)?)?;
    let value = line.split_once(": ").map_or(line, |(_, value)| value).trim_start();
    if error.message.starts_with("the document") {
        // Too large or too deep: nothing about this line is wrong.
        None
    } else if line.trim_start().starts_with("schedule") && value.starts_with(['*', '@']) {
        Some("put the schedule into quotes: `*` and `@` have a meaning in YAML")
    } else if value.starts_with(['*', '@', '%', '`', '&']) {
        Some("put the value into quotes: its first character has a meaning in YAML")
    } else if line.starts_with('\t') || error.message.contains(" tab") {
        Some("indent with blanks; YAML does not allow tabs")
    } else if line.contains("\\$") {
        Some("in double quotes, write the backslash twice: \"\\\\${NAME}\"")
    } else if error.message.starts_with("the key `") {
        Some("remove one of them; the old tool refused such a manifest too")
    } else {
        None
    }
}
