//! CloudFormation's events: those of a stack, and what early validation says about a change set.

use aws_sdk_cloudformation::types::{EventFilter, OperationEvent, StackEvent as SdkEvent};

use super::target;
use crate::aws::errors::code;
use crate::aws::session::RegionSession;
use crate::error::Result;
use crate::stack::port::StackEvent;
use crate::stack::status::StackStatus;
use crate::text::one_line;

impl RegionSession {
    /// A stack's events, oldest first, back to (not including) the newest one that `old` holds for.
    pub(super) async fn events_until(
        &self,
        stack: &str,
        mut old: impl FnMut(&StackEvent) -> bool,
    ) -> Result<Vec<StackEvent>> {
        let mut events = Vec::new();
        let mut pages = self.cloudformation.describe_stack_events().stack_name(stack).into_paginator().send();
        'pages: while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(e) => {
                    // Sooner than their date says: the next attempt signs with new ones.
                    if code(&e).is_some_and(|code| code.contains("ExpiredToken")) {
                        self.renew().await;
                    }
                    return Err(self.failed("cloudformation:DescribeStackEvents", &target(stack), e));
                }
            };
            for event in page.stack_events.unwrap_or_default() {
                let event = event_of(event);
                if old(&event) {
                    break 'pages;
                }
                events.push(event);
            }
        }
        events.reverse();
        Ok(events)
    }

    /// What early validation found wrong with a change set.
    pub(super) async fn failed_validations(&self, change_set: &str) -> Result<Vec<String>> {
        let filter = EventFilter::builder().failed_events(true).build();
        let answer = self
            .cloudformation
            .describe_events()
            .change_set_name(change_set)
            .filters(filter)
            .send()
            .await
            .map_err(|e| {
                self.failed("cloudformation:DescribeEvents", &format!("change set {change_set}"), e)
            })?;
        Ok(answer.operation_events.unwrap_or_default().iter().filter_map(validation_failure).collect())
    }
}

fn event_of(event: SdkEvent) -> StackEvent {
    StackEvent {
        id: event.event_id.unwrap_or_default(),
        stack_id: event.stack_id.unwrap_or_default(),
        time: event.timestamp.map_or(f64::MAX, |t| t.as_secs_f64()),
        logical_id: event.logical_resource_id.unwrap_or_default(),
        physical_id: event.physical_resource_id.unwrap_or_default(),
        resource_type: event.resource_type.unwrap_or_default(),
        status: event.resource_status.map(|s| StackStatus::new(s.as_str())).unwrap_or_default(),
        reason: event.resource_status_reason.filter(|reason| !reason.is_empty()),
    }
}

/// One finding as a line: resource, place in the template, why.
fn validation_failure(event: &OperationEvent) -> Option<String> {
    let why = event.validation_status_reason.as_deref().or(event.resource_status_reason.as_deref())?;
    let resource = match (&event.logical_resource_id, &event.resource_type) {
        (Some(id), Some(kind)) => format!("{id} ({kind}): "),
        (Some(id), None) => format!("{id}: "),
        _ => String::new(),
    };
    let place = event.validation_path.as_ref().map(|path| format!(" (at {path})")).unwrap_or_default();
    Some(one_line(&format!("{resource}{why}{place}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_name_resource_and_place() {
        let event = OperationEvent::builder()
            .logical_resource_id("Table")
            .resource_type("AWS::DynamoDB::Table")
            .validation_status_reason("unknown property Nmae")
            .validation_path("/Resources/Table/Properties/Nmae")
            .build();
        assert_eq!(
            validation_failure(&event).unwrap(),
            "Table (AWS::DynamoDB::Table): unknown property Nmae (at /Resources/Table/Properties/Nmae)"
        );
        assert_eq!(validation_failure(&OperationEvent::builder().build()), None);
    }
}
