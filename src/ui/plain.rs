//! Progress where nothing can be redrawn: one line per change of state, each with the time in UTC, no escape
//! codes but the colours that were asked for. In GitHub Actions also its workflow commands, which have no time.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::github::{self, Groups};
use super::paint::{ERROR, Paint, SUCCESS};
use super::run_view::{self, logged};
use super::stack_view::{Change, StackViews};
use super::{Clock, clean, differences, line, seconds};
use crate::context::{Progress, Terminal};
use crate::diff::differences::Differences;
use crate::image::events::{BuildEvent, PushEvent};
use crate::ops::outcome::Outcome;
use crate::report::Reporter;
use crate::report::events::{CommandEvent, Event, Proposal, RunProgress};

/// Writes plain lines.
pub struct Plain {
    paint: Paint,
    stdout_colors: bool,
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    stacks: StackViews,
    /// The open group of lines, in GitHub Actions only.
    groups: Option<Groups>,
}

impl Plain {
    /// A view for a pipe, a file or a terminal that is not redrawn.
    pub fn new(terminal: Terminal, clock: Clock) -> Self {
        let groups = (terminal.progress == Progress::GitHub).then(Groups::default);
        let state = Mutex::new(State { stacks: StackViews::default(), groups });
        Self { paint: Paint(terminal.colors), stdout_colors: terminal.stdout_colors, clock, state }
    }

    /// Ends what is open.
    pub fn finish(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(end) = state.groups.as_mut().and_then(Groups::end) {
            line(end);
        }
    }

    /// Writes how the deployment ended.
    pub fn outcome(&self, outcome: &Outcome) {
        let github = self.state.lock().unwrap_or_else(PoisonError::into_inner).groups.is_some();
        for text in stamped(&super::message::outcome_text(outcome, self.paint), self.clock.as_ref(), github) {
            line(&text);
        }
    }

    fn lines(&self, event: &Event, now: Instant) -> Vec<String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines: Vec<String> = Vec::new();
        if let Some(groups) = &mut state.groups {
            lines.extend(groups.commands(event));
        }
        let github = state.groups.is_some();
        let text = match event {
            Event::Warning(text) if github => {
                lines.push(github::warning(text));
                None
            }
            Event::ManifestWarning(remark) if github => {
                lines.push(github::remark(remark));
                None
            }
            Event::Note(text) => Some(text.clone()),
            Event::Warning(text) => Some(warning(text, self.paint)),
            Event::ManifestWarning(remark) => Some(warning(&remark.message, self.paint)),
            Event::Build { container, event } => build(container, event),
            Event::Push { container, event } => push(container, event),
            Event::Command(event) => Some(command(event)),
            Event::Proposing { stack } => Some(proposing(stack)),
            Event::Proposed { stack, outcome } => proposed(stack, *outcome, self.paint),
            Event::StackStarted(tree) => {
                if tree.parent.is_none() {
                    state.stacks.finish(&tree.stack, now, 0, self.paint);
                }
                state.stacks.start(tree);
                None
            }
            Event::Stack(event) => state.stacks.apply(event, now).map(|change| stack_change(&change)),
            Event::Waiting { what, seconds } => Some(format!("Still deleting {what} ({seconds}s)")),
            Event::StackFinished { stack } => {
                state.stacks.finish(stack, now, 0, self.paint);
                None
            }
            Event::Run { event: RunProgress::Log { container, message, several, .. }, .. } => {
                logged(container, message, *several);
                None
            }
            Event::Run { run, event } => run_view::told(run, event, self.paint),
        };
        if let Some(text) = text {
            lines.extend(stamped(&text, self.clock.as_ref(), github));
        }
        lines
    }
}

impl Reporter for Plain {
    fn report(&self, _: &str, event: Event) {
        for text in self.lines(&clean::event(event), Instant::now()) {
            line(&text);
        }
    }

    fn differences(&self, _: &str, differences: &Differences) -> std::io::Result<()> {
        // What is open ends here: the differences belong to nothing of it.
        self.finish();
        differences::write(differences, self.stdout_colors)?;
        let github = self.state.lock().unwrap_or_else(PoisonError::into_inner).groups.is_some();
        for text in differences::lines(differences, self.paint) {
            stamped(&text, self.clock.as_ref(), github).iter().for_each(|text| line(text));
        }
        Ok(())
    }
}

/// A text's lines, each with the time in front. With it none can be taken for a workflow command; older ones
/// were looked for inside of lines too, so their beginning is taken apart.
fn stamped(text: &str, clock: &(dyn Fn() -> u64 + Send + Sync), github: bool) -> Vec<String> {
    let time = super::timestamp(clock());
    let line = |line: &str| format!("{time} {line}");
    match github {
        true => text.replace("##[", "## [").lines().map(line).collect(),
        false => text.lines().map(line).collect(),
    }
}

/// A warning's lines.
pub(super) fn warning(text: &str, paint: Paint) -> String {
    paint.yellow(&format!("Warning: {text}"))
}

/// A line about a program under way, or one that it printed.
pub(super) fn command(event: &CommandEvent) -> String {
    match event {
        CommandEvent::Started { command, directory } => format!("Running `{command}` in {directory}"),
        CommandEvent::Output { line: text } => format!("| {}", text.trim_end()),
    }
}

/// The proposal's line while it goes on.
pub(super) fn proposing(stack: &str) -> String {
    format!("Proposing infrastructure changes for stack {stack}")
}

