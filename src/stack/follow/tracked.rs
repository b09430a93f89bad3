//! One followed stack: what its events say about it and about the stacks behind its resources.

use std::collections::BTreeMap;

use super::Linked;
use crate::report::events::ParentResource;
use crate::stack::port::StackEvent;
use crate::stack::status::StackStatus;

/// A stack and what has been seen of it.
#[derive(Debug)]
pub struct Tracked {
    pub name: String,
    /// What to ask AWS for: the id, which outlives the stack.
    pub id: String,
    pub parent: Option<ParentResource>,
    /// Older events belong to the past.
    pub since: f64,
    /// The newest event so far.
    pub seen: Option<String>,
    /// The stack's own newest status and its reason.
    pub status: Option<StackStatus>,
    pub reason: Option<String>,
    /// Resources under way.
    running: BTreeMap<String, Running>,
    /// The stack has been rolling back.
    rolling_back: bool,
    /// Whatever failed, oldest first.
    pub failures: Vec<Failed>,
    /// Logical ids that had events, in the order of their first one.
    pub touched: Vec<String>,
    /// Whether the resource it belongs to has ended, so that there is nothing to look for any more.
    pub closed: bool,
}

/// A resource under way.
#[derive(Clone, Debug)]
pub struct Running {
    pub resource_type: String,
    pub status: StackStatus,
    /// Since when, in seconds since 1970.
    pub since: f64,
    /// Id of the stack behind it.
    pub linked: Option<String>,
}

/// A resource that failed.
#[derive(Clone, Debug)]
pub struct Failed {
    pub event: StackEvent,
    /// It failed while an earlier failure was being rolled back.
    pub in_rollback: bool,
}

/// A change of a resource that stands for another stack.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkedStack {
    /// The resource's logical id.
    pub logical_id: String,
    /// Name and id of the other stack.
    pub name: String,
    pub id: String,
    /// Whether an operation on the other stack is under way.
    pub open: bool,
    /// Whether the resource failed.
    pub failed: bool,
    /// When the resource changed its status.
    pub time: f64,
}

impl Tracked {
    /// A stack nothing is known of yet.
    pub fn new(name: &str, id: &str, parent: Option<ParentResource>, since: f64) -> Self {
        Self {
            name: name.to_owned(),
            id: id.to_owned(),
            parent,
            since,
            seen: None,
            status: None,
            reason: None,
            running: BTreeMap::new(),
            rolling_back: false,
            failures: Vec::new(),
            touched: Vec::new(),
            closed: false,
        }
    }

    /// Takes new events and returns the changes of resources that stand for other stacks: nested stacks, and custom resources
    /// of the `linked` types.
    pub fn take(&mut self, events: &[StackEvent], linked: &[Linked]) -> Vec<LinkedStack> {
        let mut changed = Vec::new();
        for event in events {
            self.seen = Some(event.id.clone());
            if self.is_own(event) {
                self.status = Some(event.status.clone());
                self.reason = event.reason.clone();
                self.rolling_back |= event.status.is_rollback();
                if event.begins_operation() {
                    self.rolling_back = event.status.is_rollback();
                }
                continue;
            }
            if !self.touched.contains(&event.logical_id) {
                self.touched.push(event.logical_id.clone());
            }
            let other = linked_stack(event, linked);
            if event.status.is_in_progress() {
                let before = self.running.get(&event.logical_id).filter(|run| run.status == event.status);
                let running = Running {
                    resource_type: event.resource_type.clone(),
                    status: event.status.clone(),
                    since: before.map_or(event.time, |before| before.since),
                    linked: other.as_ref().map(|other| other.id.clone()),
                };
                self.running.insert(event.logical_id.clone(), running);
            } else {
                self.running.remove(&event.logical_id);
            }
            if event.status.failed() {
                self.failures.push(Failed { event: event.clone(), in_rollback: self.rolling_back });
            }
            changed.extend(other);
        }
        changed
    }

    /// The event is about the stack as a whole.
    pub fn is_own(&self, event: &StackEvent) -> bool {
        event.is_of_stack()
            || (event.logical_id == self.name && event.resource_type == "AWS::CloudFormation::Stack")
    }

    /// The status of the operation's end, once there is one.
    pub fn end(&self) -> Option<&StackStatus> {
        self.status.as_ref().filter(|status| !status.is_in_progress())
    }

    /// Ids of the stacks that this one waits for, when it waits for nothing else: until one of them ends it has no news.
    pub fn waits_only_for(&self) -> Option<Vec<&str>> {
        if self.running.is_empty() || self.status.is_none() {
            return None;
        }
        self.running.values().map(|running| running.linked.as_deref()).collect()
    }

