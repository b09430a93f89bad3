//! The progress tree of a stack operation: description, status, elapsed time
//! (`spec/terminal.md §5`). Pure: the clock is handed in.

use std::time::{Duration, Instant};

use super::paint::Paint;
use super::seconds;
use crate::deploy::events::{ResourceEvent, StackTree};
use crate::text::sanitize;

/// Narrowest column, and blanks between columns.
const COLUMN: usize = 20;
const GAP: usize = 2;

/// The state of a followed stack.
pub struct StackView {
    stack: String,
    root: Row,
    resources: Vec<(String, Row)>,
}

struct Row {
    description: String,
    status: Option<String>,
    failed: bool,
    reasons: Vec<String>,
    clock: Clock,
}

enum Clock {
    Unstarted,
    Running(Instant),
    Stopped(Duration),
}

/// A change that is worth a line where nothing can be redrawn.
pub struct Change {
    /// The resource's description.
    pub description: String,
    /// Its new status, in words.
    pub status: String,
    /// Time since it started, when it just ended.
    pub elapsed: Option<Duration>,
    /// Why it failed.
    pub reason: Option<String>,
}

impl Row {
    fn new(description: &str) -> Self {
        Self {
            description: description.to_owned(),
            status: None,
            failed: false,
            reasons: Vec::new(),
            clock: Clock::Unstarted,
        }
    }

    fn apply(&mut self, event: &ResourceEvent, now: Instant) -> Option<Change> {
        if self.status.as_deref() == Some(&event.status) {
            return None;
        }
        self.status = Some(event.status.clone());
        let mut change = Change {
            description: self.description.clone(),
            status: words(&event.status),
            elapsed: None,
            reason: None,
        };
        if event.status.ends_with("_IN_PROGRESS") {
            if !matches!(self.clock, Clock::Running(_)) {
                self.clock = Clock::Running(now);
            }
        } else {
            let elapsed = self.elapsed(now).unwrap_or_default();
            self.clock = Clock::Stopped(elapsed);
            change.elapsed = Some(elapsed);
        }
        if is_failure(&event.status) {
            self.failed = true;
            if let Some(reason) = &event.reason {
                let reason = sanitize(reason).replace('\n', " ");
                self.reasons.push(reason.clone());
                change.reason = Some(reason);
            }
        }
        Some(change)
    }

    fn elapsed(&self, now: Instant) -> Option<Duration> {
        match self.clock {
            Clock::Unstarted => None,
            Clock::Running(start) => Some(now.saturating_duration_since(start)),
            Clock::Stopped(elapsed) => Some(elapsed),
        }
    }

    fn status_cell(&self) -> String {
        format!("[{}]", self.status.as_deref().map_or("not started".to_owned(), words))
    }

    fn paint_status(&self, cell: &str, paint: Paint) -> String {
        match &self.status {
            _ if self.failed => paint.red(cell),
            Some(status) if is_success(status) => paint.green(cell),
            _ => paint.faint(cell),
        }
    }
}

impl StackView {
    /// A tree in which nothing has started.
    pub fn new(tree: &StackTree) -> Self {
        Self {
            stack: tree.stack.clone(),
            root: Row::new(&tree.title),
            resources: tree
                .resources
                .iter()
                .map(|r| (r.logical_id.clone(), Row::new(&r.description)))
                .collect(),
        }
    }

    /// Whether this is the tree of that stack.
    pub fn is_of(&self, stack: &str) -> bool {
        self.stack == stack
    }

    /// Takes an event; tells what changed, when it concerns a shown row or is a failure.
    pub fn apply(&mut self, event: &ResourceEvent, now: Instant) -> Option<Change> {
        if event.stack != self.stack {
            return None;
        }
        if event.logical_id == self.stack && event.resource_type == "AWS::CloudFormation::Stack" {
            return self.root.apply(event, now);
        }
        if !self.resources.iter().any(|(id, _)| *id == event.logical_id) {
            if !event.status.ends_with("_FAILED") {
                return None;
            }
            // Resources without a description stay hidden until they fail.
            let name = format!("{} ({})", event.logical_id, event.resource_type);
            self.resources.push((event.logical_id.clone(), Row::new(&name)));
        }
        let row = self.resources.iter_mut().find(|(id, _)| *id == event.logical_id)?;
        row.1.apply(event, now)
    }

    /// The tree as lines no wider than `width` columns.
    pub fn lines(&self, now: Instant, width: usize, paint: Paint) -> Vec<String> {
        let rows: Vec<(usize, &Row)> =
            std::iter::once((0, &self.root)).chain(self.resources.iter().map(|(_, row)| (2, row))).collect();
        let width_of = |text: &str| console::measure_text_width(text);
        let widest = |cell: &dyn Fn(&(usize, &Row)) -> usize| rows.iter().map(cell).max().unwrap_or(0);
        let status = (widest(&|(_, row)| width_of(&row.status_cell())) + GAP).max(COLUMN);
        let elapsed = rows.iter().filter_map(|(_, row)| row.elapsed(now)).map(|d| seconds(d).len() + 2).max();
        let natural = (widest(&|(indent, row)| indent + 2 + width_of(&row.description)) + GAP).max(COLUMN);
        // On a narrow terminal the descriptions give way: status and time say more.
        let room = width.saturating_sub(status + elapsed.unwrap_or(0)).max(COLUMN.min(width));
        let first = natural.min(room);
        let mut lines = Vec::new();
        for (indent, row) in rows {
            let text = format!("{:indent$}- {}", "", row.description);
            let text = console::truncate_str(&text, first.saturating_sub(GAP).max(1), "…").into_owned();
            let cell = row.status_cell();
            let mut line = pad(&text, first);
            line.push_str(&row.paint_status(&cell, paint));
            if let Some(elapsed) = row.elapsed(now) {
                line.push_str(&" ".repeat(status.saturating_sub(width_of(&cell))));
                line.push_str(&paint.faint(&format!("[{}]", seconds(elapsed))));
            }
            lines.push(console::truncate_str(&line, width, "…").into_owned());
            for reason in &row.reasons {
                for part in wrap(reason, width.saturating_sub(indent + 2).clamp(10, 100)) {
                    lines.push(format!("{:1$}{2}", "", indent + 2, paint.dark_red(&part)));
                }
            }
        }
        lines
    }
}

