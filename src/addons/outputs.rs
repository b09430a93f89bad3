//! What the job does with the outputs of its addons.

use super::document::{Place, name};
use super::merge::Merged;
use crate::template::cfn::call::Call;
use crate::template::job::inputs::{AddonOutput, AddonOutputKind};
use crate::yaml::{Kind, Node};

const OUTPUTS: &str = "Outputs";
/// What the keys of functions begin with.
const FUNCTION: &str = "Fn::";

/// The outputs of a template, in its order. Functions such as `Fn::ForEach` make outputs whose names are known
/// to CloudFormation only: the job gets none of them.
pub(super) fn outputs(body: &Node) -> Vec<AddonOutput> {
    let Some(Node { kind: Kind::Mapping(outputs), .. }) = body.get(OUTPUTS) else { return Vec::new() };
    let names = outputs.iter().filter_map(|(key, output)| Some((key.as_text()?, output)));
    names
        .filter(|(name, _)| !name.starts_with(FUNCTION))
        .map(|(name, output)| AddonOutput { name: name.to_owned(), kind: kind(body, output) })
        .collect()
}

/// A warning for every function that makes outputs.
pub(super) fn made_by_functions(merged: &Merged) -> Vec<String> {
    let Some(Node { kind: Kind::Mapping(outputs), .. }) = merged.body.get(OUTPUTS) else { return Vec::new() };
    let keys = outputs.iter().filter_map(|(key, _)| Some((key, key.as_text()?)));
    keys.filter(|(_, text)| text.starts_with(FUNCTION))
        .map(|(key, text)| {
            let file = merged.origins.get(&(OUTPUTS.to_owned(), text.to_owned()));
            let place = file.map(|file| format!("{}: ", Place { file, span: key.span })).unwrap_or_default();
            format!(
                "{place}the outputs that `{}` makes do not reach the job: their names are known to CloudFormation \
                 only; write each output that the job needs by itself",
                name(text)
            )
        })
        .collect()
}

/// Only a plain reference to a resource makes more of an output than a variable.
fn kind(body: &Node, output: &Node) -> AddonOutputKind {
    let referenced = output.get("Value").and_then(Call::of).and_then(|call| call.referenced());
    let resource = referenced.and_then(|id| body.get("Resources")?.get(id));
    match resource.and_then(|resource| resource.get("Type")).and_then(Node::as_text) {
        Some("AWS::SecretsManager::Secret") => AddonOutputKind::Secret,
        Some("AWS::IAM::ManagedPolicy") => AddonOutputKind::ManagedPolicy,
        Some("AWS::EC2::SecurityGroup") => AddonOutputKind::SecurityGroup,
        _ => AddonOutputKind::Variable,
    }
}
