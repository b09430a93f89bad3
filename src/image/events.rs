//! What an engine reports while it builds and pushes images.

use std::time::Duration;

use serde::ser::{SerializeStruct as _, Serializer};

/// Progress of an image build.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum BuildEvent {
    /// The build starts.
    Started {
        /// Dockerfile, for people.
        dockerfile: String,
    },
    /// A step of the Dockerfile starts.
    StepStarted {
        /// Identifies the step in later events.
        #[serde(rename = "step")]
        id: String,
        /// The instruction, such as `[2/4] RUN make`.
        name: String,
    },
    /// A step printed one line.
    #[serde(rename = "step_output")]
    StepLog {
        /// The step.
        #[serde(rename = "step")]
        id: String,
        /// One line without its line break.
        line: String,
    },
    /// A step ended.
    StepFinished {
        /// The step.
        #[serde(rename = "step")]
        id: String,
        /// Taken from the cache.
        cached: bool,
        /// Why it failed; `None` on success.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// Something about the build that the user should look at.
    Warning(#[serde(serialize_with = "message")] String),
    /// The image is built.
    Finished {
        /// Time it took.
        #[serde(rename = "seconds", serialize_with = "seconds")]
        elapsed: Duration,
    },
}

/// Progress of an image push.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum PushEvent {
    /// The push of a tag starts.
    Started {
        /// Full reference.
        reference: String,
    },
    /// A layer's state.
    Layer {
        /// Short layer id.
        #[serde(rename = "layer")]
        id: String,
        /// The engine's word for it: `Pushing`, `Pushed`, `Layer already exists`.
        status: String,
        /// Bytes sent and bytes to send, where known.
        #[serde(flatten, serialize_with = "bytes")]
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

/// A text as the field `message`.
pub(crate) fn message<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_struct("Message", 1)?;
    fields.serialize_field("message", text)?;
    fields.end()
}

fn seconds<S: Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(elapsed.as_secs_f64())
}

#[allow(clippy::ref_option, reason = "serde calls it with a reference")]
fn bytes<S: Serializer>(progress: &Option<(u64, u64)>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_struct("Bytes", 2)?;
    if let Some((sent, total)) = progress {
        fields.serialize_field("sent", sent)?;
        fields.serialize_field("total", total)?;
    }
    fields.end()
}

impl BuildEvent {
    /// Every text of the event.
    pub fn texts(&mut self) -> Vec<&mut String> {
        match self {
            Self::Started { dockerfile } => vec![dockerfile],
            Self::StepStarted { id, name } => vec![id, name],
            Self::StepLog { id, line } => vec![id, line],
            Self::StepFinished { id, error, .. } => std::iter::once(id).chain(error.as_mut()).collect(),
            Self::Warning(text) => vec![text],
            Self::Finished { .. } => Vec::new(),
        }
    }
}

impl PushEvent {
    /// Every text of the event.
    pub fn texts(&mut self) -> Vec<&mut String> {
        match self {
            Self::Started { reference } => vec![reference],
            Self::Layer { id, status, .. } => vec![id, status],
            Self::Present { reference, digest } | Self::Finished { reference, digest } => {
                vec![reference, digest]
            }
        }
    }
}
