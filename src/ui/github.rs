//! Workflow commands of GitHub Actions: groups of lines that can be folded, and annotations.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>; how values are
//! escaped: `packages/core/src/command.ts` of <https://github.com/actions/toolkit>.

use crate::deploy::events::{BuildEvent, Event};
use crate::error::{Error, Remark, Severity};
use crate::text::sanitize;

/// Title of an annotation that has no better one.
const TITLE: &str = "copilot";

/// The groups of one deployment: images built, images pushed, the stack. Groups cannot be nested, and images of
/// several containers are built and pushed side by side, so a group stays open while a build in it goes on.
#[derive(Default)]
pub struct Groups {
    open: Option<Group>,
    building: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Build,
    Push,
    Stack,
}

impl Groups {
    /// The commands to write before the lines of an event.
    pub fn commands(&mut self, event: &Event) -> Vec<String> {
        let (group, title) = match event {
            Event::Build { .. } => (Group::Build, "Build images".to_owned()),
            Event::Push { .. } => (Group::Push, "Push images".to_owned()),
            Event::Proposing { stack } => (Group::Stack, format!("Stack {stack}")),
            Event::StackStarted(tree) => (Group::Stack, format!("Stack {}", tree.stack)),
            _ => return Vec::new(),
        };
        let busy = self.building > 0 && group != Group::Stack;
        if let Event::Build { event, .. } = event {
            match event {
                BuildEvent::Started { .. } => self.building += 1,
                BuildEvent::Finished { .. } => self.building = self.building.saturating_sub(1),
                _ => {}
            }
        }
        if self.open == Some(group) || (busy && self.open.is_some()) {
            return Vec::new();
        }
        let mut commands: Vec<String> = self.end().map(str::to_owned).into_iter().collect();
        self.open = Some(group);
        commands.push(format!("::group::{}", data(&title)));
        commands
    }

    /// The command that ends the open group.
    pub fn end(&mut self) -> Option<&'static str> {
        self.open.take().map(|_| "::endgroup::")
    }
}

/// A warning without a place.
pub fn warning(text: &str) -> String {
    annotation("warning", &[("title", TITLE)], text)
}

/// A warning or an error about a place in a file.
pub fn remark(remark: &Remark) -> String {
    let kind = match remark.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let (line, column) = (remark.line.to_string(), remark.column.to_string());
    let mut properties = vec![("title", TITLE), ("file", remark.file.as_str())];
    if remark.line > 0 {
        properties.extend([("line", line.as_str()), ("col", column.as_str())]);
    }
    annotation(kind, &properties, &remark.message)
}

/// An error: one annotation for each place it is about, or one with everything it says.
pub fn error(error: &Error) -> Vec<String> {
    let mut text = vec![error.to_string()];
    text.extend(error.detail_lines().iter().map(|detail| format!("  | {detail}")));
    text.extend(error.hints().iter().map(|hint| format!("  {hint}")));
    match error.places() {
        [] => vec![annotation("error", &[("title", TITLE)], &text.join("\n"))],
        places => {
            let mut lines: Vec<String> = places.iter().map(remark).collect();
            let hints: Vec<&str> = error.hints().iter().map(String::as_str).collect();
            if !hints.is_empty() {
                lines.push(annotation("error", &[("title", TITLE)], &hints.join("\n")));
            }
            lines
        }
    }
}

fn annotation(kind: &str, properties: &[(&str, &str)], text: &str) -> String {
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    format!("::{kind} {}::{}", properties.join(","), data(text))
}

/// Escapes what is said.
fn data(text: &str) -> String {
    sanitize(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property's value.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
