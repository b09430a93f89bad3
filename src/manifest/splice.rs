//! Puts new values into a YAML text where the old ones stood.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::yaml::{Span, Style, scalar};

/// Replacements by the first byte they replace.
#[derive(Default)]
pub(super) struct Splices(BTreeMap<usize, (usize, String)>);

impl Splices {
    /// Replaces exactly the bytes of a span.
    pub(super) fn content(&mut self, span: Span, text: String) {
        self.0.insert(span.start, (span.end, text));
    }

    /// Replaces a scalar, with its header if it is a block scalar, by a text of one line.
    pub(super) fn replace(&mut self, source: &str, span: Span, style: Style, text: &str) {
        if !matches!(style, Style::Literal | Style::Folded) {
            return self.content(span, text.to_owned());
        }
        // A block scalar's span is its content; the header is the end of the line above.
        let Some(header) = source.get(..span.start).and_then(header_start) else { return };
        // The line break after the content, and what the reader skipped behind it, stay.
        let content = source.get(span.start..span.end).unwrap_or_default().trim_end();
        self.0.insert(header, (span.start + content.len(), text.to_owned()));
    }

    /// The text with all replacements, without byte order mark and carriage returns.
    pub(super) fn apply(&self, source: &str) -> String {
        let mut result = String::with_capacity(source.len());
        let mut done = 0;
        for (start, (end, text)) in &self.0 {
            result.push_str(source.get(done..*start).unwrap_or_default());
            result.push_str(text);
            done = done.max(*end);
        }
        result.push_str(source.get(done..).unwrap_or_default());
        // A carriage return alone ends a line in YAML too; left in place it could become half of a pair.
        result.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n")
    }
}

/// The text up to the marker that ends the first document, whose content ends at `end`.
pub(super) fn first_document(source: &str, end: usize) -> &str {
    let mut at = end.min(source.len());
    // The reader may stop right at the marker or before the line break in front of it.
    let line_start = source.get(..at).and_then(|text| text.rfind('\n')).map_or(0, |found| found + 1);
    if source.get(line_start..at) == Some("") {
        at = line_start;
    } else {
        match source.get(at..).and_then(|rest| rest.find('\n')) {
            Some(found) => at += found + 1,
            None => return source,
        }
    }
    while let Some(line) = source.get(at..).and_then(|rest| rest.split_inclusive('\n').next()) {
        if line.starts_with("---") || line.starts_with("...") {
            return source.get(..at).unwrap_or(source);
        }
        at += line.len();
    }
    source
}

/// Where the header (`|-`, `>2`) of a block scalar starts, given the text before its content.
fn header_start(before: &str) -> Option<usize> {
    let text = before.trim_end();
    let line_start = text.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(line_start..)?;
    let at = line.match_indices(['|', '>']).map(|(at, _)| at).find(|at| {
        let after = line
            .get(at + 1..)
            .unwrap_or_default()
            .trim_start_matches(|c: char| c.is_ascii_digit() || "+-".contains(c));
        let after_blanks = after.trim_start();
        let begins_word = line.get(..*at).is_none_or(|l| l.is_empty() || l.ends_with([' ', '\t']));
        begins_word
            && (after_blanks.is_empty()
                || (after_blanks.starts_with('#') && after_blanks.len() < after.len()))
    })?;
    Some(line_start + at)
}

/// Whether a value can stand anywhere within a block scalar without changing its layout.
pub(super) fn fits_block(value: &str) -> bool {
    !value.is_empty() && value.trim() == value && !value.chars().any(is_awkward)
}

/// Characters that YAML text cannot hold without escapes, or that end a line for some reader.
fn is_awkward(c: char) -> bool {
    c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
}

/// A text as a YAML scalar of one line that reads as a string, in the notation it had where possible.
pub(super) fn scalar(text: &str, style: Style) -> String {
    let awkward = text.chars().any(is_awkward);
    match style {
        Style::SingleQuoted if !awkward => format!("'{}'", text.replace('\'', "''")),
        // Commas and brackets would end a plain scalar inside a flow list or map.
        Style::Plain if !scalar::needs_quotes(text) && !text.contains([',', '[', ']', '{', '}']) => {
            text.to_owned()
        }
        _ => quoted(text),
    }
}

/// A list of texts in flow notation; elements that look like another type stay unquoted, as the old tool
/// writes them, and so do nulls.
pub(super) fn list(items: &[Option<String>]) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|item| match item.as_deref() {
            None | Some("" | "~") => "null".to_owned(),
            Some(text) if text.chars().all(|c| c.is_ascii_alphanumeric()) => text.to_owned(),
            Some(text) => scalar(text, Style::Plain),
        })
        .collect();
    format!("[{}]", items.join(", "))
}

fn quoted(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + 2);
    result.push('"');
    for c in text.chars() {
        match c {
            '"' => result.push_str("\\\""),
            '\\' => result.push_str("\\\\"),
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            c if is_awkward(c) => {
                let _ = write!(result, "\\u{:04x}", u32::from(c));
            }
            c => result.push(c),
        }
    }
    result.push('"');
    result
}
