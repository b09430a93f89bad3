//! What to do about a resource that CloudFormation could not create, change or delete. Pure.
//!
//! Causes are recognised by parts of the messages that AWS has kept for years; the comments say where real ones
//! can be seen. The order matters: what is more specific comes first.

mod access;
mod kept;
mod networks;
mod services;
mod stacks;
#[cfg(test)]
mod test_reasons;

pub use kept::Kept;

/// A cause and what to do about it.
struct Cause {
    /// The resource types it is about, by their beginning; empty for all.
    types: &'static str,
    /// Parts of the reason, in lower case. Each of the inner list must be there, of the outer list one.
    signs: &'static [&'static [&'static str]],
    advice: &'static str,
}

/// What to do next, in one or two sentences; `None` when the reason is not a known one. `resource_type` is
/// CloudFormation's (`AWS::Logs::LogGroup`), `reason` the `ResourceStatusReason` of the event that failed, or the
/// message of a refused call about the stack.
pub fn hint(resource_type: &str, reason: &str) -> Option<String> {
    if let Some(kept) = Kept::of(resource_type, reason) {
        return Some(kept.advice());
    }
    let reason = reason.to_lowercase();
    if let Some(zones) = networks::zones(resource_type, &reason) {
        return Some(zones);
    }
    let shows = |signs: &[&str]| signs.iter().all(|sign| reason.contains(sign));
    causes()
        .find(|cause| resource_type.starts_with(cause.types) && cause.signs.iter().any(|signs| shows(signs)))
        .map(|cause| cause.advice.to_owned())
}

fn causes() -> impl Iterator<Item = &'static Cause> {
    [access::CAUSES, networks::CAUSES, services::CAUSES, stacks::CAUSES].into_iter().flatten()
}

#[cfg(test)]
mod tests;
