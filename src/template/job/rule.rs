//! The schedule: an EventBridge rule and its role.

use super::ids::STATE_MACHINE;
use super::inputs::Inputs;
use crate::manifest::job::Schedule;
use crate::template::cfn::iam::{Role, Statement, assumed_by, policy};
use crate::template::cfn::intrinsic::{get_att, reference};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::resource::Resource;
use crate::yaml::Node;

const ROLE: &str = "RuleRole";

pub(super) fn rule(schedule: &Schedule) -> Resource {
    // A rule cannot be without an expression, so a disabled one has an arbitrary valid schedule.
    let (expression, state) = match schedule {
        Schedule::Expression(_) => (reference("Schedule"), "ENABLED"),
        Schedule::Disabled => (Node::string("rate(5 minutes)"), "DISABLED"),
    };
    let target = Map::new()
        .with("Arn", reference(STATE_MACHINE))
        .with_text("Id", "statemachine")
        .with("RoleArn", get_att(ROLE, "Arn"))
        .build();
    let properties = Map::new()
        .with("ScheduleExpression", expression)
        .with_text("State", state)
        .with("Targets", Node::sequence([target]));
    Resource::new("Rule", "AWS::Events::Rule", properties)
        .described("A CloudWatch event rule to trigger the job's state machine")
}

pub(super) fn role(inputs: &Inputs) -> Resource {
    let start = Statement::allow().action("states:StartExecution").on(reference(STATE_MACHINE));
    Role {
        id: ROLE,
        description: None,
        name: None,
        assume: vec![assumed_by("events.amazonaws.com")],
        boundary: inputs.permissions_boundary.clone(),
        path: None,
        managed_policies: Vec::new(),
        policies: vec![policy(Node::string("EventRulePolicy"), [start])],
    }
    .build()
}
