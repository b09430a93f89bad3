//! What went wrong first: of everything that failed in an operation, also inside nested and linked stacks, the resource
//! that failed by itself.

use super::tracked::{Failed, Tracked};
use crate::stack::port::StackEvent;

/// Lines shown of what failed besides the cause.
const SHOWN: usize = 10;

/// A resource's failure and where it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The stack it happened in, unless that is the one that was operated on.
    pub place: Option<String>,
    /// The event that says so.
    pub event: StackEvent,
    /// It happened while an earlier failure was rolled back.
    pub in_rollback: bool,
}

/// The cause and what followed from it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failures {
    /// The resource that failed by itself first.
    pub cause: Option<Failure>,
    /// Everything else that failed, oldest first.
    pub others: Vec<Failure>,
}

impl Failures {
    /// Sorts out what failed in a stack (the first one) and the stacks behind its resources.
    pub fn of(stacks: &[Tracked]) -> Self {
        let Some(root) = stacks.first() else { return Self::default() };
        let mut all: Vec<(usize, &Failed)> = stacks
            .iter()
            .enumerate()
            .flat_map(|(index, stack)| stack.failures.iter().map(move |failure| (index, failure)))
            .collect();
        all.sort_by(|(_, a), (_, b)| a.event.time.total_cmp(&b.event.time));
        let cause = first(stacks, root, false).or_else(|| first(stacks, root, true));
        let place = |index: usize| stacks.get(index).and_then(place);
        let failures = all.into_iter().map(|(index, failed)| Failure {
            place: place(index),
            event: failed.event.clone(),
            in_rollback: failed.in_rollback,
        });
        let mut others: Vec<Failure> = failures.collect();
        others.retain(|failure| cause.as_ref().is_none_or(|cause| cause.event.id != failure.event.id));
        Self { cause, others }
    }

    /// The other failures as lines. Resources that were cancelled say nothing but that, so several share a line.
    pub fn lines(&self) -> Vec<String> {
        let (cancelled, told): (Vec<&Failure>, Vec<&Failure>) =
            self.others.iter().partition(|failure| is_consequence(&failure.event));
        let (cancelled, told) = match cancelled.len() {
            0 | 1 => (Vec::new(), self.others.iter().collect()),
            _ => (cancelled, told),
        };
        let mut lines: Vec<String> = told.iter().take(SHOWN).map(|failure| failure.line()).collect();
        if let Some(more) = told.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            lines.push(format!("and {more} more"));
        }
        if !cancelled.is_empty() {
            let ids: Vec<&str> =
                cancelled.iter().take(SHOWN).map(|failure| failure.event.logical_id.as_str()).collect();
            let more = if cancelled.len() > SHOWN { ", …" } else { "" };
            lines.push(format!(
                "{} resources were cancelled because of it: {}{more}",
                cancelled.len(),
                ids.join(", ")
            ));
        }
        lines
    }
}

impl Failure {
    /// What CloudFormation says about it.
    pub fn reason(&self) -> &str {
        self.event.reason.as_deref().unwrap_or_default()
    }

    /// The failure as a clause: `TaskRole (AWS::IAM::Role) is CREATE_FAILED: …`.
    pub fn clause(&self) -> String {
        let Self { event, place, .. } = self;
        let place = place.as_ref().map(|place| format!(" of {place}")).unwrap_or_default();
        let reason = event.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{} ({}){place} is {}{reason}", event.logical_id, event.resource_type, event.status)
    }

    /// The same as a line of a list.
    fn line(&self) -> String {
        let when = if self.in_rollback { "while rolling back: " } else { "" };
        format!("{when}{}", self.clause()).replace('\n', " ")
    }
}

/// The first resource of a stack that failed by itself; for one that stands for another stack, what failed in there.
fn first(stacks: &[Tracked], stack: &Tracked, in_rollback: bool) -> Option<Failure> {
    let failed = stack.failures.iter().find(|f| f.in_rollback == in_rollback && !is_consequence(&f.event))?;
    let behind = stacks.iter().filter(|other| {
        other
            .parent
            .as_ref()
            .is_some_and(|parent| parent.stack == stack.name && parent.logical_id == failed.event.logical_id)
    });
    // A nested stack that fails says of itself only that it did not succeed.
    let deeper = behind
        .into_iter()
        .find_map(|other| first(stacks, other, false).or_else(|| first(stacks, other, true)));
    Some(deeper.unwrap_or_else(|| Failure {
        place: place(stack),
        event: failed.event.clone(),
        in_rollback: failed.in_rollback,
    }))
}

fn place(stack: &Tracked) -> Option<String> {
    stack.parent.as_ref().map(|parent| format!("stack {} (behind {})", stack.name, parent.logical_id))
}

