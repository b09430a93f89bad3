//! The status of a stack or of one of its resources, as CloudFormation names it, and what follows from it.

use std::fmt;

/// `CREATE_COMPLETE` and the like. Statuses that CloudFormation may add are kept as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackStatus(String);

/// What a change set finds in place of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// No stack.
    Absent,
    /// The empty stack of a change set that was never executed.
    InReview,
    /// What a failed creation or deletion left over: it is deleted and created anew.
    Remnant,
    /// A stack to update.
    Live,
}

impl StackStatus {
    /// A status by its name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The status of a stack that was deleted.
    pub fn deleted() -> Self {
        Self::new("DELETE_COMPLETE")
    }

    /// CloudFormation's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is this one.
    pub fn is(&self, name: &str) -> bool {
        self.0 == name
    }

    /// What a change set finds.
    pub fn presence(&self) -> Presence {
        match self.as_str() {
            "REVIEW_IN_PROGRESS" => Presence::InReview,
            "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "DELETE_FAILED" => Presence::Remnant,
            "DELETE_COMPLETE" => Presence::Absent,
            // Also one whose creation failed without rollback (`CREATE_FAILED`): what was created was kept on
            // purpose, and an update goes on from there.
            _ => Presence::Live,
        }
    }

    /// Whether an operation is under way. An empty stack that waits for its first change set is not busy.
    pub fn is_busy(&self) -> bool {
        self.is_in_progress() && self.presence() != Presence::InReview
    }

    /// Whether it is one of the statuses that lead to another one by themselves.
    pub fn is_in_progress(&self) -> bool {
        self.0.ends_with("_IN_PROGRESS")
    }

    /// The operation under way, or the last one, as a noun.
    pub fn operation(&self) -> &'static str {
        let status = self.as_str();
        match status {
            _ if status.contains("CLEANUP") => "clean-up",
            _ if self.is_rollback() => "rollback",
            _ if status.starts_with("CREATE") || status.starts_with("REVIEW") => "creation",
            _ if self.is_deletion() => "deletion",
            _ if status.starts_with("IMPORT") => "import",
            _ => "update",
        }
    }

    /// Whether what was last asked of the stack was done.
    pub fn succeeded(&self) -> bool {
        matches!(self.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE")
    }

    /// Whether something failed, be it a resource or the operation as a whole.
    pub fn failed(&self) -> bool {
        self.0.ends_with("_FAILED")
    }

    /// Whether the stack or resource is being deleted, is deleted, or could not be deleted.
    pub fn is_deletion(&self) -> bool {
        self.0.starts_with("DELETE")
    }

    /// Whether it goes back, or went back, to how it was.
    pub fn is_rollback(&self) -> bool {
        self.0.contains("ROLLBACK")
    }
}

/// What a change set finds in place of a stack that may not be there.
pub fn presence(status: Option<&StackStatus>) -> Presence {
    status.map_or(Presence::Absent, StackStatus::presence)
}

impl fmt::Display for StackStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for StackStatus {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_a_stack() {
        use Presence::{Absent, InReview, Live, Remnant};
        for (name, presence, busy, operation, succeeded, failed) in [
            ("CREATE_IN_PROGRESS", Live, true, "creation", false, false),
            ("CREATE_FAILED", Live, false, "creation", false, true),
            ("CREATE_COMPLETE", Live, false, "creation", true, false),
            ("ROLLBACK_IN_PROGRESS", Live, true, "rollback", false, false),
            ("ROLLBACK_FAILED", Remnant, false, "rollback", false, true),
            ("ROLLBACK_COMPLETE", Remnant, false, "rollback", false, false),
            ("DELETE_IN_PROGRESS", Live, true, "deletion", false, false),
            ("DELETE_FAILED", Remnant, false, "deletion", false, true),
            ("DELETE_COMPLETE", Absent, false, "deletion", false, false),
            ("UPDATE_IN_PROGRESS", Live, true, "update", false, false),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Live, true, "clean-up", false, false),
            ("UPDATE_COMPLETE", Live, false, "update", true, false),
            ("UPDATE_FAILED", Live, false, "update", false, true),
            ("UPDATE_ROLLBACK_IN_PROGRESS", Live, true, "rollback", false, false),
            ("UPDATE_ROLLBACK_FAILED", Live, false, "rollback", false, true),
            ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Live, true, "clean-up", false, false),
            ("UPDATE_ROLLBACK_COMPLETE", Live, false, "rollback", false, false),
            ("REVIEW_IN_PROGRESS", InReview, false, "creation", false, false),
            ("IMPORT_IN_PROGRESS", Live, true, "import", false, false),
            ("IMPORT_COMPLETE", Live, false, "import", true, false),
            ("IMPORT_ROLLBACK_FAILED", Live, false, "rollback", false, true),
        ] {
            let status = StackStatus::new(name);
            assert_eq!(status.presence(), presence, "{name}");
            assert_eq!(status.is_busy(), busy, "{name}");
            assert_eq!(status.operation(), operation, "{name}");
            assert_eq!(status.succeeded(), succeeded, "{name}");
            assert_eq!(status.failed(), failed, "{name}");
        }
        assert_eq!(presence(None), Absent);
    }
}