fn pad(text: &str, width: usize) -> String {
    console::pad_str(text, width, console::Alignment::Left, None).into_owned()
}

/// `CREATE_IN_PROGRESS` as `create in progress`.
fn words(status: &str) -> String {
    sanitize(status).to_lowercase().replace('_', " ")
}

fn is_success(status: &str) -> bool {
    matches!(
        status,
        "CREATE_COMPLETE"
            | "DELETE_COMPLETE"
            | "UPDATE_COMPLETE"
            | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
            | "IMPORT_COMPLETE"
    )
}

fn is_failure(status: &str) -> bool {
    status.ends_with("_FAILED") || status.contains("ROLLBACK")
}

/// Breaks a text at blanks into lines of at most `width` columns; longer words are cut.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word = word.to_owned();
        if !line.is_empty()
            && console::measure_text_width(&line) + 1 + console::measure_text_width(&word) > width
        {
            lines.push(std::mem::take(&mut line));
        }
        while console::measure_text_width(&word) > width {
            let split = word.char_indices().nth(width).map_or(word.len(), |(i, _)| i);
            let rest = word.split_off(split);
            if rest.is_empty() {
                break;
            }
            lines.push(std::mem::replace(&mut word, rest));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::events::TreeResource;

    fn view() -> StackView {
        let resource = |id: &str, description: &str| TreeResource {
            logical_id: id.into(),
            description: description.into(),
        };
        StackView::new(&StackTree {
            stack: "demo-test-report".into(),
            title: "Updating the infrastructure for stack demo-test-report".into(),
            resources: vec![
                resource(
                    "StateMachine",
                    "A state machine to invoke your job and handle retry and timeout logic",
                ),
                resource(
                    "TaskDefinition",
                    "An ECS task definition to group your containers and run them on ECS",
                ),
            ],
            parent: None,
        })
    }

    fn event(id: &str, status: &str, reason: Option<&str>) -> ResourceEvent {
        let kind = if id == "demo-test-report" { "AWS::CloudFormation::Stack" } else { "AWS::X::Y" };
        ResourceEvent {
            stack: "demo-test-report".into(),
            logical_id: id.into(),
            resource_type: kind.into(),
            status: status.into(),
            reason: reason.map(str::to_owned),
            time: 0.0,
        }
    }

    fn screen(view: &StackView, now: Instant, width: usize) -> String {
        let lines = view.lines(now, width, Paint(false));
        for line in &lines {
            assert!(console::measure_text_width(line) <= width, "{line}");
        }
        lines.join("\n")
    }

    #[test]
    fn an_update_looks_as_the_old_tool_drew_it() {
        let start = Instant::now();
        let at = |tenths: u64| start + Duration::from_millis(tenths * 100);
        let mut view = view();
        view.apply(&event("demo-test-report", "UPDATE_IN_PROGRESS", Some("User Initiated")), at(0));
        view.apply(&event("TaskDefinition", "UPDATE_IN_PROGRESS", None), at(10));
        view.apply(&event("TaskDefinition", "UPDATE_COMPLETE", None), at(39));
        insta::assert_snapshot!(screen(&view, at(77), 120), @"
        - Updating the infrastructure for stack demo-test-report                   [update in progress]  [7.7s]
          - A state machine to invoke your job and handle retry and timeout logic  [not started]
          - An ECS task definition to group your containers and run them on ECS    [update complete]     [2.9s]
        ");
    }

    #[test]
    fn failures_show_their_reason_also_without_a_description() {
        let now = Instant::now();
        let mut view = view();
        view.apply(&event("RuleRole", "CREATE_IN_PROGRESS", None), now);
        let change =
            view.apply(&event("RuleRole", "CREATE_FAILED", Some("not authorised\u{1b}[2J to do this")), now);
        assert_eq!(change.unwrap().reason.as_deref(), Some("not authorised to do this"));
        insta::assert_snapshot!(screen(&view, now, 60), @"
        - Updating the infrastructure f…  [not started]
          - A state machine to invoke y…  [not started]
          - An ECS task definition to g…  [not started]
          - RuleRole (AWS::X::Y)          [create failed]     [0.0s]
            not authorised to do this
        ");
    }

    #[test]
    fn no_width_is_too_small() {
        let mut view = view();
        view.apply(&event("TaskDefinition", "UPDATE_FAILED", Some("a reason that is long")), Instant::now());
        for width in [20, 1, 0] {
            view.lines(Instant::now(), width, Paint(true));
        }
    }
}
