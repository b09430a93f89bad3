//! Limits of Amazon ECS and others that only a job's final template shows to be kept: names that are put together, and
//! what `taskdef_overrides` and the job's overrides make of the containers. Whatever breaks one of them fails when
//! the stack is changed or when the task is started, after images were built and pushed for it.

use std::borrow::Cow;

use super::check::provisional_values;
use super::ids::STATE_MACHINE;
use super::inputs::{AddonOutputKind, Inputs};
use super::state_machine::security_groups;
use crate::error::{Error, Result};
use crate::manifest::job::{Job, MOST_SECURITY_GROUPS};
use crate::template::cfn::call::Call;
use crate::template::cfn::check::dangling::is_left_to_cloudformation;
use crate::template::cfn::names::stack_name;
use crate::template::cfn::section::entries;
use crate::template::cfn::template::Template;
use crate::text::one_line;
use crate::yaml::{Kind, Node};

/// Names that are given rather than made by CloudFormation: type, property, and the most characters of it.
const NAMES: [(&str, &str, usize); 8] = [
    ("AWS::StepFunctions::StateMachine", "StateMachineName", 80),
    ("AWS::Events::Rule", "Name", 64),
    ("AWS::EFS::AccessPoint", "ClientToken", 64),
    ("AWS::IAM::Role", "RoleName", 64),
    ("AWS::Lambda::Function", "FunctionName", 64),
    ("AWS::ECS::TaskDefinition", "Family", 255),
    ("AWS::SNS::Topic", "TopicName", 256),
    ("AWS::Logs::LogGroup", "LogGroupName", 512),
];

/// Numbers of a health check and what Amazon ECS takes for them.
const HEALTH_CHECK: [(&str, i64, i64); 4] =
    [("Interval", 5, 300), ("Timeout", 2, 60), ("Retries", 1, 10), ("StartPeriod", 0, 300)];

/// Seconds that a container can be given to start and to stop on Fargate.
const GRACE: [&str; 2] = ["StartTimeout", "StopTimeout"];
const SHORTEST_GRACE: i64 = 2;
const LONGEST_GRACE: i64 = 120;

const CHANGED: &str = "Look for what `taskdef_overrides` and the job's overrides put in or replace.";

/// Refuses a final template that breaks a limit.
///
/// # Errors
/// Names that are too long, more security groups than a task can have, and containers as Amazon ECS refuses them.
pub fn check(template: &Template, job: &Job, inputs: &Inputs) -> Result<()> {
    let body = &template.body;
    // What macros make of it is not known here.
    if is_left_to_cloudformation(body) {
        return Ok(());
    }
    let stack = stack_name(&inputs.app, &inputs.env, &job.name);
    let values = provisional_values(job, inputs).with("AWS::StackName", &stack);
    let text = |node: &Node| values.text(body, node).map(Cow::into_owned);
    let mut broken = Vec::new();
    for (_, id, resource) in entries(body, "Resources") {
        let Some(kind) = resource.get("Type").and_then(Node::as_text) else { continue };
        let Some(properties) = resource.get("Properties") else { continue };
        for (_, property, most) in NAMES.iter().filter(|(of, ..)| *of == kind) {
            let name = properties.get(property).and_then(text);
            broken.extend(name.and_then(|name| too_long(id, property, &name, *most, &stack)));
        }
        if id == STATE_MACHINE {
            broken.extend(too_many_groups(properties, job, inputs));
        }
        if kind == "AWS::ECS::TaskDefinition" {
            Task::read(properties, &text).check(&mut broken);
        }
    }
    Error::all("limits of AWS are broken", broken)
}

fn too_long(id: &str, property: &str, name: &str, most: usize, stack: &str) -> Option<Error> {
    let length = name.chars().count();
    let error = || {
        let told = format!(
            "the `{property}` of the resource `{id}` is too long: AWS takes {most} characters, `{name}` has {length}"
        );
        Error::new(one_line(&told)).hint(if name == stack {
            "It is made of the names of application, environment and job: choose a shorter name for the job, or \
             give the property another value in the job's overrides."
        } else {
            "Choose a shorter name for what it is made of, or give the property another value in the job's overrides."
        })
    };
    (length > most).then(error)
}

/// The security groups of the job's tasks are counted where they are a list of single ones.
fn too_many_groups(state_machine: &Node, job: &Job, inputs: &Inputs) -> Option<Error> {
    let groups = state_machine.get("DefinitionSubstitutions")?.get("SecurityGroups")?;
    let join = Call::of(groups).filter(|call| call.function == "Join")?;
    let all = items(join.items().get(1)).iter().filter(|item| is_there(item)).count();
    if all <= MOST_SECURITY_GROUPS {
        return None;
    }
    let advice =
        format!("A task has up to {MOST_SECURITY_GROUPS}: put the rules of several groups into one.");
    let own = &job.network.security_groups;
    if *groups != security_groups(own, inputs) {
        let error = Error::new(format!("{all} security groups are too many"));
        return Some(error.hint(format!("{advice} {CHANGED}")));
    }
    let own = own.len();
    let kinds = inputs.addons.outputs.iter().filter(|output| output.kind == AddonOutputKind::SecurityGroup);
    let addons = kinds.count();
    let told = format!(
        "{all} security groups are too many: the environment's own, {own} of `network.vpc.security_groups` and {addons} of \
         the addons"
    );
    Some(Error::new(told).hint(advice))
}

