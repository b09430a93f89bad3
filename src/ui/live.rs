//! Progress on a terminal: a block at the bottom that is redrawn ten times a second, above it the
//! lines that stay.

use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::build_view::{BuildView, shares};
use super::paint::Paint;
use super::plain::{command, proposed, proposing, warning};
use super::run_view::{self, RunView, logged};
use super::screen::Screen;
use super::stack_view::StackViews;
use super::wrap::wrap;
use super::{clean, differences};
use crate::context::Terminal;
use crate::diff::differences::Differences;
use crate::image::events::BuildEvent;
use crate::report::Reporter;
use crate::report::events::{Event, RunProgress};

const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const INTERVAL: Duration = Duration::from_millis(100);

/// What ends sooner than this is never animated.
const QUIET: Duration = Duration::from_millis(250);

/// Lines of a stack's progress that are shown however much else there is.
const STACK_LINES: usize = 5;

/// A live view and the thread that redraws it.
pub struct Live {
    shared: Arc<Mutex<Shared>>,
    ticker: Mutex<Option<(mpsc::Sender<()>, JoinHandle<()>)>>,
}

struct Shared {
    screen: Screen,
    paint: Paint,
    stdout_colors: bool,
    frame: usize,
    images: Vec<BuildView>,
    proposing: Option<(String, Instant)>,
    run: Option<RunView>,
    stacks: StackViews,
    moving_since: Option<Instant>,
}

