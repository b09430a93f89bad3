//! The schedule: an EventBridge rule and its role.

use super::ids::{RULE, STATE_MACHINE};
use super::inputs::Inputs;
use crate::manifest::job::Schedule;
use crate::template::cfn::iam::{Role, Statement, assumed_by, policy};
use crate::template::cfn::intrinsic::{get_att, reference};
use crate::template::cfn::mapping::Map;
use crate::template::cfn::resource::Resource;
use crate::yaml::{self, Kind, Node, Style};

const ROLE: &str = "RuleRole";
const KIND: &str = "AWS::Events::Rule";
const STATE: &str = "State";

pub(super) fn rule(schedule: &Schedule, paused: bool) -> Resource {
    // A rule cannot be without an expression, so a disabled one has an arbitrary valid schedule.
    let (expression, state) = match schedule {
        Schedule::Expression(_) if paused => (reference("Schedule"), State::Disabled),
        Schedule::Expression(_) => (reference("Schedule"), State::Enabled),
        Schedule::Disabled => (Node::string("rate(5 minutes)"), State::Disabled),
    };
    let target = Map::new()
        .with("Arn", reference(STATE_MACHINE))
        .with_text("Id", "statemachine")
        .with("RoleArn", get_att(ROLE, "Arn"))
        .build();
    let properties = Map::new()
        .with("ScheduleExpression", expression)
        .with_text(STATE, state.text())
        .with("Targets", Node::sequence([target]));
    Resource::new(RULE, KIND, properties)
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

/// Whether the schedule's rule starts runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    Enabled,
    /// It does not.
    Disabled,
}

impl State {
    /// EventBridge's name.
    fn text(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
        }
    }

    /// What a template says; `None` when it has no rule of a schedule, or only CloudFormation knows the state.
    pub fn of(body: &Node) -> Option<Self> {
        let Some(state) = properties(body)?.get(STATE) else { return Some(Self::Enabled) };
        let text = state.as_text().filter(|_| state.tag.is_none())?;
        match text == Self::Disabled.text() {
            true => Some(Self::Disabled),
            false => text.starts_with(Self::Enabled.text()).then_some(Self::Enabled),
        }
    }

    /// A template's text with this state and nothing else changed; `None` when it has no rule of a schedule.
    pub fn put_into(self, text: &str, body: &Node) -> Option<String> {
        let mut wanted = body.clone();
        let Kind::Mapping(properties) = &mut properties_mut(&mut wanted)?.kind else { return None };
        let place = match properties.iter_mut().find(|(key, _)| key.as_text() == Some(STATE)) {
            Some((_, state)) => {
                let Kind::Scalar(scalar) = &mut state.kind else { return None };
                self.text().clone_into(&mut scalar.text);
                Some(state.span)
            }
            None => {
                properties.push((Node::key(STATE), Node::string(self.text())));
                None
            }
        };
        let written = place.and_then(|place| {
            let quote = text.get(place.start..)?.chars().next().filter(|c| ['"', '\''].contains(c));
            let quote = quote.map(String::from).unwrap_or_default();
            let (before, behind) = (text.get(..place.start)?, text.get(place.end..)?);
            Some(format!("{before}{quote}{}{quote}{behind}", self.text()))
        });
        // An alias or a block may make more of the place than the state alone.
        let wanted = meaning(&wanted);
        let is_it = |written: &String| {
            yaml::load(written).ok().flatten().is_some_and(|read| meaning(&read) == wanted)
        };
        Some(written.filter(is_it).unwrap_or_else(|| yaml::emit(&wanted)))
    }
}

/// A tree without where and how it was written.
fn meaning(node: &Node) -> Node {
    fn forget_styles(node: &mut Node) {
        match &mut node.kind {
            // Quotes keep a text from being taken for something else.
            Kind::Scalar(scalar) if scalar.style == Style::Plain => {}
            Kind::Scalar(scalar) => scalar.style = Style::DoubleQuoted,
            Kind::Sequence(items) => items.iter_mut().for_each(forget_styles),
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    forget_styles(key);
                    forget_styles(value);
                }
            }
        }
    }
    let mut node = node.clone();
    node.forget_places();
    forget_styles(&mut node);
    node
}

