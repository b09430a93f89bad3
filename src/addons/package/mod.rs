//! Local files that a job's addons name: found, checked, packed, and their paths replaced by where the
//! files are uploaded.
//!
//! [`plan`] does everything that needs no network; [`Packaging::apply`] puts the locations in.
//!
//! # Compatibility
//! Keys are those of AWS Copilot CLI: the hash of a file's content or, for an archive, of the names, modes
//! and contents of its files. It does not cover the archive's bytes, so an unchanged addon keeps its key,
//! and the first deployment after a takeover changes nothing. The archives differ, though not in what they
//! unpack to: theirs have the files' times, and the files' whole mode instead of the executable bit.
//!
//! Other keys, and with them other content, have:
//! - directories with symbolic links to files. Theirs hold the target's content marked as a link; here the
//!   entry is a file, with the target's mode. Links to directories, which failed, are followed.
//! - zip archives for a property that needs one. They were zipped once more, which Lambda cannot run;
//!   here, as with `aws cloudformation package`, they stay as they are.
//!
//! Further differences, where the old result was always refused by AWS or failed before:
//! - values with a tag (`!Ref`, `!Sub`) are left alone instead of taken for a path;
//! - nested templates (`TemplateURL`, and `Location` of `AWS::Serverless::Application`) become `https://`
//!   URLs instead of `s3://`;
//! - a directory where the service reads a single file, and a directory without files, are errors;
//! - `AWS::Include` is also found as `!Transform`, and as the transform of the whole template.
//!
//! As before, a path inside a nested template is not packaged; here a warning says so.

mod find;
mod properties;
mod source;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::error::{Error, Result};
use crate::template::cfn::artifacts;
use crate::template::cfn::artifacts::S3Object;
use crate::yaml::{self, Kind, Node, Scalar, Style};
use find::Reference;
use properties::{Accepts, Becomes};
use source::{Problem, Source};

/// What is uploaded for a template, and what its paths become.
#[derive(Debug, Default)]
pub struct Packaging {
    /// Objects to upload, each key once.
    pub assets: Vec<Asset>,
    /// What will probably not work, as sentence fragments.
    pub warnings: Vec<String>,
    /// What was read: the path as the template has it, or the one a link inside such a directory has, and where that is.
    pub read: Vec<(String, PathBuf)>,
    /// Key by the path as written and by how it is packed.
    keys: HashMap<(String, Accepts), String>,
}

/// An object to upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Key in the artifact bucket; it changes with the content.
    pub key: String,
    /// The file, or the zip archive.
    pub content: Bytes,
    /// The path as the template has it.
    pub path: String,
}

/// Reads and packs the local files that the merged template of a job's addons names.
///
/// `origin` tells the file that a key of a section comes from, as it is shown to people; for a transform
/// of the whole template the key is `AWS::Include`.
///
/// # Errors
/// Every path that does not exist, cannot be read or packed, or is a directory where a file is needed.
pub fn plan(
    body: &Node,
    job: &str,
    origin: &dyn Fn(&str, &str) -> String,
    workspace_root: &Path,
) -> Result<Packaging> {
    let mut packaging = Packaging::default();
    let mut read: HashMap<(PathBuf, Accepts), Result<String, Vec<Problem>>> = HashMap::new();
    let mut known = HashSet::new();
    let mut errors = Vec::new();
    for reference in find::references(body) {
        let at = place(&reference, origin);
        let file = source::resolve(workspace_root, &reference.path);
        let key = read.entry((file.clone(), reference.accepts)).or_insert_with(|| {
            let Source { hash, content, links } = source::read(&file, reference.accepts)?;
            packaging.read.push((reference.path.clone(), file.clone()));
            packaging.read.extend(links.into_iter().map(|link| {
                let inside = link.strip_prefix(&file).unwrap_or(&link);
                (Path::new(&reference.path).join(inside).display().to_string(), link)
            }));
            let key = artifacts::addon_asset_key(job, &hash);
            if known.insert(key.clone()) {
                let path = reference.path.clone();
                packaging.assets.push(Asset { key: key.clone(), content: content.into(), path });
            }
            Ok(key)
        });
        match key {
            Ok(key) => {
                if reference.becomes == Becomes::HttpsUrl {
                    let asset = packaging.assets.iter().find(|asset| asset.key == *key);
                    let paths = asset.map(|asset| nested_paths(&asset.content)).unwrap_or_default();
                    packaging.warnings.extend(paths.iter().map(|nested| {
                        let text = format!(
                            "{at}: {}, {} is the local path {}, which is not uploaded: \
                             inside nested templates write where the file lies",
                            reference.path, nested.place, nested.path
                        );
                        text.clone()
                    }));
                }
                packaging.keys.insert((reference.path, reference.accepts), key.clone());
            }
            Err(problems) => errors.extend(problems.iter().map(|problem| {
                let text = format!("{at}: {}", problem.told(&reference.path));
                let root = format!(
                    "Paths in addons start at the workspace root, the directory that contains `copilot/`: {}",
                    workspace_root.display()
                );
                Error::new(text).hint(root)
            })),
        }
    }
    Error::all("local files that the addons name cannot be used", errors)?;
    Ok(packaging)
}

impl Packaging {
    /// Replaces the paths of the template that was planned by where their objects lie in the bucket.
    pub fn apply(&self, body: &mut Node, bucket: &str, region: &str) {
        for reference in find::references(body) {
            let Some(key) = self.keys.get(&(reference.path, reference.accepts)) else { continue };
            let Some(node) = find::node_at(body, &reference.at) else { continue };
            let object = S3Object { bucket: bucket.to_owned(), key: key.clone() };
            let text = match reference.becomes {
                Becomes::Map(bucket_name, key_name) => {
                    let entries = [(bucket_name, object.bucket), (key_name, object.key)];
                    node.kind = Node::mapping(entries.map(|(name, text)| (name, Node::string(text)))).kind;
                    node.tag = None;
                    continue;
                }
                Becomes::S3Uri => format!("s3://{}/{}", object.bucket, object.key),
                Becomes::HttpsUrl => artifacts::object_url(region, &object),
            };
            // A block scalar would add a line break.
            let style = match &node.kind {
                Kind::Scalar(Scalar { style: style @ (Style::Plain | Style::SingleQuoted), .. }) => *style,
                _ => Style::DoubleQuoted,
            };
            node.kind = Kind::Scalar(Scalar { text, style });
        }
    }
}

/// Where a path stands, for people.
fn place(reference: &Reference, origin: &dyn Fn(&str, &str) -> String) -> String {
    let file = origin(reference.section, &reference.key);
    // Parts of these sections may come from several files.
    let unknown = reference.line == 0 || matches!(reference.section, "Mappings" | "Transform");
    let line = if unknown { String::new() } else { format!(":{}", reference.line) };
    format!("{file}{line}: {}", reference.place)
}

/// The local paths of a nested template; none when it cannot be understood, which is for CloudFormation
/// to say.
fn nested_paths(template: &[u8]) -> Vec<Reference> {
    let text = std::str::from_utf8(template).ok();
    let template = text.and_then(|text| yaml::load(text).ok().flatten());
    template.map(|template| find::references(&template)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
