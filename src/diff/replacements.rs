//! Which resources become new ones, told from the templates alone, before there is a change set. Pure.
//!
//! The change set knows better and has the last word (`stack::change_set`); this is what can be said without one.

use std::collections::BTreeSet;

use serde::Serialize;

use super::meaning::Comparison;
use crate::template::cfn::call::{Call, Substitution, children};
use crate::yaml::{Kind, Node};

/// A resource that becomes a new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replacement {
    /// Logical id.
    pub logical_id: String,
    /// CloudFormation type.
    pub resource_type: String,
    /// The changed properties that make it a new one.
    pub properties: Vec<String>,
    /// False when a function gives the value, so that it may turn out the same.
    pub certain: bool,
    /// A new one is as good as the old one: it holds no data, and nothing refers to it by its id.
    pub harmless: bool,
}

/// Properties of which another value makes another resource.
enum Replacing {
    These(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

/// "Update requires: Replacement" of the types in a job's template and of those that overrides often add
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>).
/// The env-controller's custom resource is left out: its function always answers with the same id.
fn replacing(resource_type: &str) -> Replacing {
    Replacing::These(match resource_type {
        "AWS::ECS::TaskDefinition" => return Replacing::AllBut(&["Tags"]),
        "AWS::EFS::AccessPoint" => return Replacing::AllBut(&["AccessPointTags"]),
        "AWS::EC2::SecurityGroup" => &["GroupDescription", "GroupName", "VpcId"],
        "AWS::Events::Rule" => &["EventBusName", "Name"],
        "AWS::IAM::ManagedPolicy" => &["Description", "ManagedPolicyName", "Path"],
        "AWS::IAM::Role" => &["Path", "RoleName"],
        "AWS::Lambda::Function" => &["FunctionName", "PackageType"],
        "AWS::Logs::LogGroup" => &["LogGroupName"],
        "AWS::SNS::Topic" => &["FifoTopic", "TopicName"],
        "AWS::SQS::Queue" => &["FifoQueue", "QueueName"],
        "AWS::StepFunctions::StateMachine" => &["StateMachineName", "StateMachineType"],
        _ => &[],
    })
}

impl Replacing {
    fn has(&self, property: &str) -> bool {
        match self {
            Self::These(names) => names.contains(&property),
            Self::AllBut(names) => !names.contains(&property),
        }
    }
}

/// The resources of both templates that become new ones when these parameters change their values. `harmless` are the
/// types of which a new one is as good as the old one.
pub(super) fn replacements(
    old: &Node,
    new: &Node,
    parameters: &BTreeSet<&str>,
    harmless: &[&str],
) -> Vec<Replacement> {
    let comparison = Comparison::new(Some(old), new);
    let changed = Changed::new(parameters, new);
    let of = |(id, resource): (&str, &Node)| {
        let before = old.get("Resources")?.get(id)?;
        let resource_type = resource.get("Type").and_then(Node::as_text)?;
        let replacing = replacing(resource_type);
        let mut names: BTreeSet<&str> = BTreeSet::new();
        names.extend(properties(before).chain(properties(resource)).map(|(name, _)| name));
        let mut certain = false;
        names.retain(|name| {
            let value = |resource: &'_ Node| resource.get("Properties").and_then(|p| p.get(name)).cloned();
            let (was, is) = (value(before), value(resource));
            let rewritten = comparison.touches(id, name);
            let passed_on = is.as_ref().map_or(Effect::None, |value| changed.effect(value));
            let counts = replacing.has(name) && (rewritten || passed_on != Effect::None);
            let literal = ![was, is].iter().flatten().any(has_function);
            certain |= counts && ((rewritten && literal) || passed_on == Effect::Certain);
            counts
        });
        (!names.is_empty()).then(|| Replacement {
            logical_id: id.to_owned(),
            resource_type: resource_type.to_owned(),
            properties: names.into_iter().map(str::to_owned).collect(),
            certain,
            harmless: harmless.contains(&resource_type),
        })
    };
    new.get("Resources").into_iter().flat_map(entries).filter_map(of).collect()
}

/// Keys and values of a map.
fn entries(node: &Node) -> impl Iterator<Item = (&str, &Node)> {
    let entries = match &node.kind {
        Kind::Mapping(entries) => entries.as_slice(),
        _ => &[],
    };
    entries.iter().filter_map(|(key, value)| Some((key.as_text()?, value)))
}

fn properties(resource: &Node) -> impl Iterator<Item = (&str, &Node)> {
    resource.get("Properties").into_iter().flat_map(entries)
}

fn has_function(node: &Node) -> bool {
    Call::of_condition(node).is_some() || children(node).into_iter().any(has_function)
}

/// What changed values do to a value that refers to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    None,
    /// By way of a condition: it may hold as before.
    Possible,
    Certain,
}

