//! Events for unit tests.

use crate::stack::port::StackEvent;

/// An event of a resource of the stack `s-id`.
pub(crate) fn event(logical_id: &str, resource_type: &str, status: &str, reason: Option<&str>) -> StackEvent {
    StackEvent {
        id: format!("{logical_id}-{status}"),
        stack_id: "s-id".into(),
        logical_id: logical_id.into(),
        physical_id: format!("{logical_id}-1"),
        resource_type: resource_type.into(),
        status: status.into(),
        reason: reason.map(str::to_owned),
        time: 0.0,
    }
}

/// An event of the stack `s` itself.
pub(crate) fn stack_event(status: &str, reason: Option<&str>) -> StackEvent {
    StackEvent { physical_id: "s-id".into(), ..event("s", "AWS::CloudFormation::Stack", status, reason) }
}