fn properties(body: &Node) -> Option<&Node> {
    let rule = body.get("Resources")?.get(RULE)?;
    if rule.get("Type")?.as_text()? == KIND { rule.get("Properties") } else { None }
}

fn properties_mut(body: &mut Node) -> Option<&mut Node> {
    properties(body)?;
    ["Resources", RULE, "Properties"].into_iter().try_fold(body, |node, key| {
        let Kind::Mapping(entries) = &mut node.kind else { return None };
        entries.iter_mut().find(|(found, _)| found.as_text() == Some(key)).map(|(_, value)| value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str) -> String {
        let body = yaml::load(text).unwrap().unwrap();
        let written = State::Disabled.put_into(text, &body).unwrap();
        assert_eq!(State::of(&yaml::load(&written).unwrap().unwrap()), Some(State::Disabled), "{written}");
        written
    }

    #[test]
    fn nothing_else_is_changed() {
        let rule = |state: &str| {
            format!(
                "# from a manifest\nResources:\n  Rule:   # the schedule\n    Type: AWS::Events::Rule\n    Properties:\n      \
                 A: 'b'\n{state}"
            )
        };
        for (before, after) in [
            ("      State: ENABLED # on\n", "      State: DISABLED # on\n"),
            ("      State: \"ENABLED\"\n      B: 1\n", "      State: \"DISABLED\"\n      B: 1\n"),
            ("      State: 'ENABLED'\n", "      State: 'DISABLED'\n"),
            ("      State: DISABLED\n", "      State: DISABLED\n"),
        ] {
            assert_eq!(changed(&rule(before)), rule(after));
        }
        let json = r#"{"Resources":{"Rule":{"Type":"AWS::Events::Rule","Properties":{"State":"ENABLED"}}}}"#;
        assert_eq!(changed(json), json.replace("ENABLED", "DISABLED"));
    }

    /// Where the place in the text is not the state alone, the template is written anew.
    #[test]
    fn templates_that_are_written_anew() {
        let shared =
            "M: &on ENABLED\nResources: {Rule: {Type: AWS::Events::Rule, Properties: {State: *on}}}\n";
        let missing = "Resources: {Rule: {Type: AWS::Events::Rule, Properties: {A: !Ref B, C: '1'}}}\n";
        let block = "Resources:\n  Rule:\n    Type: AWS::Events::Rule\n    Properties:\n      State: >-\n        ENABLED\n      A: b\n";
        insta::assert_snapshot!([shared, missing, block].map(changed).join("---\n"), @r#"
        M: ENABLED
        Resources:
          Rule:
            Type: AWS::Events::Rule
            Properties:
              State: DISABLED
        ---
        Resources:
          Rule:
            Type: AWS::Events::Rule
            Properties:
              A: !Ref B
              C: "1"
              State: DISABLED
        ---
        Resources:
          Rule:
            Type: AWS::Events::Rule
            Properties:
              State: DISABLED
              A: b
        "#);
    }

    #[test]
    fn states_of_templates() {
        let of =
            |rule: &str| State::of(&yaml::load(&format!("Resources: {{Rule: {rule}}}")).unwrap().unwrap());
        let state = |state: &str| of(&format!("{{Type: AWS::Events::Rule, Properties: {{{state}}}}}"));
        assert_eq!(state(""), Some(State::Enabled));
        assert_eq!(state("State: ENABLED"), Some(State::Enabled));
        assert_eq!(state("State: ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"), Some(State::Enabled));
        assert_eq!(state("State: DISABLED"), Some(State::Disabled));
        assert_eq!(state("State: !If [A, ENABLED, DISABLED]"), None);
        assert_eq!(state("State: !Ref A"), None);
        assert_eq!(of("{Type: AWS::SQS::Queue, Properties: {State: DISABLED}}"), None);
        assert_eq!(State::of(&yaml::load("Resources: {}").unwrap().unwrap()), None);
    }
}