impl Live {
    /// Starts redrawing.
    pub fn start(terminal: Terminal) -> Self {
        let shared = Arc::new(Mutex::new(Shared {
            screen: Screen::default(),
            paint: Paint(terminal.colors),
            stdout_colors: terminal.stdout_colors,
            frame: 0,
            images: Vec::new(),
            proposing: None,
            run: None,
            stacks: StackViews::default(),
            moving_since: None,
        }));
        let (stop, stopped) = mpsc::channel();
        let drawn = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            while stopped.recv_timeout(INTERVAL) == Err(mpsc::RecvTimeoutError::Timeout) {
                lock(&drawn).redraw(Instant::now());
            }
        });
        Self { shared, ticker: Mutex::new(Some((stop, thread))) }
    }

    /// Stops redrawing and clears what was still moving.
    pub fn finish(&self) {
        let ticker = self.ticker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((stop, thread)) = ticker {
            // The thread may have ended already; either way it does not draw any more.
            let _ = stop.send(());
            let _ = thread.join();
        }
        lock(&self.shared).show(&[], &[]);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.finish();
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reporter for Live {
    fn report(&self, _: &str, event: Event) {
        let now = Instant::now();
        let mut shared = lock(&self.shared);
        let paint = shared.paint;
        let kept = match clean::event(last_state(event)) {
            Event::Note(text) => note(&text, size().1),
            Event::Warning(text) => vec![warning(&text, paint)],
            Event::ManifestWarning(remark) => vec![warning(&remark.message, paint)],
            Event::Build { container, event } => {
                shared.image(&container).build(&event, now, paint).into_iter().collect()
            }
            Event::Push { container, event } => {
                shared.image(&container).push(&event, now, paint).into_iter().collect()
            }
            Event::Command(event) => vec![command(&event)],
            Event::Proposing { stack } => {
                shared.proposing = Some((stack, now));
                Vec::new()
            }
            Event::Proposed { stack, outcome } => {
                shared.proposing = None;
                proposed(&stack, outcome, paint).into_iter().collect()
            }
            Event::StackStarted(tree) => {
                // The same stack may go on under another title, after an interrupt; what hangs below a row gains rows.
                let before = match tree.parent {
                    None => shared.finish_stack(&tree.stack, now),
                    Some(_) => Vec::new(),
                };
                shared.stacks.start(&tree);
                before
            }
            Event::Stack(event) => {
                shared.stacks.apply(&event, now);
                Vec::new()
            }
            // What goes on is animated.
            Event::Waiting { .. } => Vec::new(),
            Event::StackFinished { stack } => shared.finish_stack(&stack, now),
            Event::Run { event: RunProgress::Log { container, message, several, .. }, .. } => {
                // Both streams may be the same terminal.
                shared.show(&[], &[]);
                logged(&container, &message, several);
                Vec::new()
            }
            Event::Run { run, event } => {
                shared.run = RunView::after(shared.run.take(), &event, now);
                run_view::kept(&run, &event, paint).into_iter().collect()
            }
        };
        if !kept.is_empty() {
            let (rows, columns) = size();
            let block = match shared.screen.is_empty() {
                true => Vec::new(),
                false => shared.block(now, rows, columns),
            };
            shared.show(&kept, &block);
        }
    }

    fn differences(&self, _: &str, differences: &Differences) -> io::Result<()> {
        let mut shared = lock(&self.shared);
        // Both streams may be the same terminal.
        shared.show(&[], &[]);
        differences::write(differences, shared.stdout_colors)?;
        let mut kept = differences::lines(differences, shared.paint);
        if !kept.is_empty() {
            kept.insert(0, String::new());
        }
        shared.show(&kept, &[]);
        Ok(())
    }
}

/// Of a line that a program redraws where it takes its output for a terminal, the last state counts.
fn last_state(event: Event) -> Event {
    match event {
        Event::Build { container, event: BuildEvent::StepLog { id, line } } => {
            let line = line.trim_end().rsplit('\r').next().unwrap_or_default().to_owned();
            Event::Build { container, event: BuildEvent::StepLog { id, line } }
        }
        event => event,
    }
}

impl Shared {
    fn image(&mut self, container: &str) -> &mut BuildView {
        let index = match self.images.iter().position(|view| view.container() == container) {
            Some(index) => index,
            None => {
                self.images.push(BuildView::new(container));
                self.images.len() - 1
            }
        };
        &mut self.images[index]
    }

    fn finish_stack(&mut self, stack: &str, now: Instant) -> Vec<String> {
        let (_, columns) = size();
        self.stacks.finish(stack, now, columns, self.paint)
    }

    fn redraw(&mut self, now: Instant) {
        self.frame = (self.frame + 1) % FRAMES.len();
        let (rows, columns) = size();
        let block = self.block(now, rows, columns);
        if block.is_empty() {
            self.moving_since = None;
        } else if now.saturating_duration_since(*self.moving_since.get_or_insert(now)) < QUIET {
            return;
        }
        self.show(&[], &block);
    }

    /// What is going on, in lines that fit the terminal.
    fn block(&self, now: Instant, rows: usize, columns: usize) -> Vec<String> {
        let spinner = FRAMES[self.frame];
        let mut lines: Vec<String> = Vec::new();
        // The cursor's line is below the block.
        let stacks = if self.stacks.is_empty() { 0 } else { STACK_LINES };
        let room = rows.saturating_sub(1 + stacks + usize::from(self.proposing.is_some())).max(1);
        let wanted: Vec<usize> = self.images.iter().map(BuildView::height).collect();
        for (image, height) in self.images.iter().zip(shares(&wanted, room)) {
            lines.extend(image.lines(now, spinner, (columns, height), self.paint));
        }
        if let Some((stack, _)) = &self.proposing {
            lines.push(format!("{spinner} {}", proposing(stack)));
        }
        lines.extend(self.run.as_ref().map(|run| run.line(now, spinner)));
        let room = rows.saturating_sub(1 + lines.len()).max(STACK_LINES);
        lines.extend(self.stacks.lines(now, columns, room, self.paint));
        lines
    }

    /// Writes lines that stay, and a block below them in place of the one before.
    fn show(&mut self, kept: &[String], block: &[String]) {
        let (rows, columns) = size();
        let bytes = self.screen.replace(kept, block, rows, columns);
        if !bytes.is_empty() {
            // A closed stderr leaves nobody to tell.
            let mut stderr = std::io::stderr().lock();
            let _ = stderr.write_all(bytes.as_bytes()).and_then(|()| stderr.flush());
        }
    }
}

/// A note's lines, broken at blanks where the terminal would break words; what follows is indented.
fn note(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        if console::measure_text_width(line) <= columns {
            lines.push(line.to_owned());
            continue;
        }
        let parts = wrap(line, columns.saturating_sub(2).max(1));
        let indented = |(at, part): (usize, String)| if at == 0 { part } else { format!("  {part}") };
        lines.extend(parts.into_iter().enumerate().map(indented));
    }
    lines
}

/// Rows and columns of the terminal; it may have changed since the last look.
fn size() -> (usize, usize) {
    let (rows, columns) = console::Term::stderr().size();
    (usize::from(rows), usize::from(columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_notes_are_broken_between_words() {
        assert_eq!(note("short one\n  indented", 12), ["short one", "  indented"]);
        assert_eq!(note("a note that is too long", 12), ["a note", "  that is", "  too long"]);
    }
}
