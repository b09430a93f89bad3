//! Finds the comments of a document and assigns them to its nodes: the lines above
//! an entry to that entry, the end of a line to the value on it, and lines below that are set off from
//! what follows to the entry above. Comments inside brackets and braces are dropped.

use std::collections::HashMap;

use super::document::{Comments, Document, NodeId, RawKind};
use super::node::Style;

/// What a value is to the collection that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Key,
    Value,
    Item,
    Root,
    /// The end of a collection with brackets or braces.
    FlowEnd,
}

/// A place where a value's notation ends, in the order of the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub start: usize,
    pub end: usize,
    pub node: NodeId,
    pub role: Role,
}

/// An entry of a block collection: the key of a pair or an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element {
    pub node: NodeId,
    pub start: usize,
    /// Column of the key or the dash, from 1.
    pub column: usize,
    pub parent: Option<usize>,
}

/// Where things stand in the text: what comments are assigned by.
#[derive(Default)]
pub(super) struct Layout {
    pub marks: Vec<Mark>,
    pub elements: Vec<Element>,
    /// Outermost collections with brackets or braces, as byte ranges.
    pub flows: Vec<(usize, usize)>,
    /// The values of keys outside of brackets and braces.
    pub values: HashMap<NodeId, NodeId>,
}

/// One comment in the text.
struct Comment<'a> {
    /// Its first byte.
    start: usize,
    line: usize,
    /// Column of `#`, from 1.
    column: usize,
    text: &'a str,
    /// Nothing stands before it on its line.
    own_line: bool,
}

/// Assigns all comments of the text.
pub(super) fn assign(document: &mut Document, source: &str, layout: &Layout) {
    if !source.contains('#') {
        return;
    }
    let lines = Lines::of(source);
    let comments = find(source, &layout.marks, &lines);
    let mut rest = comments.as_slice();
    while let Some((first, _)) = rest.split_first() {
        let previous = last_before(&layout.marks, first.start);
        // Lines of comments with nothing but empty lines between them belong together.
        let mut end = first.start;
        let count = rest
            .iter()
            .take_while(|comment| {
                let between = source.get(end..comment.start).unwrap_or_default();
                end = comment.start + comment.text.len();
                comment.own_line && between.trim().is_empty()
            })
            .count();
        let (run, after) = rest.split_at(count.max(1));
        rest = after;
        if in_flow(layout, first.start) {
            continue;
        }
        match previous {
            Some(mark) if !first.own_line && lines.number(mark.end.saturating_sub(1)) == first.line => {
                end_of_line(document, layout, mark, first.text);
            }
            _ => lines_between(document, layout, &lines, source, run, previous),
        }
    }
}

/// Positions of line starts.
struct Lines(Vec<usize>);

impl Lines {
    fn of(source: &str) -> Self {
        let breaks = source.match_indices('\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(breaks).collect())
    }

    /// The line of a byte, from 1.
    fn number(&self, byte: usize) -> usize {
        self.0.partition_point(|start| *start <= byte)
    }

    fn start(&self, line: usize) -> usize {
        self.0.get(line.saturating_sub(1)).copied().unwrap_or_default()
    }
}

/// A `#` at the start of a line or after a blank, outside of scalars, starts a comment.
fn find<'a>(source: &'a str, marks: &[Mark], lines: &Lines) -> Vec<Comment<'a>> {
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    let mut scalars = marks.iter().filter(|mark| mark.role != Role::FlowEnd).peekable();
    while let Some(start) = bytes.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'#')) {
        let start = at + start;
        while scalars.next_if(|scalar| scalar.end <= start).is_some() {}
        if let Some(scalar) = scalars.peek()
            && scalar.start <= start
        {
            at = scalar.end;
            continue;
        }
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        if !matches!(before, None | Some(b' ' | b'\t' | b'\n' | b'\r')) {
            at = start + 1;
            continue;
        }
        let rest = source.get(start..).unwrap_or_default();
        let text = rest.split(['\n', '\r']).next().unwrap_or_default();
        let line = lines.number(start);
        let lead = source.get(lines.start(line)..start).unwrap_or_default();
        found.push(Comment {
            start,
            line,
            column: lead.chars().count() + 1,
            text,
            own_line: lead.chars().all(|c| c == ' ' || c == '\t' || c == '\u{feff}'),
        });
        at = start + text.len();
    }
    found
}

/// The last value that ends before a byte.
fn last_before(marks: &[Mark], byte: usize) -> Option<Mark> {
    marks.get(marks.partition_point(|mark| mark.end <= byte).checked_sub(1)?).copied()
}

/// The first element that starts after a byte.
fn next_content(layout: &Layout, byte: usize) -> usize {
    layout.elements.partition_point(|element| element.start < byte)
}

fn in_flow(layout: &Layout, byte: usize) -> bool {
    let before = layout.flows.partition_point(|(start, _)| *start < byte);
    before.checked_sub(1).and_then(|at| layout.flows.get(at)).is_some_and(|(_, end)| byte < *end)
}

fn add(place: &mut String, text: &str) {
    if !place.is_empty() {
        place.push('\n');
    }
    place.push_str(text);
}

