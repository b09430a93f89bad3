//! What a deployment would change, as a report: the template, and what a comparison of templates does not
//! show, because parameters, tags and addons are not in it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use super::replacements::{self, Replacement};
use super::{Diff, templates};
use crate::error::{Context as _, Result};
use crate::yaml::{self, Kind, Node};

/// Stands for what only the push of an image can tell, within a value or as a whole.
pub const KNOWN_AFTER_PUSH: &str = "(known after push)";

/// What a stack is made of.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// The template's text; empty without a stack.
    pub template: &'a str,
    /// Values of parameters. New ones are those that are sent; the template's defaults stand for the others.
    pub parameters: &'a BTreeMap<String, String>,
    /// The stack's tags.
    pub tags: &'a BTreeMap<String, String>,
    /// The addons template's text, with locations in the place of local paths; empty without addons.
    pub addons: &'a str,
}

static NONE: BTreeMap<String, String> = BTreeMap::new();

impl Contents<'static> {
    /// No stack.
    pub const EMPTY: Self = Self { template: "", parameters: &NONE, tags: &NONE, addons: "" };
}

/// What differs between a stack and what shall become of it. Serialises into the stable schema of the record
/// `differences` (`ui::json`).
#[derive(Serialize)]
pub struct Differences {
    /// The template: what `--diff` writes to stdout.
    #[serde(serialize_with = "changes")]
    pub template: Diff,
    /// Values of the stack's parameters, by name.
    pub parameters: Vec<ValueChange>,
    /// The stack's tags, by key.
    pub tags: Vec<ValueChange>,
    /// The addons template; `None` when it means the same.
    #[serde(serialize_with = "some_changes", skip_serializing_if = "Option::is_none")]
    pub addons: Option<Diff>,
    /// Images that are pushed under a tag that the stack uses already. Whether they are others than before
    /// is not known.
    pub images: Vec<ImageChange>,
    /// Resources that become new ones, as far as the templates tell.
    pub replacements: Vec<Replacement>,
}

/// A parameter or tag that is added, removed or gets another value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ValueChange {
    /// Name of the parameter, key of the tag.
    pub key: String,
    /// The value before; `None` when there was none and when it is hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// The value after; `None` when there is none and when it is hidden. May hold [`KNOWN_AFTER_PUSH`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// What the values mean, where both do not speak for themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<Words>,
    /// The parameter is marked `NoEcho`: its values are never shown, and CloudFormation does not tell whether
    /// they differ.
    #[serde(skip_serializing_if = "is_false")]
    pub hidden: bool,
    /// The new value is complete only after a push.
    #[serde(skip_serializing_if = "is_false")]
    pub known_after_push: bool,
}

/// Two values in words; a value without a certain meaning has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Words {
    /// Of the value before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// Of the value after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

/// An image that is pushed under a tag in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageChange {
    /// Container the image is for.
    pub container: String,
    /// The reference that the stack uses.
    pub reference: String,
}

/// What a comparison knows of the stack's purpose.
#[derive(Clone, Copy)]
pub struct Knowledge<'a> {
    /// Resource types of which a new one is as good as the old one.
    pub harmless: &'a [&'a str],
    /// Says in words what a parameter's value means, by name and value; `None` for values that speak for themselves.
    pub meaning: &'a dyn Fn(&str, &str) -> Option<String>,
}

#[cfg(test)]
impl Knowledge<'_> {
    /// What tests know: task definitions are harmless, and the schedules that they use.
    pub(crate) fn of_tests() -> Self {
        Self {
            harmless: &["AWS::ECS::TaskDefinition"],
            meaning: &|name, value| match (name, value) {
                ("Schedule", "cron(0 9 * * ? *)") => Some("every day at 09:00 UTC".to_owned()),
                ("Schedule", "rate(5 minutes)") => Some("every 5 minutes".to_owned()),
                ("Schedule", "none") => Some("disabled; the job runs when started by hand".to_owned()),
                _ => None,
            },
        }
    }
}

