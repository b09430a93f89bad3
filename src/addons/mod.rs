//! Addons: CloudFormation templates beside the manifest of a job (`copilot/<job>/addons/*.yml`) or for all environments
//! (`copilot/environments/addons/*.yml`), merged into one that is deployed as a stack nested in the job's or environment's.
//!
//! `read` → `document` → `merge` → `parameters` and `outputs`: [`load`] runs it all. [`package`] takes care of the
//! local files that the merged template names. Only `read` and `package` touch files.

mod collisions;
mod document;
mod imports;
mod merge;
mod outputs;
pub mod package;
mod parameters;
mod read;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;

use crate::error::{Error, Result};
use crate::manifest::job::Job;
use crate::template::cfn::check::{dangling, required};
use crate::template::cfn::values::Values;
use crate::template::cfn::{Finding, find_in_map};
use crate::template::job::inputs::AddonsInputs;
use crate::yaml::{self, Node, Span};
use document::{Document, Place};
use merge::Merged;
use package::Packaging;
use read::{Source, Sources};

pub use imports::OwnImport;

/// What an addons directory holds, merged and checked.
#[derive(Clone, Debug)]
pub struct Addons {
    /// The merged template. Local paths in it are as they were written.
    pub body: Node,
    /// What the template that nests it needs to know of it.
    pub inputs: AddonsInputs,
    /// Where an environment's addons import what the environment itself exports.
    pub own_imports: Vec<OwnImport>,
    /// File that a key of a section comes from.
    origins: HashMap<(String, String), String>,
    /// The directory, as people write it.
    directory: String,
}

/// Addons with what is suspicious about them.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// `None` without a directory, and without a template in it.
    pub addons: Option<Addons>,
    /// What the user should look at, one sentence each.
    pub warnings: Vec<String>,
}

/// Whose addons they are.
#[derive(Clone, Copy, Debug)]
pub enum Owner<'a> {
    /// A job.
    Job(&'a Job),
    /// Every environment of the application.
    Environment,
}

/// Where they are deployed to: what they get as `App` and `Env`.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Application name.
    pub app: &'a str,
    /// Environment name.
    pub env: &'a str,
}

/// Reads, merges and checks addons, which lie in `dir`; messages call it `shown`.
///
/// # Errors
/// When the directory or a file in it cannot be read or is no YAML, when templates define one thing
/// differently, when parameters lack values or values lack parameters, or when names collide with a job's.
/// All errors of one kind are told at once.
pub fn load(dir: &Path, shown: &str, owner: Owner<'_>, target: &Target<'_>) -> Result<Loaded> {
    let directory = shown.to_owned();
    match read::read(dir, shown, owner.noun())? {
        Some(sources) if !sources.templates.is_empty() => from_sources(sources, directory, owner, target),
        Some(sources) => Ok(Loaded { addons: None, warnings: nothing_to_deploy(&sources, &directory) }),
        None => Ok(Loaded { addons: None, warnings: Vec::new() }),
    }
}

/// Checks that new templates, given by file and text, can be merged with those that lie in `dir` already. `noun` says whose
/// addons they are.
///
/// # Errors
/// What is defined there and differently in a new template. What is wrong with the other files does not count here.
pub fn check_new(dir: &Path, shown: &str, noun: &str, new: &[(&str, &str)]) -> Result<()> {
    let Ok(found) = read::read(dir, shown, noun) else { return Ok(()) };
    let there = found.map(|sources| sources.templates).unwrap_or_default();
    let new = new.iter().filter(|(file, _)| !read::is_parameter_file(file));
    let new = new.map(|(file, text)| Source { file: (*file).to_owned(), text: (*text).to_owned() });
    let documents: Vec<Document> = there.into_iter().chain(new).flat_map(Document::parse).collect();
    let sound: Vec<Document> = documents.into_iter().filter(merge::is_sound).collect();
    merge::merge(&sound, noun).map(drop)
}

fn nothing_to_deploy(sources: &Sources, directory: &str) -> Vec<String> {
    let warning = format!(
        "{directory}: no template (*.yml, *.yaml) lies directly in this directory, so nothing in it is deployed"
    );
    if sources.is_empty { Vec::new() } else { vec![warning] }
}

