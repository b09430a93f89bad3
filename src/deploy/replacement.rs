//! Which changes of a change set cost data or identity, and so need the user's consent. Pure.

use std::collections::HashSet;

use super::ports::{Action, Change, Detail, Recreation, Replacement};
use super::takeover::Comparison;
use crate::text::sanitize;

/// Types of which a new one is as good as the old one: they hold no data, and nothing outside the stack
/// refers to them by id. Every other type is protected, those of the user's own template patches too.
const HARMLESS: [&str; 5] = [
    "AWS::ECS::TaskDefinition",
    "AWS::Events::Rule",
    "AWS::IAM::Policy",
    "AWS::Lambda::Function",
    "AWS::SNS::TopicPolicy",
];

/// Whether a new resource of a type is as good as the old one.
pub(super) fn is_harmless(resource_type: &str) -> bool {
    HARMLESS.contains(&resource_type)
}

const NESTED_STACK: &str = "AWS::CloudFormation::Stack";
const ACCESS_POINT: &str = "AccessPoint";
/// The env-controller. Its function answers every update with the id the resource already has
/// (`spec/template.md` §7.1), so its properties cannot replace it; the function itself can.
const ENV_CONTROLLER: &str = "EnvControllerAction";
const FUNCTION: &str = "ServiceToken";

/// Everything a change set is judged by.
pub(super) struct Review<'a> {
    /// All its changes.
    pub changes: &'a [Change],
    /// What the new template changes in the deployed one.
    pub comparison: &'a Comparison,
    /// No other workload uses the environment's managed file system.
    pub last_on_file_system: bool,
}

/// Causes under examination; templates have no circular references, an answer might.
type Seen<'a> = HashSet<&'a str>;

impl<'a> Review<'a> {
    /// The changes that delete or replace, or may replace, something that holds data or identity: one line
    /// each, in the change set's order.
    pub fn hazards(&self) -> Vec<String> {
        self.changes.iter().filter_map(|change| self.hazard(change)).collect()
    }

    fn hazard(&self, change: &'a Change) -> Option<String> {
        // The AddonsStack and whatever is in it may be anybody's database.
        if change.within.is_empty() && is_harmless(&change.resource_type) {
            return None;
        }
        let what = match change.action {
            Action::Add | Action::Import => return None,
            Action::Remove if change.retained => return None,
            Action::Remove => self.loss(change).to_owned(),
            Action::Undecided => "may be replaced or deleted".to_owned(),
            Action::Modify => {
                let (verb, reasons) = match self.fate(change) {
                    Replacement::No => return None,
                    Replacement::Yes => ("will be replaced", recreating(change)),
                    Replacement::Conditional => ("may be replaced", self.live(change, &mut Seen::new())),
                };
                let kept = if change.retained { " (the old one stays in the account)" } else { "" };
                format!("{verb}{kept}{}", because(&reasons))
            }
        };
        let place: String = change.within.iter().map(|stack| format!("{stack}/")).collect();
        let line = format!("{place}{} ({}) {what}", change.logical_id, change.resource_type);
        Some(sanitize(&line).into_owned())
    }

    fn loss(&self, change: &Change) -> &'static str {
        let managed = change.within.is_empty() && change.logical_id == ACCESS_POINT;
        if managed && self.last_on_file_system {
            "will be deleted; no other workload uses the environment's file system, so that is deleted too, \
             with all its files"
        } else if change.resource_type == NESTED_STACK {
            "will be deleted with everything in it"
        } else {
            "will be deleted"
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
        recreating(change).into_iter().filter(|detail| self.is_real(change, detail, seen)).collect()
    }

    fn is_real(&self, change: &'a Change, detail: &'a Detail, seen: &mut Seen<'a>) -> bool {
        match (&detail.cause, &detail.property) {
            _ if !detail.dynamic => true,
            (Some(cause), _) => self.value_may_change(change, cause, seen),
            // Said beside a reference whose value is not known yet, be the template's text new or not.
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
        // The file system that the env-controller hands out stays as long as the job keeps asking for it; a
        // job that stops asking has nothing left that refers to it.
        let fixed = attribute == "Arn" || (source.within.is_empty() && id == ENV_CONTROLLER);
        let changes = |seen: &mut Seen<'a>| {
            source.details.is_empty() || source.details.iter().any(|d| self.is_real(source, d, seen))
        };
        let result = self.may_be_replaced(source, seen) || (!fixed && changes(seen));
        seen.remove(cause);
        result
    }
}

/// The details that can make a new resource.
fn recreating(change: &Change) -> Vec<&Detail> {
    let env_controller = change.within.is_empty() && change.logical_id == ENV_CONTROLLER;
    let keeps_id = |detail: &&Detail| env_controller && detail.property.as_deref() != Some(FUNCTION);
    change.details.iter().filter(|d| d.recreation != Recreation::Never).filter(|d| !keeps_id(d)).collect()
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
#[path = "replacement_tests.rs"]
mod tests;
