//! Progress on a terminal: a block at the bottom that is redrawn ten times a second, above it the
//! lines that stay.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::build_view::BuildView;
use super::paint::Paint;
use super::plain::{proposed, proposing, warning};
use super::stack_view::StackView;
use crate::context::Terminal;
use crate::deploy::events::{Event, Reporter};

const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const INTERVAL: Duration = Duration::from_millis(100);

/// What ends sooner than this is never animated.
const QUIET: Duration = Duration::from_millis(250);

/// A live view and the thread that redraws it.
pub struct Live {
    shared: Arc<Mutex<Shared>>,
    ticker: Mutex<Option<(mpsc::Sender<()>, JoinHandle<()>)>>,
}

struct Shared {
    block: Block,
    paint: Paint,
    frame: usize,
    images: Vec<BuildView>,
    proposing: Option<(String, Instant)>,
    stack: Option<StackView>,
    moving_since: Option<Instant>,
}

/// The lines at the bottom of the screen: one bar whose message has many lines, so that they are
/// drawn at once.
struct Block {
    bar: Option<ProgressBar>,
}

impl Live {
    /// Starts redrawing.
    pub fn start(terminal: Terminal) -> Self {
        let shared = Arc::new(Mutex::new(Shared {
            block: Block { bar: None },
            paint: Paint(terminal.colors),
            frame: 0,
            images: Vec::new(),
            proposing: None,
            stack: None,
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
        lock(&self.shared).block.set(&[]);
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
    fn report(&self, event: Event) {
        let now = Instant::now();
        let mut shared = lock(&self.shared);
        let paint = shared.paint;
        let kept = match event {
            Event::Note(text) => vec![text],
            Event::Warning(text) | Event::ManifestWarning(text) => vec![warning(&text, paint)],
            Event::Build { container, event } => {
                shared.image(&container).build(&event, now, paint).into_iter().collect()
            }
            Event::Push { container, event } => {
                shared.image(&container).push(&event, now, paint).into_iter().collect()
            }
            Event::Proposing { stack } => {
                shared.proposing = Some((stack, now));
                Vec::new()
            }
            Event::Proposed { stack, outcome } => {
                shared.proposing = None;
                vec![proposed(&stack, outcome, paint)]
            }
            // Stacks behind resources have no tree of their own here.
            Event::StackStarted(tree) if tree.parent.is_some() => Vec::new(),
            Event::StackStarted(tree) => {
                shared.stack = Some(StackView::new(&tree));
                Vec::new()
            }
            Event::Stack(event) => {
                if let Some(stack) = &mut shared.stack {
                    stack.apply(&event, now);
                }
                Vec::new()
            }
            Event::StackFinished { stack }
                if shared.stack.as_ref().is_some_and(|view| !view.is_of(&stack)) =>
            {
                Vec::new()
            }
            Event::StackFinished { .. } => {
                let width = shared.block.width();
                shared.stack.take().map(|stack| stack.lines(now, width, paint)).unwrap_or_default()
            }
        };
        if !kept.is_empty() {
            shared.keep(&kept);
        }
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

    /// Writes lines that stay, above the block.
    fn keep(&mut self, lines: &[String]) {
        self.block.set(&[]);
        for text in lines {
            super::line(text);
        }
    }

    fn redraw(&mut self, now: Instant) {
        self.frame = (self.frame + 1) % FRAMES.len();
        let spinner = FRAMES[self.frame];
        let width = self.block.width();
        let mut lines: Vec<String> = Vec::new();
        for image in &self.images {
            lines.extend(image.lines(now, spinner, self.paint));
        }
        if let Some((stack, _)) = &self.proposing {
            lines.push(format!("{spinner} {}", proposing(stack)));
        }
        if let Some(stack) = &self.stack {
            lines.extend(stack.lines(now, width, self.paint));
        }
        if lines.is_empty() {
            self.moving_since = None;
        } else if now.saturating_duration_since(*self.moving_since.get_or_insert(now)) < QUIET {
            return;
        }
        self.block.set(&lines);
    }
}

impl Block {
    fn width(&self) -> usize {
        usize::from(console::Term::stderr().size().1)
    }

    /// Shows these lines, cut to the terminal, in place of the ones before. More lines than the
    /// terminal has rows are shown from the end.
    fn set(&mut self, texts: &[String]) {
        if texts.is_empty() {
            if let Some(bar) = self.bar.take() {
                bar.finish_and_clear();
            }
            return;
        }
        let (rows, columns) = console::Term::stderr().size();
        let rows = usize::from(rows).saturating_sub(1).max(1);
        let shown = &texts[texts.len().saturating_sub(rows)..];
        let cut = |text: &String| console::truncate_str(text, usize::from(columns), "…").into_owned();
        let message = shown.iter().map(cut).collect::<Vec<_>>().join("\n");
        self.bar.get_or_insert_with(new_bar).set_message(message);
    }
}

fn new_bar() -> ProgressBar {
    // A template without fields but the message cannot be malformed.
    let style = ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}