fn from_sources(
    sources: Sources,
    directory: String,
    owner: Owner<'_>,
    target: &Target<'_>,
) -> Result<Loaded> {
    let mut broken = Vec::new();
    let mut parsed = |source| Document::parse(source).map_err(|e| broken.push(e)).ok();
    let templates: Vec<Document> = sources.templates.into_iter().filter_map(&mut parsed).collect();
    let values = sources.parameters.and_then(&mut parsed);
    all(owner.noun(), broken)?;
    let merged = merge::merge(&templates, owner.noun())?;
    let mut wrong = merge::check_resources(&merged.body, &directory);
    let parameters = parameters::values(values.as_ref(), &merged, &directory, owner);
    let known = parameters.as_ref().ok().map(|given| parameters::known(given, target, owner));
    let parameters = parameters.unwrap_or_else(|errors| {
        wrong.extend(errors);
        Vec::new()
    });
    let inputs = AddonsInputs { outputs: outputs::outputs(&merged.body), parameters };
    if let Owner::Job(job) = owner {
        wrong.extend(collisions::secrets(job, &inputs, &directory));
    }
    wrong.extend(unacceptable(&merged, known.as_ref(), owner));
    all(owner.noun(), wrong)?;
    let mut warnings: Vec<String> = templates.iter().chain(&values).filter_map(Document::unread).collect();
    warnings.extend(merged.warnings.iter().cloned());
    warnings.extend(values.iter().flat_map(parameters::unknown_sections));
    if let Owner::Job(job) = owner {
        warnings.extend(outputs::made_by_functions(&merged));
        warnings.extend(collisions::variables(job, &inputs, &directory));
    }
    let own_imports = match (owner, &known) {
        (Owner::Environment, Some(known)) => imports::find(&merged, known, target, &directory),
        _ => Vec::new(),
    };
    let addons = Addons { body: merged.body, inputs, own_imports, origins: merged.origins, directory };
    Ok(Loaded { addons: Some(addons), warnings })
}

/// What CloudFormation would refuse of the merged template, after an image was built. Without `values`, keys of
/// mappings are not looked up.
fn unacceptable(merged: &Merged, values: Option<&Values>, owner: Owner<'_>) -> Vec<Error> {
    let error = |section: &str, key: &str, span: Span, message: &str, advice: &str| {
        let file = merged.origins.get(&(section.to_owned(), key.to_owned()))?;
        let place = Place { file, span };
        let hint = format!("CloudFormation refuses this. {advice}");
        Some(Error::new(format!("{place}: {message}")).hint(hint.trim_end()))
    };
    let of_finding = |finding: Finding<'_>| {
        let Finding { section, key, span, message, advice } = finding;
        error(section, key, span, &message, &advice.unwrap_or_default())
    };
    let malformed = required::find(&merged.body).into_iter().filter_map(of_finding);
    let dangling = dangling::find(&merged.body).into_iter().filter_map(|dangling| {
        let advice = format!(
            "Addons see their own parameters and resources only: pass in what belongs to the {} with \
             addons.parameters.yml, and import what belongs to other stacks.",
            owner.noun()
        );
        error(dangling.section, dangling.key, dangling.span, &dangling.told(), &advice)
    });
    let not_mapped = values.map(|values| find_in_map::find(&merged.body, values)).unwrap_or_default();
    let not_mapped = not_mapped.into_iter().filter_map(of_finding);
    malformed.chain(dangling).chain(not_mapped).collect()
}

fn all(noun: &str, errors: Vec<Error>) -> Result<()> {
    Error::all(&format!("problems with the {noun}'s addons"), errors)
}

impl Owner<'_> {
    /// What it is, for people.
    fn noun(self) -> &'static str {
        match self {
            Self::Job(_) => "job",
            Self::Environment => "environment",
        }
    }
}

impl Addons {
    /// The merged template's text, with local paths as they were written.
    pub fn text(&self) -> String {
        yaml::emit(&self.body)
    }

    /// Reads and packs the local files that the template names; `owner` is the folder of their keys.
    ///
    /// # Errors
    /// As [`package::plan`].
    pub fn package(&self, owner: &str, workspace_root: &Path) -> Result<Packaging> {
        package::plan(&self.body, owner, &|section, key| self.origin(section, key), workspace_root)
    }

    /// The merged template's text with locations in the place of local paths.
    pub fn packaged_text(&self, packaging: &Packaging, bucket: &str, region: &str) -> String {
        let mut body = self.body.clone();
        packaging.apply(&mut body, bucket, region);
        yaml::emit(&body)
    }

    /// The file that a key of a section was first written in, as people write it; the directory when it is
    /// not known.
    pub fn origin(&self, section: &str, key: &str) -> String {
        let origin = self.origins.get(&(section.to_owned(), key.to_owned()));
        origin.unwrap_or(&self.directory).clone()
    }
}

/// Whether two templates mean the same, whatever their layout, quotes and comments. A text that is no YAML
/// means nothing.
pub fn same_meaning(one: &str, other: &str) -> bool {
    one == other
        || matches!((yaml::load(one), yaml::load(other)), (Ok(Some(a)), Ok(Some(b))) if yaml::emit(&a) == yaml::emit(&b))
}