fn with(document: &mut Document, node: NodeId, change: impl FnOnce(&mut Comments)) {
    if let Some(node) = document.node_mut(node) {
        change(&mut node.comments);
    }
}

/// A comment behind a value belongs to it; one behind `key:` to a value that begins there (a text block)
/// or is empty, else to the key.
fn end_of_line(document: &mut Document, layout: &Layout, mark: Mark, text: &str) {
    let mut owner = mark.node;
    if mark.role == Role::Key
        && let Some(value) = layout.values.get(&mark.node)
        && let RawKind::Scalar(scalar) = &document.node(*value).kind
        && (matches!(scalar.style, Style::Literal | Style::Folded) || scalar.text.is_empty())
    {
        owner = *value;
    }
    with(document, owner, |comments| add(&mut comments.line, text));
}

/// Comments on lines of their own between two values.
fn lines_between(
    document: &mut Document,
    layout: &Layout,
    lines: &Lines,
    source: &str,
    run: &[Comment<'_>],
    previous: Option<Mark>,
) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
    let next = next_content(layout, first.start);
    let above = next.checked_sub(1);
    let next = layout.elements.get(next);
    // Columns below this one are outside of the collection that holds the value above.
    let inner = above.and_then(|at| layout.elements.get(at)).map_or(1, |element| element.column);
    let content_line = previous.map(|mark| lines.number(mark.end.saturating_sub(1)));
    let adjacent = content_line.is_some_and(|line| first.line <= line + 1);
    let after_key = previous.is_some_and(|mark| mark.role == Role::Key);
    // What the first line of a text is followed by never counts as set off below it.
    let below =
        |start: &Comment<'_>| adjacent && content_line != Some(1) && start.line == first.line && !after_key;
    let mut unbroken = adjacent;
    let mut text = String::new();
    let mut start = first;
    let mut before: Option<&Comment<'_>> = None;
    for comment in run {
        let gap = before.is_some_and(|before| comment.line > before.line + 1);
        if gap && !text.is_empty() {
            if unbroken && (below(start) || start.column < inner) {
                foot(document, layout, above, start, inner, &text);
                text.clear();
            } else {
                text.push('\n');
            }
            unbroken = false;
        }
        if !text.is_empty() && comment.column < inner && comment.column != start.column {
            // The end of an inner block.
            foot(document, layout, above, start, 0, &text);
            text.clear();
        }
        if text.is_empty() {
            start = comment;
        } else {
            text.push('\n');
        }
        text.push_str(comment.text);
        before = Some(comment);
    }
    let following = source.get(last.start..).unwrap_or_default().lines().skip(1);
    let gap = next.is_none() || following.clone().next().is_none_or(|line| line.trim().is_empty());
    let column = following
        .map(|line| (line, line.trim_start_matches(' ')))
        .find(|(_, content)| !content.trim().is_empty())
        .map(|(line, content)| line.len() - content.len() + 1);
    if previous.is_some() && gap && unbroken && (below(start) || start.column < inner) {
        return foot(document, layout, above, start, inner, &text);
    }
    let Some(next) = next else {
        if previous.is_none() {
            document.comments.head = text;
        } else {
            document.comments.foot = text;
        }
        return;
    };
    if previous.is_some() && column.is_some_and(|column| column < inner && column != start.column) {
        return foot(document, layout, above, start, 0, &text);
    }
    if gap {
        text.push('\n');
    }
    if previous.is_none() {
        // Above the first value, an empty line ends the document's own comment.
        if let Some((own, rest)) = text.rsplit_once("\n\n") {
            document.comments.head = own.to_owned();
            text = rest.to_owned();
        } else if let Some(own) = text.strip_suffix('\n') {
            document.comments.head = own.to_owned();
            return;
        }
    }
    let node = first_part_below_tag(document, next.node);
    with(document, node, |comments| add(&mut comments.head, &text));
}

/// A comment above a tagged block in a list goes behind its dash, to the first part: that is how the old
/// tool's library reads it.
fn first_part_below_tag(document: &Document, id: NodeId) -> NodeId {
    let node = document.node(id);
    if node.tag.is_none() && node.anchor.is_none() {
        return id;
    }
    let part = match &node.kind {
        RawKind::Sequence { items, flow: false } => items.first(),
        RawKind::Mapping { entries, flow: false } => entries.first().map(|(key, _)| key),
        _ => None,
    };
    part.copied().unwrap_or(id)
}

/// Gives a comment to the entry above it: to the one with the value above, or, if it is outside of that
/// one's collection (which is at column `inner`), to the last one at its own column or before.
fn foot(
    document: &mut Document,
    layout: &Layout,
    above: Option<usize>,
    comment: &Comment<'_>,
    inner: usize,
    text: &str,
) {
    let mut at = above;
    while let Some(element) = at.and_then(|at| layout.elements.get(at)) {
        if comment.column >= inner || element.column <= comment.column || element.parent.is_none() {
            with(document, element.node, |comments| add(&mut comments.foot, text));
            return;
        }
        at = element.parent;
    }
    add(&mut document.comments.foot, text);
}
