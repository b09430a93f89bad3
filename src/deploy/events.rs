//! What a deployment reports while it runs. The logic sends these; `ui` draws them.

use std::io;
use std::time::Duration;

use super::differences::Differences;
use crate::error::Remark;

/// Receives events; must be cheap, it is called from the middle of the work.
pub trait Reporter: Send + Sync {
    /// Takes one event.
    fn report(&self, event: Event);

    /// Shows what a deployment would change. Unlike an event it is what the user asked for, on stdout.
    ///
    /// # Errors
    /// When it cannot be written, so that nobody can have seen it.
    fn differences(&self, differences: &Differences) -> io::Result<()>;
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Something worth a line that is neither progress nor an error.
    Note(String),
    /// Something the user should look at; printed as `Note: …`.
    Warning(String),
    /// The same about the manifest: true of every deployment of it, whatever happens in this one.
    ManifestWarning(Remark),
    /// Progress of an image build.
    Build {
        /// Container the image is for; several, separated by commas, when they share one build.
        container: String,
        /// What happened.
        event: BuildEvent,
    },
    /// Progress of an image push.
    Push {
        /// Container the image is for; several, separated by commas, when they share one build.
        container: String,
        /// What happened.
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
    Stack(ResourceEvent),
    /// The followed operation reached its end.
    StackFinished {
        /// Stack name.
        stack: String,
    },
}

/// How a proposal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq)]
pub enum CommandEvent {
    /// It starts.
    Started {
        /// The command as a user would type it.
        command: String,
        /// Where it runs, for people.
        directory: String,
    },
    /// It printed one line that is not its result.
    Line(String),
}

/// Progress of an image build.
#[derive(Clone, Debug, PartialEq)]
pub enum BuildEvent {
    /// The build starts.
    Started {
        /// Dockerfile, for people.
        dockerfile: String,
    },
    /// A step of the Dockerfile starts.
    StepStarted {
        /// Identifies the step in later events.
        id: String,
        /// The instruction, such as `[2/4] RUN make`.
        name: String,
    },
    /// A step printed one line.
    StepLog {
        /// The step.
        id: String,
        /// One line without its line break; not yet sanitised.
        line: String,
    },
    /// A step ended.
    StepFinished {
        /// The step.
        id: String,
        /// Taken from the cache.
        cached: bool,
        /// Why it failed; `None` on success.
        error: Option<String>,
    },
    /// Something about the build that the user should look at.
    Warning(String),
    /// The image is built.
    Finished {
        /// Time it took.
        elapsed: Duration,
    },
}

/// Progress of an image push.
#[derive(Clone, Debug, PartialEq)]
pub enum PushEvent {
    /// The push of a tag starts.
    Started {
        /// Full reference.
        reference: String,
    },
    /// A layer's state.
    Layer {
        /// Short layer id.
        id: String,
        /// The engine's word for it: `Pushing`, `Pushed`, `Layer already exists`.
        status: String,
        /// Bytes sent and bytes to send, where known.
        progress: Option<(u64, u64)>,
    },
    /// The tag stood for this very image in the registry already.
    Present {
        /// Full reference.
        reference: String,
        /// Digest the registry knows it by.
        digest: String,
    },
    /// The tag is in the registry.
    Finished {
        /// Full reference.
        reference: String,
        /// Digest the registry knows it by.
        digest: String,
    },
}

/// The lines of a progress tree before anything happened.
#[derive(Clone, Debug, PartialEq)]
pub struct StackTree {
    /// Stack name.
    pub stack: String,
    /// Line of the stack itself: `Creating the infrastructure for stack …`.
    pub title: String,
    /// Resources with a description, in the change set's order.
    pub resources: Vec<TreeResource>,
    /// The resource this stack belongs to in another followed stack: its tree is shown below that row.
    pub parent: Option<ParentResource>,
}

/// A resource of a followed stack that stands for another stack: a nested stack, or the custom resource
/// that updates the environment's stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParentResource {
    /// Name of the stack the resource is in.
    pub stack: String,
    /// The resource's logical id.
    pub logical_id: String,
}

/// One line of a progress tree.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeResource {
    /// Logical id in the template.
    pub logical_id: String,
    /// `Metadata: aws:copilot:description`.
    pub description: String,
}

/// A stack event, reduced to what is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceEvent {
    /// Stack the event belongs to.
    pub stack: String,
    /// Logical id; the stack's own name for events of the stack itself.
    pub logical_id: String,
    /// `AWS::ECS::TaskDefinition`
    pub resource_type: String,
    /// `CREATE_IN_PROGRESS` and the like.
    pub status: String,
    /// CloudFormation's reason, not yet sanitised.
    pub reason: Option<String>,
    /// When it happened, in seconds since 1970.
    pub time: f64,
}
