//! The image of one container on its way: build steps with the running steps' last output, then
//! layers on their way to the registry. What is done is only counted. Pure: the clock is handed in.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use console::{measure_text_width, truncate_str};

use super::paint::{Paint, SUCCESS};
use super::seconds;
use crate::image::events::{BuildEvent, PushEvent};
use crate::text::one_line;

/// Lines of a running step's output that are shown.
const TAIL: usize = 5;
/// Columns that a step and its output are indented by.
const INDENT: usize = 4;
const LOG_INDENT: usize = 6;

/// The state of one container's image.
pub(super) struct BuildView {
    container: String,
    phase: Phase,
}

enum Phase {
    Waiting,
    Building { dockerfile: String, started: Instant, running: Vec<Step>, done: Done },
    Pushing { reference: String, started: Instant, layers: Vec<Layer> },
}

/// Instructions of the Dockerfile that are through.
#[derive(Clone, Copy, Default)]
struct Done {
    steps: usize,
    /// How many of them were taken from the cache.
    cached: usize,
}

/// A step that has not ended.
struct Step {
    id: String,
    name: String,
    started: Instant,
    tail: VecDeque<String>,
}

struct Layer {
    id: String,
    status: String,
    progress: Option<(u64, u64)>,
}

impl BuildView {
    /// A container whose image is still to be built.
    pub(super) fn new(container: &str) -> Self {
        Self { container: container.to_owned(), phase: Phase::Waiting }
    }

    /// The container's name.
    pub(super) fn container(&self) -> &str {
        &self.container
    }

    /// Takes a build event; returns a line to keep once the image is built.
    pub(super) fn build(&mut self, event: &BuildEvent, now: Instant, paint: Paint) -> Option<String> {
        if let BuildEvent::Started { dockerfile } = event {
            let dockerfile = one_line(dockerfile);
            self.phase =
                Phase::Building { dockerfile, started: now, running: Vec::new(), done: Done::default() };
            return None;
        }
        if let BuildEvent::Warning(text) = event {
            return Some(super::plain::warning(text, paint));
        }
        let Phase::Building { dockerfile, running, done, .. } = &mut self.phase else { return None };
        match event {
            BuildEvent::Started { .. } | BuildEvent::Warning(_) => None,
            BuildEvent::StepStarted { id, name } => {
                let name = one_line(name);
                running.push(Step { id: id.clone(), name, started: now, tail: VecDeque::new() });
                None
            }
            BuildEvent::StepLog { id, line } => {
                let step = running.iter_mut().find(|step| step.id == *id)?;
                if step.tail.len() == TAIL {
                    step.tail.pop_front();
                }
                step.tail.push_back(one_line(line));
                None
            }
            BuildEvent::StepFinished { id, cached, error } => {
                let index = running.iter().position(|step| step.id == *id)?;
                let step = running.remove(index);
                if error.is_none() && is_instruction(&step.name) {
                    done.steps += 1;
                    done.cached += usize::from(*cached);
                }
                None
            }
            BuildEvent::Finished { elapsed } => {
                let time = done.after(&seconds(*elapsed), "");
                let line = format!(
                    "{} Built {} from {dockerfile} {}",
                    paint.green(SUCCESS),
                    self.container,
                    paint.faint(&format!("[{time}]"))
                );
                self.phase = Phase::Waiting;
                Some(line)
            }
        }
    }

    /// Takes a push event; returns a line to keep once a tag is pushed.
    pub(super) fn push(&mut self, event: &PushEvent, now: Instant, paint: Paint) -> Option<String> {
        match event {
            PushEvent::Started { reference } => {
                self.phase =
                    Phase::Pushing { reference: reference.clone(), started: now, layers: Vec::new() };
                None
            }
            PushEvent::Layer { id, status, progress } => {
                let Phase::Pushing { layers, .. } = &mut self.phase else { return None };
                let (id, status, progress) = (one_line(id), one_line(status), *progress);
                match layers.iter_mut().find(|layer| layer.id == id) {
                    Some(layer) => (layer.status, layer.progress) = (status, progress),
                    None => layers.push(Layer { id, status, progress }),
                }
                None
            }
            PushEvent::Present { reference, .. } => {
                self.phase = Phase::Waiting;
                Some(format!("{} In the registry already: {reference}", paint.green(SUCCESS)))
            }
            PushEvent::Finished { reference, .. } => {
                let elapsed = match &self.phase {
                    Phase::Pushing { started, .. } => now.saturating_duration_since(*started),
                    _ => Duration::ZERO,
                };
                self.phase = Phase::Waiting;
                let time = paint.faint(&format!("[{}]", seconds(elapsed)));
                Some(format!("{} Pushed {reference} {time}", paint.green(SUCCESS)))
            }
        }
    }

    /// How many lines it has to tell.
    pub(super) fn height(&self) -> usize {
        match &self.phase {
            Phase::Waiting => 0,
            Phase::Building { running, .. } => {
                1 + running.iter().map(|step| 1 + step.tail.len()).sum::<usize>()
            }
            Phase::Pushing { layers, .. } => 1 + layers.iter().filter(|layer| layer.sent().is_some()).count(),
        }
    }

