//! What a check found out.

use std::fmt;

use serde::Serialize;

use crate::error::Error;
use crate::store::go_json;

/// How a check ended, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Something does not work.
    Failure,
    /// Something works, but maybe not as somebody thinks, or not for long.
    Warning,
    /// It could not be checked.
    Skipped,
    /// Nothing is wrong.
    Ok,
}

/// What is checked. The names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// What `copilot` on the command line is.
    Program,
    /// The Docker Engine.
    Engine,
    /// The user's credentials and region.
    Credentials,
    /// This machine's clock.
    Clock,
    /// The application's record.
    Application,
    /// Versions of deployed templates.
    Version,
    /// The policy that bounds every role.
    Boundary,
    /// The stack set of the application.
    StackSet,
    /// The application's stack in a region.
    Region,
    /// The environment's manager role.
    Role,
    /// The environment's template and features.
    Environment,
    /// Stacks that are busy, or failed.
    Stack,
    /// Runtimes of functions.
    Runtime,
    /// The job's manifest.
    Manifest,
    /// The job's record.
    Registration,
    /// The job's image repository.
    Repository,
    /// The images of the deployed task.
    Image,
    /// Secrets that the task is given.
    Secrets,
    /// Ways out of private subnets.
    Network,
    /// The schedule, and whether it is in force.
    Schedule,
    /// Containers beside the main one.
    Sidecars,
    /// Logs of the state machine.
    Logging,
    /// How the last run ended.
    LastRun,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Program => "program",
            Self::Engine => "Docker Engine",
            Self::Credentials => "credentials",
            Self::Clock => "clock",
            Self::Application => "application",
            Self::Version => "versions",
            Self::Boundary => "permissions boundary",
            Self::StackSet => "stack set",
            Self::Region => "regional resources",
            Self::Role => "manager role",
            Self::Environment => "environment",
            Self::Stack => "stack",
            Self::Runtime => "Lambda runtimes",
            Self::Manifest => "manifest",
            Self::Registration => "registration",
            Self::Repository => "repository",
            Self::Image => "image",
            Self::Secrets => "secrets",
            Self::Network => "network",
            Self::Schedule => "schedule",
            Self::Sidecars => "sidecars",
            Self::Logging => "state machine logs",
            Self::LastRun => "last run",
        })
    }
}

/// What a check is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// What is checked.
    pub check: Check,
    /// Of which job.
    pub job: Option<String>,
    /// In which environment.
    pub environment: Option<String>,
}

impl About {
    /// A check of the machine or the application.
    pub(crate) fn all(check: Check) -> Self {
        Self { check, job: None, environment: None }
    }

    /// A check of an environment.
    pub(crate) fn env(check: Check, env: &str) -> Self {
        Self { check, job: None, environment: Some(env.to_owned()) }
    }

    /// A check of a job, whatever the environment.
    pub(crate) fn of_job(check: Check, job: &str) -> Self {
        Self { check, job: Some(job.to_owned()), environment: None }
    }

    /// A check of a job in an environment.
    pub(crate) fn job(check: Check, job: &str, env: &str) -> Self {
        Self { check, job: Some(job.to_owned()), environment: Some(env.to_owned()) }
    }

    pub(crate) fn ok(&self, evidence: impl Into<String>) -> Finding {
        self.found(Status::Ok, evidence.into())
    }

    pub(crate) fn warning(&self, evidence: impl Into<String>) -> Finding {
        self.found(Status::Warning, evidence.into())
    }

    pub(crate) fn failure(&self, evidence: impl Into<String>) -> Finding {
        self.found(Status::Failure, evidence.into())
    }

    /// It could not be checked, for this reason.
    pub(crate) fn skipped(&self, reason: impl Into<String>) -> Finding {
        self.found(Status::Skipped, reason.into())
    }

    fn found(&self, status: Status, evidence: String) -> Finding {
        Finding { status, about: self.clone(), evidence, advice: None, command: None, repair: None }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.check)?;
        match (&self.job, &self.environment) {
            (Some(job), Some(env)) => write!(f, " of {job} in {env}"),
            (Some(name), None) | (None, Some(name)) => write!(f, " of {name}"),
            (None, None) => Ok(()),
        }
    }
}

