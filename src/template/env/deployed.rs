//! What of a deployed stack's template a new one keeps although nothing asks for it.

use crate::template::cfn::section::RESOURCES;
use crate::yaml::Node;

/// Flow logs of version 1.23 of the old tool have no log group of their own in the stack, and these were its days.
const DEFAULT_RETENTION: i64 = 14;

/// What is kept of a deployed template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployed {
    /// Days that the stack keeps flow logs, when it has flow logs. The old tool switched them on where a manifest says
    /// `flow_logs: false`; to switch them off would delete logs that nobody asked to delete.
    pub flow_logs: Option<i64>,
    /// Whether a function of the stack runs with CloudFormation's role, as one of the old tool up to version 1.12 did.
    /// After the update CloudFormation deletes its custom resource, which starts the function once more.
    pub function_with_execution_role: bool,
}

impl Deployed {
    /// Looks at a deployed template.
    pub fn of(body: &Node) -> Self {
        let resource = |id: &str| body.get(RESOURCES).and_then(|resources| resources.get(id));
        let retention = || {
            let days = resource("VpcFlowLogGroup")?.get("Properties")?.get("RetentionInDays")?.as_text()?;
            days.parse().ok()
        };
        Self {
            flow_logs: resource("FlowLog").map(|_| retention().unwrap_or(DEFAULT_RETENTION)),
            function_with_execution_role: resource("EnableLongARNFormatFunction").is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_deployed_templates() {
        for (resources, flow_logs, function_with_execution_role) in [
            ("{}", None, false),
            ("{FlowLog: {Type: AWS::EC2::FlowLog}}", Some(14), false),
            ("{FlowLog: {}, VpcFlowLogGroup: {Properties: {RetentionInDays: 30}}}", Some(30), false),
            ("{VpcFlowLogGroup: {Properties: {RetentionInDays: 30}}}", None, false),
            ("{EnableLongARNFormatFunction: {Type: AWS::Lambda::Function}}", None, true),
        ] {
            let body = crate::yaml::load(&format!("Resources: {resources}")).unwrap().unwrap();
            let expected = Deployed { flow_logs, function_with_execution_role };
            assert_eq!(Deployed::of(&body), expected, "{resources}");
        }
    }
}
