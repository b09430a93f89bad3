//! Progress where nothing can be redrawn: one line per change of state, no escape codes.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::paint::{ERROR, Paint, SUCCESS};
use super::stack_view::{Change, StackView};
use super::{line, seconds};
use crate::context::Terminal;
use crate::deploy::events::{BuildEvent, Event, Proposal, PushEvent, Reporter};
use crate::text::sanitize;

/// Writes plain lines.
pub struct Plain {
    paint: Paint,
    stack: Mutex<Option<StackView>>,
}

impl Plain {
    /// A view for a pipe, a file or a dumb terminal.
    pub fn new(terminal: Terminal) -> Self {
        Self { paint: Paint(terminal.colors), stack: Mutex::new(None) }
    }
}

impl Reporter for Plain {
    fn report(&self, event: Event) {
        match event {
            Event::Note(text) => line(&text),
            Event::Warning(text) | Event::ManifestWarning(text) => line(&warning(&text, self.paint)),
            Event::Build { container, event } => build(&container, &event),
            Event::Push { container, event } => push(&container, &event),
            Event::Proposing { stack } => line(&proposing(&stack)),
            Event::Proposed { stack, outcome } => line(&proposed(&stack, outcome, self.paint)),
            Event::StackStarted(tree) => {
                *self.stack.lock().unwrap_or_else(PoisonError::into_inner) = Some(StackView::new(&tree));
            }
            Event::Stack(event) => {
                let mut view = self.stack.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(change) = view.as_mut().and_then(|view| view.apply(&event, Instant::now())) {
                    stack_change(&change);
                }
            }
            Event::StackFinished { .. } => {
                *self.stack.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
        }
    }
}

/// A warning's lines.
pub fn warning(text: &str, paint: Paint) -> String {
    paint.yellow(&format!("Note: {text}"))
}

/// The proposal's line while it goes on.
pub fn proposing(stack: &str) -> String {
    format!("Proposing infrastructure changes for stack {stack}")
}

/// The proposal's line when it has ended.
pub fn proposed(stack: &str, outcome: Proposal, paint: Paint) -> String {
    match outcome {
        Proposal::Executed => format!("{} {}", paint.green(SUCCESS), proposing(stack)),
        Proposal::Empty => format!("- No new infrastructure changes for stack {stack}"),
        Proposal::Failed => format!("{} {}", paint.red(ERROR), proposing(stack)),
    }
}

fn build(container: &str, event: &BuildEvent) {
    match event {
        BuildEvent::Started { dockerfile } => {
            line(&format!("{container}: building from {}", sanitize(dockerfile)));
        }
        BuildEvent::StepStarted { name, .. } => line(&format!("{container}: {}", sanitize(name))),
        BuildEvent::StepLog { line: text, .. } => {
            line(&format!("{container}: | {}", sanitize(text).trim_end()))
        }
        BuildEvent::StepFinished { cached: true, .. } => line(&format!("{container}: | cached")),
        BuildEvent::StepFinished { .. } => {}
        BuildEvent::Warning(text) => line(&format!("{container}: Note: {}", sanitize(text))),
        BuildEvent::Finished { elapsed } => line(&format!("{container}: built [{}]", seconds(*elapsed))),
    }
}

fn push(container: &str, event: &PushEvent) {
    match event {
        PushEvent::Started { reference } => line(&format!("{container}: pushing {reference}")),
        PushEvent::Layer { id, status, progress: None } => {
            line(&format!("{container}: | {} {}", sanitize(id), sanitize(status)));
        }
        PushEvent::Layer { .. } => {}
        PushEvent::Finished { reference, digest } => {
            line(&format!("{container}: pushed {reference} ({})", sanitize(digest)));
        }
    }
}

fn stack_change(change: &Change) {
    let elapsed = change.elapsed.map(|elapsed| format!(" [{}]", seconds(elapsed))).unwrap_or_default();
    let reason = change.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    line(&format!("- {} [{}]{elapsed}{reason}", change.description, change.status));
}
