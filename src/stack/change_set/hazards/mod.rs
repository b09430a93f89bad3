//! Which changes of a change set cost data or identity, and so need the user's consent. Pure.

use std::collections::HashSet;

use crate::diff::meaning::Comparison;
use crate::stack::port::{Action, Change, Detail, Recreation, Replacement};

const NESTED_STACK: &str = "AWS::CloudFormation::Stack";
/// The property of a custom resource that names its function.
const FUNCTION: &str = "ServiceToken";

/// What a stack's purpose says about its resources.
#[derive(Clone, Copy)]
pub struct Hazards<'a> {
    /// Types of which a new one is as good as the old one: they hold no data, and nothing outside the stack
    /// refers to them by id. Every other type is protected, those of the user's own template patches too.
    pub harmless: &'a [&'a str],
    /// Logical ids of custom resources whose function answers every update with the id the resource already has, so
    /// that its properties cannot replace it; another function can.
    pub keeps_id: &'a [&'a str],
    /// Says what the deletion of a resource leads to beyond itself.
    pub special: &'a dyn Fn(&Change) -> Option<String>,
    /// What is known to be lost beside the change set's resources, one line each.
    pub known: &'a [String],
    /// Logical ids of the only resources that may change, where a command is about these alone.
    pub only: Option<&'a [&'a str]>,
}

impl Default for Hazards<'_> {
    /// Nothing is known.
    fn default() -> Self {
        Self { known: &[], harmless: &[], keeps_id: &[], special: &|_| None, only: None }
    }
}

/// Everything a change set is judged by.
pub(super) struct Review<'a> {
    /// All its changes.
    pub changes: &'a [Change],
    /// What the new template changes in the deployed one.
    pub comparison: &'a Comparison,
    /// What is known of the resources.
    pub hazards: Hazards<'a>,
}

/// Logical ids of the nested stacks that a resource is in, and its own: `AddonsStack/Table`.
fn path(change: &Change) -> String {
    let stacks: String = change.within.iter().map(|stack| format!("{stack}/")).collect();
    format!("{stacks}{}", change.logical_id)
}

/// CloudFormation lists every nested stack, because only its own change set tells whether anything in it changes. That is part of
/// the review.
fn only_looked_into(change: &Change) -> bool {
    let unknown = |detail: &Detail| detail.dynamic && detail.cause.is_none();
    change.resource_type == NESTED_STACK
        && change.action == Action::Modify
        && change.details.iter().all(unknown)
}

/// Causes under examination; templates have no circular references, an answer might.
type Seen<'a> = HashSet<&'a str>;

impl<'a> Review<'a> {
    /// The changes that delete or replace, or may replace, something that holds data or identity: one line
    /// each, in the change set's order.
    pub(super) fn hazards(&self) -> Vec<String> {
        let known = self.hazards.known.iter().cloned();
        self.changes.iter().filter_map(|change| self.hazard(change)).chain(known).collect()
    }

    /// Changes of resources that the command is not about, one line each.
    pub(super) fn unexpected(&self) -> Vec<String> {
        let Some(only) = self.hazards.only else { return Vec::new() };
        let expected = |change: &&Change| {
            let own = change.within.is_empty() && only.contains(&change.logical_id.as_str());
            own && change.action == Action::Modify
        };
        let changes = self.changes.iter().filter(|change| !expected(change) && !only_looked_into(change));
        changes.map(|change| format!("{} ({})", path(change), change.resource_type)).collect()
    }

    fn hazard(&self, change: &'a Change) -> Option<String> {
        // The AddonsStack and whatever is in it may be anybody's database.
        if change.within.is_empty() && self.hazards.harmless.contains(&change.resource_type.as_str()) {
            return None;
        }
        let what = match change.action {
            Action::Add | Action::Import => return None,
            Action::Remove if change.retained => return None,
            Action::Remove => self.loss(change),
            Action::Undecided => "may be replaced or deleted".to_owned(),
            Action::Modify => {
                let (verb, reasons) = match self.fate(change) {
                    Replacement::No => return None,
                    Replacement::Yes => ("will be replaced", self.recreating(change)),
                    Replacement::Conditional => ("may be replaced", self.live(change, &mut Seen::new())),
                };
                let kept = if change.retained { " (the old one stays in the account)" } else { "" };
                format!("{verb}{kept}{}", because(&reasons))
            }
        };
        Some(format!("{} ({}) {what}", path(change), change.resource_type))
    }

