//! YAML patches of a whole template: `overrides/cfn.patches.yml`. A list of
//! RFC 6902's operations `add`, `remove` and `replace`, each at an RFC 6901 path. All apply or none.

mod apply;
mod read;
#[cfg(test)]
mod tests;
mod variables;

use crate::error::{Error, Result};
use crate::template::cfn::template::{Template, mark_overridden};
use crate::yaml::{Kind, Node};

/// The operations, as messages list them.
const OPERATIONS: [&str; 3] = ["add", "remove", "replace"];

/// The patches of a job, checked as far as that goes without a template.
#[derive(Clone, Debug, PartialEq)]
pub struct Patches {
    /// The file, as a user writes its path.
    file: String,
    list: Vec<Patch>,
    /// Line of the file on which a second YAML document begins; it is not read.
    second: Option<usize>,
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
struct Patch {
    /// Place in the list, from 0.
    index: usize,
    /// Line in the file, from 1.
    line: usize,
    /// The path as written.
    path: String,
    /// The path's steps, unescaped; none for the whole template.
    steps: Vec<String>,
    operation: Operation,
}

/// What is done at the end of a path.
#[derive(Clone, Debug, PartialEq)]
enum Operation {
    Add(Node),
    Remove,
    Replace(Node),
}

impl Operation {
    fn name(&self) -> &'static str {
        match self {
            Self::Add(_) => "add",
            Self::Remove => "remove",
            Self::Replace(_) => "replace",
        }
    }
}

impl Patches {
    /// Reads the patches; a file without any is no mistake.
    ///
    /// # Errors
    /// When the text is no YAML, no list, or holds a patch without a known operation, a path, or the
    /// value its operation needs; all such patches are told at once.
    pub fn read(file: &str, text: &str) -> Result<Self> {
        read::patches(file, text)
    }

    /// The file they were read from.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What the user should look at, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let unread = self.second.map(|line| {
            format!(
                "{}:{line}: the patches from this line on are left out: only the first YAML document of the file counts",
                self.file
            )
        });
        unread
            .into_iter()
            .chain(self.list.iter().flat_map(|patch| variables::kept(&self.file, patch)))
            .collect()
    }

    /// Applies the patches in order, each to the result of those before it.
    ///
    /// # Errors
    /// When a path leads nowhere, or the result is no template any more.
    pub fn apply(&self, template: &Template) -> Result<Template> {
        let mut body = template.body.clone();
        // What has a place afterwards comes from the patches.
        body.forget_places();
        for patch in &self.list {
            patch.apply(&mut body).map_err(|fault| {
                let place = format!(
                    "{}:{}: the patch at index {} (\"{}\" with path \"{}\") cannot be applied",
                    self.file,
                    patch.line,
                    patch.index,
                    patch.operation.name(),
                    patch.path
                );
                let error = Error::new(format!("{place}: {}", fault.problem));
                match fault.hint {
                    Some(hint) => error.hint(hint),
                    None => error,
                }
            })?;
        }
        let has_resources =
            body.get("Resources").is_some_and(|r| matches!(&r.kind, Kind::Mapping(all) if !all.is_empty()));
        if !has_resources {
            return Err(Error::new(format!(
                "{}: the patches leave a template without \"Resources\"",
                self.file
            ))
            .hint("CloudFormation takes no such template; look for a patch with a path that is too short."));
        }
        mark_overridden(&mut body, "with YAML patches");
        Ok(Template { body, header: template.header })
    }
}
