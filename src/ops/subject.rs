//! What a deployment is about, for messages.

use std::fmt;

use super::downgrade;
use super::outcome::Deployable;
use crate::error::Result;

/// A job in an environment, or an environment.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    Job { job: String, env: String },
    Environment(String),
}

impl Subject {
    /// `job report-gen is deployed to test`
    pub(crate) fn is_deployed(&self) -> String {
        match self {
            Self::Job { env, .. } => format!("{self} is deployed to {env}"),
            Self::Environment(_) => format!("{self} is deployed"),
        }
    }

    /// `job report-gen is not deployed to test`
    pub(crate) fn is_not_deployed(&self) -> String {
        self.is_deployed().replacen(" is deployed", " is not deployed", 1)
    }

    /// `job report-gen was not deployed to test`
    pub(crate) fn was_not_deployed(&self) -> String {
        self.is_deployed().replacen(" is deployed", " was not deployed", 1)
    }

    /// Its name in the outcome.
    pub(crate) fn deployable(self) -> Deployable {
        match self {
            Self::Job { job, .. } => Deployable::Job { job },
            Self::Environment(environment) => Deployable::Environment { environment },
        }
    }

    /// Refuses to overwrite a template that a newer version wrote.
    pub(crate) fn refuse_downgrade(&self, deployed: &str) -> Result<()> {
        downgrade::refuse(deployed, &format!("{self} was deployed"), "template is", true)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Job { job, .. } => write!(f, "job {job}"),
            Self::Environment(env) => write!(f, "environment {env}"),
        }
    }
}
