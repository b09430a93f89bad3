//! Reads what a deployed stack set is made for from the metadata of its template.

use super::super::ids::TEMPLATE_VERSION;
use super::config::{ACCOUNTS, Config, NAME, SERVICES, VERSION, WITH_ECR, WORKLOADS, Workload};
use crate::error::{Context, Error, Result};
use crate::yaml::{self, Kind, Node, scalar};

/// Keys of the metadata that have a meaning here.
const KNOWN: [&str; 5] = [TEMPLATE_VERSION, VERSION, WORKLOADS, ACCOUNTS, SERVICES];

/// Reads the configuration from the text of a deployed template.
///
/// # Errors
/// When the text is no template or its metadata is not what a stack set of an application has. Going on would delete what
/// is not understood.
pub fn read(template: &str) -> Result<Config> {
    from_text(template).map_err(|error| {
        error.hint(
            "Nothing was changed. Look at the template with `aws cloudformation describe-stack-set`, and correct its Metadata.",
        )
    })
}

fn from_text(template: &str) -> Result<Config> {
    let body = yaml::load(template).map_err(Error::new).context("read the stack set's template")?;
    let body = body.ok_or_else(|| Error::new("the stack set's template is empty"))?;
    let Some(metadata @ Node { kind: Kind::Mapping(_), .. }) = body.get("Metadata") else {
        return Err(Error::new("the stack set's template has no map \"Metadata\""));
    };
    let version = match metadata.get(VERSION) {
        None => 0,
        Some(node) => version(node)?,
    };
    let mut workloads: Vec<Workload> = Vec::new();
    for workload in list(metadata, WORKLOADS)?.iter().map(workload) {
        add(&mut workloads, workload?);
    }
    for service in services(metadata)? {
        add(&mut workloads, Workload::new(&service, true));
    }
    let accounts = list(metadata, ACCOUNTS)?.iter().map(account).collect::<Result<Vec<_>>>()?;
    Ok(Config { version, workloads, accounts, more: more(metadata, &KNOWN) })
}

/// Adds a workload unless it is there already: a repository twice would be no valid template.
fn add(workloads: &mut Vec<Workload>, workload: Workload) {
    match workloads.iter_mut().find(|present| present.name == workload.name) {
        Some(present) => present.with_ecr |= workload.with_ecr,
        None => workloads.push(workload),
    }
}

fn version(node: &Node) -> Result<u64> {
    let number = node.as_text().and_then(|text| text.parse().ok());
    number.ok_or_else(|| Error::new(format!("\"Metadata.{VERSION}\"{} is no number", line(node))))
}

fn workload(node: &Node) -> Result<Workload> {
    let field = |key: &str| node.get(key).filter(|value| !value.is_null());
    let name = field(NAME).and_then(Node::as_text).filter(|name| !name.is_empty());
    let Some(name) = name else {
        return Err(Error::new(format!("an entry of \"Metadata.{WORKLOADS}\"{} has no {NAME}", line(node))));
    };
    let with_ecr = match field(WITH_ECR) {
        None => false,
        Some(value) => scalar::boolean(value).ok_or_else(|| {
            Error::new(format!(
                "{WITH_ECR} of \"{name}\" in \"Metadata.{WORKLOADS}\"{} is neither true nor false",
                line(value)
            ))
        })?,
    };
    Ok(Workload { name: name.to_owned(), with_ecr, more: more(node, &[NAME, WITH_ECR]) })
}

/// The names that releases of the old tool before 1.28 wrote. Later ones write a text there.
fn services(metadata: &Node) -> Result<Vec<String>> {
    let Some(Node { kind: Kind::Sequence(names), .. }) = metadata.get(SERVICES) else {
        return Ok(Vec::new());
    };
    let name = |node: &Node| {
        let text = node.as_text().filter(|text| !text.is_empty()).map(str::to_owned);
        text.ok_or_else(|| {
            Error::new(format!("an entry of \"Metadata.{SERVICES}\"{} is no name", line(node)))
        })
    };
    names.iter().map(name).collect()
}

/// An account id as written: as a number it would lose leading zeros.
fn account(node: &Node) -> Result<String> {
    let id = node.as_text().filter(|text| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()));
    id.map(str::to_owned).ok_or_else(|| {
        Error::new(format!(
            "an entry of \"Metadata.{ACCOUNTS}\"{} is no account id, which has twelve digits",
            line(node)
        ))
    })
}

/// The items of a list that may be missing or empty.
fn list<'a>(metadata: &'a Node, key: &str) -> Result<&'a [Node]> {
    match metadata.get(key) {
        None => Ok(&[]),
        Some(node) if node.is_null() => Ok(&[]),
        Some(Node { kind: Kind::Sequence(items), .. }) => Ok(items),
        Some(node) => Err(Error::new(format!("\"Metadata.{key}\"{} is no list", line(node)))),
    }
}

/// The entries of a map that have other keys.
fn more(map: &Node, known: &[&str]) -> Vec<(Node, Node)> {
    let Kind::Mapping(entries) = &map.kind else { return Vec::new() };
    let unknown = entries.iter().filter(|(key, _)| key.as_text().is_none_or(|key| !known.contains(&key)));
    let mut more: Vec<(Node, Node)> = unknown.cloned().collect();
    for (key, value) in &mut more {
        key.forget_places();
        value.forget_places();
    }
    more
}

/// Where a value stands, behind what it is called.
fn line(node: &Node) -> String {
    format!(" (line {})", node.span.line)
}
