//! How operations end well.

use std::fmt;

/// How a deployment ended well. Serialises into the last record of `--json`, whose names are stable.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The stack has reached its new state.
    Deployed {
        /// What was deployed.
        #[serde(flatten)]
        what: Deployable,
        /// In Express mode: resources may still be settling.
        express: bool,
    },
    /// The stack is idle, and its last operation succeeded.
    AtRest {
        /// Stack name.
        stack: String,
        /// Its status.
        status: String,
    },
    /// Nothing had to change.
    Unchanged {
        /// Stack name.
        stack: String,
        /// References that were pushed nevertheless and that the next run uses.
        pushed: Vec<String>,
    },
    /// The user saw what would change and did not want it.
    Declined {
        /// Stack name.
        stack: String,
    },
    /// A run of a job was started, and is not waited for.
    RunStarted {
        /// Name of the job.
        job: String,
        /// Name of the environment.
        environment: String,
        /// Name of the run.
        run: String,
        /// Its page in the AWS console.
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// The command that follows it.
        follow: String,
    },
    /// Runs of a job were stopped.
    RunStopped {
        /// Name of the job.
        job: String,
        /// Names of the runs.
        runs: Vec<String>,
    },
    /// A run of a job succeeded.
    RunSucceeded {
        /// Name of the run.
        run: String,
        /// In a clause: at which attempt, after how long.
        how: String,
    },
    /// Something is gone, with all that belonged to it.
    Deleted {
        /// What: `environment test of application demo`.
        what: String,
    },
    /// The deployment goes on by itself.
    Detached {
        /// Stack name.
        stack: String,
        /// Stack id (an ARN).
        id: String,
        /// The command that follows it.
        attach: String,
    },
}

/// What can be deployed, by its name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum Deployable {
    /// A job.
    Job {
        /// Job name.
        job: String,
    },
    /// An environment.
    Environment {
        /// Environment name.
        environment: String,
    },
}

impl fmt::Display for Deployable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Job { job } => f.write_str(job),
            Self::Environment { environment } => write!(f, "environment {environment}"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deployed { what, express: false } => write!(f, "Deployed {what}."),
            Self::Deployed { what, express: true } => {
                write!(
                    f,
                    "Deployed {what}. In Express mode its resources may take some more minutes to be ready."
                )
            }
            Self::RunStarted { job, environment, run, url, follow } => {
                write!(f, "Started job {job} in {environment}: run {run}. Follow it with `{follow}`.")?;
                url.iter().try_for_each(|url| write!(f, "\n{url}"))
            }
            Self::RunStopped { job, runs } => {
                let plural = if runs.len() == 1 { "" } else { "s" };
                write!(f, "Stopped run{plural} {} of job {job}.", runs.join(", "))
            }
            Self::RunSucceeded { run, how } => write!(f, "Run {run} succeeded{how}."),
            Self::Deleted { what } => write!(f, "Deleted {what}."),
            Self::AtRest { stack, status } => {
                write!(f, "Stack {stack} is idle ({status}).")
            }
            Self::Unchanged { stack, pushed } => {
                write!(f, "No infrastructure changes: stack {stack} is up to date.")?;
                match pushed.as_slice() {
                    [] => Ok(()),
                    images => write!(f, " The next run uses the image just pushed as {}.", images.join(", ")),
                }
            }
            Self::Declined { stack } => {
                write!(f, "Nothing was pushed or deployed: stack {stack} is as it was.")
            }
            Self::Detached { stack, id, attach } => {
                write!(
                    f,
                    "The deployment of stack {stack} continues in AWS ({id}). Follow it with `{attach}`."
                )
            }
        }
    }
}
