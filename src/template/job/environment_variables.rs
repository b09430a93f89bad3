//! Containers' environment variables. Their order is significant: another order replaces the task
//! definition.

use std::collections::BTreeMap;

use super::addons_stack::outputs;
use super::inputs::{AddonOutputKind, Inputs};
use super::topics;
use crate::manifest::job::{Job, Variable};
use crate::template::cfn::intrinsic::{import_value, sub};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::names::variable_name;
use crate::yaml::Node;

/// A container's `Environment`: what every container gets, its own variables, its mount paths by
/// volume name.
pub(super) fn environment(
    job: &Job,
    inputs: &Inputs,
    variables: &BTreeMap<String, Variable>,
    mounts: &BTreeMap<&str, &str>,
) -> Node {
    let mut list = vec![
        entry("COPILOT_APPLICATION_NAME", sub("${AppName}")),
        entry("COPILOT_SERVICE_DISCOVERY_ENDPOINT", Node::string(&inputs.service_discovery_endpoint)),
        entry("COPILOT_ENVIRONMENT_NAME", sub("${EnvName}")),
        entry("COPILOT_SERVICE_NAME", sub("${WorkloadName}")),
    ];
    let addons = outputs(inputs, &[AddonOutputKind::Variable, AddonOutputKind::SecurityGroup]);
    list.extend(addons.map(|(name, value)| entry(&variable_name(name), value)));
    if !job.topics.is_empty() {
        let arns = topics::arns(job, inputs);
        list.push(entry("COPILOT_SNS_TOPIC_ARNS", Node::string(json_object(&arns))));
    }
    list.extend(variables.iter().map(|(name, variable)| {
        let value = match variable {
            // Quoted like the old tool's, so that a diff shows what its documents show.
            Variable::Plain(text) => Node::quoted(text),
            Variable::FromCfn(export) => import_value(export),
        };
        entry(name, value)
    }));
    if !mounts.is_empty() {
        list.push(entry("COPILOT_MOUNT_POINTS", Node::string(json_object(mounts))));
    }
    Node::sequence(list)
}

fn entry(name: &str, value: Node) -> Node {
    Map::new().with_text("Name", name).with("Value", value).build()
}

/// A compact JSON object of texts as Go writes it: `<`, `>`, `&` and the Unicode line separators are
/// escaped.
fn json_object<K: AsRef<str> + Ord, V: AsRef<str>>(entries: &BTreeMap<K, V>) -> String {
    let members: Vec<String> = entries
        .iter()
        .map(|(k, v)| format!("{}:{}", json_string(k.as_ref()), json_string(v.as_ref())))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn json_string(text: &str) -> String {
    let mut escaped = String::new();
    for c in serde_json::Value::from(text).to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_json_as_go_does() {
        let entries = BTreeMap::from([("b", "x<y>&\"\\"), ("a", "line\nünï\u{2028}\u{1}")]);
        assert_eq!(json_object(&entries), r#"{"a":"line\nünï\u2028\u0001","b":"x\u003cy\u003e\u0026\"\\"}"#);
    }
}
