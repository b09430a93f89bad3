//! From the file's text to patches.

use super::{OPERATIONS, Operation, Patch, Patches};
use crate::error::{Error, Result};
use crate::manifest::suggest::nearest;
use crate::yaml::{self, Kind, MAX_DEPTH, Node, scalar};

const SHAPE: &str =
    "A patch looks like `{op: replace, path: /Resources/LogGroup/Properties/RetentionInDays, value: 7}`.";

pub(super) fn patches(file: &str, text: &str) -> Result<Patches> {
    let document = yaml::load(text)
        .map_err(|e| Error::new(format!("{file}:{}:{}: {}", e.span.line, e.span.column, e.message)))?;
    let start = document.as_ref().map_or(usize::MAX, |root| root.span.line);
    let items = match document {
        None => Vec::new(),
        Some(node) if node.is_null() => Vec::new(),
        Some(Node { kind: Kind::Sequence(items), .. }) => items,
        Some(node) => {
            return Err(Error::new(format!(
                "{file}:{}: the file must hold a list of patches, each starting with \"- \"",
                node.span.line
            ))
            .hint(SHAPE));
        }
    };
    let (mut list, mut errors) = (Vec::new(), Vec::new());
    for (index, item) in items.into_iter().enumerate() {
        let line = item.span.line;
        match patch(index, item) {
            Ok(patch) => list.push(patch),
            Err(error) => {
                errors
                    .push(error.context(format!("{file}:{line}: the patch at index {index} is not usable")));
            }
        }
    }
    Error::all("patches cannot be used", errors)?;
    Ok(Patches { file: file.to_owned(), list, second: yaml::second_document(text, start) })
}

fn patch(index: usize, item: Node) -> Result<Patch> {
    let line = item.span.line;
    let Kind::Mapping(entries) = item.kind else {
        return Err(Error::new("it is no map with \"op\", \"path\" and \"value\"").hint(SHAPE));
    };
    let (mut operation, mut path, mut value) = (None, None, None);
    let mut unknown = Vec::new();
    for (key, node) in entries {
        match key.as_text() {
            Some("op") => operation = Some(node),
            Some("path") => path = Some(node),
            Some("value") => value = Some(node),
            other => unknown.extend(other.map(str::to_owned)),
        }
    }
    let missing = |field: &str| {
        let meant = unknown.iter().find(|name| nearest(name, &[field]).is_some());
        match meant {
            Some(name) => Error::new(format!("it has \"{name}\" where \"{field}\" is needed")),
            None => Error::new(format!("it has no \"{field}\"")).hint(SHAPE),
        }
    };
    let text = |node: Option<Node>, field: &str| {
        let node = node.filter(|node| !node.is_null()).ok_or_else(|| missing(field))?;
        let text = scalar::string(&node).map(std::borrow::Cow::into_owned);
        text.ok_or_else(|| Error::new(format!("its \"{field}\" is no text")))
    };
    let operation = text(operation, "op")?;
    let operation = match operation.as_str() {
        "add" => Operation::Add(value.ok_or_else(|| missing("value"))?),
        "replace" => Operation::Replace(value.ok_or_else(|| missing("value"))?),
        "remove" => Operation::Remove,
        other => {
            let meant = nearest(other, &OPERATIONS).map(|near| format!(", did you mean \"{near}\"?"));
            return Err(Error::new(format!("\"{}\" is no operation{}", other, meant.unwrap_or_default()))
                .hint("The operations are \"add\", \"remove\" and \"replace\"."));
        }
    };
    let path = text(path, "path")?;
    let steps: Vec<String> = match path.strip_prefix('/') {
        Some(steps) => steps.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect(),
        None if path.is_empty() => Vec::new(),
        None => {
            return Err(Error::new(format!("its path \"{path}\" must start with a slash: \"/{path}\"")));
        }
    };
    // What walks through the template goes as deep, and patches can build on each other. With its value, which is from
    // one document, a patch makes it at most twice as deep as a document is.
    if steps.len() > MAX_DEPTH {
        let length = steps.len();
        return Err(Error::new(format!("its path has {length} steps: up to {MAX_DEPTH} are taken"))
            .hint("Shorten the path: a template does not nest as deep as that."));
    }
    Ok(Patch { index, line, path, steps, operation })
}