/// What a check found out. The keys of its JSON are stable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How the check ended.
    pub status: Status,
    /// What was checked.
    #[serde(flatten)]
    pub about: About,
    /// What was seen, or why nothing could be.
    pub evidence: String,
    /// What to do about it, in words.
    pub advice: Option<String>,
    /// The command that mends it.
    pub command: Option<String>,
    /// What `--fix` would do about it.
    #[serde(skip)]
    pub(crate) repair: Option<Repair>,
}

/// What can be repaired without a risk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Repair {
    /// Put a job, by name, back into the application's stack set.
    Repository(String),
}

impl Finding {
    /// The same with what to do about it.
    #[must_use]
    pub(crate) fn advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    /// The same with the command that mends it.
    #[must_use]
    pub(crate) fn command(self, command: impl Into<String>) -> Self {
        Self { command: Some(command.into()), ..self }
    }

    /// The same with the hints of an error.
    #[must_use]
    pub(crate) fn hints(self, error: &Error) -> Self {
        let hints = error.hints().join(" ");
        if hints.is_empty() { self } else { self.advice(hints) }
    }
}

/// How many checks ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Nothing is wrong.
    pub ok: usize,
    /// Something to look at.
    pub warnings: usize,
    /// Something does not work.
    pub failures: usize,
    /// Could not be checked.
    pub skipped: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: usize, word: &str| match count {
            1 => format!("1 {word}"),
            count => format!("{count} {word}s"),
        };
        let Self { ok, warnings, failures, skipped } = *self;
        write!(
            f,
            "{ok} ok, {}, {}, {skipped} not checked",
            plural(warnings, "warning"),
            plural(failures, "failure")
        )
    }
}

/// All that was found out. The keys of its JSON are stable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Application name, when it is known.
    pub app: Option<String>,
    /// How many checks ended how.
    pub summary: Summary,
    /// What they found out, the worst first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Puts findings into their order.
    pub(crate) fn new(app: Option<String>, mut findings: Vec<Finding>) -> Self {
        let key = |finding: &Finding| {
            let About { check, job, environment } = finding.about.clone();
            (finding.status, job, environment, check, finding.evidence.clone())
        };
        findings.sort_by_key(key);
        let count = |status| findings.iter().filter(|finding| finding.status == status).count();
        let summary = Summary {
            ok: count(Status::Ok),
            warnings: count(Status::Warning),
            failures: count(Status::Failure),
            skipped: count(Status::Skipped),
        };
        Self { app, summary, findings }
    }

    /// Whether something does not work.
    pub fn has_failures(&self) -> bool {
        self.summary.failures > 0
    }

    /// Whether something does not work that `--fix` does not repair.
    pub fn has_other_failures(&self) -> bool {
        self.findings.iter().any(|finding| finding.status == Status::Failure && finding.repair.is_none())
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        go_json::encode(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_comes_first() {
        let role = About::env(Check::Role, "test");
        let image = About::job(Check::Image, "report-gen", "test");
        let report = Report::new(
            Some("demo".to_owned()),
            vec![
                About::all(Check::Program).ok("there"),
                role.skipped("denied"),
                image.warning("odd"),
                image.failure("gone").advice("Deploy it.").command("copilot job deploy"),
            ],
        );
        assert_eq!(report.summary.to_string(), "1 ok, 1 warning, 1 failure, 1 not checked");
        insta::assert_snapshot!(report.json(), @r#"{"app":"demo","summary":{"ok":1,"warnings":1,"failures":1,"skipped":1},"findings":[{"status":"failure","check":"image","job":"report-gen","environment":"test","evidence":"gone","advice":"Deploy it.","command":"copilot job deploy"},{"status":"warning","check":"image","job":"report-gen","environment":"test","evidence":"odd","advice":null,"command":null},{"status":"skipped","check":"role","job":null,"environment":"test","evidence":"denied","advice":null,"command":null},{"status":"ok","check":"program","job":null,"environment":null,"evidence":"there","advice":null,"command":null}]}"#);
    }
}
