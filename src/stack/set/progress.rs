//! A stack set's operation as one line of progress.

use super::port::{Progress, SetOperation};
use crate::report::Console;
use crate::report::events::{Event, ResourceEvent, StackTree};

/// What has been told of an operation.
pub(super) struct Shown<'a> {
    set: &'a str,
    title: &'a str,
    console: &'a Console<'a>,
    begun: bool,
}

impl<'a> Shown<'a> {
    pub(super) fn new(set: &'a str, title: &'a str, console: &'a Console<'a>) -> Self {
        Self { set, title, console, begun: false }
    }

    /// Tells what is new. An operation that has ended at the first look is not worth a line, unless it failed.
    pub(super) fn tell(&mut self, progress: &Progress) {
        let (state, time) = match progress.state {
            SetOperation::Running if self.begun => return,
            SetOperation::Running => ("IN_PROGRESS", progress.begun),
            SetOperation::Succeeded if !self.begun => return,
            SetOperation::Succeeded => ("COMPLETE", progress.ended.unwrap_or(progress.begun)),
            SetOperation::Failed | SetOperation::Stopped => {
                ("FAILED", progress.ended.unwrap_or(progress.begun))
            }
        };
        let operation = if self.title.starts_with("Deleting ") { "DELETE" } else { "UPDATE" };
        if !self.begun {
            self.begun = true;
            self.console.report(Event::StackStarted(StackTree {
                stack: self.set.to_owned(),
                title: self.title.to_owned(),
                resources: Vec::new(),
                parent: None,
            }));
        }
        self.console.report(Event::Stack(ResourceEvent {
            stack: self.set.to_owned(),
            logical_id: self.set.to_owned(),
            resource_type: "AWS::CloudFormation::Stack".to_owned(),
            status: format!("{operation}_{state}"),
            reason: None,
            time,
        }));
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if self.begun {
            self.console.report(Event::StackFinished { stack: self.set.to_owned() });
        }
    }
}