/// The proposal's line when it has ended.
pub(super) fn proposed(stack: &str, outcome: Proposal, paint: Paint) -> Option<String> {
    Some(match outcome {
        Proposal::Questioned => return None,
        Proposal::Executed => format!("{} {}", paint.green(SUCCESS), proposing(stack)),
        Proposal::Empty => format!("- No new infrastructure changes for stack {stack}"),
        Proposal::Failed => format!("{} {}", paint.red(ERROR), proposing(stack)),
    })
}

fn build(container: &str, event: &BuildEvent) -> Option<String> {
    match event {
        BuildEvent::Started { dockerfile } => Some(format!("{container}: building from {dockerfile}")),
        BuildEvent::StepStarted { name, .. } => Some(format!("{container}: {name}")),
        BuildEvent::StepLog { line: text, .. } => Some(format!("{container}: | {}", text.trim_end())),
        BuildEvent::StepFinished { cached: true, .. } => Some(format!("{container}: | cached")),
        BuildEvent::StepFinished { .. } => None,
        BuildEvent::Warning(text) => Some(format!("{container}: Warning: {text}")),
        BuildEvent::Finished { elapsed } => Some(format!("{container}: built [{}]", seconds(*elapsed))),
    }
}

fn push(container: &str, event: &PushEvent) -> Option<String> {
    match event {
        PushEvent::Started { reference } => Some(format!("{container}: pushing {reference}")),
        PushEvent::Layer { id, status, progress: None } => Some(format!("{container}: | {id} {status}")),
        PushEvent::Layer { .. } => None,
        PushEvent::Present { reference, digest } => {
            Some(format!("{container}: in the registry already: {reference} ({digest})"))
        }
        PushEvent::Finished { reference, digest } => {
            Some(format!("{container}: pushed {reference} ({digest})"))
        }
    }
}

fn stack_change(change: &Change) -> String {
    let Change { within, description, changed } = change;
    let within = within.as_ref().map(|within| format!("{within}: ")).unwrap_or_default();
    let elapsed = changed.elapsed.map(|elapsed| format!(" [{elapsed:.1}s]")).unwrap_or_default();
    let reason = changed.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("- {within}{description} [{}]{elapsed}{reason}", changed.status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::events::{ParentResource, ResourceEvent, StackTree, TreeResource};

    fn plain(progress: Progress) -> Plain {
        Plain::new(Terminal { progress, ..Terminal::default() }, Box::new(|| 1_795_424_400))
    }

    fn told(plain: &Plain, events: &[Event]) -> String {
        let now = Instant::now();
        events.iter().flat_map(|event| plain.lines(event, now)).collect::<Vec<_>>().join("\n")
    }

    fn resource(stack: &str, id: &str, status: &str, time: f64) -> Event {
        let kind = if stack == id { "AWS::CloudFormation::Stack" } else { "AWS::X::Y" };
        Event::Stack(ResourceEvent {
            stack: stack.into(),
            logical_id: id.into(),
            resource_type: kind.into(),
            status: status.into(),
            reason: status.ends_with("FAILED").then(|| "it\nbroke".to_owned()),
            time,
        })
    }

    #[test]
    fn changes_of_nested_stacks_name_what_they_belong_to() {
        let tree = |stack: &str, title: &str, id: &str, description: &str, parent| {
            let resource = TreeResource { logical_id: id.into(), description: description.into() };
            Event::StackStarted(StackTree {
                stack: stack.into(),
                title: title.into(),
                resources: vec![resource],
                parent,
            })
        };
        let parent = ParentResource { stack: "job".into(), logical_id: "Addons".into() };
        let events = [
            tree("job", "Updating job", "Addons", "The addons", None),
            resource("job", "job", "UPDATE_IN_PROGRESS", 0.0),
            resource("job", "Addons", "UPDATE_IN_PROGRESS", 0.0),
            tree("job-addons", "The addons", "Bucket", "A bucket", Some(parent)),
            resource("job-addons", "job-addons", "UPDATE_IN_PROGRESS", 1.0),
            resource("job-addons", "Bucket", "CREATE_IN_PROGRESS", 1.0),
            resource("job-addons", "Bucket", "CREATE_IN_PROGRESS", 1.5),
            resource("job-addons", "Bucket", "CREATE_FAILED", 3.5),
            resource("job-addons", "Secret", "CREATE_FAILED", 3.5),
            Event::StackFinished { stack: "job-addons".into() },
            resource("job", "job", "UPDATE_COMPLETE", 4.0),
            Event::StackFinished { stack: "job".into() },
            resource("job", "job", "UPDATE_FAILED", 5.0),
        ];
        insta::assert_snapshot!(told(&plain(Progress::Lines), &events), @"
        2026-11-23T09:00:00Z - Updating job [update in progress]
        2026-11-23T09:00:00Z - The addons [update in progress]
        2026-11-23T09:00:00Z - The addons: A bucket [create in progress]
        2026-11-23T09:00:00Z - The addons: A bucket [create failed] [2.5s]: it broke
        2026-11-23T09:00:00Z - The addons: Secret (AWS::X::Y) [create failed] [0.0s]: it broke
        2026-11-23T09:00:00Z - Updating job [update complete] [4.0s]
        ");
    }

    #[test]
    fn nothing_from_outside_is_a_workflow_command() {
        let log = BuildEvent::StepLog { id: "a".into(), line: "::error::no ##[error]no".into() };
        let events = [
            Event::Note("one\n::set-output name=x::y".into()),
            Event::Build { container: "report".into(), event: log },
        ];
        insta::assert_snapshot!(told(&plain(Progress::GitHub), &events), @"
        2026-11-23T09:00:00Z one
        2026-11-23T09:00:00Z ::set-output name=x::y
        ::group::Build images
        2026-11-23T09:00:00Z report: | ::error::no ## [error]no
        ");
    }
}
