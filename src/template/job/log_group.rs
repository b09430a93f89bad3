//! The job's log group.

use super::ids::LOG_GROUP;
use crate::template::cfn::intrinsic::{join, reference};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::names::workload_name_parts;
use crate::template::cfn::resource::Resource;
use crate::template::cfn::section::{self, entries};
use crate::template::cfn::values::Values;
use crate::yaml::Node;

const KIND: &str = "AWS::Logs::LogGroup";

pub(super) fn log_group() -> Resource {
    let name = std::iter::once(Node::string("/copilot/")).chain(workload_name_parts());
    let properties =
        Map::new().with("LogGroupName", join("", name)).with("RetentionInDays", reference("LogRetention"));
    Resource::new(LOG_GROUP, KIND, properties).described("A CloudWatch log group to hold your service logs")
}

/// Whether a final template makes a log group of this name for certain: overrides may give it another one or take it away.
pub fn is_made(body: &Node, values: &Values, name: &str) -> bool {
    entries(body, section::RESOURCES).any(|(_, _, resource)| {
        let is_group = resource.get("Type").and_then(Node::as_text) == Some(KIND);
        let named = || values.text(body, resource.get("Properties")?.get("LogGroupName")?);
        is_group && resource.get("Condition").is_none() && named().as_deref() == Some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn groups_that_a_template_makes_for_certain() {
        let group = |rest: &str| format!("{{Type: AWS::Logs::LogGroup{rest}}}");
        let own = ", Properties: {LogGroupName: !Join ['', [/copilot/, !Ref App, -x]]}";
        for (resource, made) in [
            (group(own), true),
            (group(", Properties: {LogGroupName: /copilot/shop-x}"), true),
            (group(&format!(", Condition: Has{own}")), false),
            (group(", Properties: {LogGroupName: /elsewhere}"), false),
            (group(", Properties: {LogGroupName: !ImportValue x}"), false),
            (group(""), false),
            ("{Type: AWS::SQS::Queue, Properties: {LogGroupName: /copilot/shop-x}}".to_owned(), false),
        ] {
            let text = format!("Parameters: {{App: {{Type: String}}}}\nResources: {{A: {resource}}}");
            let body = yaml::load(&text).unwrap().unwrap();
            let values = Values::default().with("App", "shop");
            assert_eq!(is_made(&body, &values, "/copilot/shop-x"), made, "{resource}");
        }
    }
}
