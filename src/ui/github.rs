//! Workflow commands of GitHub Actions: groups of lines that can be folded, and annotations.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>; how values are
//! escaped: `packages/core/src/command.ts` of <https://github.com/actions/toolkit>.

use std::borrow::Cow;

use super::clean::Shown;
use crate::error::{Remark, Severity};
use crate::image::events::BuildEvent;
use crate::report::events::Event;

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

/// An error: one annotation for each place it is about, or one with everything it says, then the log.
pub(super) fn error(error: &Shown, log: &[String]) -> Vec<String> {
    let mut text = vec![error.message.clone()];
    text.extend(error.details.iter().chain(log).map(|detail| format!("  | {detail}")));
    text.extend(error.hints.iter().map(|hint| format!("  {hint}")));
    match error.places.as_slice() {
        [] => vec![annotation("error", &[("title", TITLE)], &text.join("\n"))],
        places => {
            let mut lines: Vec<String> = places.iter().map(remark).collect();
            if !error.hints.is_empty() {
                lines.push(annotation("error", &[("title", TITLE)], &error.hints.join("\n")));
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

/// Text of which no line is a workflow command: neither one that begins with `::`, blanks aside, nor one of those that older
/// runners looked for inside of lines too.
pub fn neutral(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##[") {
        return text.into();
    }
    let line = |line: &str| {
        let start = line.trim_start();
        let blanks = &line[..line.len() - start.len()];
        let start = start.strip_prefix("::").map_or(Cow::Borrowed(start), |rest| format!(": :{rest}").into());
        format!("{blanks}{}", start.replace("##[", "## ["))
    };
    text.split_inclusive('\n').map(line).collect::<String>().into()
}

/// Escapes what is said.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property's value.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::Error;
    use crate::image::events::PushEvent;

    #[test]
    fn values_are_escaped() {
        let place = Remark {
            severity: Severity::Error,
            file: "a,b:c%.yml".to_owned(),
            line: 3,
            column: 7,
            message: "100%, really:\nno".to_owned(),
        };
        assert_eq!(
            remark(&place),
            "::error title=copilot,file=a%2Cb%3Ac%25.yml,line=3,col=7::100%25, really:%0Ano"
        );
        let whole = Remark { line: 0, severity: Severity::Warning, ..place };
        assert_eq!(remark(&whole), "::warning title=copilot,file=a%2Cb%3Ac%25.yml::100%25, really:%0Ano");
    }

    #[test]
    fn no_line_is_a_command() {
        for (text, expected) in [
            ("a::b", "a::b"),
            ("::error::no", ": :error::no"),
            ("one\n \t::set-output name=a::b\ntwo\n", "one\n \t: :set-output name=a::b\ntwo\n"),
            ("  | ##[error]no", "  | ## [error]no"),
            ("::group::##[x]", ": :group::## [x]"),
            ("", ""),
        ] {
            assert_eq!(neutral(text), expected);
        }
    }

    #[test]
    fn an_error_without_a_place_is_one_annotation() {
        let told = Error::new("it failed").details(["last line".to_owned()]).hint("Try again.");
        assert_eq!(
            error(&super::super::clean::error(&told), &["printed".to_owned()]),
            ["::error title=copilot::it failed%0A  | last line%0A  | printed%0A  Try again."]
        );
    }

    #[test]
    fn a_group_stays_open_while_a_build_in_it_goes_on() {
        let build = |container: &str, event| Event::Build { container: container.into(), event };
        let started = || BuildEvent::Started { dockerfile: "Dockerfile".into() };
        let finished = || BuildEvent::Finished { elapsed: Duration::ZERO };
        let push = |container: &str| Event::Push {
            container: container.into(),
            event: PushEvent::Started { reference: "r".into() },
        };
        let mut groups = Groups::default();
        let mut told = Vec::new();
        for event in [
            Event::Note("before".into()),
            build("a", started()),
            build("b", started()),
            build("a", finished()),
            push("a"),
            build("b", finished()),
            push("b"),
            push("a"),
            Event::Proposing { stack: "demo".into() },
        ] {
            told.push(groups.commands(&event).join(" "));
        }
        told.push(groups.end().unwrap_or_default().to_owned());
        assert_eq!(groups.end(), None);
        assert_eq!(
            told,
            [
                "",
                "::group::Build images",
                "",
                "",
                "",
                "",
                "::endgroup:: ::group::Push images",
                "",
                "::endgroup:: ::group::Stack demo",
                "::endgroup::",
            ]
        );
    }
}
