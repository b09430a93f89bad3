//! The files that a directory of overrides begins with: YAML patches, or a CDK app.

mod begin;
mod cdk;
mod patches;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

pub use begin::Choice;
pub(crate) use begin::{Place, begin};

use crate::error::{Error, Result};
use crate::template::cfn::section::{RESOURCES, entries};
use crate::yaml::Node;

/// What overrides are written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// A CDK app in TypeScript.
    Cdk,
    /// YAML patches.
    YamlPatch,
}

impl Tool {
    /// Names of all tools, as flags take them.
    pub const NAMES: [&'static str; 2] = ["cdk", "yamlpatch"];

    /// The tool of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "cdk" => Some(Self::Cdk),
            "yamlpatch" => Some(Self::YamlPatch),
            _ => None,
        }
    }
}

/// What the samples of patches are about, as places in the template; they must fit every template of the kind.
#[derive(Debug)]
pub(crate) struct Samples {
    /// A value that is replaced.
    pub replaced: &'static str,
    /// The value to put there.
    pub value: &'static str,
    /// Something that is removed.
    pub removed: &'static str,
}

/// A resource that a CDK app changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resource {
    /// `AWS::EC2::VPC`
    pub kind: String,
    /// Logical id.
    pub id: String,
}

/// The resources of a template that a CDK app can change, by type and logical id. What stands behind custom resources is
/// this program's own.
pub(crate) fn changeable(template: &Node) -> Vec<Resource> {
    let mut resources: Vec<Resource> = entries(template, RESOURCES)
        .filter_map(|(_, id, resource)| {
            let kind = resource.get("Type")?.as_text()?;
            let own = kind == "AWS::Lambda::Function" || kind.starts_with("Custom::");
            (!own).then(|| Resource { kind: kind.to_owned(), id: id.to_owned() })
        })
        .collect();
    resources.sort();
    resources
}

/// Refuses a directory in which there is something already; people call it `shown`.
fn check(dir: &Path, shown: &str) -> Result<()> {
    match fs::read_dir(dir).map(|mut entries| entries.next().is_some()) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) => Err(Error::new(format!("cannot read the directory {shown}: {e}"))),
        Ok(false) => Ok(()),
        Ok(true) => Err(Error::new(format!("the directory {shown} is not empty"))
            .hint("Change the overrides that are there, or move them away first.")),
    }
}

/// Writes the files into an empty directory, which is created when there is none. Returns their names.
fn write(place: &Place<'_>, tool: Tool, resources: &[Resource]) -> Result<Vec<String>> {
    let Place { dir, shown, samples, .. } = place;
    let files = match tool {
        Tool::Cdk => Vec::from(cdk::files(resources)),
        Tool::YamlPatch => Vec::from(patches::files(samples)),
    };
    let mut written = Vec::new();
    for (name, content) in files {
        let path = dir.join(name);
        let parent = path.parent().unwrap_or(dir);
        let put = fs::create_dir_all(parent).and_then(|()| fs::write(&path, content));
        put.map_err(|e| Error::new(format!("cannot write {shown}/{name}: {e}")))?;
        written.push(format!("{shown}/{name}"));
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_resources_are_left_out() {
        let template =
            "Resources: {B: {Type: AWS::EC2::VPC}, F: {Type: AWS::Lambda::Function}, C: {Type: Custom::X},
            A: {Type: AWS::EC2::VPC}, R: {Type: AWS::EC2::Route}}";
        let template = crate::yaml::load(template).unwrap().unwrap();
        let found = changeable(&template).into_iter().map(|resource| resource.id).collect::<Vec<_>>();
        assert_eq!(found, ["R", "A", "B"]);
    }
}
