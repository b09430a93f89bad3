//! Why a stack could not be deleted: what is in the way of the resources that failed, also in nested stacks.

use super::port::{Interface, Place};
use crate::error::Error;
use crate::stack::port::StackEvent;

/// How deep nested stacks are looked into.
const DEPTH: usize = 4;

/// Adds to a failed deletion what is in the way. All of it is best effort: the failure is told anyway.
pub(crate) async fn explain<P: Place>(place: &P, stack: &str, error: Error) -> Error {
    let failed = failed(place, stack).await;
    let (mut interfaces, mut buckets) = (Vec::new(), Vec::new());
    for event in &failed {
        interfaces.extend(attached(place, event).await);
        buckets.extend(full_bucket(event));
    }
    let mut error = error;
    if !interfaces.is_empty() {
        error = error.details(interfaces).hint(
            "The interfaces belong to something that was made outside of this stack. Remove it, then run this again.",
        );
    }
    if let Some(first) = buckets.first() {
        error = error.hint(format!(
            "What {} hold{} is yours and is not deleted by this program. If it may go: `aws s3 rm --recursive s3://{first}`, with \
             versioning also all versions (the console's Empty does both); then run this again.",
            buckets.iter().map(|name| format!("bucket {name}")).collect::<Vec<_>>().join(" and "),
            if buckets.len() == 1 { "s" } else { "" }
        ));
    }
    error
}

/// Adds that CloudFormation's role is gone.
pub(crate) fn without_role(error: Error, role_arn: &str) -> Error {
    error.hint(format!(
        "CloudFormation's role {role_arn} is gone. If the deletion fails for want of it, create a role of that name that \
         cloudformation.amazonaws.com may assume, with the policy AdministratorAccess, then run this again."
    ))
}

/// The failures of a stack's last deletion, in place of a nested stack its own.
async fn failed(place: &impl Place, stack: &str) -> Vec<StackEvent> {
    let (mut found, mut stacks) = (Vec::new(), vec![stack.to_owned()]);
    for _ in 0..DEPTH {
        for stack in std::mem::take(&mut stacks) {
            let events = place.last_operation(&stack).await.unwrap_or_default();
            let failed = events.into_iter().filter(|e| e.status.is("DELETE_FAILED") && !e.is_of_stack());
            for event in failed {
                match event.resource_type.as_str() {
                    "AWS::CloudFormation::Stack" => stacks.push(event.physical_id),
                    _ => found.push(event),
                }
            }
        }
    }
    found
}

/// Network interfaces that keep a resource from being deleted, as lines.
async fn attached(place: &impl Place, event: &StackEvent) -> Vec<String> {
    let filter = match event.resource_type.as_str() {
        "AWS::EC2::Subnet" => "subnet-id",
        "AWS::EC2::SecurityGroup" => "group-id",
        _ => return Vec::new(),
    };
    let found = place.interfaces(filter, &event.physical_id).await.unwrap_or_default();
    found.iter().map(|interface| line(event, interface)).collect()
}

fn line(event: &StackEvent, interface: &Interface) -> String {
    let Interface { id, description, groups } = interface;
    let what = if description.is_empty() { "without a description" } else { description };
    let groups = if groups.is_empty() { "none".to_owned() } else { groups.join(", ") };
    let (resource, physical) = (&event.logical_id, &event.physical_id);
    format!("{resource} ({physical}) is used by network interface {id}: {what}; security groups: {groups}")
}

/// Name of a bucket that was not deleted because of what it holds.
fn full_bucket(event: &StackEvent) -> Option<String> {
    let reason = event.reason.as_deref().unwrap_or_default().to_lowercase();
    let full = event.resource_type == "AWS::S3::Bucket" && reason.contains("not empty");
    full.then(|| event.physical_id.clone()).filter(|id| !id.is_empty())
}