impl Differences {
    /// Compares a stack with what shall become of it.
    ///
    /// # Errors
    /// When one of the templates cannot be compared: it is no YAML, no map of sections, or has a key twice.
    pub fn new(old: &Contents<'_>, new: &Contents<'_>, knowledge: Knowledge<'_>) -> Result<Self> {
        let template = templates(old.template, new.template)?;
        let addons = templates(old.addons, new.addons).context("compare the addons templates")?;
        // What was compared can be read; a template of nothing but comments has no value.
        let trees = [old.template, new.template].map(|text| yaml::load(text).ok().flatten());
        let [old_tree, new_tree] = trees.each_ref().map(Option::as_ref);
        let parameters = parameters(old, new, old_tree, new_tree, knowledge.meaning);
        let changed: BTreeSet<&str> = parameters.iter().map(|change| change.key.as_str()).collect();
        let replacements = match (old_tree, new_tree) {
            (Some(old), Some(new)) => replacements::replacements(old, new, &changed, knowledge.harmless),
            _ => Vec::new(),
        };
        Ok(Self {
            template,
            parameters,
            tags: values(old.tags, new.tags).collect(),
            addons: Some(addons).filter(|addons| !addons.is_empty()),
            images: Vec::new(),
            replacements,
        })
    }

    /// Adds the images that are pushed under a tag in use.
    #[must_use]
    pub fn with_images(self, images: Vec<ImageChange>) -> Self {
        Self { images, ..self }
    }

    /// Whether nothing differs. Replacements follow from other differences.
    pub fn is_empty(&self) -> bool {
        self.template.is_empty()
            && self.parameters.is_empty()
            && self.tags.is_empty()
            && self.addons.is_none()
            && self.images.is_empty()
    }
}

fn changes<S: Serializer>(diff: &Diff, serializer: S) -> Result<S::Ok, S::Error> {
    diff.changes().serialize(serializer)
}

#[allow(clippy::ref_option, reason = "serde calls it with a reference")]
fn some_changes<S: Serializer>(diff: &Option<Diff>, serializer: S) -> Result<S::Ok, S::Error> {
    diff.as_ref().map(Diff::changes).serialize(serializer)
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Values by key that are not the same. One that appears or vanishes empty says nothing.
fn values<'a>(
    old: &'a BTreeMap<String, String>,
    new: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = ValueChange> + 'a {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    keys.into_iter().filter_map(|key| {
        let (old, new) = (old.get(key), new.get(key));
        let told = old.map(String::as_str).unwrap_or_default() != new.map(String::as_str).unwrap_or_default();
        told.then(|| ValueChange {
            key: key.clone(),
            old: old.cloned(),
            new: new.cloned(),
            known_after_push: new.is_some_and(|new| new.contains(KNOWN_AFTER_PUSH)),
            ..ValueChange::default()
        })
    })
}

fn parameters(
    old: &Contents<'_>,
    new: &Contents<'_>,
    old_tree: Option<&Node>,
    new_tree: Option<&Node>,
    meaning: &dyn Fn(&str, &str) -> Option<String>,
) -> Vec<ValueChange> {
    let declared = new_tree.map(declared).unwrap_or_default();
    let before = old_tree.map(self::declared).unwrap_or_default();
    let hidden = |key: &str| [&declared, &before].iter().any(|d| d.get(key).is_some_and(|p| is_hidden(p)));
    // What is not sent gets its default; of a hidden default the comparison of templates tells.
    let defaults =
        declared.iter().filter(|(key, about)| !new.parameters.contains_key(**key) && !is_hidden(about));
    let mut after: BTreeMap<String, String> = defaults
        .filter_map(|(key, about)| Some(((*key).to_owned(), about.get("Default")?.as_text()?.to_owned())))
        .collect();
    after.extend(new.parameters.clone());
    let kept = |key: &str| hidden(key) && !after.contains_key(key);
    let compared: BTreeMap<String, String> =
        old.parameters.iter().filter(|(key, _)| !kept(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
    values(&compared, &after)
        .map(|change| match change.key.as_str() {
            key if hidden(key) => ValueChange { key: change.key, hidden: true, ..ValueChange::default() },
            key => {
                let words = |value: &Option<String>| value.as_deref().and_then(|value| meaning(key, value));
                let words = Words { old: words(&change.old), new: words(&change.new) };
                let has_words = words.old.is_some() || words.new.is_some();
                ValueChange { words: has_words.then_some(words), ..change }
            }
        })
        .collect()
}

/// A template's parameters by name.
fn declared(template: &Node) -> BTreeMap<&str, &Node> {
    match template.get("Parameters").map(|section| &section.kind) {
        Some(Kind::Mapping(entries)) => {
            entries.iter().filter_map(|(key, about)| Some((key.as_text()?, about))).collect()
        }
        _ => BTreeMap::new(),
    }
}

fn is_hidden(parameter: &Node) -> bool {
    let no_echo = parameter.get("NoEcho").and_then(Node::as_text);
    no_echo.is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests;