    fn loss(&self, change: &Change) -> String {
        let special = if change.within.is_empty() { (self.hazards.special)(change) } else { None };
        match special {
            Some(consequence) => format!("will be deleted; {consequence}"),
            None if change.resource_type == NESTED_STACK => {
                "will be deleted with everything in it".to_owned()
            }
            None => "will be deleted".to_owned(),
        }
    }

    /// Whether a modified resource is replaced, with CloudFormation's `Conditional` decided where that can
    /// be known beforehand.
    fn fate(&self, change: &'a Change) -> Replacement {
        match change.replacement {
            // None of a nested stack's properties replaces it; its own changes are told one by one.
            Replacement::Conditional if change.resource_type == NESTED_STACK => Replacement::No,
            Replacement::Conditional if !self.may_be_replaced(change, &mut Seen::new()) => Replacement::No,
            told => told,
        }
    }

    fn may_be_replaced(&self, change: &'a Change, seen: &mut Seen<'a>) -> bool {
        match change.replacement {
            Replacement::No => false,
            Replacement::Yes => true,
            // Without a detail to judge by, CloudFormation's word stands.
            Replacement::Conditional => change.details.is_empty() || !self.live(change, seen).is_empty(),
        }
    }

    /// The details that can make a new resource and whose value may really change. CloudFormation lists
    /// everything that refers to a changed resource, though ids and ARNs change only with a replacement:
    /// the env-controller's new runtime alone would make half of the stack look endangered.
    fn live(&self, change: &'a Change, seen: &mut Seen<'a>) -> Vec<&'a Detail> {
        self.recreating(change).into_iter().filter(|detail| self.is_real(change, detail, seen)).collect()
    }

    fn is_real(&self, change: &'a Change, detail: &'a Detail, seen: &mut Seen<'a>) -> bool {
        match (&detail.cause, &detail.property) {
            _ if !detail.dynamic => true,
            (Some(cause), _) => self.value_may_change(change, cause, seen),
            // CloudFormation also reports this next to an unresolved reference, so check whether the template text changed.
            (None, Some(property)) if change.within.is_empty() => {
                self.comparison.touches(&change.logical_id, property)
            }
            (None, _) => true,
        }
    }

    /// Whether a resource's id (`A`) or attribute (`A.B`) may change by this change set.
    fn value_may_change(&self, user: &Change, cause: &'a str, seen: &mut Seen<'a>) -> bool {
        let (id, attribute) = cause.split_once('.').map_or((cause, "Arn"), |(id, name)| (id, name));
        let source = self.changes.iter().find(|c| c.within == user.within && c.logical_id == id);
        let Some(source) = source.filter(|source| source.action == Action::Modify) else { return true };
        if !seen.insert(cause) {
            return true;
        }
        // What such a custom resource hands out stays as long as the stack asks for it; a stack that stops asking has
        // nothing left that refers to it.
        let fixed = attribute == "Arn" || self.keeps_id(source);
        let changes = |seen: &mut Seen<'a>| {
            source.details.is_empty() || source.details.iter().any(|d| self.is_real(source, d, seen))
        };
        let result = self.may_be_replaced(source, seen) || (!fixed && changes(seen));
        seen.remove(cause);
        result
    }

    /// The details that can make a new resource.
    fn recreating(&self, change: &'a Change) -> Vec<&'a Detail> {
        let same = self.keeps_id(change);
        let counts = |detail: &&Detail| !same || detail.property.as_deref() == Some(FUNCTION);
        change.details.iter().filter(|d| d.recreation != Recreation::Never).filter(counts).collect()
    }

    fn keeps_id(&self, change: &Change) -> bool {
        change.within.is_empty() && self.hazards.keeps_id.contains(&change.logical_id.as_str())
    }
}

/// Names the properties.
fn because(details: &[&Detail]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in details.iter().filter_map(|detail| detail.property.as_deref()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { String::new() } else { format!(", as {} changes", names.join(", ")) }
}

#[cfg(test)]
mod tests;
