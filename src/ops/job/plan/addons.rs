//! A job's addons beside the deployed ones.

use crate::ops::addons::Candidate;
use crate::ops::job::plan::prepare::JobPlan;
use crate::ops::job::plan::surroundings::Surroundings;
use crate::ops::port::EnvironmentAccount;
use crate::report::Console;
use crate::stack::status::Presence;
use crate::template::job::ids::{ADDONS_STACK, ADDONS_TEMPLATE_URL};

/// The job's addons and what its stack has now.
pub(crate) fn candidate<'a, E: EnvironmentAccount>(
    prepared: &'a JobPlan,
    state: &'a Surroundings<E>,
) -> Candidate<'a, E> {
    let stack = state.stack.as_ref().filter(|_| state.presence() == Presence::Live);
    Candidate {
        owner: &prepared.job.name,
        addons: prepared.addons.as_ref(),
        packaging: &prepared.packaging,
        bucket: &state.regional.bucket,
        region: &state.environment.region,
        deployed_url: stack.and_then(|stack| stack.parameters.get(ADDONS_TEMPLATE_URL)).map(String::as_str),
        storage: &state.manager,
    }
}

/// Removed addons are worth a word before they are deleted.
pub(crate) fn warn_of_removal<E: EnvironmentAccount>(
    prepared: &JobPlan,
    state: &Surroundings<E>,
    console: &Console<'_>,
) {
    if candidate(prepared, state).has_deployed() && prepared.addons.is_none() {
        console.warn(format!(
            "job {} has no addons any more: this deployment deletes the nested stack {ADDONS_STACK} with its resources",
            prepared.job.name
        ));
    }
}