/// What changes outside the resources.
struct Changed<'a> {
    parameters: &'a BTreeSet<&'a str>,
    /// Conditions that depend on the parameters.
    conditions: BTreeSet<&'a str>,
}

impl<'a> Changed<'a> {
    fn new(parameters: &'a BTreeSet<&'a str>, template: &'a Node) -> Self {
        let mut changed = Self { parameters, conditions: BTreeSet::new() };
        let conditions: Vec<_> = template.get("Conditions").into_iter().flat_map(entries).collect();
        // Conditions may name others: until no more are found.
        loop {
            let depends = |(name, value): &(&'a str, &Node)| {
                !changed.conditions.contains(name) && changed.effect(value) != Effect::None
            };
            let found: Vec<&str> = conditions.iter().filter(|c| depends(c)).map(|(name, _)| *name).collect();
            if found.is_empty() {
                return changed;
            }
            changed.conditions.extend(found);
        }
    }

    fn effect(&self, node: &Node) -> Effect {
        let Some(call) = Call::of_condition(node) else { return self.strongest(children(node)) };
        let referenced = call.referenced().into_iter().map(|name| self.parameter(name));
        let condition = call.condition().into_iter().map(|name| self.condition(name));
        let substitution = call.substitution();
        let substituted = substitution.iter().flat_map(Substitution::names).map(|name| self.parameter(name));
        let own = referenced.chain(condition).chain(substituted).max().unwrap_or(Effect::None);
        own.max(self.strongest(call.values()))
    }

    fn strongest(&self, nodes: Vec<&Node>) -> Effect {
        nodes.into_iter().map(|node| self.effect(node)).max().unwrap_or(Effect::None)
    }

    fn parameter(&self, name: &str) -> Effect {
        if self.parameters.contains(name) { Effect::Certain } else { Effect::None }
    }

    fn condition(&self, name: &str) -> Effect {
        if self.conditions.contains(name) { Effect::Possible } else { Effect::None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::load;

    /// What changes of the parameters `P` and `Q` do to a value; the condition `C` depends on `P`.
    fn effect(value: &str) -> Effect {
        let template =
            "Conditions: {C: !Not [{Condition: D}], D: !Equals [!Ref P, x], E: !Equals [!Ref R, x]}";
        let template = load(template).unwrap().unwrap();
        let parameters = BTreeSet::from(["P", "Q"]);
        Changed::new(&parameters, &template).effect(&load(value).unwrap().unwrap())
    }

    #[test]
    fn functions_pass_changes_on() {
        for (value, expected) in [
            ("!Ref P", Effect::Certain),
            ("{Ref: P}", Effect::Certain),
            ("!Ref R", Effect::None),
            ("P", Effect::None),
            ("!Sub 'a-${P}'", Effect::Certain),
            ("!Sub 'a-${ P }-${!Q}'", Effect::Certain),
            ("!Sub 'a-${!P}'", Effect::None),
            ("{Fn::Sub: 'a-${P.Arn}'}", Effect::None),
            // The variable is the call's own.
            ("!Sub ['a-${P}', {P: x}]", Effect::None),
            ("{Fn::Sub: ['a-${P}', {P: !Ref Q}]}", Effect::Certain),
            ("{Fn::Base64: !Sub '${P}'}", Effect::Certain),
            ("!If [C, a, b]", Effect::Possible),
            ("!If [E, a, b]", Effect::None),
            ("[{A: {Fn::If: [E, a, !Ref P]}}]", Effect::Certain),
        ] {
            assert_eq!(effect(value), expected, "{value}");
        }
    }
}
