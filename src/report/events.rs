//! What commands report while they run. Logic sends these; `ui` draws them.

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use crate::error::Remark;
use crate::image::events::{BuildEvent, PushEvent, message};

/// One thing that happened. Serialises into a record of `--json`, whose names are stable.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// Something worth a line that is neither progress nor an error.
    Note(#[serde(serialize_with = "message")] String),
    /// Something the user should look at.
    Warning(#[serde(serialize_with = "warning")] String),
    /// The same about the manifest: true of every deployment of it, whatever happens in this one.
    #[serde(rename = "warning")]
    ManifestWarning(#[serde(serialize_with = "manifest_warning")] Remark),
    /// Progress of an image build.
    Build {
        /// Container the image is for; several, separated by commas, when they share one build.
        container: String,
        /// What happened.
        #[serde(flatten)]
        event: BuildEvent,
    },
    /// Progress of an image push.
    Push {
        /// Container the image is for; several, separated by commas, when they share one build.
        container: String,
        /// What happened.
        #[serde(flatten)]
        event: PushEvent,
    },
    /// Progress of a program that changes the template.
    Command(CommandEvent),
    /// A change set is being created, or a leftover stack removed before it.
    Proposing {
        /// Stack name.
        stack: String,
    },
    /// The proposal ended.
    Proposed {
        /// Stack name.
        stack: String,
        /// How it ended.
        outcome: Proposal,
    },
    /// A stack operation was started and is followed from here on. For a stack behind a resource (`parent`) it may come
    /// again, with the rows there were and more of them.
    StackStarted(StackTree),
    /// A resource, or the stack itself, changed its status.
    #[serde(rename = "resource")]
    Stack(ResourceEvent),
    /// Something that takes long goes on.
    Waiting {
        /// What is being deleted.
        what: String,
        /// Since when.
        seconds: u64,
    },
    /// The followed operation reached its end.
    StackFinished {
        /// Stack name.
        stack: String,
    },
    /// Progress of a run of a job.
    Run {
        /// Its name.
        run: String,
        /// What happened.
        #[serde(flatten)]
        event: RunProgress,
    },
}

/// Progress of a run of a job.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RunProgress {
    /// It was started, or an earlier one is followed.
    Started {
        /// Its page in the AWS console.
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// An attempt began.
    Attempt {
        /// Its number, from 1 on.
        attempt: usize,
        /// How many there may be, where that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        of: Option<u64>,
        /// Id of its task; none when ECS took none.
        #[serde(skip_serializing_if = "Option::is_none")]
        task: Option<String>,
    },
    /// Its task has another status.
    Task {
        /// Number of the attempt.
        attempt: usize,
        /// Id of the task.
        task: String,
        /// `PROVISIONING`, `PENDING`, `RUNNING`, …
        status: String,
    },
    /// A container ended.
    Container {
        /// Number of the attempt.
        attempt: usize,
        /// Name of the container.
        container: String,
        /// Its exit code; one that never ran has none.
        exit_code: Option<i64>,
        /// What ECS says about it.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// An attempt ended.
    AttemptEnded {
        /// Its number.
        attempt: usize,
        /// How, in a clause.
        result: String,
        /// Seconds until the next one begins.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_in: Option<u64>,
    },
    /// A container logged a line, or several at once.
    Log {
        /// Name of the container.
        container: String,
        /// Id of its task.
        task: String,
        /// When, in milliseconds since 1970.
        timestamp: i64,
        /// The text.
        message: String,
        /// Whether several containers log.
        #[serde(skip)]
        several: bool,
    },
    /// It goes on, and nothing else has happened for a while.
    Still {
        /// What it is doing, in words.
        state: String,
        /// Seconds since it began.
        seconds: u64,
    },
    /// It ended.
    Ended {
        /// `succeeded`, `failed`, `never_started`, `timed_out`, `stopped`.
        verdict: String,
        /// The main container's exit code in the last attempt; null when it never ran.
        exit_code: Option<i64>,
        /// Why, in a clause.
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<String>,
        /// How many attempts it took.
        attempts: usize,
        /// Seconds from start to end.
        #[serde(skip_serializing_if = "Option::is_none")]
        seconds: Option<u64>,
        /// Why Step Functions sees it otherwise.
        #[serde(skip_serializing_if = "Option::is_none")]
        disagreement: Option<String>,
    },
}

impl RunProgress {
    fn texts(&mut self) -> Vec<&mut String> {
        match self {
            Self::Started { url } => url.iter_mut().collect(),
            Self::Attempt { task, .. } => task.iter_mut().collect(),
            Self::Task { task, status, .. } => vec![task, status],
            Self::Container { container, reason, .. } => std::iter::once(container).chain(reason).collect(),
            Self::AttemptEnded { result, .. } => vec![result],
            // The message is what the user asked for: it is painted with the colours it has.
            Self::Log { container, task, .. } => vec![container, task],
            Self::Still { state, .. } => vec![state],
            Self::Ended { verdict, why, disagreement, .. } => {
                std::iter::once(verdict).chain(why).chain(disagreement).collect()
            }
        }
    }
}

/// How a proposal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposal {
    /// The change set was executed.
    Executed,
    /// It is ready, and a question about it comes first; another end follows.
    Questioned,
    /// There was nothing to change.
    Empty,
    /// It failed; the error follows.
    Failed,
}

/// Progress of a program that the user's files ask for: a package manager, a CDK app.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum CommandEvent {
    /// It starts.
    Started {
        /// The command as a user would type it.
        command: String,
        /// Where it runs, for people.
        directory: String,
    },
    /// It printed one line that is not its result.
    Output {
        /// One line without its line break.
        line: String,
    },
}

/// The lines of a progress tree before anything happened.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct StackTree {
    /// Stack name.
    pub stack: String,
    /// Line of the stack itself: `Creating the infrastructure for stack …`.
    pub title: String,
    /// Resources with a description, in the change set's order.
    pub resources: Vec<TreeResource>,
    /// The resource this stack belongs to in another followed stack: its tree is shown below that row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentResource>,
}