/// Whether an item of a list is one whatever conditions say.
fn is_there(item: &Node) -> bool {
    Call::of(item).is_none_or(|call| call.function != "If" && call.referenced() != Some("AWS::NoValue"))
}

/// The text that a value becomes, as far as it is known here.
type Text<'a> = &'a dyn Fn(&Node) -> Option<String>;

/// A task definition, as far as it is understood.
struct Task<'a> {
    is_fargate: bool,
    containers: Vec<Container<'a>>,
}

struct Container<'a> {
    /// `None` when only CloudFormation knows it.
    name: Option<String>,
    node: &'a Node,
    /// Names of variables and of secrets.
    variables: Vec<String>,
    secrets: Vec<String>,
    /// Containers that must be healthy first.
    healthy: Vec<String>,
}

impl<'a> Task<'a> {
    fn read(properties: &'a Node, text: Text<'_>) -> Self {
        let compatible = items(properties.get("RequiresCompatibilities"));
        let is_fargate = compatible.iter().any(|item| text(item).as_deref() == Some("FARGATE"));
        let containers = items(properties.get("ContainerDefinitions")).iter();
        let containers = containers.map(|node| Container::read(node, text)).collect();
        Self { is_fargate, containers }
    }

    fn check(&self, broken: &mut Vec<Error>) {
        for container in &self.containers {
            container.check(self.is_fargate, broken);
            for target in &container.healthy {
                let without = self.containers.iter().find(|other| other.name.as_ref() == Some(target));
                let has_none =
                    without.is_some_and(|other| other.node.get("HealthCheck").is_none_or(Node::is_null));
                if has_none {
                    broken.push(
                        container
                            .error(&format!("waits until `{target}` is healthy, and `{target}` has no health check"))
                            .hint(
                                "Write `healthcheck:` for that container, or wait for `start`. Amazon ECS does not look at a \
                                 HEALTHCHECK of the image.",
                            ),
                    );
                }
            }
        }
    }
}

impl<'a> Container<'a> {
    fn read(node: &'a Node, text: Text<'_>) -> Self {
        let names = |list: &str| {
            let items = items(node.get(list)).iter();
            items.filter_map(|item| text(item.get("Name")?)).collect()
        };
        let healthy = items(node.get("DependsOn")).iter().filter_map(|item| {
            let condition = text(item.get("Condition")?)?;
            if condition == "HEALTHY" { text(item.get("ContainerName")?) } else { None }
        });
        Self {
            name: node.get("Name").and_then(text),
            node,
            variables: names("Environment"),
            secrets: names("Secrets"),
            healthy: healthy.collect(),
        }
    }

    fn error(&self, what: &str) -> Error {
        let name = self.name.as_deref().unwrap_or("(its name is a function)");
        Error::new(one_line(&format!("the container `{name}` {what}")))
    }

    fn check(&self, is_fargate: bool, broken: &mut Vec<Error>) {
        for (index, secret) in self.secrets.iter().enumerate() {
            let earlier = self.secrets.iter().take(index);
            if self.variables.iter().chain(earlier).any(|other| other == secret) {
                let error = self.error(&format!("has a secret `{secret}` and something else of this name"));
                broken.push(error.hint(format!(
                    "Amazon ECS wants different names for all secrets and variables of a container. {CHANGED}"
                )));
            }
        }
        let check = self.node.get("HealthCheck");
        for (field, least, most) in HEALTH_CHECK {
            let value = check.and_then(|check| number(check.get(field)?));
            if let Some(value) = value.filter(|value| !(least..=most).contains(value)) {
                let error = self.error(&format!("has a health check with `{field}: {value}`"));
                broken.push(error.hint(format!("Amazon ECS takes {least} to {most}. {CHANGED}")));
            }
        }
        for field in GRACE.iter().filter(|_| is_fargate) {
            let value = self.node.get(field).and_then(number);
            if let Some(value) = value.filter(|value| !(SHORTEST_GRACE..=LONGEST_GRACE).contains(value)) {
                let error = self.error(&format!("has `{field}: {value}`"));
                broken.push(error.hint(format!(
                    "On Fargate it is {SHORTEST_GRACE} to {LONGEST_GRACE} seconds. {CHANGED}"
                )));
            }
        }
    }
}

/// The items of a list; none of what is no list.
fn items(node: Option<&Node>) -> &[Node] {
    match node {
        Some(Node { kind: Kind::Sequence(items), tag: None, .. }) => items,
        _ => &[],
    }
}

/// A whole number, quoted or not: CloudFormation takes both.
fn number(node: &Node) -> Option<i64> {
    node.as_text().filter(|_| node.tag.is_none())?.parse().ok()
}

#[cfg(test)]
mod tests;