    /// What is going on, in at most `height` lines of at most `width` columns; `spinner` stands before the first.
    pub(super) fn lines(
        &self,
        now: Instant,
        spinner: &str,
        (width, height): (usize, usize),
        paint: Paint,
    ) -> Vec<String> {
        let since = |start: Instant| seconds(now.saturating_duration_since(start));
        let mut lines = match &self.phase {
            Phase::Waiting => Vec::new(),
            Phase::Building { dockerfile, started, running, done } => {
                let (short, time) = (format!("{spinner} Building {}", self.container), since(*started));
                let long = format!("{short} from {dockerfile}");
                let counted = done.after(&time, " done");
                let head = [(long, counted.clone()), (short.clone(), counted), (short, time)];
                let mut lines = vec![fitting(&head, width, paint)];
                lines.extend(steps(running, &since, (width, height.saturating_sub(1)), paint));
                lines
            }
            Phase::Pushing { reference, started, layers } => {
                let (time, name) = (since(*started), reference.rsplit('/').next().unwrap_or(reference));
                let done = layers.iter().filter(|layer| layer.is_done()).count();
                let counted = match layers.len() {
                    0 => time.clone(),
                    all => format!("{time}, {done} of {all} layers done"),
                };
                let short = format!("{spinner} Pushing {name}");
                let long = format!("{spinner} Pushing {reference}");
                let head = [(long, counted.clone()), (short.clone(), counted), (short, time)];
                let mut lines = vec![fitting(&head, width, paint)];
                lines.extend(layers.iter().filter_map(|layer| {
                    let (sent, total) = layer.sent()?;
                    let amount = format!("{} of {}", bytes(sent), bytes(total));
                    let text = format!("{:INDENT$}{} {} {amount}", "", layer.id, layer.status);
                    Some(truncate_str(&text, width, "…").into_owned())
                }));
                lines
            }
        };
        lines.truncate(height);
        lines
    }
}

/// Running steps in so many lines: first the steps themselves, then the ends of their output.
fn steps(
    running: &[Step],
    since: &dyn Fn(Instant) -> String,
    (width, height): (usize, usize),
    paint: Paint,
) -> Vec<String> {
    let mut lines = Vec::new();
    let shown = if running.len() > height { height.saturating_sub(1) } else { running.len() };
    let mut room = height.saturating_sub(running.len());
    for (index, step) in running.iter().take(shown).enumerate() {
        let name = format!("{:INDENT$}{}", "", step.name);
        lines.push(fitting(&[(name, since(step.started))], width, paint));
        let tail = (room / (shown - index)).min(step.tail.len());
        room -= tail;
        lines.extend(step.tail.iter().skip(step.tail.len() - tail).map(|line| {
            let text = format!("{:LOG_INDENT$}{line}", "");
            paint.faint(&truncate_str(&text, width, "…"))
        }));
    }
    if shown < running.len() {
        let what = if shown == 0 { "steps" } else { "more" };
        let more = format!("{:INDENT$}… {} {what} running", "", running.len() - shown);
        lines.push(paint.faint(&truncate_str(&more, width, "…")));
    }
    lines
}

/// The first text and ending in brackets that fit the width; else the last, of which the text is cut.
fn fitting(choices: &[(String, String)], width: usize, paint: Paint) -> String {
    let taken = |ending: &str| measure_text_width(ending) + " []".len();
    let fits = |(text, ending): &&(String, String)| measure_text_width(text) + taken(ending) <= width;
    let Some((text, ending)) = choices.iter().find(fits).or(choices.last()) else { return String::new() };
    let text = truncate_str(text, width.saturating_sub(taken(ending)), "…");
    format!("{text} {}", paint.faint(&format!("[{ending}]")))
}

/// How many lines each of several views may have, so that all get what they want when there is room, and none
/// more than another that gets less than it wants.
pub(super) fn shares(wanted: &[usize], room: usize) -> Vec<usize> {
    let mut order: Vec<(usize, usize)> = wanted.iter().copied().enumerate().collect();
    order.sort_by_key(|(_, wanted)| *wanted);
    let (mut shares, mut room, mut left) = (vec![0; wanted.len()], room, wanted.len());
    for (index, wanted) in order {
        let share = wanted.min(room.div_ceil(left));
        (room, left) = (room - share, left - 1);
        shares[index] = share;
    }
    shares
}

impl Done {
    /// What is done, behind a time: `2.1s, 3 steps done, 1 cached`.
    fn after(self, time: &str, state: &str) -> String {
        let steps = match self.steps {
            0 => return time.to_owned(),
            1 => "1 step".to_owned(),
            n => format!("{n} steps"),
        };
        match self.cached {
            0 => format!("{time}, {steps}{state}"),
            n => format!("{time}, {steps}{state}, {n} cached"),
        }
    }
}

impl Layer {
    fn is_done(&self) -> bool {
        !["Preparing", "Waiting", "Pushing", "Retrying"].iter().any(|word| self.status.starts_with(word))
    }

    /// Bytes sent and bytes to send.
    fn sent(&self) -> Option<(u64, u64)> {
        let known = self.progress.filter(|(_, total)| *total > 0 && !self.is_done());
        known.map(|(sent, total)| (sent.min(total), total))
    }
}

/// Whether a step is one of the Dockerfile (`[build 2/4] RUN make`), not the builder's own.
fn is_instruction(name: &str) -> bool {
    let number = name.strip_prefix('[').and_then(|rest| rest.split_once(']')?.0.rsplit(' ').next());
    number.and_then(|number| number.split_once('/')).is_some_and(|(index, count)| {
        [index, count].iter().all(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// A size for people, in decimal units.
fn bytes(n: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let n = n as f64;
    match n {
        _ if n < 1e3 => format!("{n:.0} B"),
        _ if n < 1e6 => format!("{:.1} kB", n / 1e3),
        _ if n < 1e9 => format!("{:.1} MB", n / 1e6),
        _ => format!("{:.2} GB", n / 1e9),
    }
}

#[cfg(test)]
mod tests;
