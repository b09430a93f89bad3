//! Rows of progress trees as lines of text that fit a terminal, and the window of those that fit its height.

use console::{Alignment, pad_str, truncate_str};

use super::paint::Paint;
use super::row::{Phase, Row};
use super::wrap::wrap;

/// Narrowest column, and blanks between columns.
const COLUMN: usize = 20;
const GAP: usize = 2;

/// Narrower terminals get marks instead of a column for the status.
const COMPACT: usize = 60;

/// The widest status that has its column on terminals too narrow for everything.
const STATUS: usize = 22;

/// Reasons are read as text, so they are not wider than this.
const TEXT: usize = 100;

/// A row and its place in the tree.
pub(super) struct Line<'a> {
    /// Blanks before it.
    pub indent: usize,
    /// What it tells.
    pub row: &'a Row,
    /// The first line of a whole tree.
    pub root: bool,
}

/// Every line.
pub(super) fn all(lines: &[Line<'_>], now: f64, width: usize, paint: Paint) -> Vec<String> {
    let columns = Columns::new(lines, now, width);
    lines.iter().flat_map(|line| columns.block(line, now, paint)).collect()
}

/// At most `height` lines: when there are more, what failed and what is going on stay, and the last line counts
/// what was left out.
pub(super) fn window(lines: &[Line<'_>], now: f64, width: usize, height: usize, paint: Paint) -> Vec<String> {
    let columns = Columns::new(lines, now, width);
    let heights: Vec<usize> = lines.iter().map(|line| columns.height(line)).collect();
    let mut shown = heights.clone();
    if heights.iter().sum::<usize>() > height {
        shown = choose(lines, &heights, height.saturating_sub(1));
    }
    let mut text = Vec::new();
    for (line, shown) in lines.iter().zip(&shown).filter(|(_, shown)| **shown > 0) {
        text.extend(columns.block(line, now, paint).into_iter().take(*shown));
    }
    let left_out = lines.iter().zip(&shown).filter(|(_, shown)| **shown == 0).map(|(line, _)| line.row);
    if let Some(summary) = summary(left_out).filter(|_| height > 0) {
        text.push(truncate_str(&paint.faint(&summary), width, "…").into_owned());
    }
    text
}

/// How many lines of each row are shown when there is room for so many.
fn choose(lines: &[Line<'_>], heights: &[usize], mut room: usize) -> Vec<usize> {
    let mut shown = vec![0; lines.len()];
    let mut show = |ranks: std::ops::RangeInclusive<usize>, most: usize| {
        for rank in ranks {
            for ((line, height), shown) in lines.iter().zip(heights).zip(&mut shown) {
                if self::rank(line) == rank {
                    let more = room.min((*height).min(most) - *shown);
                    *shown += more;
                    room -= more;
                }
            }
        }
    };
    // Long reasons must not push out other rows that matter.
    show(0..=2, 1);
    show(0..=3, usize::MAX);
    shown
}

/// What is shown first when there is no room for everything.
fn rank(line: &Line<'_>) -> usize {
    match line.row.phase() {
        _ if line.root => 0,
        Phase::Failed => 1,
        _ if line.row.is_moving() => 2,
        _ => 3,
    }
}

/// `… 12 more: 8 complete, 4 not started`; `None` when no row was left out.
fn summary<'a>(rows: impl Iterator<Item = &'a Row>) -> Option<String> {
    let phases: Vec<Phase> = rows.map(Row::phase).collect();
    let kinds = [
        (Phase::Failed, "failed"),
        (Phase::Running, "in progress"),
        (Phase::Complete, "complete"),
        (Phase::NotStarted, "not started"),
    ];
    let counts: Vec<String> = kinds
        .iter()
        .map(|(phase, name)| (phases.iter().filter(|other| *other == phase).count(), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    (!phases.is_empty()).then(|| format!("  … {} more: {}", phases.len(), counts.join(", ")))
}

/// Where the columns stand.
struct Columns {
    width: usize,
    description: usize,
    status: usize,
}

impl Columns {
    fn new(lines: &[Line<'_>], now: f64, width: usize) -> Self {
        let widest = |cell: &dyn Fn(&Line<'_>) -> usize| lines.iter().map(cell).max().unwrap_or(0);
        let elapsed = widest(&|line| line.row.elapsed(now).map_or(0, |time| time_cell(time).len()));
        let description = (widest(&|line| line.indent + 2 + line.row.widths.0) + GAP).max(COLUMN);
        let statuses = || lines.iter().map(|line| line.row.widths.1 + GAP);
        let status = statuses().max().unwrap_or(0).max(COLUMN);
        if description + status + elapsed <= width {
            return Self { width, description, status };
        }
        // Descriptions give way: status and time say more. Long statuses are mostly the stack's own; its title
        // alone gives way to them.
        let status = statuses().filter(|width| *width <= STATUS + GAP).max().unwrap_or(0).max(COLUMN);
        Self { width, description: description.min(width.saturating_sub(status + elapsed)), status }
    }

    /// The lines of a row.
    fn block(&self, line: &Line<'_>, now: f64, paint: Paint) -> Vec<String> {
        let mut block = match self.width < COMPACT {
            true => compact(line, now, self.width, paint),
            false => vec![self.line(line, now, paint)],
        };
        for part in self.reasons(line) {
            let text = format!("{:1$}{2}", "", self.reason_indent(line), paint.dark_red(&part));
            block.push(truncate_str(&text, self.width, "…").into_owned());
        }
        block
    }

    /// How many they are.
    fn height(&self, line: &Line<'_>) -> usize {
        1 + usize::from(self.width < COMPACT && line.root) + self.reasons(line).len()
    }

    fn reasons(&self, line: &Line<'_>) -> Vec<String> {
        let width = (self.width - self.reason_indent(line)).clamp(1, TEXT);
        line.row.reasons.iter().flat_map(|reason| wrap(reason, width)).collect()
    }

    /// Even on the narrowest terminal there is more text than indent.
    fn reason_indent(&self, line: &Line<'_>) -> usize {
        (line.indent + 2).min(self.width / 3)
    }

    fn line(&self, line: &Line<'_>, now: f64, paint: Paint) -> String {
        let width = self.width;
        let cell = line.row.status_cell.as_str();
        let cell_width = line.row.widths.1;
        let time = line.row.elapsed(now).map(time_cell).unwrap_or_default();
        let (mut description, mut status) = (self.description, self.status);
        if cell_width + GAP > status {
            status = cell_width + GAP;
            description = description.min(width.saturating_sub(status + time.len()));
        }
        let text = format!("{:1$}- {2}", "", line.indent, line.row.description);
        let text = truncate_str(&text, description.saturating_sub(GAP), "…");
        let mut whole = pad_str(&text, description, Alignment::Left, None).into_owned();
        whole.push_str(&line.row.paint_status(cell, paint));
        if !time.is_empty() {
            whole.push_str(&" ".repeat(status.saturating_sub(cell_width)));
            whole.push_str(&paint.faint(&time));
        }
        truncate_str(&whole, width, "…").into_owned()
    }
}

/// A mark, the description and the time; below the first line of a tree its status.
fn compact(line: &Line<'_>, now: f64, width: usize, paint: Paint) -> Vec<String> {
    let indent = line.indent / 2;
    let time = line.row.elapsed(now).map(time_cell).unwrap_or_default();
    let room = width.saturating_sub(indent + 2 + time.len() + usize::from(!time.is_empty()));
    let description = truncate_str(&line.row.description, room, "…");
    let mark = line.row.paint_status(line.row.mark(), paint);
    let first = match time.is_empty() {
        true => format!("{:indent$}{mark} {description}", ""),
        false => {
            let description = pad_str(&description, room, Alignment::Left, None);
            format!("{:indent$}{mark} {description} {}", "", paint.faint(&time))
        }
    };
    let mut block = vec![first];
    if line.root {
        block.push(format!("  {}", line.row.paint_status(&line.row.status_cell, paint)));
    }
    block.iter().map(|text| truncate_str(text, width, "…").into_owned()).collect()
}

fn time_cell(seconds: f64) -> String {
    format!("[{seconds:.1}s]")
}