/// A resource of a followed stack that stands for another stack: a nested stack, or the custom resource
/// that updates the environment's stack.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ParentResource {
    /// Name of the stack the resource is in.
    pub stack: String,
    /// The resource's logical id.
    pub logical_id: String,
}

/// One line of a progress tree.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct TreeResource {
    /// Logical id in the template.
    pub logical_id: String,
    /// `Metadata: aws:copilot:description`.
    pub description: String,
}

/// A stack event, reduced to what is shown.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ResourceEvent {
    /// Stack the event belongs to.
    pub stack: String,
    /// Logical id; the stack's own name for events of the stack itself.
    pub logical_id: String,
    /// `AWS::ECS::TaskDefinition`
    pub resource_type: String,
    /// `CREATE_IN_PROGRESS` and the like.
    pub status: String,
    /// CloudFormation's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it happened, in seconds since 1970.
    #[serde(rename = "event_time")]
    pub time: f64,
}

fn warning<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_struct("Warning", 2)?;
    fields.serialize_field("about", "deployment")?;
    fields.serialize_field("message", text)?;
    fields.end()
}

fn manifest_warning<S: Serializer>(remark: &Remark, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(serde::Serialize)]
    struct About<'a> {
        about: &'static str,
        #[serde(flatten)]
        remark: &'a Remark,
    }
    About { about: "manifest", remark }.serialize(serializer)
}

impl Event {
    /// Every text of the event that may come from outside.
    pub fn texts(&mut self) -> Vec<&mut String> {
        match self {
            Self::Note(text) | Self::Warning(text) => vec![text],
            Self::ManifestWarning(remark) => vec![&mut remark.file, &mut remark.message],
            Self::Build { container, event } => {
                let mut texts = event.texts();
                texts.push(container);
                texts
            }
            Self::Push { container, event } => {
                let mut texts = event.texts();
                texts.push(container);
                texts
            }
            Self::Command(CommandEvent::Started { command, directory }) => vec![command, directory],
            Self::Command(CommandEvent::Output { line }) => vec![line],
            Self::Waiting { what, seconds: _ } => vec![what],
            Self::Proposing { stack } | Self::Proposed { stack, .. } | Self::StackFinished { stack } => {
                vec![stack]
            }
            Self::Run { run, event } => {
                let mut texts = event.texts();
                texts.push(run);
                texts
            }
            Self::StackStarted(tree) => {
                let mut texts = vec![&mut tree.stack, &mut tree.title];
                for resource in &mut tree.resources {
                    texts.extend([&mut resource.logical_id, &mut resource.description]);
                }
                if let Some(parent) = &mut tree.parent {
                    texts.extend([&mut parent.stack, &mut parent.logical_id]);
                }
                texts
            }
            Self::Stack(event) => {
                let ResourceEvent { stack, logical_id, resource_type, status, reason, time: _ } = event;
                let mut texts = vec![stack, logical_id, resource_type, status];
                texts.extend(reason.as_mut());
                texts
            }
        }
    }
}