/// Whether a resource failed because another one did.
pub fn is_consequence(event: &StackEvent) -> bool {
    let reason = event.reason.as_deref().unwrap_or_default();
    [
        "Resource creation cancelled",
        "Resource update cancelled",
        "Resource creation Cancelled",
        "Resource update Cancelled",
    ]
    .iter()
    .any(|words| reason.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::events::ParentResource;
    use crate::stack::follow::testing::{event, stack_event};

    fn root(events: &[StackEvent]) -> Tracked {
        let mut stack = Tracked::new("s", "s-id", None, 0.0);
        stack.take(events, &[]);
        stack
    }

    fn cause(stacks: &[Tracked]) -> Option<String> {
        Failures::of(stacks).cause.map(|cause| cause.clause())
    }

    #[test]
    fn consequences_are_not_causes() {
        for (status, reason, expected) in [
            ("CREATE_FAILED", Some("role name too long"), false),
            ("UPDATE_FAILED", None, false),
            ("CREATE_FAILED", Some("Resource creation cancelled"), true),
            ("UPDATE_FAILED", Some("Resource update cancelled"), true),
        ] {
            assert_eq!(is_consequence(&event("A", "T", status, reason)), expected);
        }
    }

    #[test]
    fn the_first_that_failed_by_itself_is_the_cause() {
        let stack = root(&[
            event("LogGroup", "AWS::Logs::LogGroup", "CREATE_FAILED", Some("Resource creation cancelled")),
            event("TaskRole", "AWS::IAM::Role", "CREATE_FAILED", Some("name too long")),
            event("Rule", "AWS::Events::Rule", "CREATE_FAILED", Some("bad rule")),
        ]);
        let failures = Failures::of(&[stack]);
        let cause = failures.cause.as_ref().map(Failure::clause);
        assert_eq!(cause.as_deref(), Some("TaskRole (AWS::IAM::Role) is CREATE_FAILED: name too long"));
        assert_eq!(
            failures.lines(),
            [
                "LogGroup (AWS::Logs::LogGroup) is CREATE_FAILED: Resource creation cancelled",
                "Rule (AWS::Events::Rule) is CREATE_FAILED: bad rule"
            ]
        );
    }

    #[test]
    fn what_failed_in_a_nested_stack_is_the_cause() {
        let stack = root(&[event(
            "AddonsStack",
            "AWS::CloudFormation::Stack",
            "CREATE_FAILED",
            Some("Embedded stack arn:… was not successfully created"),
        )]);
        let parent = ParentResource { stack: "s".into(), logical_id: "AddonsStack".into() };
        let mut nested = Tracked::new("s-Addons", "n-id", Some(parent), 0.0);
        nested.take(&[event("Table", "AWS::DynamoDB::Table", "CREATE_FAILED", Some("no key"))], &[]);
        assert_eq!(
            cause(&[stack, nested]).as_deref(),
            Some(
                "Table (AWS::DynamoDB::Table) of stack s-Addons (behind AddonsStack) is CREATE_FAILED: no key"
            )
        );
    }

    #[test]
    fn a_failed_rollback_is_the_cause_only_when_nothing_failed_before() {
        let rollback = [
            stack_event("UPDATE_ROLLBACK_IN_PROGRESS", None),
            event("Function", "AWS::Lambda::Function", "UPDATE_FAILED", Some("runtime")),
        ];
        assert!(cause(&[root(&rollback)]).unwrap().starts_with("Function"));
        let mut events = vec![event("TaskRole", "AWS::IAM::Role", "UPDATE_FAILED", None)];
        events.extend(rollback);
        let failures = Failures::of(&[root(&events)]);
        assert!(failures.cause.as_ref().unwrap().clause().starts_with("TaskRole"));
        assert_eq!(
            failures.lines(),
            ["while rolling back: Function (AWS::Lambda::Function) is UPDATE_FAILED: runtime"]
        );
    }

    #[test]
    fn cancelled_resources_share_a_line() {
        let cancelled = |id: &str| event(id, "T", "CREATE_FAILED", Some("Resource creation cancelled"));
        let cause = event("VPC", "AWS::EC2::VPC", "CREATE_FAILED", Some("no more VPCs"));
        let other = event("Bad", "T", "CREATE_FAILED", Some("bad"));
        let failures = Failures::of(&[root(&[cancelled("A"), cancelled("B"), cause, other])]);
        assert!(failures.cause.as_ref().unwrap().clause().starts_with("VPC"));
        assert_eq!(
            failures.lines(),
            ["Bad (T) is CREATE_FAILED: bad", "2 resources were cancelled because of it: A, B"]
        );
    }

    #[test]
    fn many_failures_are_cut() {
        let events: Vec<_> =
            (0..13).map(|n| event(&format!("R{n}"), "T", "CREATE_FAILED", Some("x"))).collect();
        assert_eq!(Failures::of(&[root(&events)]).lines().last().unwrap(), "and 2 more");
        assert_eq!(Failures::of(&[]), Failures::default());
    }
}
