//! Just enough XML for AWS's query protocol, whose answers the emulator writes without attributes, comments or blanks.

use std::ops::Range;

/// Escapes text for an element.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Undoes [`escape`], also in the spelling of Python's library.
pub(super) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

/// The raw content of the first element of that name.
pub(super) fn content<'a>(xml: &'a str, tag: &str) -> Option<&'a str> {
    content_range(xml, tag).map(|range| &xml[range])
}

/// The text of the first element of that name.
pub(super) fn text(xml: &str, tag: &str) -> Option<String> {
    content(xml, tag).map(unescape)
}

/// Where the content of the first element of that name stands.
pub(super) fn content_range(xml: &str, tag: &str) -> Option<Range<usize>> {
    let open = format!("<{tag}>");
    let start = xml.find(&open)? + open.len();
    let end = start + xml[start..].find(&format!("</{tag}>"))?;
    Some(start..end)
}

/// Replaces the content of the first element of that name, if there is one.
pub(super) fn set(xml: &str, tag: &str, value: &str) -> String {
    match content_range(xml, tag) {
        Some(range) => format!("{}{}{}", &xml[..range.start], escape(value), &xml[range.end..]),
        None => xml.to_owned(),
    }
}

/// The items of a list element, each with its `<member>` tags. Lists inside the items stay whole.
pub(super) fn members<'a>(xml: &'a str, list: &str) -> Vec<&'a str> {
    const OPEN: &str = "<member>";
    const CLOSE: &str = "</member>";
    let Some(start) = xml.find(&format!("<{list}>")) else { return Vec::new() };
    let end = xml.rfind(&format!("</{list}>")).unwrap_or(xml.len());
    let body = &xml[start + list.len() + 2..end];
    let mut items = Vec::new();
    let (mut depth, mut item_start, mut at) = (0, 0, 0);
    while let Some(next) = body[at..].find("member>").map(|offset| at + offset) {
        at = next + "member>".len();
        if body[..at].ends_with(CLOSE) {
            depth -= 1;
            if depth == 0 {
                items.push(&body[item_start..at]);
            }
        } else if body[..at].ends_with(OPEN) {
            if depth == 0 {
                item_start = at - OPEN.len();
            }
            depth += 1;
        }
    }
    items
}

/// The document with the items of a list replaced.
pub(super) fn set_members(xml: &str, list: &str, items: &[String]) -> String {
    let open = format!("<{list}>");
    let Some(start) = xml.find(&open).map(|at| at + open.len()) else { return xml.to_owned() };
    let end = xml.rfind(&format!("</{list}>")).unwrap_or(xml.len());
    format!("{}{}{}", &xml[..start], items.concat(), &xml[end..])
}
