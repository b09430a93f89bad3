//! What a Ctrl-C can still stop once a change set is executing.

use crate::stack::status::StackStatus;

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Delete the stack, which is being created.
    Delete,
    /// Cancel the update; CloudFormation rolls it back.
    CancelUpdate,
    /// Nothing can be stopped: it is rolling back, cleaning up or over. Wait for the end.
    Wait,
    /// The operation does not show yet. Poll again.
    NotYet,
}

/// Decides by the stack's present status. `create`: the operation creates the stack; `begun`: an event of it has been seen.
pub(super) fn step(create: bool, begun: bool, status: &StackStatus) -> Step {
    match status.as_str() {
        "CREATE_IN_PROGRESS" | "REVIEW_IN_PROGRESS" if create => Step::Delete,
        "UPDATE_IN_PROGRESS" if !create => Step::CancelUpdate,
        _ if status.is_in_progress() => Step::Wait,
        // At rest without an event: still as it was before the operation.
        _ if !begun && !create => Step::NotYet,
        _ => Step::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_step() {
        for (create, begun, status, expected) in [
            (true, false, "REVIEW_IN_PROGRESS", Step::Delete),
            (true, true, "CREATE_IN_PROGRESS", Step::Delete),
            (true, true, "ROLLBACK_IN_PROGRESS", Step::Wait),
            (true, true, "DELETE_IN_PROGRESS", Step::Wait),
            (true, true, "CREATE_COMPLETE", Step::Wait),
            (true, true, "DELETE_COMPLETE", Step::Wait),
            (false, false, "CREATE_COMPLETE", Step::NotYet),
            (false, false, "UPDATE_ROLLBACK_COMPLETE", Step::NotYet),
            (false, false, "UPDATE_IN_PROGRESS", Step::CancelUpdate),
            (false, true, "UPDATE_IN_PROGRESS", Step::CancelUpdate),
            (false, true, "UPDATE_ROLLBACK_IN_PROGRESS", Step::Wait),
            (false, true, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Step::Wait),
            (false, true, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Step::Wait),
            (false, true, "UPDATE_COMPLETE", Step::Wait),
        ] {
            assert_eq!(step(create, begun, &status.into()), expected, "{create} {begun} {status}");
        }
    }
}
