//! Stack sets, which the emulator does not have: an instance is an ordinary stack, and this knows which set it belongs to.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::call::Incoming;
use super::faults::error_reply;
use super::http::{Reply, reply};
use super::xml::escape;

/// One stack of a stack set.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub account: String,
    pub region: String,
    /// ARN of the stack.
    pub stack_id: String,
}

/// The stack sets of all accounts.
#[derive(Debug, Default)]
pub(super) struct StackSets {
    instances: Mutex<HashMap<(String, String), Vec<Instance>>>,
}

impl StackSets {
    /// Adds an instance, and with the first one the set itself.
    pub(super) fn add(&self, account: &str, name: &str, instance: Instance) {
        let mut sets = self.instances.lock().unwrap_or_else(PoisonError::into_inner);
        sets.entry((account.to_owned(), name.to_owned())).or_default().push(instance);
    }
}

/// Answers `ListStackInstances`, with its filters by account and region.
pub(super) fn list_instances(sets: &StackSets, account: &str, request: &Incoming) -> Reply {
    let name = request.field("StackSetName").unwrap_or_default();
    let sets = sets.instances.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(instances) = sets.get(&(account.to_owned(), name.to_owned())) else {
        let message = format!("StackSet {name} not found");
        return error_reply(request, 404, "StackSetNotFoundException", &message);
    };
    let wanted = |field: &str, value: &str| request.field(field).is_none_or(|wanted| wanted == value);
    let summaries: String = instances
        .iter()
        .filter(|one| wanted("StackInstanceAccount", &one.account) && wanted("StackInstanceRegion", &one.region))
        .map(|one| {
            format!(
                "<member><StackSetId>{name}:00000000-0000-4000-8000-000000000000</StackSetId><Region>{}</Region>\
                 <Account>{}</Account><StackId>{}</StackId><Status>CURRENT</Status>\
                 <StackInstanceStatus><DetailedStatus>SUCCEEDED</DetailedStatus></StackInstanceStatus></member>",
                one.region,
                one.account,
                escape(&one.stack_id),
            )
        })
        .collect();
    let body = format!(
        "<ListStackInstancesResponse><ListStackInstancesResult><Summaries>{summaries}</Summaries>\
         </ListStackInstancesResult></ListStackInstancesResponse>"
    );
    reply(200, "text/xml", body)
}