    /// Resources under way, by logical id.
    pub fn running(&self) -> impl Iterator<Item = (&str, &Running)> {
        self.running.iter().map(|(id, running)| (id.as_str(), running))
    }
}

/// The stack that a resource stands for.
fn linked_stack(event: &StackEvent, linked: &[Linked]) -> Option<LinkedStack> {
    let (name, id) = match event.resource_type.as_str() {
        "AWS::CloudFormation::Stack" => (name_in_arn(&event.physical_id)?, event.physical_id.as_str()),
        other => {
            let stack = linked.iter().find(|linked| linked.resource_type == other)?.stack.as_str();
            (stack, stack)
        }
    };
    Some(LinkedStack {
        logical_id: event.logical_id.clone(),
        name: name.to_owned(),
        id: id.to_owned(),
        open: event.status.is_in_progress(),
        failed: event.status.failed(),
        time: event.time,
    })
}

/// `arn:<partition>:cloudformation:<region>:<account>:stack/<name>/<uuid>`
fn name_in_arn(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split_once(":stack/")?.1.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::follow::testing::{event, stack_event};

    const NESTED: &str = "arn:aws:cloudformation:eu-west-1:1:stack/s-AddonsStack-1/u";

    fn nested(status: &str) -> StackEvent {
        let mut event = event("AddonsStack", "AWS::CloudFormation::Stack", status, None);
        event.physical_id = NESTED.into();
        event
    }

    #[test]
    fn nested_and_linked_stacks_are_found() {
        let mut stack = Tracked::new("s", "s-id", None, 0.0);
        let mut early = nested("CREATE_IN_PROGRESS");
        early.physical_id = String::new();
        let action = |status| event("Action", "Custom::Controller", status, None);
        let linked = [Linked { resource_type: "Custom::Controller", stack: "shop-test".to_owned() }];
        let changed = stack.take(
            &[
                stack_event("CREATE_IN_PROGRESS", None),
                early,
                nested("CREATE_IN_PROGRESS"),
                action("CREATE_IN_PROGRESS"),
            ],
            &linked,
        );
        let found: Vec<_> = changed.iter().map(|d| (d.name.as_str(), d.id.as_str(), d.open)).collect();
        assert_eq!(found, [("s-AddonsStack-1", NESTED, true), ("shop-test", "shop-test", true)]);
        assert_eq!(stack.waits_only_for(), Some(vec!["shop-test", NESTED]));
        let changed = stack.take(&[action("CREATE_COMPLETE")], &[]);
        assert!(changed.is_empty(), "a type that is not linked");
        assert_eq!(stack.waits_only_for(), Some(vec![NESTED]));
    }

    #[test]
    fn a_stack_with_work_of_its_own_has_news() {
        let mut stack = Tracked::new("s", "s-id", None, 0.0);
        stack.take(
            &[
                stack_event("CREATE_IN_PROGRESS", None),
                nested("CREATE_IN_PROGRESS"),
                event("Role", "AWS::IAM::Role", "CREATE_IN_PROGRESS", None),
            ],
            &[],
        );
        assert_eq!(stack.waits_only_for(), None);
        assert_eq!(stack.end(), None);
        stack.take(&[stack_event("CREATE_COMPLETE", None)], &[]);
        assert_eq!(stack.end(), Some(&StackStatus::new("CREATE_COMPLETE")));
    }

    #[test]
    fn failures_know_whether_they_belong_to_the_rollback() {
        let mut stack = Tracked::new("s", "s-id", None, 0.0);
        stack.take(
            &[
                stack_event("UPDATE_IN_PROGRESS", Some("User Initiated")),
                event("A", "T", "UPDATE_FAILED", Some("x")),
                stack_event("UPDATE_ROLLBACK_IN_PROGRESS", None),
                event("B", "T", "UPDATE_FAILED", Some("y")),
                stack_event("UPDATE_ROLLBACK_FAILED", None),
            ],
            &[],
        );
        let failures: Vec<_> =
            stack.failures.iter().map(|f| (f.event.logical_id.as_str(), f.in_rollback)).collect();
        assert_eq!(failures, [("A", false), ("B", true)]);
    }

    #[test]
    fn names_in_arns() {
        for (arn, name) in [
            (NESTED, Some("s-AddonsStack-1")),
            ("arn:aws-cn:cloudformation:cn-north-1:1:stack/x/u", Some("x")),
            ("", None),
            ("AddonsStack-1", None),
        ] {
            assert_eq!(name_in_arn(arn), name);
        }
    }
}
