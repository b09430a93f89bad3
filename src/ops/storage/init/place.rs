//! Where the files of storage go.

use crate::template::storage::Level;

/// Whose addons storage is one of, and which job uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A job of the workspace has it for itself.
    Workload {
        /// Name of the job.
        job: String,
    },
    /// The environments have it.
    Environment {
        /// Name of the job.
        job: String,
        /// Whether the job is in the workspace.
        local: bool,
    },
}

/// Directory with the environments' addons, from the workspace's root.
pub(super) const ENVIRONMENT_ADDONS: &str = "copilot/environments/addons";

impl Place {
    pub(super) fn level(&self) -> Level {
        match self {
            Self::Workload { .. } => Level::Workload,
            Self::Environment { .. } => Level::Environment,
        }
    }

    pub(super) fn job(&self) -> &str {
        match self {
            Self::Workload { job } | Self::Environment { job, .. } => job,
        }
    }

    /// The storage's template, from the workspace's root.
    pub(super) fn template(&self, name: &str) -> String {
        match self {
            Self::Workload { job } => workload_template(job, name),
            Self::Environment { .. } => environment_template(name),
        }
    }

    /// The template that lets the job use it, when the job is in the workspace.
    pub(super) fn access_policy(&self, name: &str) -> Option<String> {
        match self {
            Self::Environment { job, local: true } => {
                Some(format!("copilot/{job}/addons/{name}-access-policy.yml"))
            }
            _ => None,
        }
    }
}

/// The template of a job's storage.
pub(super) fn workload_template(job: &str, name: &str) -> String {
    format!("copilot/{job}/addons/{name}.yml")
}

/// The template of the environments' storage.
pub(super) fn environment_template(name: &str) -> String {
    format!("{ENVIRONMENT_ADDONS}/{name}.yml")
}
